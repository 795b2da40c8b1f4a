"""``gongkai profile``: what is in the columns of tables."""

import sys
from importlib import import_module
from typing import Final

import click

from catalog.cli.output import as_json, note, problem_line
from catalog.cli.rounds import round_of
from catalog.cli.sources import Given
from schemas.records import Problem

COLUMNS: Final = "catalog.cli.columns"


@click.command()
@click.argument("files", nargs=-1, required=True, type=Given(), metavar="FILE...")
@click.option(
    "--trusted",
    is_flag=True,
    help="Descriptors may name files outside their folder, addresses may be private ones.",
)
@click.option("--json", "json_", is_flag=True, help="One profile a line.")
def profile(files: tuple[str, ...], trusted: bool, json_: bool) -> None:
    """Show what is in the columns of tables.

    For each column its type, missing and distinct values, extremes, a histogram of numbers and
    dates, the most frequent values; for the table the columns that could be its key. A FILE is what
    gongkai scan takes; defects of its form that can be repaired are repaired for reading. Numbers
    of people are masked.

    Exit 0 when all could be read, 1 when one could not, 2 when a FILE is not there.
    """
    good = True
    with round_of("profile", files, {"trusted": trusted}) as work:
        printed = None if json_ else import_module(COLUMNS).Columns()
        for source, answer in work.answers():
            if isinstance(answer, Problem):
                good = False
                note(f"{source.shown}: {problem_line(answer)}")
                continue
            for table in answer["tables"]:
                if printed is None:
                    as_json(table)
                else:
                    printed.add(table)
    if not good:
        sys.exit(1)
