"""Rows of an XLSX workbook's first sheet with content, read in a child process with limits.

A workbook of two kilobytes can make any spreadsheet reader ask for all memory and abort the process
(calamine issue 693), so the reader runs alone: it gets the bytes on standard input, writes one JSON
line per row, and its death is a Problem like any other.
"""

import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import python_calamine

from harvesters.contract import SourceProblem
from schemas.records import Message, Problem

_MAX_LINE = 2 * 2**20
_MAX_ROWS = 200_000
_MAX_COLUMNS = 500


def workbook_rows(body: bytes, place: str, *, seconds: int, memory: int) -> Iterator[list[str]]:
    """All rows as text; raises SourceProblem when the workbook cannot be read within the limits."""
    command = [sys.executable, "-m", "harvesters.workbook", str(seconds), str(memory)]
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(body)
        given.seek(0)
        try:
            ended = subprocess.run(
                command,
                stdin=given,
                stdout=made,
                stderr=subprocess.DEVNULL,
                timeout=seconds * 2,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise _unreadable(place) from error
        if ended.returncode != 0:
            raise _unreadable(place)
        made.seek(0)
        while line := made.readline(_MAX_LINE):
            yield json.loads(line)


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
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=True, nrows=_MAX_ROWS)
        if not rows:
            continue
        for row in rows:
            cells = [_text(cell) for cell in row[:_MAX_COLUMNS]]
            line = json.dumps(cells, ensure_ascii=False).encode("utf-8", "replace")
            if len(line) >= _MAX_LINE:
                raise ValueError("a row is too long")
            out.write(line + b"\n")
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


def _unreadable(place: str) -> SourceProblem:
    return SourceProblem(
        Problem(
            "workbook-unreadable",
            Message("The workbook cannot be read."),
            Message(
                "Open it, delete empty rows and columns, save it anew as XLSX or CSV, and retry."
            ),
            place,
        )
    )


if __name__ == "__main__":
    main()
