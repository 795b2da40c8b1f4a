"""Checking the changes of an adjustment before anybody approves them.

A change is ``{"kind", "number", "item"}``. Errors are collected and named by their place in the
input (``changes.0.item.ground``), so that a clerk sees all of them at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.errors import Invalid
from catalog.models import Article, ExemptionItem, Unit
from catalog.services import laws
from catalog.services.citations import Cited, parse_citation
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, Ground, LawLevel, ListKind

TEXTS = {
    "name": 300,
    "category": 100,
    "ground": 8,
    "reason": 2000,
    "public_wording": 2000,
    "internal_wording": 10_000,
}
"""Text values of an item and the most characters each may have."""
DATES = ("valid_from", "valid_to", "review_by")
SCOPE = ("units", "themes", "fields")
MOST_LINES = 1000
"""Most circumstances, citations, or names of one kind in a scope."""
LONGEST_LINE = 2000
LONGEST_TITLE = 200
"""Characters of a law's title in the library."""
KEYS = {*TEXTS, *DATES, "circumstances", "citations", "scope"}
CITATION_KEYS = {"law", "article", "part", "version", "level"}
DISCRETIONARY = {Ground.INTERNAL_AFFAIRS, Ground.PROCESS_INFORMATION, Ground.ENFORCEMENT_FILES}
"""Article 16: may be withheld, so a reason is owed for using that freedom."""
ENDING = {AdjustmentKind.REPEAL, AdjustmentKind.OPEN}


@dataclass(slots=True)
class Checked:
    """Changes in one spelling, ready to be stored as JSON; ``warnings`` do not stop anybody."""

    changes: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    errors: dict[str, list[Message]] = field(default_factory=dict)

    def wrong(self, place: str, text: str, **params: Any) -> None:
        """Note what is wrong with a value."""
        self.errors.setdefault(place, []).append(Message(text, params))


def citation_values(citation: Cited, level: str = "") -> dict[str, Any]:
    """A citation as it is stored in an adjustment."""
    values = {
        "law": citation.law,
        "article": citation.article,
        "part": citation.part,
        "version": citation.version,
    }
    return {**values, "level": level} if level else values


def cited(values: Mapping[str, Any]) -> Cited:
    """The citation that stored values mean."""
    return Cited(values["law"], values.get("article"), values["part"], values["version"])


def values_of(item: ExemptionItem) -> dict[str, Any]:
    """An item as the values of a change: what an amendment starts from."""
    labels = [one for citation in item.citations for one in parse_citation(citation.label)]
    return {
        **{key: getattr(item, key) for key in TEXTS},
        "circumstances": [one.text for one in item.circumstances],
        "citations": [citation_values(one) for one in labels],
        "scope": dict(item.scope),
        "valid_from": None,
        "valid_to": item.valid_to.isoformat() if item.valid_to else None,
        "review_by": item.review_by.isoformat(),
    }


def standing(session: Session, number: str, on: date) -> ExemptionItem | None:
    """The version of an item that is in force on a day."""
    return session.scalar(
        select(ExemptionItem).where(
            ExemptionItem.list_kind == ListKind.NEGATIVE,
            ExemptionItem.number == number,
            ExemptionItem.valid_from <= on,
            ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
        )
    )


def check(session: Session, changes: Sequence[Any], *, effective_on: date) -> Checked:
    """All changes in one spelling, with warnings; ``Invalid`` names everything wrong with them."""
    found = Checked()
    seen: set[str] = set()
    if not changes:
        found.wrong("changes", "An adjustment has at least one change.")
    for index, change in enumerate(changes):
        place = f"changes.{index}"
        if not isinstance(change, Mapping):
            found.wrong(place, "A change is an object with kind, number and item.")
            continue
        for key in change.keys() - {"kind", "number", "item"}:
            found.wrong(f"{place}.{key}", "There is no such value in a change.")
        _check_change(session, found, place, change, effective_on)
        number = change.get("number")
        if isinstance(number, str) and number:
            if number in seen:
                found.wrong(f"{place}.number", "Another change of this adjustment is about it too.")
            seen.add(number)
    if found.errors:
        raise Invalid(
            "adjustment-invalid",
            Message("The adjustment cannot be drafted as it stands; nothing was saved."),
            Message("Correct the values named and send it again."),
            fields=found.errors,
        )
    return found


