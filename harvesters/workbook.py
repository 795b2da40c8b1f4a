"""Rows of an XLSX workbook's first sheet with content, read in a child process with limits.

A workbook of two kilobytes can make any spreadsheet reader ask for all memory and abort the process
(calamine issue 693), so the reader runs alone: it gets the bytes on standard input, writes one JSON
line per row, and its death is a Problem like any other.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from harvesters.contract import SourceProblem
from schemas.records import Message, Problem


def workbook_rows(body: bytes, place: str, *, seconds: int, memory: int) -> Iterator[list[str]]:
    """All rows as text; raises SourceProblem when the workbook cannot be read within the limits."""
    command = [sys.executable, "-m", "harvesters.workbook_child", str(seconds), str(memory)]
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
        while line := made.readline():
            yield json.loads(line)


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
