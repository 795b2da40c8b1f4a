"""Keys of long tables are told apart in bounded memory, and their repeats are Frictionless'."""

from pathlib import Path
from typing import Any

import pytest

from tests.common.frictionless_oracle import Case, differences, ours, plain

ROWS = 6_000
SCHEMA = {
    "fields": [
        {"name": "number", "type": "integer", "constraints": {"unique": True, "minimum": 0}},
        {
            "name": "code",
            "type": "string",
            "constraints": {"unique": True, "pattern": "[A-Z][0-9]+"},
        },
        {"name": "name", "type": "string"},
    ],
    "missingValues": ["", "-"],
}


def table(repeats: int) -> list[list[str]]:
    """Rows whose keys neither rise nor fall, the last ones repeating earlier ones."""
    rows = [[str(n * 7_919 % ROWS), f"K{n * 31 % ROWS}", f"n{n % 9}"] for n in range(ROWS)]
    for place in range(repeats):
        rows[ROWS - 1 - place * 7][place % 2] = rows[place * 50][place % 2]
    return rows


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.validation.key_memory.MOST_HELD", 500)
    monkeypatch.setattr("datasets.validation.text_tables.BLOCK_BYTES", 8_000)
    monkeypatch.setattr("frictionless.Resource.validate", plain_is_refused)


def plain_is_refused(*_: Any, **__: Any) -> None:
    pytest.fail("judged row by row")


def question(folder: Path, rows: list[list[str]], **schema: Any) -> Case:
    lines = [",".join(row) for row in [["number", "code", "name"], *rows]]
    (folder / "t.csv").write_text("\n".join(lines) + "\n", "utf-8")
    source = {
        "name": "t", "type": "table", "path": "t.csv", "scheme": "file", "format": "csv",
        "encoding": "utf-8", "schema": {**SCHEMA, **schema},
    }  # fmt: skip
    return Case(source=source, basepath=str(folder), limit_errors=0)


@pytest.mark.parametrize("primary", ["code", ["code", "number"], ["name", "number"]])
@pytest.mark.parametrize("repeats", [0, 1, 40])
def test_keys_longer_than_memory_repeat_where_frictionless_says(
    tmp_path: Path, request: pytest.FixtureRequest, primary: Any, repeats: int
) -> None:
    rows = table(repeats)
    rows[100][1] = rows[4_000][1] = rows[4_500][1] = "bad"
    rows[200] = ["", "-", ""]
    rows[300] = rows[301][:2]
    rows[302] = [*rows[303], "more"]
    rows[400][0] = rows[5_000][0] = "-3"
    rows[500][0] = f"+{rows[4_999][0]}"
    case = question(tmp_path, rows, primaryKey=primary)
    expected = plain(case)
    request.getfixturevalue("short_of_memory")
    assert not differences(expected, ours(case))


def test_what_keys_wrote_to_the_disk_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_of_memory: None
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    found = ours(question(tmp_path, table(3)))
    assert found.report
    assert not found.report["valid"]
    assert not list(folder.iterdir())
