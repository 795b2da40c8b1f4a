"""``gongkai openness``: the rates, for any date."""

import csv
import sys
from datetime import datetime
from typing import Any

import click

from catalog.api.openness import figures
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import as_json, language, tell
from catalog.services import facts

PLURALS = {"unit": "units", "theme": "themes", "region": "regions"}


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; default today.")
@click.option("--by", type=click.Choice(list(PLURALS)), default=None)
@click.option(
    "--basis",
    type=click.Choice(["all", "due", "field", "volume"]),
    default="all",
    show_default=True,
)
@click.option("--json", "json_", is_flag=True, help="The same JSON as the API.")
@click.option("--csv", "csv_", is_flag=True, help="CSV, one line a figure or group.")
def openness(as_of: datetime | None, by: str | None, basis: str, json_: bool, csv_: bool) -> None:
    """Unit rate and data rate with exact counts."""
    if json_ and csv_:
        raise click.UsageError("Choose --json or --csv.")
    with opened() as runtime, runtime.database.read() as session:
        day = as_of.date() if as_of else facts.day(runtime.clock())
        found = figures(
            session, runtime.settings, as_of=day, by=by or "", basis=basis, language=language()
        )
    if json_:
        as_json(found)
        return
    headers, rows = _groups(found, by) if by else _platform(found)
    if csv_:
        writer = csv.writer(sys.stdout)
        writer.writerows([headers, *rows])
        return
    tell(f"{found['as_of']}  definition {found['definition']}  roster {found['roster']}")
    table(headers, rows)


def _platform(found: dict[str, Any]) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    figures_by_name = {"unit rate": found["unit_rate"]} | {
        f"data rate ({name})": figure for name, figure in found["data_rate"].items()
    }
    rows = [(name, *_numbers(figure)) for name, figure in figures_by_name.items()]
    return ("figure", "open", "of", "percent"), rows


def _groups(found: dict[str, Any], by: str) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    rows = [(group["key"], group["name"], *_numbers(group["rate"])) for group in found[PLURALS[by]]]
    return ("key", "name", "open", "of", "percent"), rows


def _numbers(figure: dict[str, Any]) -> tuple[int, int, str]:
    opened_count, total = figure["counts"]
    return opened_count, total, figure["percent"] or ""
