"""Programs of others, as they are installed, read a served portal over HTTP."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
import requests
from ckanapi import NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError, NotAuthorized, SearchError, SearchQueryError

from tests.common.portal import ENDED, LISTED, SECRET, TABLE, Portal
from tests.common.stack import UNIT

BIN = Path(sys.executable).parent
ROWS = TABLE.strip().splitlines()


@pytest.fixture
def client(address: str) -> Iterator[RemoteCKAN]:
    with RemoteCKAN(address, user_agent="test") as remote:
        yield remote


def ckanapi(*words: str, folder: Path) -> list[dict[str, Any]]:
    """The ``ckanapi`` command; the JSON lines it writes."""
    done = subprocess.run(
        [BIN / "ckanapi", *words],
        cwd=folder, env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ckanapi_dumps_and_searches_from_the_command_line(
    portal: Portal, address: str, tmp_path: Path
) -> None:
    names = {portal.slugs[name] for name in LISTED}
    dumped = ckanapi("dump", "datasets", "--all", "-r", address, folder=tmp_path)
    assert {one["name"] for one in dumped} == names
    found = ckanapi("search", "datasets", "-r", address, folder=tmp_path)
    assert {one["name"]: one for one in found} == {one["name"]: one for one in dumped}
    units = ckanapi("dump", "organizations", "--all", "-r", address, folder=tmp_path)
    assert {one["id"] for one in units} == {one["owner_org"] for one in dumped}
    assert ckanapi("dump", "groups", "--all", "-r", address, folder=tmp_path)
    assert SECRET not in json.dumps([*dumped, *units], ensure_ascii=False)


def test_ckanapi_saves_data_packages_with_their_files(
    portal: Portal, address: str, tmp_path: Path
) -> None:
    slug = portal.slugs["open"]
    ckanapi(
        "dump", "datasets", slug, f"--datapackages={tmp_path}", "--datastore-fields",
        "--resource-views", "-r", address, folder=tmp_path,
    )  # fmt: skip
    folder = tmp_path / slug
    described = json.loads((folder / "datapackage.json").read_text())
    assert described["name"] == slug
    saved = sorted((folder / "data").iterdir())
    assert {path.suffix for path in saved} == {".csv", ".json", ".ndjson", ".xlsx", ".parquet"}
    package = requests.get(f"{address}/api/3/action/package_show?id={slug}", timeout=30).json()
    last = requests.get(package["result"]["resources"][-1]["url"], timeout=30).content
    for path in saved:  # ckanapi 4.11 fetches the last of the resources under every name
        assert path.read_bytes() == last


def test_ckanapi_reads_the_whole_catalogue(portal: Portal, client: RemoteCKAN) -> None:
    names = client.action.package_list(include_private=False, include_drafts=False)
    assert names == sorted(portal.slugs[name] for name in LISTED)
    for name in names:
        package = client.action.package_show(
            id=name, include_datasets=False, include_password_hash=True, include_users=False
        )
        assert package["name"] == name
        assert client.action.package_show(id=package["id"]) == package
        for resource in package["resources"]:
            assert client.action.resource_show(id=resource["id"]) == resource
    start = 0
    seen: list[str] = []
    while page := client.action.package_search(q="", start=start, rows=2)["results"]:
        seen += [one["name"] for one in page]
        start += len(page)
    assert sorted(seen) == names
    assert client.action.status_show()["ckan_version"].startswith("2.11.")
    assert client.action.site_read() is True
    assert len(client.action.current_package_list_with_resources(limit=3, offset=1)) == 3


def test_ckanapi_by_get_with_its_own_spelling_of_booleans_and_lists(
    portal: Portal, address: str
) -> None:
    with RemoteCKAN(address, get_only=True, apikey="not a token of ours") as remote:
        (unit,) = remote.action.organization_list(all_fields=True, include_extras=True)
        assert unit["package_count"] == len(LISTED)
        result = remote.action.package_search(
            q="*:*", facet=True, **{"facet.field": ["tags", "organization"]}, include_private=True
        )
    assert result["count"] == len(LISTED)
    assert result["facets"]["organization"] == {UNIT.lower(): len(LISTED)}
    assert result["facets"]["tags"] == {"处罚": 1, "权力清单": 1}


def test_ckanapi_gets_the_errors_it_knows(portal: Portal, client: RemoteCKAN) -> None:
    for name in (*ENDED, "draft", "other"):
        with pytest.raises(NotFound):
            client.action.package_show(id=portal.slugs[name])
    with pytest.raises(ValidationError) as invalid:
        client.action.package_show()
    assert invalid.value.error_dict["name_or_id"] == ["Missing value"]
    with pytest.raises(SearchQueryError):
        client.action.package_search(colour="red")
    with pytest.raises(SearchError):
        client.action.package_search(fq="title:(")
    with pytest.raises(NotAuthorized):
        client.action.user_list()
    with pytest.raises(CKANAPIError, match="Action name not known"):
        client.action.package_purge(id="x")


class Remote(io.RawIOBase):
    """A file at an address, read by ranges as fsspec's HTTP files are."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.place, self.fetched = address, 0, 0
        head = requests.head(address, timeout=30)
        assert head.headers["Accept-Ranges"] == "bytes"
        self.size, self.tag = int(head.headers["Content-Length"]), head.headers["ETag"]

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (0, self.place, self.size)[whence]
        return self.place

    def read(self, size: int = -1) -> bytes:
        end = self.size if size < 0 else min(self.size, self.place + size)
        if end <= self.place:
            return b""
        asked = {"Range": f"bytes={self.place}-{end - 1}", "If-Range": self.tag}
        answer = requests.get(self.address, headers=asked, timeout=30)
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {self.place}-{end - 1}/{self.size}"
        self.place, self.fetched = end, self.fetched + len(answer.content)
        return answer.content


