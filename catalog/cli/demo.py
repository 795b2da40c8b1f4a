"""``gongkai demo``: a city to look at."""

import click

from catalog import demo as demo_city
from catalog.cli.output import opened
from catalog.cli.serving import check_tables


@click.group()
def demo() -> None:
    """A demonstration city."""


@demo.command()
def load() -> None:
    """Fill an empty platform with a demonstration city; doing it again does nothing."""
    with opened() as runtime:
        check_tables(runtime)
        demo_city.load(runtime, runtime.clock())
