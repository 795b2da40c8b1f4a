"""``gongkai calendar``: working days, and the official notice of a year."""

from datetime import datetime
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import tell
from catalog.cli.tables import read_text
from catalog.services import calendar_notices, calendars
from catalog.workdays import add_working_days
from schemas.records import Message


@click.group()
def calendar() -> None:
    """Working days and official notices."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="", help="Title or number of the notice.")
def import_(file: Path, source: str) -> None:
    """Import the notice in FILE: its text as published, or CSV with date, work or rest, name.

    Deadlines that were provisional are counted again.
    """
    text = read_text(file)
    with opened() as runtime, runtime.database.write() as session:
        calendars.seed(session)
        done = calendars.import_days(
            session, SYSTEM, calendar_notices.rows(text), source=source or file.name,
            now=runtime.clock(), review_days=runtime.settings.review_working_days,
        )  # fmt: skip
    moved = done.moved_notices + done.moved_reviews + done.moved_requests
    text = "%(days)s days; certain until %(until)s; %(moved)s deadlines have a new day."
    tell(Message(text, {"days": done.days, "until": done.certain_until, "moved": moved}))


@calendar.command()
@click.argument("start", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("days", type=click.IntRange(1, 1000))
def deadline(start: datetime, days: int) -> None:
    """The last day of a deadline of DAYS working days after START."""
    with opened() as runtime, runtime.database.read() as session:
        held = calendars.load(session)
    day = start.date()
    found = add_working_days(day, days, held)
    state = "provisional" if found.provisional else "certain"
    row = (day.isoformat(), days, found.day.isoformat(), state)
    table(("start", "working days", "due on", "state"), [row])
