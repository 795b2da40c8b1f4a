"""CKAN's datastore: unmodified clients read rows, columns, dumps and SQL of open tables, and no others."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError
from lxml import etree

from datasets.confined import landlock
from tests.common.chromium import served
from tests.common.portal import TABLE, Portal

ACTION = "/api/3/action/"
ROWS = list(csv.DictReader(io.StringIO(TABLE)))


@pytest.fixture(scope="module")
def client(portal: Portal) -> Iterator[RemoteCKAN]:
    with served(portal.stack) as base, RemoteCKAN(base, user_agent="test") as remote:
        yield remote


def table(portal: Portal, name: str = "open", form: str = "CSV") -> str:
    answer = portal.get(f"{ACTION}package_show?id={{{name}}}").get_json()["result"]
    return next(str(one["id"]) for one in answer["resources"] if one["format"] == form)


def ask(portal: Portal, action: str = "datastore_search", **given: Any) -> Any:
    answer = portal.stack.client.post(ACTION + action, json=given)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return answer.get_json()["result"]


def numbers(portal: Portal, **given: Any) -> list[int]:
    """Which rows a question finds, in order."""
    found = ask(portal, resource_id=table(portal), **given)
    return [one["_id"] for one in found["records"]]


def test_ckanapi_reads_rows_and_columns(portal: Portal, client: RemoteCKAN) -> None:
    one = table(portal)
    nothing = client.action.datastore_search(resource_id=one, limit=0)
    assert [field["id"] for field in nothing["fields"]] == ["_id", *ROWS[0]]
    assert [field["type"] for field in nothing["fields"]] == [
        "int", "int8", "text", "date", "numeric", "bool"
    ]  # fmt: skip
    assert (nothing["records"], nothing["total"]) == ([], 24)
    seen: list[dict[str, Any]] = []
    while page := client.action.datastore_search(
        resource_id=one, limit=10, offset=len(seen)
    )["records"]:  # fmt: skip
        seen += page
    assert [row["_id"] for row in seen] == list(range(1, 25))
    assert seen[1] == {
        "_id": 2, "序号": 2, "职权名称": "对违法行为2的处罚", "实施日期": "2024-01-02",
        "金额": 2.5, "有效": False,
    }  # fmt: skip
    info = client.action.datastore_info(id=one)
    assert (info["meta"]["count"], len(info["fields"])) == (24, 5)
    resource = client.action.resource_show(id=one)
    assert resource["datastore_active"] is True
    assert client.action.datastore_search(resource_id=table(portal, form="JSON"))["total"] == 24
    named = client.action.datastore_search(resource_id=f"{portal.slugs['open']}/table")
    assert named["total"] == 24
    listed = client.action.datastore_search(resource_id="_table_metadata", limit=100)
    assert one in {row["name"] for row in listed["records"]}
    assert listed["total"] == 2 * 2
    assert "datastore" in client.action.status_show()["extensions"]


def test_closed_tables_and_columns_are_not_there(portal: Portal, client: RemoteCKAN) -> None:
    with pytest.raises(NotAuthorized):
        client.action.datastore_search(resource_id=table(portal, "conditional"))
    for unknown in ("00000000-0000-4000-8000-000000000000", "x", portal.slugs["draft"]):
        with pytest.raises(NotFound):
            client.action.datastore_search(resource_id=unknown)
        assert portal.get(f"/datastore/dump/{unknown}").status_code == 404
    partly = table(portal, "partly")
    assert "地址" not in ask(portal, resource_id=partly)["records"][0]
    for given in ({"filters": {"地址": "演示路1号"}}, {"sort": "地址"}, {"fields": "地址"},
                  {"q": {"地址": "演示"}}):  # fmt: skip
        with pytest.raises(ValidationError):
            client.action.datastore_search(resource_id=partly, **given)
    assert ask(portal, resource_id=partly, q="演示路1号")["total"] == 0


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"filters": {"序号": 3}}, [3]),
        ({"filters": '{"序号": ["3", 5]}'}, [3, 5]),
        ({"filters": {"_id": [7, 8]}}, [7, 8]),
        ({"filters": {"_id": {"gt": 22}}}, [23, 24]),
        ({"filters": {"_id": {"gte": 3, "lt": "5"}, "序号": {"in": [1, 4]}}}, [4]),
        ({"filters": {"$or": [{"序号": 2}, {"_id": 9}]}}, [2, 9]),
        ({"filters": [{"序号": 2}, {"_id": [9, 11]}]}, [2, 9, 11]),
        ({"filters": json.dumps([{"序号": {"lte": 2}}, {"序号": 5}])}, [1, 2, 5]),
        ({"filters": {"有效": True, "$or": [{"序号": 3}, {"序号": 4}, {"序号": 5}]}}, [3, 5]),
        ({"filters": {"$and": [{"序号": {"gt": 2}}, {"$or": [{"_id": 1}, {"_id": 3}]}]}}, [3]),
        ({"filters": {"$or": []}}, []),
        ({"filters": {"$or": [{"序号": 2}, {}]}, "limit": 3}, [1, 2, 3]),
        ({"filters": {"有效": True, "序号": {"lt": 6}}}, [1, 3, 5]),
        ({"filters": {"金额": {"gte": 23, "lt": "24.5"}}}, [23]),
        ({"filters": {"实施日期": "2024-01-04"}}, [4]),
        ({"filters": {"职权名称": "对违法行为9的处罚"}}, [9]),
        ({"filters": {"职权名称": None}}, []),
        ({"filters": {"序号": []}}, []),
        ({"q": {"职权名称": "行为12"}}, [12]),
        ({"sort": "序号 desc", "limit": 3}, [24, 23, 22]),
        ({"sort": '"有效" asc nulls first, 序号 desc', "limit": 2}, [24, 22]),
        ({"sort": "_id desc", "limit": 1}, [24]),
        ({"offset": 22}, [23, 24]),
        ({"offset": 10**15}, []),
    ],
)
def test_a_question_finds_its_rows(portal: Portal, given: Any, wanted: list[int]) -> None:
    assert numbers(portal, **given) == wanted


def test_words_are_ranked_and_values_made_one(portal: Portal) -> None:
    one = table(portal)
    found = ask(portal, resource_id=one, q="行为12")
    assert [(row["_id"], row["rank"]) for row in found["records"]] == [(12, 1.0)]
    assert found["fields"][-1] == {"id": "rank", "type": "numeric"}
    values = ask(portal, resource_id=one, fields=["有效"], distinct=True, sort="有效 desc")
    assert (values["records"], values["total"]) == ([{"有效": True}, {"有效": False}], 2)
    chosen = ask(portal, resource_id=one, fields="金额,_id", limit=1, records_format="lists")
    assert chosen["records"] == [[1.5, 1]]
    text = ask(portal, resource_id=one, limit=2, records_format="csv")["records"]
    assert text.splitlines()[1] == "2,2,对违法行为2的处罚,2024-01-02,2.5,false"
    assert "total" not in ask(portal, resource_id=one, include_total=False)
    links = ask(portal, resource_id=one, limit=5, offset=5)["_links"]
    assert portal.get(links["next"]).get_json()["result"]["records"][0]["_id"] == 11


@pytest.mark.parametrize(
    "given",
    [
        {"filters": {"没有": 1}},
        {"filters": "[1]"},
        {"filters": "{"},
        {"filters": {"序号": "three"}},
        {"filters": {"序号": {"like": 1}}},
        {"filters": {"序号": [[1]]}},
        {"filters": {"$or": {"序号": 1}}},
        {"filters": {"$or": [{"没有": 1}]}},
        {"filters": {"$$or": 1}},
        {"filters": {"_id": {"gt": "x"}}},
        {"filters": {"$or": [{"$or": [{"$or": [{"$or": [{"序号": 1}]}]}]}]}},
        {"filters": [{"序号": number} for number in range(60)]},
        {"filters": [{"$or": [{}] * 40}, {"$or": [{}] * 40}]},
        {"sort": "没有"},
        {"sort": "序号 sideways"},
        {"sort": " " * 1_900 + "x" * 50},
        {"sort": "序号," * 9},
        {"fields": "没有"},
        {"limit": -1},
        {"limit": "many"},
        {"q": "字 " * 500},
        {"q": "字" * 10_000},
        {"records_format": "xml"},
        {"colour": "red"},
        {"distinct": True, "fields": "序号", "sort": "金额"},
    ],
)
def test_a_bad_question_is_refused_in_ckans_words(portal: Portal, given: dict[str, Any]) -> None:
    asked = {"resource_id": table(portal), **given}
    answer = portal.stack.client.post(f"{ACTION}datastore_search", json=asked)
    assert answer.status_code == 409, answer.get_data(as_text=True)
    assert answer.get_json()["error"]["__type"] == "Validation Error"


def test_a_dump_has_every_row(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.numbered.PART", 7)
    one = table(portal)
    answer = portal.get(f"/datastore/dump/{one}?bom=true")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{one}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [row["_id"] for row in rows] == [str(n) for n in range(1, 25)]
    assert [row["职权名称"] for row in rows] == [row["职权名称"] for row in ROWS]
    told = portal.get(f"/datastore/dump/{one}?format=json&limit=16&offset=2").get_json()
    assert [row[0] for row in told["records"]] == list(range(3, 19))
    assert [field["id"] for field in told["fields"]] == ["_id", *ROWS[0]]
    narrowed = {"format": "tsv", "filters": json.dumps({"有效": "true"}), "sort": "序号 desc",
                "fields": "序号"}  # fmt: skip
    text = portal.get(f"/datastore/dump/{one}?{urlencode(narrowed)}").get_data(as_text=True)
    assert text.split() == ["序号", *(str(n) for n in range(23, 0, -2))]
    empty = portal.get(f"/datastore/dump/{one}?format=json&offset=100").get_json()
    assert empty["records"] == []
    found = portal.get(f"/datastore/dump/{one}?q=行为1&format=json").get_json()["records"]
    assert [row[0] for row in found] == [1, *range(10, 20)]
    values = {"distinct": "true", "fields": "有效", "sort": "有效", "format": "json"}
    made_one = portal.get(f"/datastore/dump/{one}?{urlencode(values)}").get_json()["records"]
    assert made_one == [[False], [True]]
    document = etree.fromstring(portal.get(f"/datastore/dump/{one}?format=xml").data)
    assert document.tag == "data"
    assert [row.get("_id") for row in document] == [str(n) for n in range(1, 25)]
    assert document.findtext("row/职权名称") == "对违法行为1的处罚"
    assert portal.get(f"/datastore/dump/{one}?format=pdf").status_code == 409
    again = portal.get(f"/datastore/dump/{one}", **{"If-None-Match": portal.get(
        f"/datastore/dump/{one}").headers["ETag"]})  # fmt: skip
    assert (again.status_code, again.data) == (304, b"")
    assert portal.get(f"/datastore/dump/{table(portal, 'conditional')}").status_code == 403


@pytest.mark.skipif(not landlock.version(), reason="this system cannot lock in a process")
def test_sql_goes_through_the_gate(portal: Portal, client: RemoteCKAN) -> None:
    one = table(portal)
    told = client.action.datastore_search_sql(
        sql=f'SELECT "有效", COUNT(*) AS n FROM "{one}" WHERE "序号" > 4 GROUP BY 1 ORDER BY 1'
    )
    assert told["records"] == [{"有效": False, "n": 10}, {"有效": True, "n": 10}]
    assert [field["type"] for field in told["fields"]] == ["bool", "int8"]
    for statement in (
        f'DELETE FROM "{one}"',
        "SELECT * FROM read_csv('/etc/passwd')",
        f'SELECT "地址" FROM "{table(portal, "partly")}"',
        "SELECT (",
    ):
        with pytest.raises(ValidationError):
            client.action.datastore_search_sql(sql=statement)
    with pytest.raises(NotAuthorized):
        client.action.datastore_search_sql(sql=f'SELECT * FROM "{table(portal, "conditional")}"')
    with pytest.raises(NotFound):
        client.action.datastore_search_sql(sql='SELECT * FROM "nothing"')
