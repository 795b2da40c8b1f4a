"""``gongkai standard``: published table schemas and the workbooks made from them."""

from pathlib import Path
from typing import Any

import click

from catalog.cli.listing import table
from catalog.cli.output import as_json, language, say, tell
from datasets.collecting import write_template
from schemas import tables
from schemas.field_rules import described, kind, rules, titled
from schemas.records import Message

NAME = click.argument("name", type=click.Choice(tables.names()))


@click.group()
def standard() -> None:
    """Table schemas for what agencies publish most."""


@standard.command("list")
@click.option("--json", "json_", is_flag=True, help="One line of JSON.")
def listing(json_: bool) -> None:
    """Every standard with its title and number of fields."""
    held = [tables.load(name) for name in tables.names()]
    if json_:
        as_json([{"name": one["name"], "title": one["title"], "fields": len(one["fields"])}
                 for one in held])  # fmt: skip
        return
    table(
        ("name", "title", "fields"),
        [(one["name"], _title(one), len(one["fields"])) for one in held],
    )


@standard.command()
@NAME
@click.option("--json", "json_", is_flag=True, help="The Table Schema itself.")
def show(name: str, json_: bool) -> None:
    """The fields of a standard and their rules."""
    schema = tables.load(name)
    if json_:
        as_json(schema)
        return
    tell(_title(schema))
    table(("field", "title", "type", "required", "rules"), [_row(one) for one in schema["fields"]])


@standard.command()
@NAME
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def template(name: str, out: Path) -> None:
    """Write the XLSX template of a standard to OUT."""
    if not out.parent.is_dir():
        missing = Message("There is no folder %(folder)s.", {"folder": str(out.parent)})
        raise click.UsageError(say(missing))
    write_template(tables.load(name), out, say, language(), standard=name)
    tell(str(out))


def _title(schema: dict[str, Any]) -> str:
    return str(schema["gongkai:titleEn"] if language() == "en" else schema["title"])


def _row(field: dict[str, Any]) -> tuple[str, ...]:
    spoken = language()
    said = [described(field, spoken), *map(say, rules(field))]
    return (
        field["name"],
        titled(field, spoken),
        say(kind(field)),
        "*" if field.get("constraints", {}).get("required") else "",
        " ".join(filter(None, said)),
    )
