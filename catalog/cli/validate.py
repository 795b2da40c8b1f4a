"""``gongkai validate``: the Frictionless report on tables, descriptors, packages, folders, addresses."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

from catalog.cli.output import as_json, problem_line, say, tell
from catalog.cli.rounds import Round, round_of
from catalog.cli.sources import Given
from schemas import tables
from schemas.records import Message, Problem

REPORTS: Final = "catalog.cli.reports"
FILE: Final = click.Path(exists=True, dir_okay=False)
MISUSED: Final = frozenset({"bad-checklist", "bad-schema"})


@click.command()
@click.argument("files", nargs=-1, required=True, type=Given(), metavar="FILE...")
@click.option("--schema", default="", help="Table Schema file, or the name of a shipped schema.")
@click.option("--checklist", type=FILE, help="File of a Frictionless checklist (JSON or YAML).")
@click.option(
    "--header-row",
    multiple=True,
    type=click.IntRange(1),
    help="Row in which the header stands, if not the first; once for each row it takes.",
)
@click.option(
    "--limit-errors",
    default=1_000,
    show_default=True,
    type=click.IntRange(0),
    help="Stop a table after so many errors; 0 for no limit.",
)
@click.option("--limit-rows", type=click.IntRange(1), help="Look at so many rows of each table.")
@click.option(
    "--show",
    default=10,
    show_default=True,
    type=click.IntRange(0, 1_000),
    help="Errors of one kind that are shown with their row.",
)
@click.option(
    "--trusted",
    is_flag=True,
    help="Descriptors may name files outside their folder, addresses may be private ones.",
)
@click.option("--json", "json_", is_flag=True, help="One Frictionless report a line.")
def validate(files: tuple[str, ...], schema: str, json_: bool, **options: Any) -> None:
    """Validate tables and data packages.

    A FILE is a table (CSV, TSV, XLSX, XLS, ODS, JSON, NDJSON, Parquet), a Frictionless descriptor
    (resource, package, inquiry, schema), a zipped data package, a folder (all tables in it), an
    http or https address, or - for standard input. The report is the one that Frictionless 5.21
    gives, error for error.

    Exit 0 when all are valid, 1 when any is not or cannot be read, 2 when a FILE is not there.
    """
    good = True
    order = {**options, "schema": _schema(schema), "json": json_}
    with round_of("validate", files, order) as work:
        # What prints is loaded while the child loads what judges.
        reports = None if json_ else import_module(REPORTS).Reports()
        for source, answer in work.answers():
            if isinstance(answer, Problem):
                _refuse_misuse(answer)
            good = good and not isinstance(answer, Problem) and answer["valid"]
            if reports is None:
                _print_line(answer)
            elif isinstance(answer, Problem):
                reports.add_problem(source.shown, answer)
            else:
                reports.add(source.shown, answer["digest"], _form(work, source.shown, answer))
        if reports is not None:
            reports.close()
    if not good:
        sys.exit(1)


def _form(work: Round, name: str, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is odd about the form of a bare table; asked by itself, so that the report is safe."""
    if not answer["local"]:
        return {}
    seen = work.ask(
        name, {"form": answer["local"], "valid": answer["valid"], "header": answer["header"]}
    )
    return {} if isinstance(seen, Problem) else seen["form"]


def _print_line(answer: Mapping[str, Any] | Problem) -> None:
    if isinstance(answer, Problem):
        as_json(_without_answer(answer))
    else:
        tell(answer["line"])


def _schema(chosen: str) -> Mapping[str, Any] | str:
    """The shipped schema of this name, or the path of a file."""
    if chosen in tables.names():
        return tables.load(chosen)
    if chosen and not Path(chosen).is_file():
        names = ", ".join(tables.names())
        wrong = Message("--schema is neither a file nor one of: %(names)s", {"names": names})
        raise click.UsageError(say(wrong))
    return chosen


def _refuse_misuse(problem: Problem) -> None:
    if problem.code in MISUSED:
        raise click.UsageError(problem_line(problem))


def _without_answer(problem: Problem) -> dict[str, Any]:
    """The Frictionless report on a file that could not be judged at all."""
    error = {
        "type": "error",
        "title": "Error",
        "description": "Error.",
        "message": problem_line(problem),
        "tags": [],
        "note": problem.code,
    }
    stats = {"tasks": 0, "errors": 1, "warnings": 0, "seconds": 0.0}
    return {"valid": False, "stats": stats, "warnings": [], "errors": [error], "tasks": []}
