"""Checking the values of one item of a list. Errors are named by their place in the input."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Dataset, Law, Unit
from catalog.services import laws
from catalog.services.basis_checks import LONGEST_LINE, MOST_LINES, check_citations
from catalog.services.check_notes import Checked
from catalog.services.item_scopes import PARTS
from catalog.services.list_kinds import LIST_TYPES, ListType
from catalog.services.visibility import visible
from schemas import elements
from schemas.records import Message
from schemas.vocabularies import Ground, ListKind, Secrecy

TEXTS = {
    "name": 300,
    "category": 100,
    "ground": 8,
    "reason": 2000,
    "public_wording": 2000,
    "internal_wording": 10_000,
    "declassify_when": 500,
}
"""Text values of an item and the most characters each may have."""
DATES = ("valid_from", "valid_to", "review_by", "declassify_on")
KEYS = {*TEXTS, *DATES, "circumstances", "citations", "scope", "details", "secrecy"}
DISCRETIONARY = {Ground.INTERNAL_AFFAIRS, Ground.PROCESS_INFORMATION, Ground.ENFORCEMENT_FILES}
"""Article 16: may be withheld, so a reason is owed for using that freedom."""
TERMS = {Secrecy.TOP_SECRET: 30, Secrecy.SECRET: 20, Secrecy.CONFIDENTIAL: 10}
"""Longest terms in years (保守国家秘密法, article 20)."""
EARLIEST, LATEST = 1900, 2200
"""Years of the days of an item, as of every other day that the platform takes."""
REVIEW_AFTER = timedelta(days=365)
"""Lists that name no review are looked at again after a year."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an item is checked for: the kind of list, the day, and whose eyes choose entries.

    ``library`` keeps the laws in the session while many items are checked, which else reads them for each;
    ``ending`` are the numbers of items that the same adjustment ends.
    """

    kind: str
    effective_on: date
    actor: Identity | None = None
    library: Sequence[Law] = ()
    ending: frozenset[str] = frozenset()


def check_item(
    session: Session,
    found: Checked,
    place: str,
    item: Mapping[str, Any],
    order: Order,
) -> dict[str, Any]:
    """The values of an item in one spelling; what is wrong with them goes into ``found``."""
    listing = LIST_TYPES[ListKind(order.kind)]
    for key in item.keys() - KEYS:
        found.wrong(f"{place}.{key}", "There is no such value in an item.")
    values: dict[str, Any] = {
        key: found.text(f"{place}.{key}", item.get(key), most) for key, most in TEXTS.items()
    }
    values["circumstances"] = lines(found, f"{place}.circumstances", item.get("circumstances"))
    values["scope"] = check_scope(session, found, f"{place}.scope", item.get("scope"), order.actor)
    values["details"] = _check_details(found, f"{place}.details", item.get("details"), listing)
    values["secrecy"] = found.word(f"{place}.secrecy", item.get("secrecy"), Secrecy)
    _check_dates(found, place, item, values, order)
    begins = values["valid_from"] or order.effective_on.isoformat()
    values["citations"], levels = check_citations(
        session, found, f"{place}.citations", item.get("citations"), date.fromisoformat(begins)
    )
    if not values["name"]:
        found.wrong(f"{place}.name", "Give the item a name (事项名称).")
    if order.kind == ListKind.NEGATIVE:
        if not values["circumstances"]:
            found.wrong(f"{place}.circumstances", "Name at least one circumstance (情形).")
        _check_ground(found, place, values, levels)
        _check_secrecy(found, place, values, date.fromisoformat(begins))
    else:
        _check_plain(found, place, values)
    return values


def _check_plain(found: Checked, place: str, values: Mapping[str, Any]) -> None:
    """A list that closes nothing has no ground, no secret and no scope but units."""
    for key in ("ground", "circumstances", "secrecy", "declassify_on", "declassify_when"):
        if values[key]:
            found.wrong(f"{place}.{key}", "This belongs to the negative list only.")
    for key in values["scope"].keys() - {"units"}:
        found.wrong(f"{place}.scope.{key}", "This belongs to the negative list only.")


def _check_details(found: Checked, place: str, value: Any, listing: ListType) -> dict[str, str]:
    if value is not None and not isinstance(value, Mapping):
        found.wrong(place, "The columns of a list are an object of texts.")
        return {}
    given = value or {}
    for key in given.keys() - {one.key for one in listing.columns}:
        found.wrong(f"{place}.{key}", "This list has no such column.")
    details = {
        one.key: found.text(f"{place}.{one.key}", given.get(one.key), LONGEST_LINE)
        for one in listing.columns
    }
    for one in listing.columns:
        if one.required and not details[one.key]:
            found.wrong(f"{place}.{one.key}", "Fill in the column %(label)s.", label=one.label)
    return {key: text for key, text in details.items() if text}


def _check_secrecy(found: Checked, place: str, values: dict[str, Any], begins: date) -> None:
    """Terms of a state secret (保守国家秘密法, article 20); the item lapses with its term."""
    secret = values["ground"] == Ground.STATE_SECRET
    term = values["declassify_on"]
    if not secret:
        for key in ("secrecy", "declassify_on", "declassify_when"):
            if values[key]:
                found.wrong(f"{place}.{key}", "Only a state secret (14-1) has such a term.")
        return
    if not term and not values["declassify_when"]:
        text = "Neither a term nor a condition says when %(name)s is declassified."
        found.warnings.append(Message(text, {"name": values["name"]}))
    if not term:
        return
    years = TERMS.get(values["secrecy"], max(TERMS.values()))
    last = date(begins.year + years, begins.month, min(begins.day, 28))
    if date.fromisoformat(term) <= begins:
        found.wrong(f"{place}.declassify_on", "The item would end before it begins.")
    elif date.fromisoformat(term) > last:
        found.wrong(
            f"{place}.declassify_on", "A secret of this class is kept at most %(years)s years.",
            years=years,
        )  # fmt: skip
    elif not values["valid_to"] or values["valid_to"] > term:
        values["valid_to"] = term


def too_many(found: Checked, place: str, value: Sequence[Any]) -> bool:
    if len(value) <= MOST_LINES:
        return False
    found.wrong(place, "At most %(most)s lines.", most=MOST_LINES)
    return True


def lines(found: Checked, place: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        found.wrong(place, "This is a list of texts.")
        return []
    if too_many(found, place, value):
        return []
    if any(len(one.strip()) > LONGEST_LINE for one in value):
        found.wrong(place, "At most %(most)s characters.", most=LONGEST_LINE)
        return []
    return [one.strip() for one in value if one.strip()]


def check_scope(
    session: Session, found: Checked, place: str, value: Any, actor: Identity | None
) -> dict[str, list[str]]:
    """A scope in one spelling; every unit, entry and element in it is one that there is.

    An entry that the actor may not know of is refused like one that does not exist.
    """
    if value is not None and not isinstance(value, Mapping):
        found.wrong(place, "The scope is an object with units, themes and fields.")
        return {}
    given = value or {}
    for key in given.keys() - set(PARTS):
        found.wrong(
            f"{place}.{key}", "A scope is limited by %(parts)s only.", parts=", ".join(PARTS)
        )
    named = {key: lines(found, f"{place}.{key}", given.get(key)) for key in PARTS}
    scope = {key: sorted(set(values)) for key, values in named.items() if values}
    for code in _unknown(session, Unit.code, scope.get("units", ()), true()):
        found.wrong(f"{place}.units", "There is no unit with the code %(code)s.", code=code)
    _warn_of_departed(session, found, scope.get("units", ()))
    known_to = true() if actor is None else visible(actor)
    for code in _unknown(session, Dataset.code, scope.get("entries", ()), known_to):
        found.wrong(f"{place}.entries", "There is no entry with the code %(code)s.", code=code)
    if "elements" in scope:
        meant = {one: elements.find(one) for one in scope["elements"]}
        for text in (one for one, code in meant.items() if not code):
            found.wrong(
                f"{place}.elements", "There is no standard element %(name)s.", name=text[:80]
            )
        scope["elements"] = sorted({code for code in meant.values() if code})
    return {key: values for key, values in scope.items() if values}


def _warn_of_departed(session: Session, found: Checked, codes: Sequence[str]) -> None:
    query = select(Unit.name, Unit.roster_to).where(
        Unit.code.in_(codes), Unit.roster_to.is_not(None)
    )
    for name, day in session.execute(query) if codes else ():
        text = "The scope names %(unit)s, which leaves the roster on %(day)s."
        found.warnings.append(Message(text, {"unit": name, "day": str(day)}))


def _unknown(
    session: Session, column: Any, codes: Sequence[str], condition: ColumnElement[bool]
) -> list[str]:
    if not codes:
        return []
    known = set(session.scalars(select(column).where(column.in_(codes), condition)))
    return [code for code in codes if code not in known]


def _check_dates(
    found: Checked, place: str, item: Mapping[str, Any], values: dict[str, Any], order: Order
) -> None:
    effective_on = order.effective_on
    days = {key: _day(found, f"{place}.{key}", item.get(key)) for key in DATES}
    values.update({key: day.isoformat() if day else None for key, day in days.items()})
    begins = days["valid_from"] or effective_on
    if begins < effective_on:
        found.wrong(
            f"{place}.valid_from", "An item cannot begin before its adjustment takes effect (%(day)s).",
            day=effective_on.isoformat(),
        )  # fmt: skip
    if days["valid_to"] is not None and days["valid_to"] <= begins:
        found.wrong(f"{place}.valid_to", "The item would end before it begins.")
    if days["review_by"] is None and order.kind != ListKind.NEGATIVE:
        values["review_by"] = (begins + REVIEW_AFTER).isoformat()
    elif days["review_by"] is None:
        if f"{place}.review_by" not in found.errors:
            found.wrong(f"{place}.review_by", "Say by when the item is reviewed again.")
    elif days["review_by"] <= begins:
        found.wrong(f"{place}.review_by", "The next review comes after the item begins.")
    elif values["ground"] == Ground.STATE_SECRET and (days["review_by"] - begins).days > 366:
        found.warnings.append(
            Message(
                "State secrets are reviewed every year (保守国家秘密法, article 24): %(name)s.",
                {"name": values["name"]},
            )
        )


def _day(found: Checked, place: str, value: Any) -> date | None:
    if value in (None, ""):
        return None
    day = written_day(value)
    if day is None:
        found.wrong(place, "Write the date as YYYY-MM-DD.")
    elif not EARLIEST <= day.year <= LATEST:
        found.wrong(place, "must be a year between 1900 and 2200")
        return None
    return day


def written_day(value: Any) -> date | None:
    """A day written as YYYY-MM-DD; None for whatever else was given."""
    try:
        found = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if value == found.isoformat() else None


def _check_ground(
    found: Checked, place: str, values: Mapping[str, Any], levels: Sequence[str]
) -> None:
    ground = values["ground"]
    if ground not in set(Ground):
        grounds = ", ".join(Ground)
        found.wrong(f"{place}.ground", "Choose a ground: %(grounds)s.", grounds=grounds)
    if ground in DISCRETIONARY and not values["reason"]:
        found.wrong(
            f"{place}.reason", "Article 16 leaves a choice: give the reason for not disclosing."
        )
    if ground == Ground.FORBIDDEN_BY_LAW and not laws.BINDING.intersection(levels):
        found.wrong(
            f"{place}.ground",
            "Ground 14-2 needs a law or an administrative regulation as its basis; "
            "a local regulation or a rule alone is not enough.",
        )
