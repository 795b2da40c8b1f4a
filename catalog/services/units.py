"""The roster of public bodies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity, Permission, require
from catalog.errors import Invalid, RuleError, missing, stale
from catalog.models import Unit
from catalog.services import audit, facts, mergers, paging, rosters, values
from catalog.services.audit import AuditTag
from datasets import identifiers
from schemas.records import Message
from schemas.vocabularies import UnitKind

_CLEANERS: dict[str, values.Cleaner] = {
    "code": values.line(32, required=True),
    "name": values.line(200, required=True),
    "short_name": values.line(100),
    "kind": values.choice(UnitKind),
    "region": values.matching(r"\d{2,12}", "must be an administrative division code", empty=True),
    "parent": values.line(32),
    "successor": values.line(32),
    "roster_from": values.day,
    "roster_to": values.day,
    "empty_from": values.day,
    "empty_to": values.day,
    "contact": values.line(200),
}
_KIND_LABELS = {
    "行政机关": UnitKind.DEPARTMENT,
    "政府部门": UnitKind.DEPARTMENT,
    "事业单位": UnitKind.INSTITUTION,
    "其他公共机构": UnitKind.OTHER,
    "其他": UnitKind.OTHER,
}
_COLUMNS = {
    "统一社会信用代码": "code",
    "单位代码": "code",
    "单位名称": "name",
    "名称": "name",
    "简称": "short_name",
    "单位类型": "kind",
    "类型": "kind",
    "行政区划代码": "region",
    "上级单位代码": "parent",
    "列入日期": "roster_from",
    "退出日期": "roster_to",
    "承接单位代码": "successor",
    "并入单位代码": "successor",
}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows were taken, and what was wrong with each of the others (row number, why)."""

    taken: int
    refused: list[tuple[int, Message]] = field(default_factory=list)


def _checked_code(code: str) -> str:
    normal = identifiers.normalise_code(code)
    if not identifiers.valid_uscc(normal):
        raise Invalid(
            "bad-unit-code",
            Message("%(code)s is not a unified social credit code.", {"code": code}),
            Message("Check all 18 characters; the last one is a check digit (GB 32100-2015)."),
            fields={"code": [Message("is not a valid unified social credit code")]},
        )
    return normal


def get(session: Session, code: str) -> Unit:
    """A unit by its code."""
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise missing("unit")
    return unit


def _related(session: Session, code: str, name: str) -> int | None:
    if not code:
        return None
    found = session.scalar(select(Unit.id).where(Unit.code == code))
    if found is None:
        raise values.refusal({name: [Message("no unit with this code is on the roster")]})
    return found


def _apply(session: Session, unit: Unit, cleaned: dict[str, Any]) -> None:
    departs = cleaned.keys() & {"successor", "roster_to"}
    for name in ("parent", "successor"):
        if name in cleaned:
            setattr(unit, f"{name}_id", _related(session, cleaned.pop(name), name))
    for name, value in cleaned.items():
        setattr(unit, name, value)
    if unit.roster_from is None:
        raise values.refusal({"roster_from": [Message("is needed")]})
    if unit.roster_to is not None and unit.roster_to <= unit.roster_from:
        raise values.refusal({"roster_to": [Message("must be after the day of entry")]})
    if unit.empty_to is not None and (unit.empty_from is None or unit.empty_to <= unit.empty_from):
        raise values.refusal({"empty_to": [Message("must be after the first day")]})
    if departs:
        mergers.check_day(session, unit)
    if unit.id is not None:
        mergers.check_parent(session, unit)
        mergers.check_successor(session, unit)


def add(session: Session, actor: Identity, given: Mapping[str, Any], *, now: datetime) -> Unit:
    """Put a unit on the roster, from today unless ``roster_from`` says otherwise."""
    require(actor, Permission.UNIT_MANAGE)
    cleaned = values.check(given, _CLEANERS, required=("code", "name", "kind"))
    code = _checked_code(cleaned.pop("code"))
    if session.scalar(select(Unit.id).where(Unit.code == code)) is not None:
        raise values.refusal({"code": [Message("this unit is already on the roster")]})
    unit = Unit(
        code=code, created_at=now, roster_from=cleaned.pop("roster_from", None) or facts.day(now)
    )
    _apply(session, unit, cleaned)
    session.add(unit)
    rosters.record(session, unit, now, today=facts.day(now))
    audit.record(
        session,
        actor,
        AuditTag.UNIT_ADDED,
        "unit",
        unit.code,
        now=now,
        unit_id=unit.id,
        **_shown(unit),
    )
    return unit


