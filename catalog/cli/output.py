"""What commands print: tables on a terminal, plain lines in a pipe, one line for a refusal."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from catalog import runtime as runtime_module
from catalog import wording
from catalog.errors import RuleError
from catalog.runtime import Runtime
from schemas.records import Message, Problem


@contextmanager
def opened() -> Iterator[Runtime]:
    """The runtime that environment and ``.env`` describe, for one command."""
    try:
        runtime = runtime_module.from_env()
    except ValueError as error:
        raise click.UsageError(f"The settings cannot be used: {error}") from None
    try:
        yield runtime
    finally:
        runtime.close()


def language() -> str:
    """The language of the operator's terminal."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LANG") if os.environ.get(name)), "")
    return "zh" if chosen.startswith("zh") else "en"


def say(message: Message) -> str:
    """The sentence for the operator."""
    return wording.say(message, language())


def tell(text: str) -> None:
    """One line on standard output."""
    click.echo(text)


def note(text: str) -> None:
    """One line on standard error, beside the result."""
    click.echo(text, err=True)


def as_json(value: Any) -> None:
    """One line of JSON on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def refuse(error: RuleError) -> None:
    """A refusal: cause and remedy on one line, then each bad field and shut gate on its own."""
    remedy = f" {say(error.remedy)}" if error.remedy else ""
    note(f"{error.code}: {say(error.cause)}{remedy}")
    for name, messages in error.fields.items():
        note(f"  {name}: {'; '.join(say(message) for message in messages)}")
    for reason in error.reasons:
        note(f"  {problem_line(reason)}")


def problem_line(problem: Problem) -> str:
    """A problem on one line."""
    place = f"{problem.place}: " if problem.place else ""
    return f"{problem.code}: {place}{say(problem.cause)} {say(problem.remedy)}".rstrip()


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table on a terminal; tab-separated lines without a header in a pipe."""
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in cells:
            click.echo("\t".join(" ".join(cell.split()) for cell in row))
        return
    shown = Table(*headers)
    for row in cells:
        shown.add_row(*row)
    Console().print(shown)
