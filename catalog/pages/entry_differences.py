"""Two published versions of a table beside each other, as the page of versions shows them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from catalog import http
from catalog.errors import RuleError
from catalog.http.comparing import compared
from catalog.models import Resource
from catalog.pages.asking import argument
from catalog.pages.render import word
from catalog.services import version_differences
from schemas.records import Message, Problem

MOST_DIGITS = 9
KINDS = {"text": "string"}


def asked(session: Session, tables: Sequence[Resource]) -> dict[str, Any] | None:
    """What differs between the version that the address names (``table``, ``to``, ``from``) and the one
    before; None when it names none."""
    name, new, old = argument("table"), argument("to"), argument("from")
    resource = next((one for one in tables if one.name == name), None)
    if resource is None or not _number(new):
        return None
    shown = {"title": resource.title or resource.name, "new": new, "old": old or "…"}
    try:
        pair = version_differences.pair(
            session, http.actor(), resource.id, int(old) if _number(old) else None, int(new)
        )
        found = compared(pair)
    except RuleError as error:
        problem = Problem(error.code, error.cause, error.remedy or Message(""))
        return {**shown, "problem": problem}
    return {
        **shown,
        "old": pair.numbers[0],
        "found": found,
        "retyped": [
            f"{one.column}: {_kind(one.before)} → {_kind(one.after)}"
            for one in found.columns_retyped
        ],
        "url": f"/api/v1/resources/{resource.id}/differences"
        f"?from={pair.numbers[0]}&to={pair.numbers[1]}",
    }


def _number(given: str) -> bool:
    return given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS


def _kind(kind: str) -> str:
    return word("field-type", KINDS.get(kind, kind))
