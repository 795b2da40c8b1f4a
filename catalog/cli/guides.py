"""``gongkai guide``: guidelines for opening and collecting data on the command line."""

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, tell
from catalog.cli.people import actor_named
from catalog.services import guides as rules
from schemas.records import Message

AS = click.option("--as", "name", required=True, help="Person in whose name it is done.")
SLUG = click.argument("slug")
NUMBER = click.argument("number", type=click.IntRange(1, 2**31 - 1))


@click.group()
def guide() -> None:
    """Guidelines for opening and collecting data, by editions."""


@guide.command(name="list")
@click.option("--json", "json_", is_flag=True, help="One edition a line.")
def list_(*, json_: bool) -> None:
    """Every edition of every guideline, drafts among them."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [
            {"guideline": one.slug, "kind": one.kind, "edition": edition.number,
             "state": edition.state, "effective_on": edition.effective_on.isoformat(),
             "drafted_by": edition.drafted_by_name, "title": edition.title}
            for one in rules.every(session)
            for edition in rules.visible(SYSTEM, one)
        ]  # fmt: skip
    if json_:
        for row in rows:
            as_json(row)
        return
    heads = ("guideline", "kind", "edition", "state", "effective on", "drafted by", "title")
    table(heads, [tuple(row.values()) for row in rows])


@guide.command()
@SLUG
@NUMBER
@AS
def publish(slug: str, number: int, name: str) -> None:
    """Publish a draft of another person."""
    with opened() as runtime, runtime.database.write() as session:
        made = rules.publish(session, actor_named(session, name), slug, number, now=runtime.clock())
        day = made.effective_on.isoformat()
    tell(Message("published; in force from %(day)s", {"day": day}))


@guide.command()
@SLUG
@NUMBER
@AS
@click.option("--reason", required=True)
def refuse(slug: str, number: int, name: str, *, reason: str) -> None:
    """Turn a draft down."""
    with opened() as runtime, runtime.database.write() as session:
        actor = actor_named(session, name)
        rules.refuse(session, actor, slug, number, reason=reason, now=runtime.clock())
    tell(Message("refused"))


@guide.command()
@SLUG
@NUMBER
@AS
def withdraw(slug: str, number: int, name: str) -> None:
    """Take one's own draft back before it is decided."""
    with opened() as runtime, runtime.database.write() as session:
        rules.withdraw(session, actor_named(session, name), slug, number, now=runtime.clock())
    tell(Message("taken back"))
