"""``gongkai laws``: the library of legal bases on the command line."""

from datetime import datetime
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, note, say, tell
from catalog.cli.tables import read_text
from catalog.services import facts, law_editing, stale_bases
from catalog.services import laws as rules
from schemas.records import Message

DAY = click.DateTime(["%Y-%m-%d"])


@click.group(name="laws")
def laws() -> None:
    """Laws, their revisions and articles: what the lists rest on."""


@laws.command(name="list")
@click.option("--json", "json_", is_flag=True, help="One law a line.")
def list_(json_: bool) -> None:
    """Every instrument with the revision in force."""
    with opened() as runtime, runtime.database.read() as session:
        today = facts.day(runtime.clock())
        found = [rules.summary(law, today) for law in rules.library(session)]
    if json_:
        for law in found:
            as_json({**law, "in_force_from": str(law["in_force_from"] or "")})
        return
    table(
        ("title", "rank", "in force", "articles", "with text"),
        [
            (law["title"], law["level"], law["current"], str(law["articles"]), str(law["texts"]))
            for law in found
        ],
    )


@laws.command(name="import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--revision", default="", help="Name of the revision, when the text does not tell.")
def import_(files: tuple[Path, ...], revision: str) -> None:
    """Import full texts from text files, all of them or none; articles are recognised."""
    with opened() as runtime, runtime.database.write() as session:
        for file in files:
            done = law_editing.import_text(
                session, SYSTEM, read_text(file), source=file.name, label=revision,
                now=runtime.clock(),
            )  # fmt: skip
            law = f"{done.version.law.title} {done.version.label}"
            counts = {"law": law, "articles": done.texts, "new": done.new}
            tell(Message("%(law)s: %(articles)s articles, %(new)s new", counts))
            for one in done.notes:
                note(say(one))


@laws.command()
@click.option("--as-of", type=DAY, help="The day; default today.")
@click.option("--json", "json_", is_flag=True, help="One citation a line.")
def stale(as_of: datetime | None, json_: bool) -> None:
    """Bases of items in force that are not in force, or not in the library."""
    with opened() as runtime, runtime.database.read() as session:
        on = as_of.date() if as_of else facts.day(runtime.clock())
        found = stale_bases.listed(session, on)
    if json_:
        for one in found:
            as_json(
                {"list": one.list_kind, "number": one.number, "citation": one.citation,
                 "state": one.state, "successors": list(one.successors)}
            )  # fmt: skip
        return
    table(
        ("number", "item", "citation", "state", "now"),
        [
            (one.number, one.name, one.citation, one.state, "、".join(one.successors))
            for one in found
        ],
    )
