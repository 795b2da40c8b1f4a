"""The command ``gongkai``: the operator's door. Exit 0 good, 1 found problems, 2 usage."""

import sys
from typing import Any

import click

from catalog.cli import (
    audit,
    backups,
    check,
    database,
    demo,
    files,
    harvesting,
    inventory,
    negative_list,
    openness,
    publishing,
    serving,
    settings,
    units,
    users,
)
from catalog.cli.output import refuse
from catalog.errors import RuleError
from datasets.storage import StorageError

COMMANDS: dict[str, click.Command] = {
    "serve": serving.serve,
    "worker": serving.worker,
    "db": database.db,
    "demo": demo.demo,
    "unit": units.unit,
    "user": users.user,
    "inventory": inventory.inventory,
    "validate": files.validate,
    "scan": files.scan,
    "publish": publishing.publish,
    "harvest": harvesting.harvest,
    "openness": openness.openness,
    "negative-list": negative_list.negative_list,
    "audit": audit.audit,
    "backup": backups.backup,
    "check": check.check,
    "settings": settings.settings,
}


class _Gongkai(click.Group):
    """Turns a refusal of a rule into one clear line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RuleError as error:
            refuse(error)
        except StorageError as error:
            refuse(RuleError(error.problem.code, error.problem.cause, error.problem.remedy))
        return ctx.exit(1)


@click.group(
    cls=_Gongkai, commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
def gongkai() -> None:
    """Open data platform: directory, negative list, review, openness rates."""


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        # Names are Chinese whatever the terminal believes; an unprintable one must not end a run.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    gongkai(prog_name="gongkai")
