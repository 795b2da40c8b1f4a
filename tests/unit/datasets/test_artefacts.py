"""Profile and formats are made aside, and nothing is left of what nobody wants any more."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datasets.artefacts import Making
from schemas.records import Limits


def parquet(folder: Path, rows: int, columns: int = 2) -> Path:
    path = folder / "data.parquet"
    pq.write_table(pa.table({f"c{n}": pa.array(range(rows)) for n in range(columns)}), path)
    return path


def test_a_short_table_gets_every_format_and_its_profile(tmp_path):
    with Making(parquet(tmp_path, 30), Limits()) as making:
        made = making.result()
    assert set(made.files) == {"parquet", "csv", "json", "ndjson", "xlsx"}
    assert all((tmp_path / name).stat().st_size for name in made.files.values())
    assert made.profile["rows"] == 30


def test_no_workbook_is_made_beyond_the_rows_that_the_operator_allows(tmp_path):
    with Making(parquet(tmp_path, 30), Limits(xlsx_rows=29)) as making:
        assert "xlsx" not in making.result().files


def test_what_is_not_made_by_the_end_of_the_block_is_broken_off(tmp_path):
    path = parquet(tmp_path, 300_000, 20)
    with Making(path, Limits()):
        pass
    left = {file.name for file in tmp_path.iterdir()}
    assert left <= {"data.parquet", "data.csv"}
    if "data.csv" in left:  # it was quicker than we were
        assert (tmp_path / "data.csv").read_bytes().count(b"\n") == 300_001
