"""Targets of the two rates: who has to reach what, from when on.

The national ones (90 % of units, 60 % of data resources, 京人社办发〔2016〕179号, 四(二)2) hold from the
settings until an administrator sets others, for the city, a unit with all below it, a theme or a region.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.errors import stale
from catalog.models import Target, Unit
from catalog.services import audit, facts, values
from catalog.services.audit import AuditTag
from schemas.records import Message
from schemas.vocabularies import RateKind, TargetScope

LONGEST_LIST = 500
_CLEANERS: dict[str, values.Cleaner] = {
    "rate": values.choice(RateKind),
    "scope": values.choice(TargetScope),
    "key": values.line(100),
    "value": values.line(20),
    "valid_from": values.day,
    "reason": values.line(300),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """A target in force: its exact value, the scope it was set for, and since when (None: from the
    settings, as ever)."""

    value: Fraction
    scope: str
    key: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Targets:
    """Every target of one day."""

    defaults: Mapping[str, Fraction]
    rows: Mapping[tuple[str, str, str], Goal]

    def of(
        self, rate: str, scope: str = TargetScope.CITY, key: str = "", above: Iterable[str] = ()
    ) -> Goal:
        """The target of a scope; ``above`` are the codes of the units over a unit, nearest first."""
        for place in [(scope, key), *((TargetScope.UNIT, code) for code in above)]:
            if found := self.rows.get((rate, *place)):
                return found
        city = self.rows.get((rate, TargetScope.CITY, ""))
        return city or Goal(self.defaults[rate], TargetScope.CITY, "", None)


def on(
    session: Session,
    day: date,
    *,
    unit: str,
    data: str,
    recorded_before: datetime | None = None,
) -> Targets:
    """The targets in force on a day; ``unit`` and ``data`` are those of the settings."""
    found = on_days(session, [day], unit=unit, data=data, recorded_before=recorded_before)
    return found[day]


def on_days(
    session: Session,
    days: Collection[date],
    *,
    unit: str,
    data: str,
    recorded_before: datetime | None = None,
) -> dict[date, Targets]:
    """The same for many days, read once."""
    last = max(days, default=date.min)
    query = select(Target).where(Target.valid_from <= last).order_by(Target.valid_from, Target.id)
    if recorded_before is not None:
        query = query.where(Target.recorded_at < recorded_before)
    rows = session.scalars(query).all()
    defaults: dict[str, Fraction] = {RateKind.UNIT: Fraction(unit), RateKind.DATA: Fraction(data)}
    return {day: Targets(defaults, _in_force(rows, day)) for day in days}


def _in_force(found: Iterable[Target], day: date) -> dict[tuple[str, str, str], Goal]:
    """Of targets in the order of their days, those that hold on a day."""
    rows: dict[tuple[str, str, str], Goal] = {}
    for row in found:
        if row.valid_from > day:
            break
        place = (row.rate, row.scope, row.key)
        rows.pop(place, None)
        if row.numerator is not None and row.denominator:
            value = Fraction(row.numerator, row.denominator)
            rows[place] = Goal(value, row.scope, row.key, row.valid_from)
    return rows


def history(session: Session) -> list[Target]:
    """Every target ever set, the newest first."""
    query = select(Target).order_by(Target.valid_from.desc(), Target.id.desc())
    return list(session.scalars(query.limit(LONGEST_LIST)))


def read_value(text: str) -> Fraction | None:
    """A target as people write it: ``60``, ``62.5%``, ``3/5``; None for nothing.

    Raises ``ValueError`` for anything that is not a share above 0 and up to 1.
    """
    plain = text.strip().replace("％", "%").replace("／", "/")
    if not plain:
        return None
    percent = "/" not in plain
    if not all(sign.isascii() and (sign.isdigit() or sign in "./%") for sign in plain):
        raise ValueError(text)
    try:
        share = Fraction(plain.removesuffix("%")) / (100 if percent else 1)
    except ZeroDivisionError:
        raise ValueError(text) from None
    if not 0 < share <= 1 or share.denominator > 1_000_000:
        raise ValueError(text)
    return share


def version(session: Session) -> int:
    """Which targets there are, as one number: it grows with every target set. They are counted, for on
    PostgreSQL one with a lower number may be committed later; none is ever taken away."""
    return (session.scalar(select(func.count()).select_from(Target)) or 0) + 1


def _check_seen(session: Session, expected: int) -> None:
    """Refuse to set a target for who has not seen the newest; of two at once the second one waits."""
    session.execute(select(Target.id).order_by(Target.id.desc()).limit(1).with_for_update()).all()
    if expected != version(session):
        raise stale()


def set_target(
    session: Session,
    actor: Identity,
    given: Mapping[str, Any],
    *,
    expected: int | None = None,
    now: datetime,
) -> Target:
    """Set a target from a day on, never from a day that has passed; an empty value takes it back.

    ``given``: rate, scope, key (unit code, theme or region code; empty for the city), value,
    valid_from (today when empty), reason. ``expected`` is the ``version`` of the targets as the actor
    last saw them.
    """
    require(actor, Permission.TARGET_MANAGE)
    if expected is not None:
        _check_seen(session, expected)
    cleaned, value, begins = _checked(session, given, facts.day(now))
    row = Target(
        rate=cleaned["rate"],
        scope=cleaned["scope"],
        key=cleaned.get("key", ""),
        numerator=value.numerator if value else None,
        denominator=value.denominator if value else None,
        valid_from=begins,
        reason=cleaned.get("reason", ""),
        recorded_at=now,
        recorded_by=actor.name,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor, AuditTag.TARGET_SET, "target", str(row.id), now=now, rate=row.rate,
        scope=row.scope, key=row.key, value=str(value) if value else "", valid_from=begins,
    )  # fmt: skip
    return row


def _checked(
    session: Session, given: Mapping[str, Any], today: date
) -> tuple[dict[str, Any], Fraction | None, date]:
    """What was given, cleaned; its value, and the day from which it holds."""
    cleaned = values.check(given, _CLEANERS, required=("rate", "scope", "value"))
    begins = cleaned.get("valid_from") or today
    refused: dict[str, list[Message]] = {}
    value = None
    try:
        value = read_value(cleaned["value"])
    except ValueError:
        refused["value"] = [
            Message("must be a share like 60, 62.5 or 3/5, more than nothing and at most the whole")
        ]
    if begins < today:
        refused["valid_from"] = [
            Message("must not be before today: what a past day was measured by stays as it was")
        ]
    if problem := _wrong_key(session, cleaned["scope"], cleaned.get("key", "")):
        refused["key"] = [problem]
    if refused:
        raise values.refusal(refused)
    return cleaned, value, begins


def _wrong_key(session: Session, scope: str, key: str) -> Message | None:
    if scope == TargetScope.CITY:
        return Message("stays empty for the whole city") if key else None
    if not key:
        return Message("is needed")
    if scope == TargetScope.UNIT:
        known = session.scalar(select(Unit.id).where(Unit.code == key))
        return None if known else Message("no unit with this code is on the roster")
    if scope == TargetScope.REGION:
        known = session.scalar(select(Unit.id).where(Unit.region == key).limit(1))
        return None if known else Message("no unit of this region is on the roster")
    return None
