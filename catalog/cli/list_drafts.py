"""``gongkai negative-list drafts|preview|approve|refuse|withdraw``: adjustments that wait for a decision."""

from collections.abc import Iterator

import click
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, note, tell
from catalog.cli.people import actor_named
from catalog.models import Adjustment
from catalog.services import calendars, facts, list_preview
from catalog.services import negative_list as rules
from schemas.records import Message
from schemas.vocabularies import AdjustmentState

AS = click.option("--as", "name", required=True, help="Person in whose name it is done.")
JSON = click.option("--json", "json_", is_flag=True, help="JSON lines.")


def _line(one: Adjustment) -> dict[str, str | int]:
    return {
        "id": one.id,
        "list": one.list_kind,
        "changes": len(one.changes),
        "drafted_by": one.drafted_by_name,
        "drafted_on": facts.day(one.drafted_at).isoformat(),
        "reason": one.reason,
    }


def _waiting(session: Session) -> Iterator[Adjustment]:
    after = ""
    while True:
        found = rules.adjustments(session, SYSTEM, AdjustmentState.DRAFT, kind="", after=after)
        yield from found.items
        if not (after := found.next):
            return


@click.command()
@JSON
def drafts(*, json_: bool) -> None:
    """Adjustments of every list that wait for approval."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [_line(one) for one in _waiting(session)]
    if json_:
        for row in rows:
            as_json(row)
        return
    heads = ("id", "list", "changes", "drafted by", "drafted on", "reason")
    table(heads, [tuple(row.values()) for row in rows])


@click.command()
@click.argument("adjustment_id")
@JSON
def preview(adjustment_id: str, *, json_: bool) -> None:
    """What would follow if a draft were approved now: entries, rates before and after, warnings."""
    with opened() as runtime, runtime.database.read() as session:
        found = list_preview.preview(session, SYSTEM, adjustment_id, now=runtime.clock())
    counts = {"released": found.released_total, "reached": found.reached_total}
    rates = [
        (one.name, f"{one.before.n}/{one.before.d}", f"{one.after.n}/{one.after.d}")
        for one in found.rates
    ]
    if json_:
        as_json({**counts, "stale": found.stale, "rates": [list(one) for one in rates]})
        return
    text = "%(released)s entries and fields lose their item, %(reached)s open ones are covered now."
    tell(Message(text, counts))
    table(("rate", "before", "after"), rates)
    for one in found.warnings:
        note(one)
    if found.stale:
        note(Message("The list has a newer edition: the drafter renews the draft first."))


@click.command()
@click.argument("adjustment_id")
@AS
def approve(adjustment_id: str, name: str) -> None:
    """Put an adjustment in force that another person drafted."""
    with opened() as runtime, runtime.database.write() as session:
        actor = actor_named(session, name)
        year = facts.day(runtime.clock()).year
        kind = rules.adjustment(session, actor, adjustment_id).list_kind
        done = rules.approve(
            session, actor, adjustment_id, now=runtime.clock(),
            calendar=calendars.load(session, (year, year + 1)),
            working_days=runtime.settings.notice_days(kind),
        )  # fmt: skip
        edition = done.consequences["edition"]
    tell(Message("Edition %(number)s is in force or will be on its day.", {"number": edition}))


@click.command()
@click.argument("adjustment_id")
@AS
@click.option("--reason", required=True)
def refuse(adjustment_id: str, name: str, *, reason: str) -> None:
    """Turn a draft down."""
    with opened() as runtime, runtime.database.write() as session:
        actor = actor_named(session, name)
        rules.refuse(session, actor, adjustment_id, reason=reason, now=runtime.clock())
    tell(Message("refused"))


@click.command()
@click.argument("adjustment_id")
@AS
def withdraw(adjustment_id: str, name: str) -> None:
    """Take one's own draft back before it is decided."""
    with opened() as runtime, runtime.database.write() as session:
        rules.withdraw(session, actor_named(session, name), adjustment_id, now=runtime.clock())
    tell(Message("taken back"))


COMMANDS = (drafts, preview, approve, refuse, withdraw)
