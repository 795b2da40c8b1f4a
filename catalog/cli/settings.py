"""``gongkai settings``: what an operator may choose."""

import click

from catalog import settings as settings_module
from catalog.cli.listing import table
from catalog.cli.opening import wrong_settings
from catalog.cli.output import as_json
from catalog.settings import Settings


@click.command()
@click.option("--json", "json_", is_flag=True, help="One JSON object.")
def settings(json_: bool) -> None:
    """List the settings with their values and help; secrets are never shown."""
    try:
        chosen = settings_module.load()
    except ValueError as error:
        raise wrong_settings(error) from None
    rows = [
        (f"GONGKAI_{name.upper()}", _shown(name, chosen), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    if json_:
        as_json({name: {"value": value, "help": text} for name, value, text in rows})
    else:
        table(("setting", "value", "help"), rows)


def _shown(name: str, chosen: Settings) -> str:
    value = str(getattr(chosen, name))
    # URLs may carry a password before the @.
    return f"{value.partition('://')[0]}://…" if name.endswith("_url") and "@" in value else value
