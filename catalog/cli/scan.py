"""``gongkai scan``: personal and other sensitive data in tables, with masked samples only."""

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import click

from catalog.cli.output import as_json, note, problem_line, say_stored
from catalog.cli.rounds import round_of
from catalog.cli.sources import Given
from schemas.records import Problem

FINDINGS: Final = "catalog.cli.findings"


@click.command()
@click.argument("files", nargs=-1, required=True, type=Given(), metavar="FILE...")
@click.option(
    "--trusted",
    is_flag=True,
    help="Descriptors may name files outside their folder, addresses may be private ones.",
)
@click.option("--json", "json_", is_flag=True, help="One finding a line.")
def scan(files: tuple[str, ...], trusted: bool, json_: bool) -> None:
    """Look for personal and other sensitive data.

    A FILE is a table as agencies have them (CSV in any Chinese encoding, XLSX with all its sheets,
    XLS, ODS, JSON, Parquet), a data package, a folder (all tables in it), an http or https address,
    or - for standard input. Every cell is searched, title rows and notes too. Samples are masked.

    Exit 0 when nothing of high severity is found, 1 when something is or a FILE cannot be read, 2
    when a FILE is not there.
    """
    good = True
    with round_of("scan", files, {"trusted": trusted}) as work:
        printed = None if json_ else import_module(FINDINGS).Findings()
        for source, answer in work.answers():
            good = good and not isinstance(answer, Problem) and not answer["high"]
            if isinstance(answer, Problem):
                note(f"{source.shown}: {problem_line(answer)}")
            elif printed is None:
                for table in answer["tables"]:
                    _print_lines(table)
            else:
                printed.add(answer)
    if not good:
        sys.exit(1)


def _print_lines(table: Mapping[str, Any]) -> None:
    for finding in table["findings"]:
        message = say_stored(finding["message"])
        as_json({"file": table["name"], **finding, "message": message})
