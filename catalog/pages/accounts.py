"""Signing in and out, and the own account: ``/login``, ``/logout``, ``/account``."""

from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import Invalid, RuleError, Unauthenticated
from catalog.pages.asking import field_errors, form_text, today
from catalog.pages.render import page
from catalog.services import accounts, reminders
from schemas.records import Message, Problem
from schemas.vocabularies import Role

blueprint = Blueprint("pages-accounts", __name__)
HOMES = (
    (Role.EDITOR, "/desk"),
    (Role.REVIEWER, "/reviews"),
    (Role.KEEPER, "/negative-list/adjustments"),
    (Role.ADMINISTRATOR, "/admin"),
    (Role.AUDITOR, "/admin/audit"),
)


def _back(given: str) -> str:
    """A place of this portal to go on to; anything that could lead elsewhere is dropped."""
    local = given.startswith("/") and not given.startswith("//") and "\\" not in given
    return given if local and given.isprintable() else ""


@blueprint.get("/login")
def login() -> Response:
    """The form."""
    return page(
        "accounts/login.html", name="", next=_back(request.args.get("next", "")), problem=None
    )


@blueprint.post("/login")
def sign_in() -> Response:
    """Open a session under a fresh id, or say why not."""
    name, settings = form_text("name"), http.runtime().settings
    onward = _back(form_text("next"))
    address = http.client_address()
    try:
        with http.reading() as session:
            accounts.check_throttle(
                session, name, address=address, now=http.now(), settings=settings
            )
            held = accounts.credentials(session, name)
        accounts.check_password(held, request.form.get("password", ""))
        with http.runtime().database.write() as session:
            made = accounts.sign_in(session, held, now=http.now(), settings=settings)
            if http.session_cookie():
                accounts.sign_out(session, http.session_cookie())
    except RuleError as error:
        if isinstance(error, Unauthenticated):
            with http.runtime().database.write() as session:
                accounts.note_failure(session, name, address=address, now=http.now())
        problem = Problem(error.code, error.cause, error.remedy or Message(""))
        return page(
            "accounts/login.html", status_code=error.status, name=name, next=onward, problem=problem
        )
    home = next((url for role, url in HOMES if made.identity.holds(role)), "/account")
    answer = redirect(onward or home, 303)
    http.keep_session(answer, made.cookie)
    return answer


@blueprint.post("/logout")
def sign_out() -> Response:
    """End the session here and in the database."""
    with http.runtime().database.write() as session:
        accounts.sign_out(session, http.session_cookie())
    answer = redirect("/", 303)
    http.end_session(answer)
    return answer


@blueprint.get("/account")
def show() -> Response:
    """The own account."""
    return _account({})


def _account(
    errors: dict[str, Message], *, new_token: str = "", status_code: int = 200
) -> Response:
    actor = http.signed_in()
    with http.reading() as session:
        user = accounts.own_profile(session, actor)
        names = [held.unit.name for held in user.memberships if held.unit]
        return page(
            "accounts/show.html",
            status_code=status_code,
            account={
                "name": user.display_name or user.name,
                "roles": sorted({held.role for held in user.memberships}),
                "unit_name": "、".join(sorted(set(names))),
                "email": user.email,
            },
            tokens=[_token(one) for one in accounts.tokens_of(session, actor, actor.name)],
            scopes=[("read", _("Read")), ("write", _("Change"))],
            new_token=new_token,
            errors=errors,
        )


def _token(one: Any) -> dict[str, Any]:
    words = {"read": _("Read"), "write": _("Change")}
    return {
        "id": one.id,
        "name": one.name or one.hint,
        "scopes": [words.get(scope, scope) for scope in one.scopes],
        "created": one.created_at,
        "last_used": one.last_used_at,
        "expires": one.expires_at,
    }


@blueprint.post("/account/tokens")
def make_token() -> Response:
    """Make a token; it is shown in this answer and never again."""
    actor = http.signed_in()
    try:
        scopes = tuple(request.form.getlist("scope"))
        with http.transaction() as session:
            token = accounts.make_token(
                session, actor, actor.name, label=form_text("name"), scopes=scopes, days=_days(),
                now=http.now(),
            )  # fmt: skip
    except RuleError as error:
        names = {"scopes": "scope", "label": "name", "days": "expires"}
        return _account(field_errors(error, names), status_code=error.status)
    return _account({}, new_token=token)


def _days() -> int:
    """Days until the chosen end; the longest life when none was chosen."""
    text = form_text("expires")
    if not text:
        return min(90, http.runtime().settings.token_days)
    try:
        return (date.fromisoformat(text) - today()).days
    except ValueError:
        cause = Message("must be a date like 2026-11-23")
        raise Invalid("invalid-values", cause, fields={"expires": [cause]}) from None


@blueprint.post("/account/tokens/<int(max=2147483647):token_id>/revocation")
def revoke_token(token_id: int) -> Response:
    """End a token at once."""
    with http.transaction() as session:
        accounts.revoke_token(session, http.signed_in(), token_id, now=http.now())
    flash(_("The token was revoked."), "ok")
    return redirect("/account", 303)


@blueprint.post("/account/email")
def email() -> Response:
    """Where reminders go, or nowhere."""
    actor, given = http.signed_in(), form_text("email")
    try:
        with http.transaction() as session:
            reminders.set_address(session, actor, actor.name, given, now=http.now())
    except Invalid as error:
        return _account(field_errors(error), status_code=error.status)
    flash(_("The address for reminders is saved."), "ok")
    return redirect("/account", 303)


@blueprint.post("/account/password")
def change_password() -> Response:
    """Change the own password, given the old one; other sessions end, this one goes on."""
    actor = http.signed_in()
    try:
        with http.reading() as session:
            held = accounts.credentials(session, actor.name)
        _check_old(held)
        new = accounts.hashed(request.form.get("new", ""))
        with http.transaction() as session:
            accounts.set_password(session, actor, actor.name, new, now=http.now())
            made = accounts.sign_in(
                session, replace(held, stored=new.stored), now=http.now(),
                settings=http.runtime().settings,
            )  # fmt: skip
    except RuleError as error:
        return _account(field_errors(error, {"password": "new"}), status_code=error.status)
    flash(_("The password was changed."), "ok")
    answer = redirect("/account", 303)
    http.keep_session(answer, made.cookie)
    return answer


def _check_old(held: accounts.Credentials) -> None:
    try:
        accounts.check_password(held, request.form.get("old", ""))
    except Unauthenticated:
        cause = Message("The old password is wrong.")
        raise Invalid("wrong-password", cause, fields={"old": [cause]}) from None
