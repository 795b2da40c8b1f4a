"""Files whose name tells Frictionless nothing of a table: it would call them good without a look inside.

They are described here by what they hold, so that they are judged.
"""

import gzip
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import NamedTemporaryFile
from typing import Any, Final

from catalog.cli.sources import says_its_kind
from datasets.confined.endings import Refused
from datasets.damage import DAMAGED
from datasets.reading.archives import check_archive
from datasets.reading.kinds import HEAD, no_table, sniff
from datasets.reading.problems import UnreadableError
from schemas.records import Limits

LINE_BYTES: Final = 2**16


def described(path: Path) -> dict[str, Any]:
    """The resource that the file at ``path`` is, or the package of the tables in an archive.

    Raises ``Refused`` for what holds no table.
    """
    found = {"name": "table", "type": "table", "path": path.name}
    try:
        kind = sniff(path)
        if kind == "zip":
            return _unzipped(path)
        if kind == "gzip":
            return {**found, "compression": "gz", "format": _packed(path)}
    except UnreadableError as error:
        raise Refused(error.problem) from None
    return {**found, "format": _format(kind, path)}


def _packed(path: Path) -> str:
    """The format of what is packed, by its beginning; of what cannot be unpacked Frictionless speaks."""
    try:
        with gzip.open(path) as file:
            head = file.read(HEAD)
    except (OSError, *DAMAGED):
        return "csv"
    with NamedTemporaryFile() as beginning:
        beginning.write(head)
        beginning.flush()
        unpacked = Path(beginning.name)
        return _format(sniff(unpacked), unpacked)


def _format(kind: str, path: Path) -> str:
    """How Frictionless calls a kind of table."""
    return "tsv" if kind == "csv" and _is_tabbed(path) else kind


def _is_tabbed(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.readline(LINE_BYTES)
    return b"\t" in line and b"," not in line


def _unzipped(path: Path) -> dict[str, Any]:
    check_archive(path, Limits())
    with zipfile.ZipFile(path) as archive:
        paths = {name: PurePosixPath(name) for name in archive.namelist() if name[-1:] != "/"}
    tables = [
        (name, path.suffix.lower().lstrip("."))
        for name, path in paths.items()
        if says_its_kind(path.name) and "__MACOSX" not in path.parts
    ]
    if not tables:
        raise no_table("ZIP")
    resources = [
        {
            "name": f"table-{number}",
            "type": "table",
            "path": path.name,
            "compression": "zip",
            "innerpath": name,
            "format": kind,
        }
        for number, (name, kind) in enumerate(tables, 1)
    ]
    return resources[0] if len(resources) == 1 else {"resources": resources}
