"""``gongkai user``: people and their tokens."""

import sys
from typing import Any

import click

from catalog.auth import SYSTEM
from catalog.cli.listing import table
from catalog.cli.opening import opened
from catalog.cli.output import tell
from catalog.services import accounts, reminders, roles
from schemas.vocabularies import Role

SPOKEN = {"list-keeper": Role.KEEPER.value}
"""What people call a role besides its word."""


class RoleChoice(click.Choice[str]):
    """A role, in any case, with spaces or underscores: ``List keeper`` is the keeper."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        word = "-".join(str(value).lower().replace("_", " ").replace("-", " ").split())
        return super().convert(SPOKEN.get(word, word), param, ctx)


ROLES = RoleChoice([role.value for role in Role])


@click.group()
def user() -> None:
    """People, roles and tokens."""


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--unit", default="", help="Code of the unit; editors and reviewers need one.")
@click.option("--display-name", default="")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add(name: str, role: str, unit: str, display_name: str, password_stdin: bool) -> None:
    """Make an account. Without a password only its tokens work."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    if password_stdin and not password:
        raise click.UsageError("There is no password on standard input.")
    hashed = accounts.hashed(password) if password else None
    with opened() as runtime, runtime.database.write() as session:
        accounts.add_user(
            session, SYSTEM, name, role=role, unit_code=unit, password=hashed,
            display_name=display_name, now=runtime.clock(),
        )  # fmt: skip
    tell(f"{name} {role} {unit}".strip())


@user.command()
@click.argument("name")
@click.option("--label", default="command line")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 365))
@click.option("--read-only", is_flag=True, help="The token may change nothing.")
def token(name: str, label: str, days: int, read_only: bool) -> None:
    """Make a token and print it alone; it is never shown again."""
    scopes = ("read",) if read_only else ("read", "write")
    with opened() as runtime, runtime.database.write() as session:
        made = accounts.make_token(
            session, SYSTEM, name, label=label, scopes=scopes, days=days, now=runtime.clock()
        )
    tell(made)


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--unit", default="")
def grant(name: str, role: str, unit: str) -> None:
    """Give an account a further role."""
    with opened() as runtime, runtime.database.write() as session:
        roles.grant(session, SYSTEM, name, role=role, unit_code=unit, now=runtime.clock())
    tell(f"{name} {role} {unit}".strip())


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True)
@click.option("--unit", default="", help="Code of the unit for which the role is held.")
def revoke(name: str, role: str, unit: str) -> None:
    """Take a role away from an account, at once."""
    with opened() as runtime, runtime.database.write() as session:
        roles.revoke(session, SYSTEM, name, role=role, unit_code=unit, now=runtime.clock())
    tell(f"{name} {role} {unit}".strip())


@user.command()
@click.argument("name")
@click.argument("address")
def email(name: str, address: str) -> None:
    """Send reminders for NAME to ADDRESS; "" for none."""
    with opened() as runtime, runtime.database.write() as session:
        reminders.set_address(session, SYSTEM, name, address, now=runtime.clock())
    tell(name)


@user.command(name="list")
def list_() -> None:
    """Every account with its roles."""
    with opened() as runtime, runtime.database.read() as session:
        rows = [
            (
                found.name,
                ", ".join(
                    f"{held.role} {held.unit.code}" if held.unit else held.role
                    for held in found.memberships
                ),
                "active" if found.active else "closed",
            )
            for found in accounts.list_users(session, SYSTEM)
        ]
    table(("name", "roles", "state"), rows)
