"""Targets of the rates for administrators: ``/admin/targets``."""

from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.errors import RuleError
from catalog.models import Target, Unit
from catalog.pages import figures
from catalog.pages.admin import ROLES
from catalog.pages.asking import field_errors, form_text, today
from catalog.pages.render import page
from catalog.pages.staff import need
from catalog.services import targets
from schemas.records import Message
from schemas.vocabularies import RateKind, TargetScope

blueprint = Blueprint("pages-admin-targets", __name__)
FORM = ("rate", "scope", "key", "value", "valid_from", "reason")


def _index(
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    with http.reading() as session:
        names = dict(session.execute(select(Unit.code, Unit.name)).all())
        aims = figures.goals(session, today())
        return page(
            "admin/targets.html",
            status_code=status_code,
            headline=[
                {"rate": kind.value, "value": goal.value, "since": goal.since}
                for kind in RateKind
                if (goal := aims.of(kind))
            ],
            targets=_rows(session, names),
            values=values or {"scope": TargetScope.CITY, "valid_from": today().isoformat()},
            errors=errors or {},
            rates=list(RateKind),
            scopes=list(TargetScope),
            units=sorted(names.items(), key=lambda one: one[1]),
            today=today(),
            can_change=can(http.actor(), Permission.TARGET_MANAGE),
        )


def _rows(session: Session, names: dict[str, str]) -> list[dict[str, Any]]:
    """Every target; the newest of a scope that has begun is in force."""
    seen: set[tuple[str, str, str]] = set()
    rows = []
    for one in targets.history(session):
        place = (one.rate, one.scope, one.key)
        coming = one.valid_from > today()
        state = "coming" if coming else "past" if place in seen else "in force"
        if not coming:
            seen.add(place)
        rows.append({**_shown(one), "name": names.get(one.key, one.key), "state": state})
    return rows


def _shown(one: Target) -> dict[str, Any]:
    value = None if one.numerator is None else (one.numerator, one.denominator)
    return {
        "rate": one.rate,
        "scope": one.scope,
        "value": value,
        "valid_from": one.valid_from,
        "reason": one.reason,
        "by": one.recorded_by,
    }


@blueprint.get("/admin/targets")
def index() -> Response:
    """The targets in force, coming and past."""
    need(*ROLES)
    return _index()


@blueprint.post("/admin/targets")
def add() -> Response:
    """Set a target from a day on."""
    actor = need(*ROLES)
    given = {name: form_text(name) for name in FORM}
    try:
        with http.transaction() as session:
            targets.set_target(session, actor, given, now=http.now())
    except RuleError as error:
        if error.status != 422:
            raise
        return _index(values=given, errors=field_errors(error), status_code=422)
    flash(_("The target is set."), "ok")
    return redirect("/admin/targets", 303)
