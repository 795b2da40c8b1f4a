"""Keys of long tables are told apart in bounded memory, and their repeats are Frictionless'."""

from pathlib import Path
from typing import Any

import pytest

from datasets.validation.key_memory import _met as key_memory_met
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


KINDS = {
    "number": [f"{n * 7_919 % ROWS}.{n % 10}0" for n in range(ROWS)],
    "date": [f"{1800 + n % 1_000}-{n // 1_000 + 1:02}-{n % 28 + 1:02}" for n in range(ROWS)],
    "datetime": [f"2024-01-01T{n % 24:02}:{n // 24 % 60:02}:{n // 1440:02}" for n in range(ROWS)],
}
SAME = {
    "number": ("1.50", "001.5", "15e-1"),
    "date": ("2024-01-02", "2024-1-2", "2024-01-2"),
    "datetime": ("2024-05-06T07:08:09", "2024-05-06 07:08:09", "2024-05-06T07:08:09.000"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("repeats", [0, 1, 9])
def test_numbers_and_moments_are_keys_of_long_tables_as_texts_are(
    tmp_path: Path, request: pytest.FixtureRequest, kind: str, repeats: int
) -> None:
    values = list(KINDS[kind])
    values[7] = "?"
    values[50] = SAME[kind][0]
    for place in range(repeats):
        values[2_000 + 99 * place] = SAME[kind][place % 3]
    fields = [
        {"name": "number", "type": kind, "constraints": {"unique": True}},
        {"name": "code", "type": "string"},
        {"name": "name", "type": "string"},
    ]
    case = question(
        tmp_path, [[one, "c", f"n{at % 7}"] for at, one in enumerate(values)],
        fields=fields, primaryKey=["number", "name"],
    )  # fmt: skip
    expected = plain(case)
    request.getfixturevalue("short_of_memory")
    request.getfixturevalue("monkeypatch").setattr(
        "datasets.validation.key_memory._met", within(len(values) // 10)
    )
    assert not differences(expected, ours(case))


def within(most: int) -> Any:
    """The memory that compares values one by one, refusing to hold ``most`` of them."""

    def met(seen: dict[Any, int], values: list[Any], numbers: list[int]) -> Any:
        found = key_memory_met(seen, values, numbers)
        assert len(seen) < most
        return found

    return met


@pytest.mark.parametrize("endless", ["INF", "-INF", "NaN"])
def test_numbers_without_end_in_rows_of_another_width_are_keys_too(
    tmp_path: Path, endless: str
) -> None:
    rows = [
        ["1", "a", "x"],
        [endless, "b", "x", "more"],
        ["2.0", "c"],
        [endless, "d"],
        ["2", "e", "x"],
    ]
    fields = [
        {"name": "number", "type": "number", "constraints": {"unique": True}},
        {"name": "code", "type": "string"}, {"name": "name", "type": "string"},
    ]  # fmt: skip
    case = question(tmp_path, rows, fields=fields, primaryKey=["number"])
    assert differences(plain(case), ours(case)) == []


def test_moments_of_another_zone_in_rows_of_another_width_are_other_keys(tmp_path: Path) -> None:
    rows = [
        ["2023-01-05T08:00:00", "a", "x"],
        ["2023-01-05T08:00:00Z", "b"],
        ["2023-01-05 08:00:00", "c", "x", "more"],
    ]
    fields = [
        {"name": "moment", "type": "datetime", "constraints": {"unique": True}},
        {"name": "code", "type": "string"}, {"name": "name", "type": "string"},
    ]  # fmt: skip
    case = question(tmp_path, rows, fields=fields, primaryKey=["moment"])
    assert differences(plain(case), ours(case)) == []
