"""``gongkai corrections``: what had been true of many entries on past days, drafted and approved."""

import sys
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, note, say, tell
from catalog.cli.people import actor_named
from catalog.cli.tables import read_rows
from catalog.services import correction_sets, correction_tables
from catalog.services.correction_effects import Effects
from catalog.services.openness import Rate
from schemas.records import Message

AS = click.option("--as", "name", required=True, help="Administrator in whose name it is done.")
JSON = click.option("--json", "json_", is_flag=True, help="JSON lines.")


@click.group()
def corrections() -> None:
    """Late corrections of many entries."""


@corrections.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@AS
@click.option("--reason", required=True, help="What was found, and why it is said so late.")
@JSON
def draft(file: Path, name: str, *, reason: str, json_: bool) -> None:
    """Draft what a CSV or XLSX table says, a row for each entry; all of it or nothing."""
    with opened() as runtime, runtime.database.write() as session:
        actor, now = actor_named(session, name), runtime.clock()
        rows = correction_tables.read(list(read_rows(file)))
        read = correction_sets.of_rows(session, actor, rows, now=now)
        for one in read.problems:
            if json_:
                as_json({"row": one.row, "entry": one.entry, "problem": say(one.text)})
            else:
                said = {"row": one.row, "entry": one.entry, "said": one.text}
                note(Message("row %(row)s %(entry)s: %(said)s", said))
        if read.problems:
            note(Message("Nothing was drafted: correct the rows named above."))
            sys.exit(1)
        made = correction_sets.draft(session, actor, read, reason, now=now)
        if json_:
            as_json(correction_sets.shown(made))
        else:
            text = "corrections %(id)s of %(entries)s entries wait for approval by another person"
            tell(Message(text, {"id": made.id, "entries": len(made.lines)}))


@corrections.command(name="list")
@JSON
def list_(*, json_: bool) -> None:
    """Every set, the newest first."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [correction_sets.shown(one) for one in correction_sets.listing(session, SYSTEM)]
    if json_:
        for row in rows:
            as_json(row)
        return
    table(
        ("id", "state", "entries", "drafted by", "decided by", "reason"),
        [
            (row["id"], row["state"], row["entries"], row["drafted_by"], row["decided_by"], row["reason"])
            for row in rows
        ],
    )  # fmt: skip


@corrections.command()
@click.argument("set_id")
@JSON
def preview(set_id: str, *, json_: bool) -> None:
    """Rates before and after, if a draft were approved now."""
    with opened() as runtime, runtime.database.write_sessions() as session:
        found = correction_sets.preview(session, SYSTEM, set_id, now=runtime.clock())
        session.rollback()
    lines = list(_lines(found))
    if json_:
        for day, name, before, after in lines:
            as_json({"day": day, "rate": name, "before": list(before), "after": list(after)})
        return
    tell(Message("%(days)s days of entries would say something else.", {"days": found.days}))
    table(
        ("day", "rate", "before", "after"),
        [(day, name, f"{before.n}/{before.d}", f"{after.n}/{after.d}") for day, name, before, after in lines],
    )  # fmt: skip


def _lines(found: Effects) -> list[tuple[str, str, Rate, Rate]]:
    return [
        (one.day.isoformat(), name, getattr(one.before, name), getattr(one.after, name))
        for one in found.rates
        for name in ("unit", "all", "due", "own")
    ]


@corrections.command()
@click.argument("set_id")
@AS
def approve(set_id: str, name: str) -> None:
    """Record a set that another person drafted."""
    with opened() as runtime, runtime.database.write() as session:
        actor = actor_named(session, name)
        days = correction_sets.approve(session, actor, set_id, now=runtime.clock()).days
    tell(Message("recorded: %(days)s days of entries say something else now", {"days": days}))


@corrections.command()
@click.argument("set_id")
@AS
@click.option("--reason", required=True)
def refuse(set_id: str, name: str, *, reason: str) -> None:
    """Turn a draft down."""
    with opened() as runtime, runtime.database.write() as session:
        actor = actor_named(session, name)
        correction_sets.refuse(session, actor, set_id, reason=reason, now=runtime.clock())
    tell(Message("refused"))


@corrections.command()
@click.argument("set_id")
@AS
def withdraw(set_id: str, name: str) -> None:
    """Take one's own draft back."""
    with opened() as runtime, runtime.database.write() as session:
        correction_sets.withdraw(session, actor_named(session, name), set_id, now=runtime.clock())
    tell(Message("taken back"))
