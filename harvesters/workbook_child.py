"""The process in which a workbook is read: ``python -m harvesters.workbook_child SECONDS BYTES``.

Started by ``workbook`` and by nobody else; see there why.
"""

import datetime as dt
import json
import resource
import sys
from io import BytesIO
from typing import BinaryIO

import python_calamine

_MAX_ROWS = 200_000
_MAX_COLUMNS = 500


def main() -> None:
    """The child: limits first, then bytes in, rows out."""
    seconds, memory = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _write_rows(sys.stdin.buffer.read(), sys.stdout.buffer)


def _write_rows(body: bytes, out: BinaryIO) -> None:
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(body))
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False, nrows=_MAX_ROWS + 1)
        if not rows:
            continue
        if len(rows) > _MAX_ROWS:
            raise ValueError("too many rows")
        for row in rows:
            cells = [_text(cell) for cell in row[:_MAX_COLUMNS]]
            out.write(json.dumps(cells).encode() + b"\n")
        return


def _text(cell: object) -> str:
    """A cell as a clerk reads it: whole numbers without a point, dates in ISO 8601."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
