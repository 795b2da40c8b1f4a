"""The command ``gongkai``: the operator's door. Exit 0 good, 1 found problems, 2 usage.

Commands are loaded when they are called: one that judges a file needs no database, no web server
and no search index, and is done before those are loaded.
"""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from catalog.cli.output import refuse
from catalog.errors import RuleError
from schemas.records import Message

NOBODY_READS = 128 + signal.SIGPIPE
"""Exit code of a command whose reader went away, as of any program that ends by that signal: neither
0 nor 1, since what was found could not be said."""

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("catalog.cli.serving:serve", "Run portal, API and in-process workers."),
    "worker": ("catalog.cli.serving:worker", "Take jobs from the table until stopped."),
    "db": ("catalog.cli.database:db", "The database and its tables."),
    "demo": ("catalog.cli.demo:demo", "A demonstration city."),
    "unit": ("catalog.cli.units:unit", "Public bodies on the roster."),
    "user": ("catalog.cli.users:user", "People, roles and tokens."),
    "inventory": ("catalog.cli.inventory:inventory", "Directory workbooks of units."),
    "validate": ("catalog.cli.validate:validate", "Validate tables and data packages."),
    "scan": ("catalog.cli.scan:scan", "Look for personal and other sensitive data."),
    "profile": ("catalog.cli.profile:profile", "Show what is in the columns of tables."),
    "anonymity": (
        "catalog.cli.anonymity:anonymity",
        "Count how well people hide behind each other (k-anonymity).",
    ),
    "standard": (
        "catalog.cli.standard:standard",
        "Table schemas for what agencies publish most.",
    ),
    "publish": (
        "catalog.cli.publishing:publish",
        "Deliver FILE to an entry, have it examined and, with --as, submit it for review.",
    ),
    "harvest": ("catalog.cli.harvesting:harvest", "Sources of other catalogues and their runs."),
    "openness": ("catalog.cli.openness:openness", "Unit rate and data rate with exact counts."),
    "corrections": (
        "catalog.cli.corrections:corrections",
        "Late corrections of many entries.",
    ),
    "snapshot": (
        "catalog.cli.proving:snapshot",
        "Results of a period, frozen, signed and restated.",
    ),
    "verify-snapshot": (
        "catalog.cli.verifying:verify_snapshot",
        "Recompute every figure of a bundle from its entries, and check hashes and signature.",
    ),
    "negative-list": (
        "catalog.cli.negative_list:negative_list",
        "What stays closed, why, and by which law; with --list the lists that close nothing.",
    ),
    "guide": (
        "catalog.cli.guides:guide",
        "Guidelines for opening and collecting data, by editions.",
    ),
    "laws": (
        "catalog.cli.laws:laws",
        "Laws, their revisions and articles: what the lists rest on.",
    ),
    "calendar": ("catalog.cli.calendar:calendar", "Working days and official notices."),
    "audit": ("catalog.cli.audit:audit", "The append-only trail."),
    "backup": ("catalog.cli.backups:backup", "Copies to fall back on."),
    "check": (
        "catalog.cli.check:check",
        "Compare search index, public documents and stored files with the database.",
    ),
    "settings": (
        "catalog.cli.settings:settings",
        "List the settings with their values and help; secrets are never shown.",
    ),
}
"""Name of a command -> where it is, and what it is for."""


class _Gongkai(click.Group):
    """Loads a command when it is called; a refusal, of a rule or by the machine, is one clear line and
    exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return command(cmd_name) if cmd_name in COMMANDS else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows: Sequence[tuple[str, str]] = [(name, entry[1]) for name, entry in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except RuleError as error:
            refuse(error)
        except BrokenPipeError:
            # What is still to be written goes nowhere, else it is tried again at the end.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return ctx.exit(NOBODY_READS)
        except OSError as error:
            refuse(_of_the_machine(error))
        return ctx.exit(1)


def _of_the_machine(error: OSError) -> RuleError:
    place = f" ({error.filename})" if error.filename else ""
    return RuleError(
        "machine",
        Message("The system refuses: %(why)s.", {"why": f"{error.strerror}{place}"}),
        Message("See that the place is there, may be written and has room, then run it again."),
    )


def command(name: str) -> click.Command:
    """The command called ``name``, loaded now."""
    module, _, attribute = COMMANDS[name][0].partition(":")
    loaded: click.Command = getattr(import_module(module), attribute)
    return loaded


@click.group(cls=_Gongkai, context_settings={"help_option_names": ["-h", "--help"]})
def gongkai() -> None:
    """Open data platform: directory, negative list, review, openness rates."""


def main() -> None:
    """Entry point of the console script."""
    for stream in (sys.stdout, sys.stderr):
        # Names are Chinese whatever the terminal believes; an unprintable one must not end a run.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    gongkai(prog_name="gongkai")