def _check_change(
    session: Session, found: Checked, place: str, change: Mapping[str, Any], effective_on: date
) -> None:
    kind, number, item = change.get("kind"), change.get("number") or "", change.get("item") or {}
    if not isinstance(kind, str) or kind not in set(AdjustmentKind):
        kinds = ", ".join(AdjustmentKind)
        found.wrong(f"{place}.kind", "Say what to do with the item: %(kinds)s.", kinds=kinds)
        return
    if not isinstance(number, str) or not isinstance(item, Mapping):
        found.wrong(place, "The number is text and the item an object.")
        return
    before: dict[str, Any] = {}
    if kind == AdjustmentKind.ADD:
        if number:
            found.wrong(f"{place}.number", "A new item gets its number when it is approved.")
    else:
        current = standing(session, number, effective_on)
        if current is None:
            found.wrong(
                f"{place}.number", "Item %(number)s is not in force on %(day)s.",
                number=number, day=effective_on.isoformat(),
            )  # fmt: skip
            return
        if current.ended_by_id is not None:
            found.wrong(f"{place}.number", "An approved adjustment already ends this item.")
            return
        starts = item.get("valid_from")
        if isinstance(starts, str) and current.valid_to and starts > current.valid_to.isoformat():
            found.wrong(
                f"{place}.item.valid_from", "The item lapses on %(day)s; leave no gap after it.",
                day=current.valid_to.isoformat(),
            )  # fmt: skip
        before = values_of(current)
    if kind in ENDING:
        if item:
            found.wrong(f"{place}.item", "Ending an item takes no new values.")
        found.changes.append({"kind": str(kind), "number": number, "item": {}})
        return
    values = _check_item(session, found, f"{place}.item", {**before, **item}, effective_on)
    if before and values == {**before, "valid_from": values["valid_from"]}:
        found.wrong(f"{place}.item", "The amendment changes nothing.")
    found.changes.append({"kind": str(kind), "number": number, "item": values})


def _check_item(
    session: Session, found: Checked, place: str, item: Mapping[str, Any], effective_on: date
) -> dict[str, Any]:
    for key in item.keys() - KEYS:
        found.wrong(f"{place}.{key}", "There is no such value in an item.")
    values: dict[str, Any] = {
        key: _text(found, f"{place}.{key}", item.get(key), most) for key, most in TEXTS.items()
    }
    values["circumstances"] = _lines(found, f"{place}.circumstances", item.get("circumstances"))
    values["scope"] = _check_scope(session, found, f"{place}.scope", item.get("scope"))
    _check_dates(found, place, item, values, effective_on)
    begins = values["valid_from"] or effective_on.isoformat()
    values["citations"], levels = _check_citations(
        session, found, f"{place}.citations", item.get("citations"), date.fromisoformat(begins)
    )
    if not values["name"]:
        found.wrong(f"{place}.name", "Give the item a name (事项名称).")
    if not values["circumstances"]:
        found.wrong(f"{place}.circumstances", "Name at least one circumstance (情形).")
    _check_ground(found, place, values, levels)
    return values


