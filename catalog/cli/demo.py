"""``gongkai demo``: a city to look at."""

import click

from catalog import demo as demo_city
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import note, tell
from schemas.records import Message


@click.group()
def demo() -> None:
    """A demonstration city."""


@demo.command()
def load() -> None:
    """Fill an empty platform with a demonstration city; doing it again changes nothing."""
    with opened() as runtime:
        accounts = demo_city.load(runtime, say=note)
        runtime.follow()
    shown = {"password": demo_city.PASSWORD}
    tell(Message("Accounts to sign in with (password %(password)s):", shown))
    table(
        ("name", "role", "unit"),
        [(account.name, account.role, account.unit) for account in accounts],
    )
