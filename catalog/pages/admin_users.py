"""People and their roles: ``/admin/users``."""

import secrets
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import Invalid, RuleError
from catalog.models import LoginSession, User
from catalog.pages.asking import TABLE_SIZE, argument, field_errors, form_text, slice_of
from catalog.pages.render import page
from catalog.pages.staff import every_unit, need
from catalog.services import accounts, roles
from catalog.services.roles import UNIT_ROLES
from schemas.records import Message
from schemas.vocabularies import Role

blueprint = Blueprint("pages-admin-users", __name__)
PASSWORD_BYTES = 12


def _index(
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, Message] | None = None,
    secret: dict[str, str] | None = None,
    status_code: int = 200,
) -> Response:
    actor = need(Role.ADMINISTRATOR)
    q = argument("q")
    with http.reading() as session:
        found = [
            one for one in accounts.list_users(session, actor)
            if not q or q.casefold() in f"{one.name}\n{one.display_name}".casefold()
        ]  # fmt: skip
        shown, ways = slice_of(found, TABLE_SIZE)
        seen = dict(
            session.execute(
                select(LoginSession.user_id, func.max(LoginSession.seen_at)).group_by(
                    LoginSession.user_id
                )
            ).all()
        )
        return page(
            "admin/users.html",
            status_code=status_code,
            users=[_row(one, seen.get(one.id)) for one in shown],
            q=q,
            page=ways,
            can_change=True,
            roles=list(Role),
            units=every_unit(session),
            values=values or {"name": "", "role": [], "unit": ""},
            errors=errors or {},
            secret=secret,
        )


def _row(one: User, seen: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "roles": [
            {
                "role": held.role,
                "unit": held.unit.code if held.unit else "",
                "unit_name": held.unit.name if held.unit else "",
                "place": f"{held.role}@{held.unit.code if held.unit else ''}",
            }
            for held in sorted(one.memberships, key=lambda held: (held.role, held.id))
        ],
        "active": one.active,
        "last_seen": seen,
    }


@blueprint.get("/admin/users")
def index() -> Response:
    """Every account with its roles."""
    return _index()


@blueprint.post("/admin/users")
def add() -> Response:
    """Make an account; its first password is shown in this answer and never again."""
    actor = need(Role.ADMINISTRATOR)
    name, wanted, unit = form_text("name"), request.form.getlist("role"), form_text("unit")
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    hashed = accounts.hashed(password)
    try:
        if not wanted:
            cause = Message("Choose at least one role.")
            raise Invalid("role-missing", cause, fields={"role": [cause]})
        with http.transaction() as session:
            accounts.add_user(
                session, actor, name, role=wanted[0], unit_code=_unit(wanted[0], unit),
                password=hashed, now=http.now(),
            )  # fmt: skip
            for role in wanted[1:]:
                roles.grant(
                    session, actor, name, role=role, unit_code=_unit(role, unit), now=http.now()
                )
    except RuleError as error:
        if error.status not in {404, 422}:
            raise
        typed = {"name": name, "role": wanted, "unit": unit}
        return _index(values=typed, errors=field_errors(error), status_code=422)
    return _index(secret={"name": name, "password": password})


def _unit(role: str, unit: str) -> str:
    """The unit counts for roles that belong to one."""
    return unit if role in set(UNIT_ROLES) else ""


@blueprint.post("/admin/users/roles")
def grant() -> Response:
    """Give a further role."""
    actor = need(Role.ADMINISTRATOR)
    role = form_text("further")
    try:
        with http.transaction() as session:
            roles.grant(
                session, actor, form_text("to"), role=role, unit_code=_unit(role, form_text("for")),
                now=http.now(),
            )  # fmt: skip
    except RuleError as error:
        if error.status != 422:
            raise
        return _index(
            errors=field_errors(error, {"role": "further", "unit": "for"}), status_code=422
        )
    flash(_("The role is given."), "ok")
    return redirect("/admin/users", 303)


@blueprint.post("/admin/users/<name>/roles/revocation")
def revoke(name: str) -> Response:
    """Take a role away; ``held`` is the role and, after an at sign, the code of its unit."""
    actor = need(Role.ADMINISTRATOR)
    role, _at, unit = form_text("held").partition("@")
    try:
        with http.transaction() as session:
            roles.revoke(session, actor, name, role=role, unit_code=unit, now=http.now())
    except RuleError as error:
        flash(http.say(error.cause), "bad")
    else:
        flash(_("The role is taken away. It takes effect at once."), "ok")
    return redirect("/admin/users", 303)


@blueprint.post("/admin/users/<name>/<any(suspension,resumption):turn>")
def turn(name: str, turn: str) -> Response:
    """Close or reopen an account."""
    actor = need(Role.ADMINISTRATOR)
    with http.transaction() as session:
        accounts.set_active(session, actor, name, active=turn == "resumption", now=http.now())
    flash(_("Done. It takes effect at once."), "ok")
    return redirect("/admin/users", 303)


@blueprint.post("/admin/users/<name>/password")
def password(name: str) -> Response:
    """A new password, shown in this answer and never again; the person's sessions end."""
    actor = need(Role.ADMINISTRATOR)
    made = secrets.token_urlsafe(PASSWORD_BYTES)
    hashed = accounts.hashed(made)
    with http.transaction() as session:
        accounts.set_password(session, actor, name, hashed, now=http.now())
    return _index(secret={"name": name, "password": made})
