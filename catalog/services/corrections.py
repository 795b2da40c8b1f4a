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
from catalog.models import ExemptionLink
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


def correct(
    session: Session, actor: Identity, slug: str, given: Mapping[str, Any], *, now: datetime
) -> Corrected:
    """Let state, openness, theme, flags or the closing items of an entry in [begins, ends) be others.

    Only the past is corrected: ``ends`` (default today) may not lie in the future, and what holds from
    today on is changed where it is always changed.
    """
    require(actor, Permission.FACT_CORRECT)
    dataset = directory.get(session, actor, slug)
    cleaned = values.check(given, _CLEANERS, required=("begins", "reason"))
    begins, reason = cleaned.pop("begins"), cleaned.pop("reason")
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
    if cleaned.get("openness") == Openness.WITHHELD or numbers:
        exemptions.check_cover(session, dataset, None, numbers or (), begins)
    days = facts.correct(session, [dataset.id], _plain(cleaned), (begins, ends), now)
    if numbers is not None or cleaned.get("openness") not in {None, Openness.WITHHELD}:
        _close(session, dataset.id, numbers or (), (begins, ends), now)
    audit.record(
        session, actor, audit.AuditTag.FACT_CORRECTED, "dataset", dataset.slug, now=now,
        unit_id=dataset.unit_id, begins=begins, ends=ends, reason=reason, days=days,
        values=_plain(cleaned), withheld_by=sorted(numbers or ()),
    )  # fmt: skip
    return Corrected(dataset.slug, begins, ends, days)


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
