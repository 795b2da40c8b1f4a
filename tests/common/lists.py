"""People, units and entries around the negative list, built directly in the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from catalog.auth import Grant, Identity
from catalog.models import Adjustment, Dataset, Field, Unit, User
from catalog.services import calendars, facts, laws, negative_list, rosters
from catalog.workdays import Calendar
from schemas.vocabularies import DatasetState, Openness, Role, UnitKind, UpdateCycle

_numbers = count(1)


@dataclass
class World:
    """A session with a law library, a calendar, two list keepers, an administrator and an editor."""

    session: Session
    now: datetime
    calendar: Calendar
    keeper: Identity
    other_keeper: Identity
    administrator: Identity
    unit: Unit
    editor: Identity


def person(
    session: Session, name: str, role: Role, now: datetime, unit: Unit | None = None
) -> Identity:
    """Somebody with one role."""
    user = User(name=name, created_at=now)
    session.add(user)
    session.flush()
    return Identity(user.id, name, (Grant(role, unit.id if unit else None),))


def add_unit(session: Session, now: datetime, **values: Any) -> Unit:
    """A department on the roster since 2020."""
    n = next(_numbers)
    unit = Unit(
        **{
            "code": f"T{n:017d}",
            "name": f"单位{n:04d}",
            "kind": UnitKind.DEPARTMENT,
            "roster_from": date(2020, 1, 1),
            "created_at": now,
            **values,
        }
    )
    session.add(unit)
    rosters.record(session, unit, now, today=unit.roster_from)
    return unit


def add_dataset(
    session: Session,
    unit: Unit,
    now: datetime,
    *,
    fields: Mapping[str, str] | None = None,
    withheld_by: set[str] | None = None,
    **values: Any,
) -> Dataset:
    """An entry with a fact from today on; ``fields`` are names with their openness."""
    n = next(_numbers)
    dataset = Dataset(
        **{
            "slug": f"entry-{n}",
            "code": f"3{n}",
            "unit": unit,
            "title": f"条目{n}",
            "state": DatasetState.DRAFT,
            "state_changed_at": now,
            "openness": Openness.UNCONDITIONAL,
            "theme": "其他",
            "keywords": [],
            "formats": [],
            "related_codes": [],
            "update_cycle": UpdateCycle.YEARLY,
            "created_at": now,
            "created_by": "test",
            "updated_at": now,
            "fields": [
                Field(position=at, name=name, openness=openness)
                for at, (name, openness) in enumerate((fields or {}).items())
            ],
            **values,
        }
    )
    if dataset.state == DatasetState.PUBLISHED:
        dataset.published_at = now
    session.add(dataset)
    session.flush()
    if withheld_by:
        facts.link(session, dataset.id, "", withheld_by, now)
    facts.record(session, dataset, now)
    return dataset


def published(world: "World", **values: Any) -> Dataset:
    """An entry of the world's unit that the public can see."""
    return add_dataset(world.session, world.unit, world.now, state=DatasetState.PUBLISHED, **values)


def make_world(session: Session, now: datetime) -> World:
    """Everything that adjusting a list needs."""
    laws.seed(session)
    calendars.seed(session)
    unit = add_unit(session, now)
    return World(
        session,
        now,
        calendars.load(session),
        person(session, "keeper", Role.KEEPER, now),
        person(session, "second-keeper", Role.KEEPER, now),
        person(session, "administrator", Role.ADMINISTRATOR, now),
        unit,
        person(session, "editor", Role.EDITOR, now, unit),
    )


def item_values(**values: Any) -> dict[str, Any]:
    """A sound item: personal privacy, for the whole platform."""
    return {
        "name": "个人参保缴费明细",
        "category": "个人隐私",
        "ground": "15-2",
        "public_wording": "涉及个人隐私的参保信息",
        "internal_wording": "内部掌握的细节",
        "circumstances": ["含有可识别自然人的参保记录"],
        "citations": ["《中华人民共和国政府信息公开条例》第十五条"],
        "scope": {},
        "review_by": "2027-06-30",
        **values,
    }


def adding(**values: Any) -> dict[str, Any]:
    """A change that adds a sound item."""
    return {"kind": "add", "item": item_values(**values)}


def adopt(
    world: World, *changes: dict[str, Any], now: datetime | None = None, **values: Any
) -> Adjustment:
    """Draft by the keeper and approval by the administrator at the same moment."""
    at = now or world.now
    drafted = negative_list.draft(
        world.session, world.keeper, changes=list(changes), reason="清理", now=at, **values
    )
    return negative_list.approve(
        world.session, world.administrator, drafted.id, now=at, calendar=world.calendar
    )


def add_item(world: World, *, now: datetime | None = None, **values: Any) -> str:
    """An item put in force; its number."""
    adopted = adopt(world, {"kind": "add", "item": item_values(**values)}, now=now)
    number: str = adopted.changes[0]["number"]
    return number
