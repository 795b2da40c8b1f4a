"""``gongkai negative-list``: the negative list, and with ``--list`` every other, on the command line."""

import csv
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

import click

from catalog.cli import list_drafts
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, note, say, tell
from catalog.cli.people import actor_named
from catalog.cli.tables import read_sheets
from catalog.runtime import Runtime
from catalog.services import facts, list_exchange, list_workbooks
from catalog.services import negative_list as rules
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.list_tables import RowReport, TableReport
from catalog.services.negative_list import Terms
from schemas.records import Message
from schemas.vocabularies import ListKind

DAY = click.DateTime(["%Y-%m-%d"])
WHICH = click.option(
    "--list", "kind", type=click.Choice([one.value for one in ListKind]),
    default=ListKind.NEGATIVE.value, show_default=True, help="Which list.",
)  # fmt: skip
PROBLEM = Message("row %(row)s %(name)s problem: %(said)s")
WARNING = Message("row %(row)s %(name)s warning: %(said)s")
WRITERS = {".xlsx": list_workbooks.workbook, ".docx": list_workbooks.document}


@click.group(name="negative-list")
def negative_list() -> None:
    """What stays closed, why, and by which law; with --list the lists that close nothing."""


for _command in list_drafts.COMMANDS:
    negative_list.add_command(_command)


def _day(chosen: datetime | None, runtime: Runtime) -> date:
    return chosen.date() if chosen else facts.day(runtime.clock())


@negative_list.command()
@WHICH
@click.option("--as-of", type=DAY, help="The day; default today.")
@click.option("--json", "json_", is_flag=True, help="One item a line.")
def show(kind: str, as_of: datetime | None, json_: bool) -> None:
    """Items in force on a day, in their public wording."""
    with opened() as runtime, runtime.database.read() as session:
        on = _day(as_of, runtime)
        items = [rules.public_view(row) for row in rules.in_force(session, on, kind)]
    if json_:
        for item in items:
            as_json(item)
        return
    second = "ground" if kind == ListKind.NEGATIVE else "category"
    table(
        ("number", second, "name", "basis", "review by"),
        [
            (item["number"], item[second], item["name"], "、".join(item["citations"]),
             item["review_by"])
            for item in items
        ],
    )  # fmt: skip


@negative_list.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@WHICH
@click.option("--as", "keeper", required=True, help="List keeper in whose name it is drafted.")
@click.option("--reason", required=True, help="Why the list is adjusted; public.")
@click.option(
    "--review-by", type=DAY, help="Next review where the table names none; default a year."
)
@click.option("--preview", is_flag=True, help="Say what was read; draft nothing.")
@click.option("--json", "json_", is_flag=True, help="The report by row as JSON lines.")
def import_(
    file: Path,
    kind: str,
    *,
    keeper: str,
    reason: str,
    review_by: datetime | None,
    preview: bool,
    json_: bool,
) -> None:
    """Draft an adjustment from a CSV, XLSX or DOCX table; another person approves it."""
    with opened() as runtime, runtime.database.write() as session:
        read = list_exchange.read(
            session, ListKind(kind), read_sheets(file), facts.day(runtime.clock()),
            review_by=review_by.date() if review_by else None,
        )  # fmt: skip
        _tell_report(read, json_=json_)
        if not read.good:
            note(Message("Nothing was drafted: correct the rows named above."))
            sys.exit(1)
        if read.changes and not preview:
            made = rules.draft(
                session, actor_named(session, keeper), changes=list(read.changes), reason=reason,
                terms=Terms(kind), now=runtime.clock(),
            )  # fmt: skip
            session.flush()
            if json_:
                as_json({"adjustment": made.id})
            else:
                text = "adjustment %(id)s waits for approval by another person"
                tell(Message(text, {"id": made.id}))


def _tell_report(read: TableReport, *, json_: bool) -> None:
    if json_:
        for row in read.rows:
            as_json(_flat(row))
        as_json({"changes": len(read.changes), "same": read.same, "good": read.good})
        return
    for row in read.rows:
        for remark, messages in ((PROBLEM, row.problems), (WARNING, row.warnings)):
            for message in messages:
                said = Message(remark.text, {"row": row.row, "name": row.name, "said": message})
                note(
                    Message("table %(sheet)s, %(said)s", {"sheet": row.sheet, "said": said})
                    if row.sheet
                    else said
                )
    text = "%(changes)s changes read, %(same)s items unchanged."
    tell(Message(text, {"changes": len(read.changes), "same": read.same}))


def _flat(row: RowReport) -> dict[str, object]:
    return {
        "sheet": row.sheet,
        "row": row.row,
        "name": row.name,
        "problems": [say(one) for one in row.problems],
        "warnings": [say(one) for one in row.warnings],
    }


@negative_list.command()
@WHICH
@click.option("--as-of", type=DAY, help="The day; default today.")
@click.option("--json", "json_", is_flag=True, help="One item a line.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path),
    help="A file to write instead: .csv, .xlsx or .docx by its name.",
)  # fmt: skip
def export(kind: str, as_of: datetime | None, json_: bool, output: Path | None) -> None:
    """Write the list in force on a day as CSV, XLSX or DOCX; it can be imported again."""
    suffix = output.suffix.lower() if output else ""
    if output and suffix not in {".csv", *WRITERS}:
        raise click.UsageError(f"{output.name}: name a file that ends in .csv, .xlsx or .docx.")
    with opened() as runtime, runtime.database.read() as session:
        rows = list_exchange.written(session, ListKind(kind), _day(as_of, runtime))
    headings = list_exchange.headings(ListKind(kind))
    if output and suffix in WRITERS:
        output.write_bytes(WRITERS[suffix](LIST_TYPES[ListKind(kind)].name, rows, headings))
    elif output:
        with output.open("w", encoding="utf-8-sig", newline="") as file:
            _delimited(file, rows, headings)
    elif json_:
        for row in rows:
            as_json(row)
    else:
        _delimited(sys.stdout, rows, headings)
    if output:
        note(Message("%(file)s: %(count)s items", {"file": str(output), "count": len(rows)}))


def _delimited(file: TextIO, rows: Sequence[dict[str, str]], headings: Sequence[str]) -> None:
    writer = csv.DictWriter(file, headings)
    writer.writeheader()
    writer.writerows(rows)
