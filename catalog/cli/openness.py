"""``gongkai openness``: the rates, for any date."""

import csv
import sys
import time
from datetime import datetime
from typing import Any

import click

from catalog.api.openness import figures
from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, language, note, tell
from catalog.services import facts, openness_upkeep
from catalog.services.openness import Within
from catalog.settings import ZONE
from schemas.records import Message

MOMENT = click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"])
PLURALS = {"unit": "units", "subtree": "units", "theme": "themes", "region": "regions"}


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; default today.")
@click.option("--by", type=click.Choice(list(PLURALS)), default=None)
@click.option(
    "--basis",
    type=click.Choice(["all", "due", "field", "volume"]),
    default="all",
    show_default=True,
)
@click.option(
    "--recorded-before",
    type=MOMENT,
    help="What was known at this moment; default all that is known.",
)
@click.option("--region", default="", help="Only the units of this division code (GB/T 2260).")
@click.option("--under", default="", help="Only the unit with this code and everything below it.")
@click.option("--verified", is_flag=True, help="Count only what stood every check.")
@click.option(
    "--verify",
    "upkeep",
    flag_value="verify",
    help="Count everything again from the facts and compare; exit 1 and an alarm at any difference.",
)
@click.option(
    "--rebuild", "upkeep", flag_value="rebuild", help="Make the ledger again from the facts."
)
@click.option("--json", "json_", is_flag=True, help="The same JSON as the API.")
@click.option("--csv", "csv_", is_flag=True, help="CSV, one line a figure or group.")
def openness(
    as_of: datetime | None,
    by: str | None,
    basis: str,
    *,
    recorded_before: datetime | None,
    verified: bool,
    upkeep: str | None,
    json_: bool,
    csv_: bool,
    **part: str,
) -> None:
    """Unit rate and data rate with exact counts."""
    if json_ and csv_:
        raise click.UsageError("Choose --json or --csv.")
    if upkeep:
        UPKEEP[upkeep]()
        return
    if recorded_before is not None and recorded_before.tzinfo is None:
        recorded_before = recorded_before.replace(tzinfo=ZONE)
    with opened() as runtime, runtime.database.read() as session:
        day = as_of.date() if as_of else facts.day(runtime.clock())
        found = figures(
            session, runtime.settings, as_of=day, by=by or "", basis=basis,
            recorded_before=recorded_before, within=Within(**part), language=language(),
        )  # fmt: skip
    if json_:
        as_json(found)
        return
    headers, rows = _groups(found, by, verified) if by else _platform(found, verified)
    if csv_:
        writer = csv.writer(sys.stdout)
        writer.writerows([headers, *rows])
        return
    tell(Message("%(as_of)s  definition %(definition)s  roster %(roster)s", found))
    table(headers, rows)


def _verify() -> None:
    """The ledger against the facts; what differs is written down as an alarm."""
    with opened() as runtime:
        begun = time.monotonic()
        with runtime.database.snapshot() as session:
            found = openness_upkeep.compare(session, SYSTEM)
        seconds = time.monotonic() - begun
        with runtime.database.write() as session:
            openness_upkeep.note(session, SYSTEM, found, now=runtime.clock(), seconds=seconds)
    if found.differences:
        text = "%(wrong)s of %(counts)s counts differ from the facts, among them:"
        note(Message(text, {"wrong": found.differences, "counts": found.compared}))
        for one in found.shown:
            note(f"  {one.kind} {one.key or '-'} from {one.day.isoformat()}")
        note(Message("Rates are counted from the facts until gongkai openness --rebuild has run."))
        sys.exit(1)
    text = "The ledger is as the facts say: %(counts)s counts, %(seconds)s s."
    tell(Message(text, {"counts": found.compared, "seconds": f"{seconds:.1f}"}))


def _rebuild() -> None:
    with opened() as runtime, runtime.database.write() as session:
        rows = openness_upkeep.rebuild(session, SYSTEM, now=runtime.clock())
    tell(Message("The ledger is made again: %(rows)s rows.", {"rows": rows}))


def _platform(
    found: dict[str, Any], verified: bool
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    figures_by_name = {"unit rate": found["unit_rate"]} | {
        f"data rate ({name})": figure for name, figure in found["data_rate"].items()
    }
    rows = [
        (name, *_numbers(figure["verified"] if verified else figure))
        for name, figure in figures_by_name.items()
    ]
    return ("figure", "open", "of", "percent"), rows


def _groups(
    found: dict[str, Any], by: str, verified: bool
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    rows = [
        (
            group["key"],
            group["name"],
            *_numbers(group["verified_rate"][found["basis"]] if verified else group["rate"]),
        )
        for group in found[PLURALS[by]]
    ]
    return ("key", "name", "open", "of", "percent"), rows


def _numbers(figure: dict[str, Any]) -> tuple[int, int, str]:
    opened_count, total = figure["counts"]
    return opened_count, total, figure["percent"] or ""


UPKEEP = {"verify": _verify, "rebuild": _rebuild}
