"""What is made of a table's Parquet file once it is there: its profile, and formats to download."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Self

import pyarrow.parquet as pq

from datasets.exports import formats_at_once, make_formats
from datasets.profile import profile
from schemas.records import Limits


class BrokenOffError(Exception):
    """Nobody wants the rest."""


@dataclass(frozen=True, slots=True)
class Made:
    """Names of files in the work folder by format, and the profile."""

    files: Mapping[str, str]
    profile: dict[str, Any]


class Making:
    """Makes them in threads of its own, while something else goes on; can be broken off."""

    def __init__(self, parquet: Path, limits: Limits) -> None:
        self._enough = Event()
        self._pool = ThreadPoolExecutor(2)
        metadata = pq.read_metadata(parquet)
        names = formats_at_once(metadata.num_rows, metadata.num_columns, limits.xlsx_rows)
        self._parquet = parquet.name
        self._formats = self._pool.submit(make_formats, parquet, parquet.parent, names, self._check)
        self._profile = self._pool.submit(profile, parquet, self._check)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Break off what is not made by now."""
        self._enough.set()
        self._pool.shutdown()

    def _check(self) -> None:
        if self._enough.is_set():
            raise BrokenOffError

    def result(self) -> Made:
        """Wait for everything."""
        return Made({"parquet": self._parquet, **self._formats.result()}, self._profile.result())
