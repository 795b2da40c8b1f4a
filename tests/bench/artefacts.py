"""What is made of a validated table: Parquet, profile, and the other formats, beside Polars and DuckDB.

The peers are given what helps them: Polars guesses types instead of keeping the schema's, loses the order
of nothing but knows no missing values of a schema; DuckDB's SUMMARIZE estimates distinct values.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import polars as pl

from datasets.exports import export_file
from datasets.parquet import write_parquet
from datasets.profile import profile
from tests.bench.figures import Row, times
from tests.bench.made_tables import SCHEMA, write_csv
from tests.bench.scale import Scale
from tests.bench.validating import best

CODE = "编码"


def artefacts(scale: Scale, folder: Path) -> list[Row]:
    """Each thing made from a table of the validation figures, and its peer's way to it."""
    rows = scale.validated_rows
    table = write_csv(folder / "clean.csv", rows)
    ours, theirs = folder / "ours.parquet", folder / "theirs.parquet"
    size = f"{rows:,} rows x 12"
    made = [
        _row(
            f"Typed Parquet of {size}: schema kept, decimals as decimals, filters for codes",
            partial(write_parquet, table, SCHEMA, ours),
            "Polars, types guessed",
            lambda: pl.scan_csv(table, infer_schema_length=10_000).sink_parquet(theirs),
        ),
        _row(
            f"Profile of {size}: exact distinct values, quartiles, histograms, keys, repeated rows",
            partial(profile, ours),
            "DuckDB SUMMARIZE: distinct values estimated, no histograms, keys or repeats",
            lambda: duckdb.sql(f"SUMMARIZE FROM '{theirs}'").fetchall(),
        ),
        _one_code(ours, theirs, size),
    ]
    writers: dict[str, Callable[[Path], object]] = {
        "csv": lambda out: pl.scan_parquet(ours).sink_csv(out),
        "ndjson": lambda out: pl.scan_parquet(ours).sink_ndjson(out),
        "json": lambda out: pl.read_parquet(ours).write_json(out),
    }
    for name, write in writers.items():
        made.append(
            _row(
                f"{name.upper()} of {size}",
                partial(export_file, ours, name, folder / f"ours.{name}"),
                "Polars",
                partial(write, folder / f"theirs.{name}"),
            )
        )
    return [*made, _workbook(scale, folder)]


def _row(work: str, ours: Callable[[], object], peer: str, theirs: Callable[[], object]) -> Row:
    mine, other = best(ours), best(theirs)
    return Row(work, f"{mine:.2f} s", f"{other:.2f} s ({peer})", times(mine, other))


def _one_code(ours: Path, theirs: Path, size: str) -> Row:
    """The row with one code, asked of either file with one thread."""
    code = pl.scan_parquet(ours).select(pl.col(CODE).get(pl.len() // 2)).collect().item()

    def ask(path: Path) -> None:
        query = f"SELECT * FROM '{path}' WHERE {CODE} = ?"
        with duckdb.connect(config={"threads": "1"}) as connection:
            assert len(connection.execute(query, [code]).fetchall()) == 1

    mine, other = best(partial(ask, ours), 7), best(partial(ask, theirs), 7)
    return Row(
        f"One row by its code out of {size}, read from the Parquet file with DuckDB",
        f"{mine * 1000:.1f} ms",
        f"{other * 1000:.1f} ms (the file that Polars writes)",
        times(mine, other),
    )


def _workbook(scale: Scale, folder: Path) -> Row:
    rows = scale.workbook_rows
    parquet = folder / "workbook.parquet"
    write_parquet(write_csv(folder / "workbook.csv", rows), SCHEMA, parquet)
    return _row(
        f"XLSX of {rows:,} rows x 12, typed cells",
        partial(export_file, parquet, "xlsx", folder / "ours.xlsx"),
        "Polars with XlsxWriter",
        lambda: pl.read_parquet(parquet).write_excel(folder / "theirs.xlsx"),
    )
