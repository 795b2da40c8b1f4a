"""Questions that no good client asks: a clear answer, soon, that tells nothing it should not."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.common.counting import calls_of
from tests.common.portal import SECRET, Portal

LONG = "政" * 10_000
SEARCHES = (
    "/api/v1/datasets?q={}", "/datasets?q={}", "/datasets.json?q={}", "/datasets.csv?q={}",
    "/datasets.atom?q={}", "/api/3/action/package_search?q={}", "/api/3/action/package_search?fq={}",
    "/api/3/action/resource_search?query=name:{}", "/api/3/action/tag_search?query={}",
    "/api/3/action/organization_autocomplete?q={}", "/api/util/dataset/autocomplete?incomplete={}",
    "/units?q={}", "/openness/entries?unit={}", "/negative-list?q={}", "/notices?q={}",
)  # fmt: skip


def rows(portal: Portal, name: str = "partly") -> str:
    entry = f"/api/v1/datasets/{portal.slugs[name]}"
    resource = portal.get(f"{entry}/resources").get_json()["items"][0]["id"]
    return f"/api/v1/resources/{resource}/rows"


@pytest.mark.parametrize("door", SEARCHES)
@pytest.mark.parametrize(
    "asked", [LONG, '"未完 (的', "没有这个字段:一", "{!dismax qf=title}x", "%\x7f\u202e", "*" * 999]
)
def test_an_odd_search_is_answered_or_refused_in_words(
    portal: Portal, door: str, asked: str
) -> None:
    client, address = portal.stack.client, door.format(quote(asked))
    _, plain = calls_of(lambda: client.get(door.format(quote("处罚"))))
    answer, calls = calls_of(lambda: client.get(address))
    assert calls < 2 * plain + 10_000 + 10 * len(address), "no more than a plain one and its length"
    assert answer.status_code in {200, 400, 404, 409, 422}, answer.status_code
    said = answer.get_data(as_text=True)
    assert SECRET not in said
    assert "Traceback" not in said
    if answer.status_code != 200 and "html" not in answer.content_type:
        assert answer.is_json
        assert answer.get_json()


@pytest.mark.parametrize(
    "question",
    ["{}__eq=x", "{}__contains=路", "{}__isnull=1", "_sort={}", "_sort=-{}", "_select={}", "_group={}",
     "_agg=max({})", "_group=机构名称&_agg=count({})"],
)  # fmt: skip
def test_a_withheld_field_answers_as_one_that_never_was(portal: Portal, question: str) -> None:
    """``地址`` is a column of the delivery that is withheld; ``没有`` is in no file at all."""
    told = []
    for column in ("地址", "没有"):
        pairs = [part.partition("=") for part in question.format(column).split("&")]
        path = f"{rows(portal)}?{urlencode([(name, value) for name, _, value in pairs])}"
        page = f"/datasets/{portal.slugs['partly']}/table?{path.partition('?')[2]}"
        for address in (path, page):
            answer = portal.get(address, **{"Accept-Language": "en"})
            assert answer.status_code == 422
            plain = answer.get_data(as_text=True)
            for word in (column, quote(column), quote(quote(column))):
                plain = plain.replace(word, "COLUMN")
            told.append((answer.status_code, plain))
    assert told[:2] == told[2:]


@pytest.mark.parametrize("filters", ['{"地址": "演示路1号"}', '{"没有": "演示路1号"}'])
def test_nor_does_another_door_count_it(portal: Portal, filters: str) -> None:
    package = portal.get(f"/api/3/action/package_show?id={portal.slugs['partly']}").get_json()
    file = package["result"]["resources"][0]["id"]
    for name, value in (
        ("filters", filters),
        ("sort", "地址"),
        ("fields", "地址"),
        ("q", '{"地址":"路"}'),
    ):
        given = urlencode({"resource_id": file, name: value})
        assert portal.get(f"/api/3/action/datastore_search?{given}").status_code == 409
        assert portal.get(f"/datastore/dump/{file}?{urlencode({name: value})}").status_code == 409
    found = portal.get(f"/api/3/action/datastore_search?resource_id={file}&q={quote('演示路1号')}")
    assert found.get_json()["result"]["total"] == 0


def test_a_cursor_of_another_question_is_refused(portal: Portal) -> None:
    first = portal.get(f"{rows(portal, 'open')}?_limit=2&_sort=-{quote('金额')}").get_json()
    cursor = first["page"]["next"]
    for other in (f"_sort={quote('金额')}", f"{quote('序号')}__gt=3", f"_group={quote('有效')}"):
        answer = portal.get(f"{rows(portal, 'open')}?_limit=2&{other}&_after={quote(cursor)}")
        assert answer.status_code in {400, 422}, other
    assert portal.get(f"{rows(portal)}?_after={quote(cursor)}").status_code in {400, 422}
    listed = portal.get("/api/v1/datasets?limit=1").get_json()["page"]["next"]
    assert portal.get(f"/api/v1/units?after={quote(listed)}").status_code in {400, 422}
    for bad in ("x", "%00", "a" * 9_000, "../..", "-1"):
        answer = portal.get(f"/api/v1/datasets?limit=1&after={bad}")
        assert answer.status_code in {400, 422}, bad


@pytest.mark.parametrize(
    ("asked", "status"),
    [("bytes=999999999-", 416), ("bytes=-0", 416), ("bytes=5-2", 200), ("lines=1-2", 200),
     ("bytes=" + ",".join(f"{n}-{n}" for n in range(0, 2_000, 2)), 200),
     ("bytes=" + ",".join(f"{n}-" for n in range(1, 1_001)), 206),
     ("bytes=" + "9" * 5_000 + "-", 416), ("bytes=a-b", 200), ("bytes=1-99999999999999999999", 206)],
)  # fmt: skip
def test_an_odd_range_is_the_whole_file_or_none(portal: Portal, asked: str, status: int) -> None:
    path = f"/datasets/{portal.slugs['open']}/table.csv"
    whole = portal.get(path).data
    answer = portal.get(path, Range=asked)
    assert answer.status_code == status
    if status == 200:
        assert answer.data == whole
    if status == 206:
        assert answer.data == whole[1:]
    if status == 416:
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"


def test_a_thousand_tags_are_looked_through(portal: Portal) -> None:
    path = f"/datasets/{portal.slugs['open']}/table.csv"
    tag = portal.get(path).headers["ETag"]
    many = ", ".join(f'"{n:064x}"' for n in range(1_000))
    assert portal.get(path, **{"If-None-Match": many}).status_code == 200
    assert portal.get(path, **{"If-None-Match": f"{many}, W/{tag}"}).status_code == 304
    for broken in ('"', "W/", ",,,", "x" * 9_000, '"a" "b"'):
        assert portal.get(path, **{"If-None-Match": broken}).status_code == 200


def test_statements_that_do_more_than_ask_are_refused(portal: Portal) -> None:
    open_table = f"{portal.slugs['open']}/table"
    for statement in (
        "CREATE TABLE t AS SELECT 1", "COPY (SELECT 1) TO '/tmp/x'", "SELECT 1; SELECT 2",
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "ATTACH ':memory:'",
        "SELECT getenv('HOME')", "SELECT current_setting('allowed_paths')", "PRAGMA database_list",
        "WITH w AS (INSERT INTO t VALUES (1)) SELECT 1", "SELECT * FROM duckdb_settings()", "SELECT",
        f'SELECT * FROM "{portal.slugs["draft"]}/table"', f'SELECT * FROM "{portal.slugs["closed"]}/table"',
        f'SELECT 地址 FROM "{portal.slugs["partly"]}/table"', f"SELECT ' FROM \"{open_table}\"",
        "SELECT * FROM information_schema.tables", "SELECT * FROM range(9)", "",
    ):  # fmt: skip
        answer: Any = portal.stack.client.post("/api/v1/query", json={"sql": statement})
        assert answer.status_code in {400, 404, 422, 501}, (statement, answer.status_code)
        assert SECRET not in answer.get_data(as_text=True)
        assert "/home" not in answer.get_data(as_text=True)
