"""One round of a command over the files it was given: each is worked on in the child, in order."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from catalog.cli.confined import Confined
from catalog.cli.output import note, say, visible
from catalog.cli.sources import Source, child, expanded
from datasets.confined.endings import Refused
from schemas.records import Message, Problem

STOPPED = 130
"""Exit code of a program that was ended with Ctrl+C, as shells have it."""
ZONE: Final = "Asia/Shanghai"

Answer = Mapping[str, Any]
Asked = Answer | Problem


class Progress:
    """A line that is written over, on a terminal only; plain output has no progress."""

    def __init__(self) -> None:
        self._on = sys.stderr.isatty()
        self._name = ""
        self._written = False

    def begin(self, name: str) -> None:
        """Speak of another file from now on."""
        self._name = visible(name)

    def show(self, rows: int, share: float) -> None:
        """Say how far the file is done."""
        if self._on:
            counted = say(Message("%(rows)s rows", {"rows": f"{rows:,}"})) if rows else ""
            self._write(f"{self._name}: {share:4.0%} {counted}".rstrip())

    def end(self) -> None:
        """Take the line away."""
        if self._written:
            self._write("")
            self._written = False

    def _write(self, text: str) -> None:
        # Carriage return, text, erase what an earlier and longer line left behind.
        click.echo(f"\r{text}\x1b[K", nl=False, err=True)
        self._written = True


class Round:
    """The files of a command and the child that works on them."""

    def __init__(
        self,
        worker: Confined,
        progress: Progress,
        sources: Iterator[Source],
        order: Mapping[str, Any],
    ) -> None:
        self._worker = worker
        self._progress = progress
        self._sources = sources
        self._order = order

    def answers(self) -> Iterator[tuple[Source, Asked]]:
        """What the child says to each file: its answer, or why there is none."""
        nothing = True
        for source in self._sources:
            nothing = False
            place = {"path": source.path, "shown": source.shown, "remote": source.remote}
            yield source, self.ask(source.shown, {**self._order, **place})
        if nothing:
            raise click.UsageError(say(Message("There is no table in what was given.")))

    def ask(self, name: str, order: Mapping[str, Any]) -> Asked:
        """What the child says to one order about the file called ``name``."""
        self._progress.begin(name)
        try:
            return self._worker.ask(order)
        except Refused as error:
            return error.problem
        finally:
            self._progress.end()


@contextmanager
def round_of(work: str, files: tuple[str, ...], order: Mapping[str, Any]) -> Iterator[Round]:
    """A round of ``work`` over ``files``; ``order`` goes to the child with each of them, and with it
    ``on``, the day of today, after which nobody is born.

    The child is started at once, so that it loads the engine while the caller gets ready. Ctrl+C
    ends it and this command.
    """
    progress = Progress()
    try:
        with (
            TemporaryDirectory(prefix="gongkai-", ignore_cleanup_errors=True) as folder,
            child(work, Path(folder), trusted=order["trusted"], shown=progress.show) as worker,
        ):
            on = datetime.now(ZoneInfo(ZONE)).date().isoformat()
            yield Round(worker, progress, expanded(files, Path(folder)), {**order, "on": on})
    except KeyboardInterrupt:
        progress.end()
        note(say(Message("Stopped.")))
        sys.exit(STOPPED)
