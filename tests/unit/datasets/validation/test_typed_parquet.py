"""Parquet files are read as they say what they hold."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from datasets.validation.typed_cells import NONE, UnsureError
from datasets.validation.typed_parquet import read_parquet

MOMENT = datetime(2023, 1, 5, 8, tzinfo=UTC)
COLUMNS: dict[str, list[Any]] = {
    "text": ["a", None, "北京"],
    "integer": [1, None, 2**53 + 1],
    "number": [1.0, None, 1e-7],
    "decimal": [Decimal("0.10"), None, Decimal("-2.00")],
    "boolean": [True, None, False],
    "date": [date(2023, 1, 5), None, date(1, 1, 1)],
    "time": [time(8), None, time(23, 59, 59)],
    "local": [
        MOMENT.replace(tzinfo=None),
        None,
        datetime(1, 1, 1, 0, 0, 0, 5, UTC).replace(tzinfo=None),
    ],
    "zoned": [MOMENT, None, MOMENT],
    "list": [[1, 2], None, []],
}


def write(path: Path, table: pa.Table) -> Path:
    parquet.write_table(table, path)
    return path


def read(path: Path) -> list[tuple[int, list[Any]]]:
    rows = []
    for batch in read_parquet(path):
        for place, number in enumerate(batch.numbers):
            row = batch.row(place)
            rows.append((number, row))
            for column, cell in zip(batch.columns, row, strict=True):
                assert (column.kinds[place] == NONE) is (cell is None)
                text = cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
                assert column.texts[place] in (None, text)
    return rows


def test_every_type_comes_back_with_gaps_as_gaps(tmp_path: Path) -> None:
    arrays = {key: pa.array(cells) for key, cells in COLUMNS.items()}
    arrays["coded"] = pa.array(["x", None, "x"]).dictionary_encode()
    arrays["day"] = pa.array([MOMENT, None, MOMENT]).cast(pa.timestamp("ns", "UTC"))
    rows = read(write(tmp_path / "t.parquet", pa.table(arrays)))
    assert rows[0] == (1, list(arrays))
    expected = [*COLUMNS.values(), ["x", None, "x"], [MOMENT, None, MOMENT]]
    assert rows[1:] == [(place + 2, [cells[place] for cells in expected]) for place in range(3)]


def test_many_rows_keep_their_numbers(tmp_path: Path) -> None:
    path = write(tmp_path / "t.parquet", pa.table({"a": pa.array(range(200_000))}))
    numbers = [number for batch in read_parquet(path) for number in batch.numbers]
    assert numbers == list(range(1, 200_002))


@pytest.mark.parametrize("damage", ["truncated", "footer", "other", "empty"])
def test_a_damaged_file_is_never_passed_over(tmp_path: Path, damage: str) -> None:
    content = write(tmp_path / "t.parquet", pa.table({"a": ["x"] * 1_000})).read_bytes()
    damaged = {
        "truncated": content[:-100],
        "footer": content[:-8] + b"\xff\xff\xff\x7f" + b"PAR1",
        "other": b"a,b\n1,2\n",
        "empty": b"",
    }[damage]
    (tmp_path / "t.parquet").write_bytes(damaged)
    with pytest.raises(UnsureError):
        read(tmp_path / "t.parquet")
