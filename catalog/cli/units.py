"""``gongkai unit``: the roster."""

import sys
from pathlib import Path

import click

from catalog.auth import SYSTEM
from catalog.cli.opening import opened
from catalog.cli.output import at, note, say, tell
from catalog.cli.tables import read_table
from catalog.services import units
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
