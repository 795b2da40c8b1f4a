"""Two versions of an item of any list beside each other, with the words marked that differ."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from catalog import http
from catalog.services.list_kinds import LIST_TYPES, ListType
from schemas import elements
from schemas.records import Message
from schemas.vocabularies import ListKind

NEGATIVE_TEXTS = {
    "reason": Message("Why discretion is used"),
    "public_wording": Message("Public wording"),
}
"""Texts that only an item of the negative list has, with their headings."""


def scope_text(scope: Mapping[str, Any], names: Mapping[str, str] | None = None) -> str:
    """A scope in words; no scope reaches everything. ``names``: units by code."""
    known = names or {}
    labels = {
        "units": _("Units"),
        "themes": _("Themes"),
        "fields": _("Fields"),
        "elements": _("Standard elements"),
    }
    parts = [
        f"{labels[key]}: {'、'.join(known.get(one) or elements.title(one) for one in scope[key])}"
        for key in labels
        if scope.get(key)
    ]
    if count := scope.get("entries_named") or len(scope.get("entries") or ()):
        parts.append(http.say(Message("%(count)s entries by their codes", {"count": count})))
    return " · ".join(parts)


def sides(
    before: Any, after: Any, kind: str = ListKind.NEGATIVE, names: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Two versions of an item; ``<del>`` and ``<ins>`` mark what differs. None: not on the list."""
    listing = LIST_TYPES[ListKind(kind)]
    left = _side(before, listing, names) if before is not None else None
    right = _side(after, listing, names) if after is not None else None
    if left is None or right is None:
        for one in (left, right):
            if one is not None:
                one["texts"] = [(title, text) for _key, title, text in one["texts"] if text]
        return {"before": left, "after": right}
    left["name"], right["name"] = marked(left["name"], right["name"])
    for key in ("circumstances", "basis"):
        left[key], right[key] = _lines(left[key], right[key])
    pairs = [
        (title, *marked(old, new))
        for (_key, title, old), (_same, _title, new) in zip(
            left["texts"], right["texts"], strict=True
        )
        if old or new
    ]
    left["texts"] = [(title, old) for title, old, _new in pairs]
    right["texts"] = [(title, new) for title, _old, new in pairs]
    return {"before": left, "after": right}


def _side(one: Any, listing: ListType, names: Mapping[str, str] | None) -> dict[str, Any]:
    details = one.get("details") or {}
    texts = [("category", listing.category_title, one["category"])]
    texts += [(column.key, column.title, details.get(column.key, "")) for column in listing.columns]
    if listing.kind == ListKind.NEGATIVE:
        texts += [(key, title, one[key]) for key, title in NEGATIVE_TEXTS.items()]
        texts.append(("scope", Message("Scope"), scope_text(one["scope"], names)))
    else:
        units = "、".join((names or {}).get(code, code) for code in one["scope"].get("units", ()))
        texts.append(("units", listing.units_title, units))
    return {
        "name": one["name"],
        "ground": one["ground"],
        "circumstances": list(one["circumstances"]),
        "basis": list(one["citations"]),
        "texts": texts,
        "next_review": one["review_by"],
    }


def _lines(before: list[str], after: list[str]) -> tuple[list[Any], list[Any]]:
    """Two lists of lines; those on one side only are marked, in pairs by their order."""
    both = set(before) & set(after)
    pairs = zip(
        [one for one in before if one not in both], [one for one in after if one not in both],
        strict=False,
    )  # fmt: skip
    words = {}
    for old, new in pairs:
        words["old", old], words["new", new] = marked(old, new)
    left = [one if one in both else words.get(("old", one), _all("del", one)) for one in before]
    right = [one if one in both else words.get(("new", one), _all("ins", one)) for one in after]
    return left, right


def _all(tag: str, text: str) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(text)  # noqa: S704  (tag is del or ins)


def marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Two texts with what went marked in the first and what came marked in the second."""
    left, right = [], []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        left.append(escape(old[a:b]) if kind == "equal" or a == b else _all("del", old[a:b]))
        right.append(escape(new[c:d]) if kind == "equal" or c == d else _all("ins", new[c:d]))
    return Markup().join(left), Markup().join(right)
