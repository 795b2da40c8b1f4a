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
from catalog.services import audit, directory, exemptions, facts, openness_ledger, values
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


def apply(session: Session, dataset: Dataset, asked: Asked, now: datetime) -> int:
    """Let an entry have been so in those days; how many of them say something else now."""
    span, opened = (asked.begins, asked.ends), asked.values.get("openness")
    if opened == Openness.WITHHELD or asked.items:
        exemptions.check_cover(session, dataset, None, asked.items or (), asked.begins)
    days = facts.correct(session, [dataset.id], _plain(asked.values), span, now)
    if asked.items is not None or opened not in {None, Openness.WITHHELD}:
        _close(session, dataset.id, asked.items or (), span, now)
    session.flush()
    return days


def correct(
    session: Session, actor: Identity, slug: str, given: Mapping[str, Any], *, now: datetime
) -> Corrected:
    """Let state, openness, theme, flags or the closing items of an entry in [begins, ends) be others.

    What holds from today on is changed where it is always changed.
    """
    require(actor, Permission.FACT_CORRECT)
    dataset = directory.get(session, actor, slug)
    asked = read(given, now)
    days = apply(session, dataset, asked, now)
    audit.record(
        session, actor, audit.AuditTag.FACT_CORRECTED, "dataset", dataset.slug, now=now,
        unit_id=dataset.unit_id, begins=asked.begins, ends=asked.ends, reason=asked.reason,
        days=days, values=_plain(asked.values), withheld_by=sorted(asked.items or ()),
    )  # fmt: skip
    return Corrected(dataset.slug, asked.begins, asked.ends, days)


def _plain(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """Words of vocabularies as the facts hold them."""
    return {
        name: str(value) if isinstance(value, str) else value for name, value in cleaned.items()
    }


def _close(
    session: Session,
    dataset_id: int,
    numbers: Collection[str],
    span: tuple[date, date],
    now: datetime,
) -> None:
    """Let the whole entry have been closed in those days by these items and no others."""
    openness_ledger.touch(session, [dataset_id])
    begins, ends = span
    standing = session.execute(
        select(
            ExemptionLink.id, ExemptionLink.item_number,
            ExemptionLink.valid_from, ExemptionLink.valid_to,
        ).where(
            ExemptionLink.dataset_id == dataset_id,
            ExemptionLink.field == "",
            ExemptionLink.superseded_at.is_(None),
            ExemptionLink.valid_from < ends,
            or_(ExemptionLink.valid_to.is_(None), ExemptionLink.valid_to > begins),
        )
    ).all()  # fmt: skip
    pieces: list[tuple[str, date, date | None]] = [(number, begins, ends) for number in numbers]
    for _, number, first, last in standing:
        if first < begins:
            pieces.append((number, first, begins))
        if last is None or last > ends:
            pieces.append((number, ends, last))
    rows = [facts.link_row(dataset_id, "", number, (first, last)) for number, first, last in pieces]
    facts.replace(session, ExemptionLink, [row.id for row in standing], rows, now)
