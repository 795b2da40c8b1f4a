"""Late corrections: what had been true of an entry in the past, said after the fact and with a reason.

What was known before stays to be asked for (``recorded_before``); frozen results are not touched.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.errors import Invalid
from catalog.models import Dataset, ExemptionLink
from catalog.services import (
    audit,
    directory,
    exemptions,
    facts,
    openness_ledger,
    row_sets,
    values,
)
from catalog.services.audit import Noted
from catalog.services.exemptions import Known
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness

_CLEANERS: dict[str, values.Cleaner] = {
    "begins": values.day,
    "ends": values.day,
    "reason": values.line(1_000, required=True),
    "state": values.choice(DatasetState),
    "openness": values.choice(Openness),
    "theme": values.line(100),
    "opened_by_superior": values.flag,
    "duplicate": values.flag,
    "withheld_by": values.words(20, 50),
}


@dataclass(frozen=True, slots=True)
class Corrected:
    """How many days of an entry now say something else, from when to when."""

    slug: str
    begins: date
    ends: date
    days: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A correction as it was asked for, checked: days [begins, ends), values, closing items, reason."""

    begins: date
    ends: date
    values: dict[str, Any]
    items: tuple[str, ...] | None
    reason: str


def read(given: Mapping[str, Any], now: datetime, *, reasoned: bool = True) -> Asked:
    """Check what is asked. Only the past is corrected: ``ends`` (default today) is no later day.

    Raises ``Invalid``; a correction that is only tried (``reasoned`` false) needs no reason yet.
    """
    required = ("begins", "reason") if reasoned else ("begins",)
    cleaned = values.check(
        given if reasoned else {name: given[name] for name in given if name != "reason"},
        _CLEANERS, required=required,
    )  # fmt: skip
    begins, reason = cleaned.pop("begins"), cleaned.pop("reason", "")
    ends = cleaned.pop("ends", None) or facts.day(now)
    if begins is None or not begins < ends <= facts.day(now):
        raise values.refusal(
            {"begins": [Message("must be before the end, and the end not in the future")]}
        )
    numbers = cleaned.pop("withheld_by", None)
    if not cleaned and numbers is None:
        raise Invalid(
            "nothing-to-correct",
            Message("The correction names nothing that was otherwise."),
            Message("Name the state, the openness, the theme or another value of those days."),
        )
    return Asked(begins, ends, cleaned, None if numbers is None else tuple(numbers), reason)


@dataclass(frozen=True, slots=True)
class Line:
    """A correction of one entry; ``row`` is where it stands in what was handed in."""

    row: int
    dataset: Dataset
    asked: Asked


def check(session: Session, line: Line, known: Known | None = None) -> None:
    """Refuse to have an entry closed by what did not cover it (``exemptions.check_cover``)."""
    asked = line.asked
    if asked.values.get("openness") == Openness.WITHHELD or asked.items:
        exemptions.check_cover(
            session, line.dataset, None, asked.items or (), asked.begins, known=known
        )


def apply(session: Session, lines: Collection[Line], now: datetime) -> int:
    """Let entries have been so in those days; on how many days of them something else is said now.

    What is corrected alike is corrected by one writing, however many entries.
    """
    alike: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        asked = line.asked
        key = (asked.begins, asked.ends, tuple(sorted(_plain(asked.values).items())), asked.items)
        alike.setdefault(key, []).append(line)
    days = 0
    for some in alike.values():
        asked, ids = some[0].asked, [one.dataset.id for one in some]
        span, opened = (asked.begins, asked.ends), asked.values.get("openness")
        days += facts.correct(session, ids, _plain(asked.values), span, now)
        if asked.items is not None or opened not in {None, Openness.WITHHELD}:
            _close(session, ids, asked.items or (), span, now)
    session.flush()
    return days


def noted(line: Line, reason: str, days: int) -> Noted:
    """What the trail says of a correction."""
    asked = line.asked
    return Noted(
        line.dataset.slug, line.dataset.unit_id,
        {
            "begins": asked.begins, "ends": asked.ends, "reason": reason, "days": days,
            "values": _plain(asked.values), "withheld_by": sorted(asked.items or ()),
        },
    )  # fmt: skip


def correct(
    session: Session, actor: Identity, slug: str, given: Mapping[str, Any], *, now: datetime
) -> Corrected:
    """Let state, openness, theme, flags or the closing items of an entry in [begins, ends) be others.

    What holds from today on is changed where it is always changed.
    """
    require(actor, Permission.FACT_CORRECT)
    dataset = directory.get(session, actor, slug)
    asked = read(given, now)
    line = Line(0, dataset, asked)
    check(session, line)
    days = apply(session, [line], now)
    audit.record_all(
        session, actor, audit.AuditTag.FACT_CORRECTED, "dataset",
        [noted(line, asked.reason, days)], now=now,
    )  # fmt: skip
    return Corrected(dataset.slug, asked.begins, asked.ends, days)


def _plain(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Words of vocabularies as the facts hold them."""
    return {
        name: str(value) if isinstance(value, str) else value for name, value in cleaned.items()
    }


def _close(
    session: Session,
    ids: Collection[int],
    numbers: Collection[str],
    span: tuple[date, date],
    now: datetime,
) -> None:
    """Let whole entries have been closed in those days by these items and no others."""
    openness_ledger.touch(session, ids)
    begins, ends = span
    old: list[int] = []
    pieces: list[tuple[int, str, date, date | None]] = [
        (one, number, begins, ends) for one in ids for number in numbers
    ]
    for some in row_sets.batches(ids):
        standing = session.execute(
            select(
                ExemptionLink.id, ExemptionLink.dataset_id, ExemptionLink.item_number,
                ExemptionLink.valid_from, ExemptionLink.valid_to,
            ).where(
                ExemptionLink.dataset_id.in_(some),
                ExemptionLink.field == "",
                ExemptionLink.superseded_at.is_(None),
                ExemptionLink.valid_from < ends,
                or_(ExemptionLink.valid_to.is_(None), ExemptionLink.valid_to > begins),
            )
        )  # fmt: skip
        for link_id, dataset_id, number, first, last in standing:
            old.append(link_id)
            if first < begins:
                pieces.append((dataset_id, number, first, begins))
            if last is None or last > ends:
                pieces.append((dataset_id, number, ends, last))
    rows = [facts.link_row(one, "", number, (first, last)) for one, number, first, last in pieces]
    facts.replace(session, ExemptionLink, old, rows, now)
