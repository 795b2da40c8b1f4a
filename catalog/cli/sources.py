"""What a command is to read: files, folders, addresses and standard input, made into a list.

A FILE that is missing, closed to the reader or no file at all is a mistake of usage; what turns out
bad while it is read is told in its report.
"""

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from catalog.cli.confined import Confined

ADDRESS: Final = re.compile(r"https?://", re.IGNORECASE)
TABLES: Final = frozenset(
    "csv tsv txt xlsx xls xlsm ods json jsonl ndjson geojson parquet".split()  # noqa: SIM905
)
"""Ends of names of tables in a folder; each may be packed as .gz, .zip, .bz2 or .xz."""
UNKNOWN: Final = frozenset({"txt", "xlsm"})
"""Ends of names of tables for us, and of anything for Frictionless."""
PACKED: Final = frozenset({"gz", "zip", "bz2", "xz"})
PACKAGES: Final = ("datapackage.json", "datapackage.yaml")
STANDARD_INPUT: Final = "-"
CLIENT: Final = "catalog.cli.loading"


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read. ``shown`` is how it is called, ``path`` a local file or an address."""

    shown: str
    path: str

    @property
    def remote(self) -> bool:
        """Whether it is an address."""
        return ADDRESS.match(self.path) is not None


class Given(click.ParamType[str]):
    """A file, a folder, an http or https address, or ``-`` for standard input."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if text == STANDARD_INPUT or ADDRESS.match(text):
            return text
        try:
            mode = Path(text).stat().st_mode
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self.fail(f"{text!r}: {why}", param, ctx)
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            self.fail(f"{text!r} is neither a file nor a folder; use - to read a pipe.", param, ctx)
        if not os.access(text, os.R_OK):
            self.fail(f"{text!r} may not be read by you.", param, ctx)
        return text


def expanded(given: Sequence[str], workdir: Path) -> Iterator[Source]:
    """The tables and descriptors that the words of the command line stand for, in order.

    A folder with a ``datapackage.json`` is that package, any other one its tables, recursively and
    by name; hidden files and folders, and folders behind links, are left out.
    """
    for text in given:
        if text == STANDARD_INPUT:
            yield Source("-", str(_spooled(workdir)))
        elif ADDRESS.match(text) or not Path(text).is_dir():
            yield Source(text, text)
        else:
            yield from (Source(path, path) for path in _inside(text))


def _inside(folder: str) -> Iterator[str]:
    package = next((path for name in PACKAGES if (path := Path(folder, name)).is_file()), None)
    if package is not None:
        yield str(package)
        return
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            inner = f"{here.rstrip('/')}/{name}"
            if is_table(name) and stat.S_ISREG(_mode(inner)):
                yield inner


def _mode(path: str) -> int:
    try:
        return Path(path).stat().st_mode
    except OSError:
        return 0


def is_table(name: str) -> bool:
    ends = name.lower().split(".")[1:]
    if not ends or name.startswith("."):
        return False
    return ends[-1] in TABLES or ends[-1] in PACKED


def says_its_kind(name: str) -> bool:
    """Whether Frictionless takes a file of this name for a table: ``a.csv``, ``a.csv.zip``."""
    ends = [end.lower() for end in name.split(".")[1:]]
    packed = len(ends) > 1 and ends[-1] in PACKED
    return bool(ends) and ends[-2 if packed else -1] in TABLES - UNKNOWN


def _spooled(workdir: Path) -> Path:
    """Standard input as a file, which can be read more than once."""
    folder = workdir / "standard-input"
    folder.mkdir(exist_ok=True)
    target = folder / "stdin.csv"
    with target.open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return target


def child(
    work: str, workdir: Path, *, trusted: bool, shown: Callable[[int, float], None]
) -> Confined:
    """A child that fetches through this process, private addresses only when ``trusted``."""

    def fetch(url: str, target: Path) -> str:
        # The client is loaded for the first address: tables on the disk need none.
        wrong: str = import_module(CLIENT).fetch_into(url, target, trusted=trusted)
        return wrong

    return Confined(work, workdir, on_progress=shown, fetch=fetch)
