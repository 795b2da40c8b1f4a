"""The roster in two times: what a unit was on a day, as known now or as known at a moment."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import BindParameter, Select, Table, and_, bindparam, case, false, func, or_, select
from sqlalchemy.orm import Session

from catalog.models import Unit, UnitFact

_SAME = ("on_roster", "certified_empty", "kind", "region", "parent_id")
_TITLES = ("kind", "region", "parent_id")
"""What holds from the day it is said; the rest of a unit names its days itself."""


class Listed(NamedTuple):
    """A unit on a day. Code and name are those of today; a unit that no fact knows of that day has the
    kind, region and parent of today and is not on the roster."""

    id: int
    code: str
    name: str
    kind: str
    region: str
    parent_id: int | None
    on_roster: bool
    certified_empty: bool


def record(session: Session, unit: Unit, now: datetime, *, today: date) -> None:
    """Write down a unit's time on the roster and its certificates, and what it is from ``today`` on.

    Roster and certificate days may lie in the past: they are corrected as far back as they say.
    """
    session.flush()
    standing = session.scalars(
        select(UnitFact)
        .where(UnitFact.unit_id == unit.id, UnitFact.superseded_at.is_(None))
        .order_by(UnitFact.valid_from)
    ).all()
    wanted = _timeline(unit, standing, today)
    for fact in standing:
        piece = (fact.valid_from, fact.valid_to, _values(fact))
        if piece in wanted:
            wanted.remove(piece)
        else:
            fact.superseded_at = now
    session.flush()
    for begins, ends, values in wanted:
        session.add(
            UnitFact(
                unit_id=unit.id, valid_from=begins, valid_to=ends,
                recorded_at=now, superseded_at=None, **values,
            )
        )  # fmt: skip
    session.flush()


def _values(fact: UnitFact) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in _SAME}


def _holds(day: date, begins: date | None, ends: date | None) -> bool:
    return begins is not None and begins <= day and (ends is None or day < ends)


def _timeline(
    unit: Unit, standing: Sequence[UnitFact], today: date
) -> list[tuple[date, date | None, dict[str, Any]]]:
    """The unit from its first day on the roster on, in pieces that differ from their neighbours."""
    turns = {unit.roster_from, unit.roster_to, unit.empty_from, unit.empty_to, today}
    turns |= {fact.valid_from for fact in standing}
    days = sorted(day for day in turns if day is not None and day >= unit.roster_from)
    pieces: list[tuple[date, date | None, dict[str, Any]]] = []
    for begins, ends in zip(days, [*days[1:], None], strict=True):
        values: dict[str, Any] = {
            "on_roster": _holds(begins, unit.roster_from, unit.roster_to),
            "certified_empty": _holds(begins, unit.empty_from, unit.empty_to),
            **_titles(unit, standing, begins, today),
        }
        if pieces and pieces[-1][2] == values:
            pieces[-1] = (pieces[-1][0], ends, values)
        else:
            pieces.append((begins, ends, values))
    return pieces


def _titles(unit: Unit, standing: Sequence[UnitFact], day: date, today: date) -> Mapping[str, Any]:
    """Kind, region and parent of a day: what was known of it, else of the nearest day that is known."""
    before = [fact for fact in standing if fact.valid_from <= day] or standing[:1]
    source = unit if day >= today or not before else before[-1]
    return {name: getattr(source, name) for name in _TITLES}


def listed(
    session: Session, as_of: date, recorded_before: datetime | None = None, code: str = ""
) -> dict[int, Listed]:
    """Every unit as it was on a day, or the one with a code."""
    asked: dict[str, Any] = {"b_day": as_of}
    if recorded_before is not None:
        asked["b_moment"] = recorded_before
    if code:
        asked["b_code"] = code
    query = _LISTED[recorded_before is not None, bool(code)]
    session.flush()
    rows = session.connection().execute(query, asked).all()
    return {row[0]: Listed._make(row) for row in rows}


_UNITS, _FACTS = (cast("Table", model.__table__) for model in (Unit, UnitFact))
_UNIT, _FACT = _UNITS.c, _FACTS.c
"""Columns and not attributes of models: every unit of a city passes the mapper by."""


def _listing(*, past: bool, one: bool) -> Select[*tuple[Any, ...]]:
    """Units with what a day's fact says, as known now or (``past``) at a moment."""
    then = and_(
        _FACT.unit_id == _UNIT.id,
        _FACT.valid_from <= bindparam("b_day"),
        or_(_FACT.valid_to.is_(None), _FACT.valid_to > bindparam("b_day")),
    )
    moment: BindParameter[datetime] = bindparam("b_moment")
    if past:
        then = and_(
            then,
            _FACT.recorded_at < moment,
            or_(_FACT.superseded_at.is_(None), _FACT.superseded_at >= moment),
        )
    else:
        then = and_(then, _FACT.superseded_at.is_(None))
    titles = (case((_FACT.id.is_(None), _UNIT[name]), else_=_FACT[name]) for name in _TITLES)
    query = select(
        _UNIT.id, _UNIT.code, _UNIT.name, *titles,
        func.coalesce(_FACT.on_roster, false()), func.coalesce(_FACT.certified_empty, false()),
    ).select_from(_UNITS.outerjoin(_FACTS, then))  # fmt: skip
    return query.where(_UNIT.code == bindparam("b_code")) if one else query


_LISTED = {
    (past, one): _listing(past=past, one=one) for past in (False, True) for one in (False, True)
}
"""Made once; see ``openness_ledger``."""


def times(session: Session, code: str = "") -> dict[int, list[tuple[date, date | None]]]:
    """When units (or the one with a code) are on the roster, as known now."""
    query = (
        select(Unit.id, UnitFact.on_roster, UnitFact.valid_from, UnitFact.valid_to)
        .outerjoin(UnitFact, and_(UnitFact.unit_id == Unit.id, UnitFact.superseded_at.is_(None)))
        .order_by(UnitFact.valid_from)
    )
    if code:
        query = query.where(Unit.code == code)
    found: dict[int, list[tuple[date, date | None]]] = {}
    for unit_id, on_roster, begins, ends in session.execute(query):
        spans = found.setdefault(unit_id, [])
        if on_roster:
            spans.append((begins, ends))
    return found


def within(spans: Sequence[tuple[date, date | None]], day: date) -> bool:
    """Whether a day lies in any of some half-open intervals."""
    return any(begins <= day and (ends is None or day < ends) for begins, ends in spans)


def code_of(session: Session, unit_id: int | None) -> str:
    """The code of a unit; empty for none."""
    if unit_id is None:
        return ""
    return session.scalar(select(Unit.code).where(Unit.id == unit_id)) or ""
