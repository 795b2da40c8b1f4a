"""The table under examination, as DuckDB sees it: columns are called c0, c1, … whatever their names."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from datasets.engine import ALONE

CONFIG: Final = ALONE | {"preserve_insertion_order": "false"}


MEMORY: Final = ("128MB", "1GB")
"""What does not fit goes to the disk: five million rows take 310 MB of the process at 128 MB here, 690
at 512, and are a tenth quicker. The second is for cells of a megabyte."""

FEW_CELLS: Final = 2_000_000
FEW_BYTES: Final = 32 * 2**20
"""A table of no more is read into memory once: a thousand columns cost no thousand readings."""

MAX_VALUE_CHARS: Final = 80

_KINDS: Final = {
    "BOOLEAN": "boolean", "VARCHAR": "text", "DATE": "date", "TIMESTAMP": "time",
    **dict.fromkeys(
        ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"), "whole"
    ),
    **dict.fromkeys(("DOUBLE", "FLOAT"), "number"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its word in SQL, its name, how DuckDB calls its type, and one of ``boolean text date
    time whole number``."""

    word: str
    name: str
    type: str
    kind: str

    @property
    def ordered(self) -> bool:
        """Whether a median and a histogram mean something."""
        return self.kind in {"date", "time", "whole", "number"}


@dataclass(frozen=True, slots=True)
class Source:
    """Rows are asked for ``FROM source``; one connection, used by one thread."""

    connection: Any
    columns: tuple[Column, ...]
    rows: int

    def ask(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.connection.execute(sql, list(values)).fetchall()
        return found

    def ask_one(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        return self.ask(sql, values)[0]


@contextmanager
def opened(parquet: Path, memory: str) -> Iterator[Source]:
    """The table for as long as the block lasts; what does not fit in ``memory`` goes to a folder that
    is gone afterwards."""
    metadata = pq.read_metadata(parquet)
    names = metadata.schema.to_arrow_schema().names
    words = ", ".join(f"c{number}" for number in range(len(names)))
    table = f"read_parquet({_quoted(str(parquet))}) AS t({words})"
    with (
        TemporaryDirectory(prefix="profile-") as folder,
        duckdb.connect(
            config={**CONFIG, "memory_limit": memory, "temp_directory": folder}
        ) as connection,
    ):
        groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
        size = sum(group.total_byte_size for group in groups)
        few = metadata.num_rows * len(names) <= FEW_CELLS and size <= FEW_BYTES
        connection.execute(
            f"CREATE TEMP {'TABLE' if few else 'VIEW'} source AS SELECT * FROM {table}"  # noqa: S608
        )
        types = [row[1] for row in connection.execute("DESCRIBE source").fetchall()]
        columns = tuple(
            Column(
                f"c{number}", name, kind, _KINDS.get(kind, "number" if "DEC" in kind else "text")
            )
            for number, (name, kind) in enumerate(zip(names, types, strict=True))
        )
        yield Source(connection, columns, metadata.num_rows)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def plain(value: Any) -> Any:
    """A value as JSON has it; long text is cut."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str) and len(value) > MAX_VALUE_CHARS:
        return value[:MAX_VALUE_CHARS] + "…"
    return value
