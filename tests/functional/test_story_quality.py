"""The quality of an entry at every door, and the programs of its page run as they are printed."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.request import urlopen

import duckdb
import pytest

from catalog.settings import Settings
from tests.common.chromium import served
from tests.common.portal import Portal
from tests.common.servers import free_port
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

ROWS = '编号,"名称,全称",it\'s,金额\n' + "".join(f"{n},第{n}所,x{n},{n}.5\n" for n in range(1, 31))


def quality(portal: Portal, name: str) -> dict:
    answer = portal.get(f"/api/v1/datasets/{{{name}}}/quality?lang=en")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def test_the_score_of_a_full_entry_is_explained_point_by_point(portal: Portal) -> None:
    found = quality(portal, "open")
    assert (found["maximum"], found["rating"]) == (405, "excellent")
    assert found["score"] == sum(one["points"] for one in found["dimensions"])
    missed = [
        one["code"]
        for group in found["dimensions"]
        for one in group["indicators"]
        if not one["met"]
    ]
    assert missed == ["licence-vocabulary", "rights"]
    criteria = {one["code"]: one for one in found["criteria"]}
    assert criteria["validated"]["met"] is False
    assert "schema" in criteria["validated"]["remedy"]
    assert criteria["identified"]["met"] is True
    assert criteria["on-time"]["met"] is True
    assert (criteria["documented"]["numerator"], criteria["documented"]["denominator"]) == (0, 5)
    assert all(one["explanation"] for one in found["criteria"])


def test_what_the_unit_does_raises_the_score(stack: Stack, tmp_path: Path) -> None:
    slug, resource = stack.entry()
    path = tmp_path / "table.csv"
    path.write_text(ROWS, encoding="utf-8")
    stack.deliver(resource, path, "table.csv")
    stack.publish(slug)
    at = f"/api/v1/datasets/{slug}"
    before = stack.ok("GET", at)["quality"]
    values = {"keywords": ["名录"], "licence": "CC-BY-4.0", "contact_email": "data@example.org",
              "region": "310000", "temporal_start": "2026-01-01"}  # fmt: skip
    stack.ok("PATCH", at, "lin", json=values)
    stack.publish(slug)
    after = stack.ok("GET", at)["quality"]
    assert after["score"] - before["score"] == 30 + 20 + 20 + 30 + 20
    assert after["criteria_met"] == before["criteria_met"] + 1
    assert stack.ok("GET", f"{at}/quality")["score"] == after["score"]


def test_a_missing_file_costs_its_points_once_it_is_checked(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, resource = embedded.entry()
    path = tmp_path / "table.csv"
    path.write_text(ROWS, encoding="utf-8")
    embedded.deliver(resource, path, "table.csv")
    review = embedded.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)
    decision = {"verdict": "pass", "reasons": "同意公开"}
    embedded.ok("POST", f"/api/v1/reviews/{review['review']}/decision", "wu", json=decision)
    unchecked = embedded.ok("GET", f"/api/v1/datasets/{slug}/quality")["score"]
    embedded.work()
    assert embedded.ok("GET", f"/api/v1/datasets/{slug}/quality")["score"] == unchecked + 80


def test_closed_fields_are_neither_named_nor_counted(portal: Portal) -> None:
    found = quality(portal, "partly")
    criteria = {one["code"]: one for one in found["criteria"]}
    assert criteria["documented"]["denominator"] == 1
    assert "地址" not in json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("name", ["closed", "suspension", "withdrawal", "retirement"])
def test_an_entry_without_open_data_has_no_quality_and_no_tab(portal: Portal, name: str) -> None:
    answer = portal.get(f"/api/v1/datasets/{{{name}}}/quality?lang=en")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "not-judged"
    assert portal.get(f"/api/v1/datasets/{{{name}}}").get_json()["quality"] is None
    page = portal.get(f"/datasets/{{{name}}}?tab=quality", Accept="text/html")
    assert page.status_code == 200
    assert 'tab=quality"' not in page.get_data(as_text=True)


@pytest.mark.parametrize("name", ["draft", "other"])
def test_the_quality_of_a_draft_is_as_unknown_as_the_draft(portal: Portal, name: str) -> None:
    answer = portal.get(f"/api/v1/datasets/{{{name}}}/quality")
    assert answer.status_code == 404
    assert answer.get_json()["code"] != "not-judged"


def test_everybody_is_told_the_same_and_a_copy_stays_good(portal: Portal) -> None:
    path = "/api/v1/datasets/{open}/quality"
    first = portal.get(path)
    assert portal.get(path, "lin").get_data() == first.get_data()
    again = portal.get(path, **{"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_page_shows_score_bars_and_what_to_do(portal: Portal) -> None:
    page = portal.get("/datasets/{open}?tab=quality&lang=en", Accept="text/html").get_data(True)
    score = quality(portal, "open")["score"]
    assert f"{score}<small> / 405" in page
    assert page.count('class="quality__bar"') == 5
    assert "Give the table a schema" in page
    overview = portal.get("/datasets/{open}?lang=en", Accept="text/html").get_data(True)
    assert f"{score} / 405" in overview


def test_the_page_of_conditional_data_says_how_to_send_a_token(portal: Portal) -> None:
    anonymous = portal.get("/datasets/{conditional}?tab=quality", Accept="text/html")
    assert 'class="quality__bar"' in anonymous.get_data(as_text=True)
    page = portal.get("/datasets/{conditional}?tab=api", "lin", Accept="text/html")
    assert "Authorization: Bearer" in page.get_data(as_text=True)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The programs of a page as a browser copies them, while the portal is served at its address."""
    folder = tmp_path_factory.mktemp("served")
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = Settings(home=folder / "home", public_url=base)
    with open_stack(settings, NOW) as stack:
        slug, resource = stack.entry(title="机构名录")
        path = folder / "table.csv"
        path.write_text(ROWS, encoding="utf-8")
        stack.deliver(resource, path, "table.csv")
        stack.publish(slug)
        with served(stack, port):
            with urlopen(f"{base}/datasets/{slug}?tab=api&lang=en") as answer:
                page = answer.read().decode()
            found = re.findall(r'<code id="([a-z]+)-1">(.*?)</code>', page, re.DOTALL)
            yield {name: unescape(text) for name, text in found}


