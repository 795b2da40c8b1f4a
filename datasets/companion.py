"""What is done with a table while somebody walks it for another reason: types, personal data, Parquet.

A text is taken apart once. The survey of its form walks the delivered table in the hope that nothing
needs mending; where something does, the walk that mends it is the one that counts, and where findings
are settled, the walk that settles them. Each batch is worked on by several threads, for nearly all of
it is done by libraries that let others run; no more than two batches are in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final, Self

import pyarrow as pa
from frictionless import FrictionlessException

from datasets.columnar import Batch, read_batches
from datasets.parquet import Offshoot
from datasets.sensitive import TableScan, findings, start_scan
from datasets.validation import Inference, SchemaProblem
from schemas.records import Finding

THREADS: Final = 4
"""One takes the next batch apart; three work on the one before."""


class Companion:
    """Goes along with one walk after the other; only the last one counts.

    ``parquet`` is where the file goes; ``on`` the day that ages count from.
    """

    def __init__(self, parquet: Path, on: date | None) -> None:
        self._path, self._on = parquet, on
        self._pool = ThreadPoolExecutor(THREADS)
        self._scan: TableScan | None = None
        self._inference: Inference | None = None
        self._offshoot: Offshoot | None = None
        self._arrived = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._begin_anew()

    def _begin_anew(self) -> None:
        if self._offshoot is not None:
            self._offshoot.give_up()
        self._scan = self._inference = self._offshoot = None
        self._arrived = False

    def along(
        self,
        labels: Sequence[str],
        batches: Iterator[Batch],
        schema: Mapping[str, Any] | None = None,
        *,
        parquet: bool = True,
    ) -> Iterator[Batch]:
        """Pass the batches of a table on, and work on each of them meanwhile.

        Record 1 is the header, whose cells are ``labels``. ``schema`` is the one that goes into the
        Parquet file; without one the types are guessed. ``parquet`` says whether there is to be a file.
        """
        self._begin_anew()
        self._scan = start_scan(labels, self._on)
        header = tuple(pa.array([label], pa.string()) for label in labels)
        self._scan.add(Batch(header, range(1, 2), [], 0.0))
        if schema is None:
            self._inference = Inference(labels)
        first = True
        for batch in self._ahead(batches):
            scanning = self._pool.submit(self._scan.add, batch)
            writing = self._pool.submit(self._write, batch, schema, first=first and parquet)
            first = False
            yield batch
            scanning.result()
            writing.result()
        self._arrived = True

    def go_over(
        self,
        path: Path,
        labels: Sequence[str],
        schema: Mapping[str, Any] | None = None,
        *,
        parquet: bool = True,
    ) -> None:
        """A walk for nothing else, over the UTF-8 CSV at ``path``."""
        batches = read_batches(path, len(labels), skip_records=1)
        for _ in self.along(labels, batches, schema, parquet=parquet):
            pass

    def _ahead(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """The batches, the next one being read while one is worked on."""
        reading = self._pool.submit(next, batches, None)
        while (batch := reading.result()) is not None:
            reading = self._pool.submit(next, batches, None)
            yield batch

    def _write(self, batch: Batch, schema: Mapping[str, Any] | None, *, first: bool) -> None:
        if self._inference is not None:
            for columns in texts_of(batch):
                self._inference.see(columns)
        if first:
            guessed = self._inference.schema() if self._inference is not None else {}
            self._offshoot = _grown(schema or guessed, self._path)
        if self._offshoot is not None:
            self._offshoot.add(batch)

    def schema(self) -> dict[str, Any]:
        """The types that fit every value of the table; for a walk without a schema."""
        if self._inference is None or not self._arrived:
            raise RuntimeError("no types were guessed on this walk")
        return self._inference.schema()

    @property
    def arrived(self) -> bool:
        """Whether a walk was gone along with to its end."""
        return self._arrived

    def findings(self, row_numbers: Sequence[int] | None = None) -> list[Finding]:
        """What ``sensitive.scan`` would find in the table that was walked."""
        if self._scan is None or not self._arrived:
            raise RuntimeError("nothing was searched on this walk")
        return findings(self._scan, row_numbers)

    def parquet(self, schema: Mapping[str, Any]) -> Path | None:
        """The finished Parquet file with this schema; ``None`` where there is none."""
        offshoot = self._offshoot
        if not self._arrived or offshoot is None or offshoot.table_schema != schema:
            return None
        self._offshoot = None
        return self._path if offshoot.finish() is not None else None


def _grown(schema: Mapping[str, Any], path: Path) -> Offshoot | None:
    """A file to be written in passing; ``None`` for a schema that is none, which is told elsewhere."""
    with suppress(SchemaProblem, FrictionlessException):
        offshoot = Offshoot(schema, path)
        names = [field["name"] for field in schema["fields"]]
        return offshoot if len(set(names)) == len(names) else None
    return None


def texts_of(batch: Batch) -> Iterator[Sequence[Any]]:
    """The cells of a batch as columns of text: its regular records, then the others, which lack some."""
    yield batch.columns
    cells = zip_longest(*(row for _, row in batch.ragged), fillvalue="")
    yield [pa.array(column, pa.string()) for column in cells]