def amend(
    session: Session,
    actor: Identity,
    code: str,
    given: Mapping[str, Any],
    *,
    expected: int | None,
    now: datetime,
) -> Unit:
    """Change a unit. A provisional code may be replaced by the real one; a real one never changes."""
    unit = get(session, code)
    require(actor, Permission.UNIT_MANAGE, unit)
    if expected is not None and expected != unit.version:
        raise stale()
    cleaned = values.check(given, _CLEANERS)
    before, moved = _shown(unit), (unit.code, unit.parent_id)
    new_code = cleaned.pop("code", unit.code)
    if new_code != unit.code:
        if not unit.provisional:
            raise values.refusal({"code": [Message("a confirmed code cannot be changed")]})
        unit.code = _checked_code(new_code)
        unit.provisional = False
    _apply(session, unit, cleaned)
    rosters.record(session, unit, now, today=facts.day(now))
    session.flush()
    for unit_id in _below(session, unit.id) if moved != (unit.code, unit.parent_id) else [unit.id]:
        outbox.touch_unit(session, unit_id, now)
    after = _shown(unit)
    audit.record(
        session, actor, AuditTag.UNIT_AMENDED, "unit", unit.code, now=now, unit_id=unit.id,
        before=before, after=after,
    )  # fmt: skip
    mergers.hand_over(session, actor, unit, now=now)
    return unit


def below(parents: Mapping[int, int | None], unit_id: int) -> frozenset[int]:
    """A unit and every unit under it."""
    children: dict[int, list[int]] = {}
    for child, parent in parents.items():
        if parent is not None:
            children.setdefault(parent, []).append(child)
    found, waiting = {unit_id}, [unit_id]
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


def _below(session: Session, unit_id: int) -> frozenset[int]:
    return below(dict(session.execute(select(Unit.id, Unit.parent_id)).all()), unit_id)


def _shown(unit: Unit) -> dict[str, Any]:
    return {
        "name": unit.name,
        "kind": unit.kind,
        "region": unit.region,
        "roster_from": unit.roster_from,
        "roster_to": unit.roster_to,
    }


def on_roster(as_of: date) -> ColumnElement[bool]:
    """The condition that a unit is on the roster on a date."""
    return and_(Unit.roster_from <= as_of, or_(Unit.roster_to.is_(None), Unit.roster_to > as_of))


def page(
    session: Session,
    *,
    q: str = "",
    kind: str = "",
    parent: str = "",
    as_of: date | None = None,
    after: str = "",
    limit: int = 50,
) -> paging.Page[Unit]:
    """Units in the order of their codes; ``parent`` is a unit code."""
    query: Select[Unit] = select(Unit)
    if q:
        query = query.where(or_(Unit.name.contains(q, autoescape=True), Unit.code == q))
    if kind:
        query = query.where(Unit.kind == kind)
    if parent:
        query = query.where(Unit.parent_id == get(session, parent).id)
    if as_of is not None:
        query = query.where(on_roster(as_of))
    total = session.scalar(select(func.count()).select_from(query.subquery()))
    if after:
        query = query.where(Unit.code > paging.decode(after, str)[0])
    found = list(session.scalars(query.order_by(Unit.code).limit(limit + 1)))
    more = len(found) > limit
    return paging.Page(found[:limit], paging.encode(found[limit - 1].code) if more else "", total)


def by_name(session: Session, name: str, *, region: str = "") -> Unit | None:
    """The unit of this name in a region, if there is one."""
    return session.scalar(
        select(Unit).where(Unit.name == name, Unit.region == region).order_by(Unit.id)
    )


def named(session: Session, actor: Identity, name: str, *, region: str = "", now: datetime) -> Unit:
    """The unit of this name, or a new one with a provisional code that an administrator completes."""
    require(actor, Permission.UNIT_MANAGE)
    known = by_name(session, name, region=region)
    if known is not None:
        return known
    code = "P" + sha256(f"{region}\n{name}".encode()).hexdigest()[:17].upper()
    unit = Unit(
        code=code,
        provisional=True,
        name=name,
        kind=UnitKind.OTHER,
        region=region,
        roster_from=facts.day(now),
        created_at=now,
    )
    session.add(unit)
    rosters.record(session, unit, now, today=facts.day(now))
    audit.record(
        session, actor, AuditTag.UNIT_ADDED, "unit", code, now=now, unit_id=unit.id, provisional=True,
        name=name,
    )  # fmt: skip
    return unit


def import_rows(
    session: Session, actor: Identity, rows: Iterable[Mapping[str, str]], *, now: datetime
) -> ImportReport:
    """Add or amend units from table rows with Chinese or English column names, row by row."""
    require(actor, Permission.UNIT_MANAGE)
    taken, refused = 0, []
    for number, row in enumerate(rows, start=2):
        given = {
            _COLUMNS.get(name.strip(), name.strip()): text.strip()
            for name, text in row.items()
            if name and text and text.strip()
        }
        if "kind" in given:
            given["kind"] = str(_KIND_LABELS.get(given["kind"], given["kind"]))
        try:
            known = session.scalar(select(Unit).where(Unit.code == given.get("code", "")))
            with session.begin_nested():
                if known is None:
                    add(session, actor, given, now=now)
                else:
                    given.pop("code")
                    amend(session, actor, known.code, given, expected=None, now=now)
            taken += 1
        except RuleError as error:
            refused.append((number, _first(error)))
    return ImportReport(taken, refused)


def _first(error: RuleError) -> Message:
    for name, messages in error.fields.items():
        return Message("%(field)s %(text)s", {"field": name, "text": messages[0]})
    return error.cause
