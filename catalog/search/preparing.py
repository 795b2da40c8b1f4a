"""Entries read and cut for the index; for a whole new one by processes (``helper``) beside that which writes
it, because cutting a million entries takes longer than writing them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import IO, NamedTuple, cast

from catalog.db import Database
from catalog.search.documents import Document, Units, documents_within, spans
from catalog.search.shelf import written

PROCESSES = 2
"""More would wait for the writing."""
FEW = 50
"""Up to so many spans are not worth the second that a process needs to begin."""
_ROOT = Path(__file__).parents[2]
PUBLIC, HIDDEN = b"+", b"-"
"""How the line of an entry begins, by its shelf."""


class Prepared(NamedTuple):
    """An entry for the public shelf or the hidden one: its fields as JSON."""

    public: bool
    fields: bytes


def prepared(documents: Sequence[Document]) -> list[Prepared]:
    """These entries, cut."""
    public = [document.public for document in documents]
    return list(map(Prepared, public, written(documents)))


def every_prepared(database: Database, processes: int | None = None) -> Iterator[list[Prepared]]:
    """All entries in the order of their ids, some at a time, with so many processes beside this one; as many
    as are of use where it is not said.

    They are of no single moment: what is changed meanwhile is to be applied once more. What a process
    leaves undone, as one that the system ended, is done here.
    """
    with database.read() as session:
        todo = spans(session)
    if processes is None:
        processes = PROCESSES if len(todo) > FEW else 0
    units: Units = {}
    with ExitStack() as held:
        url = database.engine.url.render_as_string(hide_password=False)
        helpers = [held.enter_context(_helper(url, todo[n::processes])) for n in range(processes)]
        for span, helper in zip(todo, cycle(helpers or [None]), strict=False):
            made = _received(helper) if helper else None
            yield prepared_within(database, span, units) if made is None else made


def prepared_within(database: Database, span: tuple[int, int], units: Units) -> list[Prepared]:
    """The entries from one id to another, cut. Read in a transaction of its own: an SQLite database lets
    nobody write while one is open."""
    with database.read() as session:
        return prepared(documents_within(session, span, units))


@contextmanager
def _helper(url: str, spans: Sequence[tuple[int, int]]) -> Iterator[IO[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "catalog.search.helper"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
    ) as process:
        try:
            with suppress(BrokenPipeError), cast("IO[bytes]", process.stdin) as order:
                order.write(json.dumps([url, spans]).encode())
            yield cast("IO[bytes]", process.stdout)
        finally:
            process.kill()


def _received(helper: IO[bytes]) -> list[Prepared] | None:
    """The next span; None when the process has ended."""
    lines = []
    while (line := helper.readline()) != b"\n":
        if not line.endswith(b"\n"):
            return None
        lines.append(line)
    return [Prepared(line[:1] == PUBLIC, line[1:-1]) for line in lines]
