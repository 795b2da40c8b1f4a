"""Between the form of an adjustment and the values of its change, for every kind of list."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from catalog.errors import Invalid, RuleError
from catalog.models import Citation
from catalog.pages.asking import form_text, split_words, today
from catalog.services import laws, list_changes, negative_list, plain_tables, stale_bases
from catalog.services.list_kinds import ListType
from schemas import elements
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, ListKind

Basis = dict[str, str]
BLANK: Basis = {"law": "", "article": "", "level": ""}
CHANGED = (AdjustmentKind.ADD, AdjustmentKind.AMEND)
MOST_BASES = 50
PLACES = {
    "number": "item", "reason": "discretion", "public_wording": "public_text",
    "internal_wording": "internal_text", "valid_from": "in_force_from", "review_by": "next_review",
    "citations": "basis", "scope": "themes", "scope.units": "unit", "scope.fields": "columns",
    "scope.themes": "themes", "scope.elements": "elements", "scope.entries": "entries",
}  # fmt: skip
"""Value of an item -> name of the input."""


def kinds_of(listing: ListType) -> list[AdjustmentKind]:
    """What can be done to the items of a list: only what the negative list closed is opened."""
    every = list(AdjustmentKind)
    return every if listing.kind == ListKind.NEGATIVE else [k for k in every if k != "open"]


def standing_bases(citations: Sequence[Citation], *, current: bool) -> list[Basis]:
    """The citations of an item as rows; ``current``: by the articles in the place of stale ones."""
    labels: list[str] = []
    for one in citations:
        stale = current and negative_list.stale(one, today())
        labels += list(stale_bases.successor_labels(one.article) if stale else ()) or [one.label]
    return [{**BLANK, "law": one} for one in dict.fromkeys(labels)]


def stored_bases(citations: Sequence[Mapping[str, Any]]) -> list[Basis]:
    """The citations of a draft as rows."""
    return [
        {**BLANK, "law": list_changes.cited(one).label, "level": one.get("level", "")}
        for one in citations
    ]


def filled(
    item: Mapping[str, Any], bases: Sequence[Basis], names: Mapping[str, str]
) -> dict[str, Any]:
    """The values of an item as the form shows them; ``names``: units by code."""
    scope = item["scope"]
    return {
        "name": item["name"],
        "category": item["category"],
        "circumstances": "\n".join(item["circumstances"]),
        "ground": item["ground"],
        "themes": "，".join(scope.get("themes", [])),
        "columns": "，".join(scope.get("fields", [])),
        "elements": "，".join(elements.title(one) for one in scope.get("elements", [])),
        "entries": "，".join(scope.get("entries", [])),
        "unit": "，".join(names.get(code, code) for code in scope.get("units", [])),
        "secrecy": item["secrecy"],
        "declassify_on": item["declassify_on"] or "",
        "declassify_when": item["declassify_when"],
        "discretion": item["reason"],
        "public_text": item["public_wording"],
        "next_review": _still_to_come(item),
        **{f"details-{key}": text for key, text in item["details"].items()},
        "basis": [*bases, BLANK],
    }


def _still_to_come(item: Mapping[str, Any]) -> str:
    """The next review; one that has passed is set anew where nobody has to choose it."""
    review: str = item["review_by"] or ""
    return review if item["ground"] or review > today().isoformat() else ""


def typed() -> dict[str, Any]:
    """What stands in the form that was sent."""
    basis = []
    for at in range(MOST_BASES):
        if f"basis-{at}-law" not in request.form:
            break
        basis.append({key: form_text(f"basis-{at}-{key}") for key in BLANK})
    return {**request.form.to_dict(), "basis": basis or [BLANK]}


def effective() -> date | None:
    """The day of the form; today and none mean the day of approval. Raises ``Invalid``."""
    text = form_text("in_force_from")
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        cause = Message("Write the date as YYYY-MM-DD.")
        raise Invalid("bad-date", cause, fields={"effective_on": [cause]}) from None
    return None if found == today() else found


def change(
    session: Session, listing: ListType, kind: str, bases: Sequence[Basis]
) -> dict[str, Any]:
    """The form that was sent as a change of a list."""
    number = form_text("item")
    if kind not in CHANGED:
        return {"kind": kind, "number": number, "item": None}
    codes, unknown = plain_tables.unit_codes(session, split_words(form_text("unit")))
    item: dict[str, Any] = {
        "name": form_text("name"),
        "category": form_text("category"),
        "review_by": form_text("next_review") or None,
        "citations": [one for basis in bases for one in _citations(basis)],
        "scope": {"units": [*codes, *unknown]} if codes or unknown else {},
    }
    if listing.kind == ListKind.NEGATIVE:
        item |= _closing(item["scope"])
        if form_text("internal_text") or kind == AdjustmentKind.ADD:
            item["internal_wording"] = form_text("internal_text")
    else:
        given = {one.key: form_text(f"details-{one.key}") for one in listing.columns}
        item["details"] = {key: text for key, text in given.items() if text}
    return {"kind": kind, "number": "" if kind == AdjustmentKind.ADD else number, "item": item}


def _closing(scope: Mapping[str, Any]) -> dict[str, Any]:
    """What only an item of the negative list has."""
    named = {"themes": "themes", "fields": "columns", "elements": "elements", "entries": "entries"}
    words = {key: split_words(form_text(name)) for key, name in named.items()}
    return {
        "circumstances": [line.strip() for line in form_text("circumstances").splitlines()],
        "ground": form_text("ground"),
        "scope": {**scope, **{key: some for key, some in words.items() if some}},
        "reason": form_text("discretion"),
        "public_wording": form_text("public_text"),
        "secrecy": form_text("secrecy"),
        "declassify_on": form_text("declassify_on") or None,
        "declassify_when": form_text("declassify_when"),
    }


def _citations(basis: Basis) -> list[Any]:
    """A row of law and article as citations; a law may carry its article in its own words."""
    law, article = basis["law"], basis["article"]
    if not law:
        return []
    if article.isascii() and article.isdigit():
        article = f"第{article}条"
    text = f"{law}{article}" if "《" in law else f"《{law}》{article}"
    read = laws.parse_citation(text)
    if not read:
        return [text]
    return [list_changes.citation_values(one, basis["level"]) for one in read]


def errors(error: RuleError, at: int = 0) -> dict[str, Message]:
    """What is wrong, by the input it is about; of other changes of the draft by their number."""
    found: dict[str, Message] = {}
    for name, messages in error.fields.items():
        parts = name.split(".")
        if parts[0] != "changes":
            found.setdefault({"effective_on": "in_force_from"}.get(name, name), messages[0])
            continue
        if parts[1:2] not in ([], [str(at)]):
            text = "Change %(number)s of the draft: %(text)s"
            params = {"number": int(parts[1]) + 1, "text": messages[0]}
            found.setdefault(name, Message(text, params))
            continue
        found.setdefault(_place(parts[2:]), messages[0])
    return found or {"form": error.cause}


def _place(parts: Sequence[str]) -> str:
    """The input that a place of a change means."""
    inner = list(parts[1:] if parts[:1] == ["item"] and len(parts) > 1 else parts) or ["item"]
    if inner[0] == "details" and len(inner) > 1:
        return f"details-{inner[1]}"
    return PLACES.get(".".join(inner[:2]), PLACES.get(inner[0], inner[0]))
