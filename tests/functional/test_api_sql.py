"""SQL over published tables: who may read which, how tables are named, and what clients are told."""

import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from datasets.confined import landlock
from tests.common.stack import Stack

pytestmark = pytest.mark.skipif(
    not landlock.version(), reason="the kernel cannot lock a process in; SQL is not offered on it"
)
TABLE = "站名,线路,客流\n" + "".join(f"站点{n},{n % 7}路,{n}\n" for n in range(500))


def _ask(stack: Stack, sql: str, who: str = "", status: int = 200, **more: Any) -> Any:
    return stack.ok(
        "POST", "/api/v1/query", who, status=status, json={"sql": sql, **more}
    )  # fmt: skip


def _published(stack: Stack, folder: Path, **values: Any) -> tuple[str, str]:
    path = folder / "stations.csv"
    path.write_text(TABLE)
    slug, resource = stack.entry(**values)
    assert stack.deliver(resource, path, "站点.csv")["report"]["valid"]
    stack.publish(slug)
    return slug, resource


def test_one_select_over_open_tables_until_they_are_withdrawn(stack: Stack, tmp_path: Path) -> None:
    slug, resource = _published(stack, tmp_path, title="公交站点客流")
    sql = 'SELECT 线路, sum("客流") AS total FROM {} GROUP BY 线路 ORDER BY total DESC LIMIT 2'
    for name in (f'"{resource}"', f'"{slug}/table"', f'"{slug}"'):
        answer = _ask(stack, sql.format(name))
        assert [row["线路"] for row in answer["items"]] == ["2路", "1路"]
        assert answer["truncated"] is None
        assert answer["tables"][0]["resource"] == resource
        assert answer["limits"]["rows"] == 1000
        assert answer["limits"]["memory_bytes"] == 384_000_000
    short = _ask(stack, "SELECT count(*) AS n FROM t", tables={"t": f"{slug}/table"})
    assert short["items"] == [{"n": 500}]
    for name in ("T", f'"{slug.upper()}"'):  # names of SQL are the same in any case
        counted = f"SELECT count(*) AS n FROM {name} JOIN t USING (站名)"
        assert _ask(stack, counted, tables={"t": slug})["items"] == [{"n": 500}]
    shared = stack.client.get(
        f"/api/v1/query?sql={quote(sql.format('%s'))}".replace("%25s", quote(f'"{slug}"'))
    )
    assert shared.status_code == 200
    text = stack.call(
        "POST", "/api/v1/query", json={"sql": f'SELECT * FROM "{slug}"', "format": "csv"}
    )
    assert text.get_data(as_text=True).splitlines()[0].endswith("站名,线路,客流")
    stack.ok(
        "POST", f"/api/v1/datasets/{slug}/withdrawal", "admin", json={"reason": "数据有误，撤回"}
    )
    gone = _ask(stack, f'SELECT * FROM "{slug}"', status=410)
    assert "数据有误" in gone["detail"]


def test_a_draft_is_as_if_it_were_not_there(embedded: Stack, tmp_path: Path) -> None:
    path = tmp_path / "stations.csv"
    path.write_text(TABLE)
    slug, resource = embedded.entry(title="未发布的表")
    embedded.deliver(resource, path, "站点.csv")
    told = {}
    for who in ("", "he", "dev"):
        for name in (resource, f"{slug}/table", slug, "nothing-of-the-kind"):
            refused = _ask(embedded, f'SELECT * FROM "{name}"', who, status=404)
            told[who, name] = refused["detail"].replace(name, "NAME")
    assert len(set(told.values())) == 1, told


def test_what_can_be_mended_is_told(embedded: Stack, tmp_path: Path) -> None:
    slug, _ = _published(embedded, tmp_path)
    for sql in (
        f'DELETE FROM "{slug}"',
        f'SELECT * FROM "{slug}"; SELECT 1',
        "SELECT * FROM read_csv('/etc/passwd')",
        f'SELECT nosuch FROM "{slug}"',
        "SELEC 1",
        "x" * 10_001,
    ):
        refused = _ask(embedded, sql, status=422)
        assert refused["errors"]["sql"], refused
        assert refused["remedy"]
    assert "sql" in _ask(embedded, "", status=422)["errors"]
    _ask(embedded, "SELECT 1", status=422, format="exe")


def test_a_client_with_too_many_questions_waits_and_another_is_served(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, _ = _published(embedded, tmp_path)
    slow = f'SELECT sum(a.客流 * b.客流 * c.客流 * d.客流) FROM "{slug}" a, "{slug}" b, "{slug}" c, "{slug}" d'
    statuses: list[int] = []
    app = embedded.client.application

    def ask() -> None:
        answer = app.test_client().post("/api/v1/query", json={"sql": slow})
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 1

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    honest = _ask(embedded, f'SELECT count(*) AS n FROM "{slug}"', "dev")
    for thread in threads:
        thread.join()
    assert honest["items"] == [{"n": 500}]
    assert sorted(set(statuses)) == [429, 503]
    assert statuses.count(503) == 2
