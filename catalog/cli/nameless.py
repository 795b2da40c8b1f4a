"""Files whose name tells Frictionless nothing of a table: it would call them good without a look inside.

They are described here by what they hold, so that they are judged.
"""

import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, Final

from catalog.cli.sources import says_its_kind
from datasets.confined.endings import Refused
from datasets.reading.archives import check_archive
from datasets.reading.kinds import no_table, sniff
from datasets.reading.problems import UnreadableError
from schemas.records import Limits

LINE_BYTES: Final = 2**16


def described(path: Path) -> dict[str, Any]:
    """The resource that the file at ``path`` is, or the package of the tables in an archive.

    Raises ``Refused`` for what holds no table.
    """
    try:
        kind = sniff(path)
        if kind == "zip":
            return _unzipped(path)
    except UnreadableError as error:
        raise Refused(error.problem) from None
    if kind == "gzip":
        return {
            "name": "table",
            "type": "table",
            "path": path.name,
            "compression": "gz",
            "format": "csv",
        }
    if kind == "csv" and _is_tabbed(path):
        kind = "tsv"
    return {"name": "table", "type": "table", "path": path.name, "format": kind}


def _is_tabbed(path: Path) -> bool:
    with path.open("rb") as file:
        line = file.readline(LINE_BYTES)
    return b"\t" in line and b"," not in line


def _unzipped(path: Path) -> dict[str, Any]:
    check_archive(path, Limits())
    with zipfile.ZipFile(path) as archive:
        names = [PurePosixPath(name) for name in archive.namelist() if not name.endswith("/")]
    tables = [name for name in names if says_its_kind(name.name) and "__MACOSX" not in name.parts]
    if not tables:
        raise no_table("ZIP")
    resources = [
        {
            "name": f"table-{number}",
            "type": "table",
            "path": path.name,
            "compression": "zip",
            "innerpath": str(name),
            "format": name.suffix.lower().lstrip("."),
        }
        for number, name in enumerate(tables, 1)
    ]
    return resources[0] if len(resources) == 1 else {"resources": resources}
