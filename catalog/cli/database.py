"""``gongkai db``: the tables."""

import sys

import click

from catalog import db as database
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from catalog.services import calendars, laws
from schemas.records import Message


@click.group()
def db() -> None:
    """The database and its tables."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the newest state; enter the calendar and the law library."""
    with opened(empty=True) as runtime:
        database.upgrade(runtime.database)
        with runtime.database.write() as session:
            days, articles = calendars.seed(session), laws.seed(session)
    text = "The database is up to date (%(days)s days, %(articles)s articles entered)."
    tell(Message(text, {"days": days, "articles": articles}))


@db.command()
def check() -> None:
    """Say whether the tables are what the program expects."""
    with opened() as runtime:
        found = database.differences(runtime.database)
    for difference in found:
        note(str(difference))
    if found:
        note(Message("Run gongkai db upgrade."))
        sys.exit(1)
    tell(Message("The tables are as the program expects them."))
