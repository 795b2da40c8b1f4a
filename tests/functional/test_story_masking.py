"""Personal data settled in each way there is, measured, published: on both stacks."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.common.browser import Browser
from tests.common.stack import Stack

IDS = ["11010519491231002X", "440524188001010014"]
LABELS = ("姓名", "证件号码", "手机", "家庭住址", "出生日期", "性别", "事由")
PEOPLE = (
    ("王小明", IDS[0], "13800138000", "北京市海淀区清河街道安宁里3号楼2单元301室", "1949-12-31", "男",
     f"持{IDS[0]}者，电话１３８００１３８０００"),
    ("李四", IDS[1], "13900139000", "北京市朝阳区望京街道花家地5号楼1单元2室", "1880-01-01", "男", "无"),
    ("赵敏", "", "13800138000", "北京市海淀区清河街道安宁里3号楼2单元302室", "1990-05-06", "女", "无"),
)  # fmt: skip
VALUES = [*IDS, "13800138000", "13900139000", "１３８００１３８０００", "安宁里", "花家地", "1990-05-06",
          "王小明", "赵敏"]  # fmt: skip


def write(path: Path, rows: Any) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return write(tmp_path / "people.csv", [LABELS, *PEOPLE])


def settle(stack: Stack, version: dict[str, Any], actions: dict[str, str]) -> dict[str, Any]:
    """Settle the findings of a delivery by detector, and wait for the new examination."""
    chosen = [
        {"finding": one["id"], "action": actions[one["detector"]]}
        for one in version["findings"]
        if one["detector"] in actions
    ]
    stack.ok(
        "POST", f"/api/v1/versions/{version['id']}/settlements", "lin", json=chosen, status=200
    )
    stack.work()
    return stack.ok("GET", f"/api/v1/versions/{version['id']}", "lin")


def published(stack: Stack, slug: str) -> list[dict[str, str]]:
    text = stack.call("GET", f"/datasets/{slug}/table.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


WAYS = {
    "citizen-id": "pseudonym",
    "mobile": "pseudonym",
    "address": "generalise",
    "birth-date": "generalise",
    "person-name": "mask",
    "minor": "mask",
}


def test_each_finding_is_settled_in_its_own_way_and_nothing_of_it_stays(
    stack: Stack, people: Path
) -> None:
    slug, resource = stack.entry(title="当事人名单")
    version = stack.deliver(resource, people, "people.csv")
    for finding in version["findings"]:
        assert set(finding["actions"]) >= {"drop", "keep"}
    done = settle(stack, version, WAYS)
    assert not [one for one in done["findings"] if one["severity"] == "high" and not one["settled"]]
    stack.publish(slug)
    rows = published(stack, slug)
    text = str(rows) + str(done["preview"]) + str(done["profile"])
    assert not [value for value in VALUES if value in text]
    assert rows[0]["手机"] == rows[2]["手机"] != rows[1]["手机"]
    assert rows[0]["事由"] == f"持{rows[0]['证件号码']}者，电话{rows[0]['手机']}"
    assert [row["家庭住址"] for row in rows] == ["北京市海淀区", "北京市朝阳区", "北京市海淀区"]
    assert [row["出生日期"] for row in rows] == ["1949", "1880", "1990"]
    assert [row["姓名"] for row in rows] == ["王*明", "李*", "赵*"]
    anyone = Browser(stack.client.application.test_client())
    anyone.open(f"/datasets/{slug}?tab=fields")
    assert "Codes stand for personal data; the same code means the same value" in anyone.text
    assert "Personal data in it are generalised" in anyone.text


def test_codes_fit_together_within_an_entry_and_not_across_entries(
    embedded: Stack, people: Path
) -> None:
    codes = []
    for title in ("当事人名单", "另一名单"):
        slug, resource = embedded.entry(title=title)
        actions = {**WAYS, "person-name": "drop", "address": "drop"}
        settle(embedded, embedded.deliver(resource, people, "people.csv"), actions)
        settle(embedded, embedded.deliver(resource, people, "again.csv"), actions)
        other = embedded.ok(
            "POST", f"/api/v1/datasets/{slug}/resources", "lin", status=201, json={"name": "b"}
        )["id"]
        settle(embedded, embedded.deliver(other, people, "people.csv"), actions)
        embedded.publish(slug)
        rows = published(embedded, slug)
        text = embedded.call("GET", f"/datasets/{slug}/b.csv").data.decode("utf-8-sig")
        assert rows == list(csv.DictReader(io.StringIO(text, newline="")))
        codes.append({row["手机"] for row in rows})
    assert codes[0].isdisjoint(codes[1])
    assert embedded.runtime.settings.secret().decode() not in str(codes)


def test_an_action_that_makes_no_sense_is_refused_with_those_that_do(
    stack: Stack, people: Path
) -> None:
    _, resource = stack.entry()
    version = stack.deliver(resource, people, "people.csv")
    born = next(one for one in version["findings"] if one["detector"] == "birth-date")
    assert born["actions"] == ["drop", "mask", "generalise", "keep"]
    for action in ("suppress", "pseudonym"):
        answer = stack.call(
            "POST", f"/api/v1/versions/{version['id']}/settlements", "lin",
            json=[{"finding": born["id"], "action": action}],
        )  # fmt: skip
        assert answer.status_code == 422
        assert "drop, mask, generalise, keep" in answer.get_data(as_text=True)


def test_the_key_of_the_codes_stands_in_no_record(
    stack: Stack, people: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    slug, resource = stack.entry()
    settle(stack, stack.deliver(resource, people, "people.csv"), WAYS)
    stack.publish(slug)
    secret = stack.runtime.settings.secret().decode()
    with stack.runtime.database.read() as session:
        connection = session.connection()
        tables = connection.dialect.get_table_names(connection)
        held = "".join(
            str(connection.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall()) for name in tables
        )
    said = capfd.readouterr()
    from_secret = stack.ok("GET", f"/api/v1/resources/{resource}/rows")
    for text in (held, said.out, said.err, str(from_secret)):
        assert secret not in text
        assert "pseudonym_key" not in text


def test_staff_measure_how_well_people_hide_and_nobody_else_does(
    stack: Stack, tmp_path: Path
) -> None:
    rows = [("性别", "出生年", "病种"), *[("男", "1990", "甲")] * 3, ("女", "1971", "乙")]
    _, resource = stack.entry()
    version = stack.deliver(resource, write(tmp_path / "t.csv", rows), "t.csv")
    address = f"/api/v1/versions/{version['id']}/anonymity"
    asked = {"fields": ["性别", "出生年"], "sensitive": "病种"}
    for who in ("lin", "wu", "admin", "auditor"):
        report = stack.ok("POST", address, who, json=asked)
        assert (report["k"], report["rows"], report["classes"]) == (1, 4, 2)
        assert report["below"][0] == {"limit": 2, "rows": 1, "classes": 1, "share": 0.25}
        assert report["diversity"] == {"field": "病种", "l": 1, "rows": 4, "classes": 2}
    for who in ("", "he", "gao", "dev"):
        assert stack.call("POST", address, who, json=asked).status_code in {401, 404}
    refused = stack.call("POST", address, "lin", json={"fields": ["无此列"]})
    assert refused.status_code == 422
    assert "无此列" in refused.get_data(as_text=True)


def test_a_delivery_with_open_findings_has_nothing_to_measure_yet(
    stack: Stack, people: Path
) -> None:
    _, resource = stack.entry()
    version = stack.deliver(resource, people, "people.csv")
    answer = stack.call(
        "POST", f"/api/v1/versions/{version['id']}/anonymity", "lin", json={"fields": ["性别"]}
    )
    assert answer.status_code == 409
    assert answer.get_json()["code"] == "no-public-file"


def test_editor_and_reviewer_measure_on_their_pages(stack: Stack, tmp_path: Path) -> None:
    rows = [("性别", "出生年", "病种"), *[("男", "1990", "甲")] * 3, ("女", "1971", "乙")]
    slug, resource = stack.entry()
    version = stack.deliver(resource, write(tmp_path / "t.csv", rows), "t.csv")
    lin = Browser(stack.client.application.test_client())
    lin.sign_in("lin")
    lin.open(f"/desk/versions/{version['id']}")
    address = f"/desk/versions/{version['id']}/anonymity"
    assert lin.form(address)["field"] == ["性别", "出生年"]
    lin.open(f"{address}?field=性别&sensitive=病种")
    assert "k = 1" in lin.text
    lin.open(f"{address}?sensitive=")
    assert lin.status == 422
    assert "Choose 1 to 10 fields" in lin.text
    review = stack.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)["review"]
    wu = Browser(stack.client.application.test_client(), language="zh")
    wu.sign_in("wu")
    wu.open(f"/reviews/{review}")
    assert f'hx-get="{address}/report"' in wu.page
    wu.open(f"{address}/report")
    assert "k = 1" in wu.text
    he = Browser(stack.client.application.test_client())
    he.sign_in("he")
    he.open(address)
    assert he.status == 404