def _text(found: Checked, place: str, value: Any, most: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        found.wrong(place, "This is text.")
        return ""
    if len(value.strip()) > most:
        found.wrong(place, "At most %(most)s characters.", most=most)
    return value.strip()


def _too_many(found: Checked, place: str, value: Sequence[Any]) -> bool:
    if len(value) <= MOST_LINES:
        return False
    found.wrong(place, "At most %(most)s lines.", most=MOST_LINES)
    return True


def _lines(found: Checked, place: str, value: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        found.wrong(place, "This is a list of texts.")
        return []
    if _too_many(found, place, value):
        return []
    if any(len(one.strip()) > LONGEST_LINE for one in value):
        found.wrong(place, "At most %(most)s characters.", most=LONGEST_LINE)
        return []
    return [one.strip() for one in value if one.strip()]


def _check_scope(session: Session, found: Checked, place: str, value: Any) -> dict[str, list[str]]:
    if value is not None and not isinstance(value, Mapping):
        found.wrong(place, "The scope is an object with units, themes and fields.")
        return {}
    given = value or {}
    for key in given.keys() - set(SCOPE):
        found.wrong(f"{place}.{key}", "A scope is limited by units, themes and fields only.")
    lines = {key: _lines(found, f"{place}.{key}", given.get(key)) for key in SCOPE}
    scope = {key: sorted(set(values)) for key, values in lines.items() if values}
    if "units" in scope:
        known = set(session.scalars(select(Unit.code).where(Unit.code.in_(scope["units"]))))
        for code in scope["units"]:
            if code not in known:
                found.wrong(f"{place}.units", "There is no unit with the code %(code)s.", code=code)
    return scope


def _check_dates(
    found: Checked, place: str, item: Mapping[str, Any], values: dict[str, Any], effective_on: date
) -> None:
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
    if days["review_by"] is None:
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
    try:
        return date.fromisoformat(value) if value else None
    except (TypeError, ValueError):
        found.wrong(place, "Write the date as YYYY-MM-DD.")
        return None


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


def _check_citations(
    session: Session, found: Checked, place: str, value: Any, on: date
) -> tuple[list[dict[str, Any]], list[str]]:
    """Citations in one spelling, and the rank of each law that is known or declared."""
    if value is not None and not isinstance(value, list | tuple):
        found.wrong(place, "Citations are a list.")
        return [], []
    if value and _too_many(found, place, value):
        return [], []
    stored: list[dict[str, Any]] = []
    levels: list[str] = []
    for index, one in enumerate(value or ()):
        read = _read_citation(found, f"{place}.{index}", one)
        for citation, declared in read:
            law = laws.find_law(session, citation.law)
            levels.append(law.level if law else declared)
            stored.append(citation_values(citation, "" if law else declared))
            if law is None:
                text = "The library does not know %(law)s; its rank is taken as declared."
                found.warnings.append(Message(text, {"law": citation.law}))
            article, stale = laws.resolve(session, citation, on)
            if stale:
                found.warnings.append(_stale(citation, article, on))
    if not value:
        found.wrong(place, "Cite at least one legal basis (依据).")
    return stored, levels


def _stale(citation: Cited, article: Article | None, on: date) -> Message:
    params = {"citation": citation.label, "day": on.isoformat()}
    after = laws.successors(article) if article is not None else []
    if not after:
        return Message("%(citation)s is of a version no longer in force on %(day)s.", params)
    names = "、".join(Cited(one.law_version.law.title, one.number).label for one in after)
    return Message(
        "%(citation)s is of a version no longer in force on %(day)s; now it is %(successors)s.",
        {**params, "successors": names},
    )


def _read_text(found: Checked, place: str, text: str) -> list[tuple[Cited, str]]:
    if len(text) > LONGEST_LINE:
        found.wrong(place, "At most %(most)s characters.", most=LONGEST_LINE)
        return []
    read = parse_citation(text)
    if not read:
        found.wrong(place, "Write a citation as 《law》第十四条.")
    return [(one, "") for one in read if _title_fits(found, place, one.law)]


def _title_fits(found: Checked, place: str, title: str) -> bool:
    if len(title) <= LONGEST_TITLE:
        return True
    found.wrong(place, "The title of a law has at most %(most)s characters.", most=LONGEST_TITLE)
    return False


def _read_citation(found: Checked, place: str, value: Any) -> list[tuple[Cited, str]]:
    if isinstance(value, str):
        return _read_text(found, place, value)
    if not isinstance(value, Mapping) or value.keys() - CITATION_KEYS:
        found.wrong(
            place, "A citation is text, or an object with law, article, part, version, level."
        )
        return []
    law, article = value.get("law"), value.get("article")
    level = value.get("level") or ""
    if not isinstance(law, str) or not law.strip():
        found.wrong(f"{place}.law", "Name the law.")
        return []
    if level and (not isinstance(level, str) or level not in set(LawLevel)):
        level = ""
        found.wrong(f"{place}.level", "Choose a rank: %(levels)s.", levels=", ".join(LawLevel))
    if article is not None and (type(article) is not int or not 0 < article < 10_000):
        found.wrong(f"{place}.article", "The article is a whole number.")
        return []
    law = law.strip().strip("《》")
    if not _title_fits(found, f"{place}.law", law):
        return []
    part = _text(found, f"{place}.part", value.get("part"), 40)
    version = _text(found, f"{place}.version", value.get("version"), 40)
    return [(Cited(law, article, part, version), level)]
