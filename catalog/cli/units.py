"""``gongkai unit``: the roster."""

import sys
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.opening import opened
from catalog.cli.output import at, note, say, tell
from catalog.cli.tables import read_table
from catalog.services import departed_units, facts, regions, units
from schemas.records import Message
from schemas.vocabularies import UnitKind

KINDS = click.Choice([kind.value for kind in UnitKind])


@click.group()
def unit() -> None:
    """Public bodies on the roster."""


@unit.command()
@click.argument("code")
@click.argument("name")
@click.option("--kind", type=KINDS, required=True)
@click.option("--parent", default="", help="Code of the superior unit.")
@click.option("--region", default="", help="Administrative division code (GB/T 2260).")
@click.option("--from", "roster_from", default="", help="First day on the roster; default today.")
def add(code: str, name: str, kind: str, parent: str, region: str, roster_from: str) -> None:
    """Put a unit on the roster."""
    given = {"code": code, "name": name, "kind": kind}
    optional = {"parent": parent, "region": region, "roster_from": roster_from}
    given |= {key: value for key, value in optional.items() if value}
    with opened() as runtime, runtime.database.write() as session:
        made = units.add(session, SYSTEM, given, now=runtime.clock())
        tell(f"{made.code} {made.name}")


@unit.command()
@click.argument("code")
@click.option("--name", help="New name.")
@click.option("--short-name", help="New short name.")
@click.option("--kind", type=KINDS)
@click.option("--parent", help="Code of the superior unit; empty for none.")
@click.option("--region", help="Administrative division code (GB/T 2260).")
@click.option("--from", "roster_from", help="First day on the roster.")
@click.option("--to", "roster_to", help="First day no longer on the roster; empty for none.")
@click.option("--successor", help="Code of the unit that takes over on that day; empty for none.")
def amend(code: str, **given: str | None) -> None:
    """Change a unit; with --to and --successor it is merged into another on that day."""
    changes = {key: value for key, value in given.items() if value is not None}
    if not changes:
        raise click.UsageError("Name at least one thing to change.")
    with opened() as runtime, runtime.database.write() as session:
        now = runtime.clock()
        made = units.amend(session, SYSTEM, code, changes, expected=None, now=now)
        tell(f"{made.code} {made.name}")
        naming = departed_units.naming(session, facts.day(now), made.code)
        left = [one.said for one in departed_units.left_behind(session, facts.day(now), made.code)]
    for text in left:
        note(text)
    for one in naming:
        note(Message("%(title)s still names it: amend it.", {"title": one.title}))


@unit.command()
@click.argument("code")
@click.argument("name")
def region(code: str, name: str) -> None:
    """Name the administrative division CODE (GB/T 2260); an empty NAME is forgotten."""
    with opened() as runtime, runtime.database.write() as session:
        regions.enter(session, SYSTEM, code, name, now=runtime.clock())
        tell(f"{code} {regions.name_of(session, code)}")


@unit.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(file: Path) -> None:
    """Add or amend units from a CSV or XLSX table."""
    with opened() as runtime, runtime.database.write() as session:
        report = units.import_rows(session, SYSTEM, read_table(file), now=runtime.clock())
    counts = {"taken": report.taken, "refused": len(report.refused)}
    tell(Message("%(taken)s units taken, %(refused)s rows refused.", counts))
    for row, message in report.refused:
        note(f"{at(f'row {row}')}{say(message)}")
    if report.refused:
        sys.exit(1)