def ran(command: list[str], text: str = "") -> str:
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_curl_programs_run_as_printed(printed: dict[str, str]) -> None:
    rows = ran(["sh", "-c", printed["curl"]]).lstrip("\ufeff").splitlines()
    assert rows[0] == '编号,"名称,全称",it\'s'
    assert len(rows) == 11
    assert json.loads(ran(["sh", "-c", printed["sql"]]))["items"] == [{"n": 30}]


def test_the_python_programs_run_as_printed(printed: dict[str, str]) -> None:
    lines = ran([sys.executable, "-c", printed["python"]]).splitlines()
    assert len(lines) == 10
    assert "第1所" in lines[0]
    table = ran([sys.executable, "-X", "utf8", "-c", printed["polars"]])
    assert "shape: (30, 4)" in table


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_the_javascript_program_runs_as_printed(printed: dict[str, str]) -> None:
    assert "第10所" in ran(["node", "--input-type=module"], printed["javascript"])


def test_the_duckdb_statement_runs_as_printed(printed: dict[str, str], tmp_path: Path) -> None:
    """Where the extension that reads over HTTP is not installed, on the file behind its address."""
    statement = printed["duckdb"]
    connection = duckdb.connect()
    try:
        connection.execute("LOAD httpfs")
    except duckdb.IOException:
        address = statement.split("'")[1]
        file = tmp_path / "table.parquet"
        with urlopen(address) as answer:
            file.write_bytes(answer.read())
        statement = statement.replace(address, str(file))
    assert len(connection.execute(statement).fetchall()) == 10


def test_the_addresses_of_r_and_excel_answer_the_whole_table(printed: dict[str, str]) -> None:
    for name in ("r", "excel"):
        (address,) = re.findall(r'"(http[^"]+)"', printed[name])
        with urlopen(address) as answer:
            assert len(answer.read().decode("utf-8").splitlines()) == 31
