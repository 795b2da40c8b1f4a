"""``gongkai negative-list``: the list on the command line."""

import csv
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, note, say, tell
from catalog.cli.people import actor_named
from catalog.cli.tables import read_rows
from catalog.runtime import Runtime
from catalog.services import facts
from catalog.services import negative_list as rules
from catalog.services.list_tables import RowReport, export_rows, rows_from_table

DAY = click.DateTime(["%Y-%m-%d"])


@click.group(name="negative-list")
def negative_list() -> None:
    """What stays closed, why, and by which law."""


def _day(chosen: datetime | None, runtime: Runtime) -> date:
    return chosen.date() if chosen else facts.day(runtime.clock())


@negative_list.command()
@click.option("--as-of", type=DAY, help="The day; default today.")
@click.option("--json", "json_", is_flag=True, help="One item a line.")
def show(as_of: datetime | None, json_: bool) -> None:
    """Items in force on a day, in their public wording."""
    with opened() as runtime, runtime.database.read() as session:
        items = [rules.public_view(row) for row in rules.in_force(session, _day(as_of, runtime))]
    if json_:
        for item in items:
            as_json(item)
        return
    table(
        ("number", "ground", "name", "basis", "review by"),
        [
            (item["number"], item["ground"], item["name"], "、".join(item["citations"]),
             item["review_by"])
            for item in items
        ],
    )  # fmt: skip


@negative_list.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "keeper", required=True, help="List keeper in whose name it is drafted.")
@click.option("--reason", required=True, help="Why the list is adjusted; public.")
@click.option(
    "--review-by", type=DAY, help="Next review where the table names none; default a year."
)
@click.option("--preview", is_flag=True, help="Say what was read; draft nothing.")
def import_(
    file: Path, keeper: str, reason: str, review_by: datetime | None, preview: bool
) -> None:
    """Draft an adjustment from a CSV or XLSX table; another person approves it."""
    with opened() as runtime, runtime.database.write() as session:
        today = facts.day(runtime.clock())
        read = rows_from_table(
            read_rows(file),
            review_by=review_by.date() if review_by else today + timedelta(days=365),
            current=rules.in_force(session, today),
        )
        _tell_rows(read.rows)
        tell(f"{len(read.changes)} changes read, {read.same} items stand as they are.")
        if not read.good:
            note("Nothing was drafted: correct the rows named above.")
            sys.exit(1)
        if read.changes and not preview:
            made = rules.draft(
                session, actor_named(session, keeper), changes=list(read.changes), reason=reason,
                now=runtime.clock(),
            )  # fmt: skip
            session.flush()
            tell(f"adjustment {made.id} waits for approval by another person")


def _tell_rows(rows: tuple[RowReport, ...]) -> None:
    for row in rows:
        for kind, messages in (("problem", row.problems), ("warning", row.warnings)):
            for message in messages:
                note(f"row {row.row} {row.name} {kind}: {say(message)}")


@negative_list.command()
@click.option("--as-of", type=DAY, help="The day; default today.")
@click.option("--json", "json_", is_flag=True, help="One item a line.")
def export(as_of: datetime | None, json_: bool) -> None:
    """Write the list in force on a day as CSV; it can be imported again."""
    with opened() as runtime, runtime.database.read() as session:
        rows = export_rows(session, _day(as_of, runtime))
    if json_:
        for row in rows:
            as_json(row)
        return
    if rows:
        writer = csv.DictWriter(sys.stdout, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
