"""Rows of a table that is asked about again and again: the same answers by index, wherever files are, until
the entry is withdrawn."""

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from catalog.runtime import build
from catalog.web import create_app
from datasets.indexed.keeping import FEW_CELLS
from tests.common.processes import poll
from tests.common.stack import Stack

ROWS = FEW_CELLS // 3 + 1
TABLE = "编码,线路,客流\n" + "".join(f"K{n:06},{n % 7}路,{n * 37 % 1000}\n" for n in range(ROWS))
QUESTIONS = (
    "编码=K012345",
    "线路=3路&客流__gte=500&_sort=-客流&_limit=7",
    "_group=线路&_agg=count&_sort=-count",
    "客流__in=1,2,3&_sort=编码&_limit=4",
    "编码__contains=0123&_limit=5",
)


def _published(stack: Stack, folder: Path) -> tuple[str, str]:
    path = folder / "stations.csv"
    path.write_text(TABLE)
    slug, resource = stack.entry(title="站点客流明细")
    assert stack.deliver(resource, path, "站点.csv")["report"]["valid"]
    stack.publish(slug)
    return slug, f"/api/v1/resources/{resource}/rows"


def _answers(client: FlaskClient, door: str) -> list[Any]:
    return [client.get(f"{door}?{asked}").get_json() for asked in QUESTIONS]


def test_an_indexed_table_answers_as_before_and_vanishes_when_withdrawn(
    stack: Stack, tmp_path: Path
) -> None:
    slug, door = _published(stack, tmp_path)
    before = _answers(stack.client, door)
    assert before[0]["items"] == [{"编码": "K012345", "线路": "4路", "客流": 765}]
    assert before[0]["limits"] == {
        "seconds": stack.runtime.settings.query_seconds,
        "rows": stack.runtime.settings.max_rows_answered,
        "memory_bytes": 256_000_000,
    }
    settings = stack.runtime.settings
    assert poll(lambda: any((settings.home / "rows").glob("*.rows")))
    # Another web process of this machine, which remembers no answer and finds the index.
    other = build(settings, stack.clock)
    try:
        client = create_app(other).test_client()
        address = f"{door}?{QUESTIONS[0]}"
        tag = stack.client.get(address).headers["ETag"]
        held = client.get(address, headers={"If-None-Match": tag})
        assert (held.status_code, held.get_data()) == (304, b"")
        # A copy that is still good was recognised before the table was looked at.
        assert not other.rows._open
        assert _answers(client, door) == before
        assert list(other.rows._open) == [
            one.stem for one in (settings.home / "rows").glob("*.rows")
        ]
        stack.ok(
            "POST",
            f"/api/v1/datasets/{slug}/withdrawal",
            "admin",
            json={"reason": "数据有误，撤回"},
        )
        for asked in ("", f"?{QUESTIONS[0]}", f"?{QUESTIONS[0]}&_format=csv&_limit=all"):
            for one in (client, stack.client):
                gone = one.get(door + asked)
                assert gone.status_code == 410
                assert "数据有误" in gone.get_json()["detail"]
    finally:
        other.close()