def test_a_table_is_read_in_place_by_ranges(portal: Portal, address: str) -> None:
    """DuckDB's own HTTP reader is an extension that its package does not hold; polars and object stores
    ask for ranges in the same way."""
    at = f"{address}/datasets/{portal.slugs['open']}/table"
    found = pl.scan_parquet(f"{at}.parquet").filter(pl.col("有效")).select("序号", "金额").collect()
    assert found.height == 12
    assert found["金额"].sum() == sum(n + 0.5 for n in range(1, 25, 2))
    read = pl.read_csv(requests.get(f"{at}.csv", timeout=30).content)
    assert read.height == len(ROWS) - 1
    with Remote(f"{at}.parquet") as file:
        assert pq.ParquetFile(file).read(["职权名称"]).num_rows == len(ROWS) - 1
        assert file.fetched > 0
    assert duckdb.from_arrow(found.to_arrow()).aggregate("count(*)").fetchall() == [(12,)]


def test_the_questions_of_a_magda_connector_are_understood(portal: Portal, address: str) -> None:
    """Its addresses as they are sent: titles where names are meant, and pages of a thousand, whatever came."""
    asked = (
        f"{address}/api/3/action/package_search?sort=id asc&start=%d&rows=1000&fq="
        '(organization:"市人力资源和社会保障局" OR organization:"市民政局")%%20-organization:"无此单位"'
        "%%20-harvest_source_title:*"
    )
    pages = [requests.get(asked % start, timeout=30).json()["result"] for start in (0, 1_000)]
    assert {one["name"] for one in pages[0]["results"]} == {portal.slugs[name] for name in LISTED}
    assert (pages[0]["count"], pages[1]["results"]) == (len(LISTED), [])
    units = (
        f"{address}/api/3/action/organization_list?all_fields=true&include_groups=true"
        "&include_extras=true&include_tags=true&offset=%d&limit=1000"
    )
    found = [requests.get(units % offset, timeout=30).json()["result"] for offset in (0, 1_000)]
    assert [one["title"] for one in found[0]] == ["市人力资源和社会保障局"]
    assert found[1] == []


def printed(portal: Portal, address: str) -> dict[str, str]:
    """The programs on the page of an entry, as a person copies them."""
    page = requests.get(f"{address}/datasets/{portal.slugs['open']}?tab=api", timeout=30).text
    blocks = re.findall(r'<code id="(\w+)-1"[^>]*>(.*?)</code>', page, re.DOTALL)
    return {name: unescape(text) for name, text in blocks}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("curl", ["bash"]),
        ("sql", ["bash"]),
        ("python", [sys.executable]),
        ("polars", [sys.executable]),
        ("javascript", ["node", "--input-type=module"]),
    ],
)
def test_a_printed_program_runs_as_it_is_printed(
    portal: Portal, address: str, name: str, words: list[str], tmp_path: Path
) -> None:
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run(
        words, input=printed(portal, address)[name], cwd=tmp_path, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (f'"n":{len(ROWS) - 1}' if name == "sql" else "行为1") in done.stdout


@pytest.mark.parametrize("name", ["r", "excel", "duckdb"])
def test_a_printed_address_gives_what_the_program_reads(
    portal: Portal, address: str, name: str
) -> None:
    text = printed(portal, address)[name]
    (url,) = re.findall(r"""http://[^"']+""", text)
    answer = requests.get(url, timeout=30)
    if name == "duckdb":
        assert duckdb.extract_statements(text)
        assert pq.read_table(io.BytesIO(answer.content)).num_rows == len(ROWS) - 1
    else:
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.content.decode().splitlines() == ROWS
