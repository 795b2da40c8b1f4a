"""Five years of a made-up directory, written by the database itself: millions of facts in a minute or two."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    Integer,
    MetaData,
    Table,
    case,
    event,
    false,
    insert,
    literal,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session

from catalog import db
from catalog.db import Base, Database, UtcDateTime
from catalog.models import (
    AvailabilityFact,
    Dataset,
    DatasetFact,
    ExemptionLink,
    OpennessState,
    Unit,
    UnitFact,
)
from tests.bench.crowd import NOW, THEMES
from tests.common.lists import World, add_item, make_world

FIRST = date(2021, 11, 23)
DAYS = 1_826
LAST = FIRST + timedelta(days=DAYS)
CITY_SERVER = {"shared_buffers": "1GB"}
"""How PostgreSQL is set up for so many entries, as the documentation of settings advises."""
_EXTRA = MetaData()
_NUMBERS = Table("bench_numbers", _EXTRA, Column("n", BigInteger, primary_key=True))
_DAYS = Table(
    "bench_days",
    _EXTRA,
    Column("k", Integer, primary_key=True),
    Column("day", Date, nullable=False),
)


@dataclass(frozen=True)
class City:
    """An open database, its people, and the item that closes ``affected`` of its entries."""

    url: str
    database: Database
    world: World
    number: str


@contextmanager
def cities(
    urls: Mapping[str, str], units: int, entries: int, affected: int
) -> Iterator[dict[str, City]]:
    """The same city in each of some databases, which are filled at the same time."""
    with ThreadPoolExecutor(len(urls)) as builders:
        people = list(
            builders.map(lambda url: _built(url, units, entries, affected), urls.values())
        )
    with ExitStack() as stack:
        yield {
            name: City(url, stack.enter_context(_opened(url)), *those)
            for (name, url), those in zip(urls.items(), people, strict=True)
        }


def _built(url: str, units: int, entries: int, affected: int) -> tuple[World, str]:
    with _hasty(url) as database:
        Base.metadata.create_all(database.engine)
        _EXTRA.create_all(database.engine)
        with database.write() as session:
            world, number = _people(session, units)
            session.add(OpennessState(id=1, ready=False, compared=0, differences=0, seconds=0.0))
        with database.write() as session:
            for index in _INDEXES:
                index.drop(session.connection())
            _fill(session, units, entries, number, affected)
            for index in _INDEXES:
                index.create(session.connection())
        with database.engine.execution_options(isolation_level="AUTOCOMMIT").connect() as bare:
            bare.execute(text("VACUUM ANALYZE" if _is_server(url) else "ANALYZE"))
    return world, number


_BIG = (Dataset, DatasetFact, ExemptionLink, AvailabilityFact)
_INDEXES = [index for model in _BIG for index in cast("Table", model.__table__).indexes]
"""Made after the rows: each is then sorted once instead of kept in order row by row."""
_HASTE = {
    True: ("SET session_replication_role = replica", "SET maintenance_work_mem = '512MB'"),
    False: (
        "PRAGMA foreign_keys=OFF", "PRAGMA journal_mode=OFF", "PRAGMA synchronous=OFF",
        "PRAGMA cache_size=-262144", "PRAGMA temp_store=MEMORY", "PRAGMA threads=2",
    ),
}  # fmt: skip
"""What only a first loading may do: look up no references, wait for no disk (server or not)."""


def _is_server(url: str) -> bool:
    return not url.startswith("sqlite")


@contextmanager
def _opened(url: str) -> Iterator[Database]:
    database = db.open_database(url)
    try:
        yield database
    finally:
        database.engine.dispose()


@contextmanager
def _hasty(url: str) -> Iterator[Database]:
    def prepare(connection: Any, _record: object) -> None:
        with closing(connection.cursor()) as cursor:
            for words in _HASTE[_is_server(url)]:
                cursor.execute(words)
        if _is_server(url):
            connection.commit()

    with _opened(url) as database:
        event.listen(database.engine, "connect", prepare)
        yield database


def _people(session: Session, units: int) -> tuple[World, str]:
    world = make_world(session, NOW)
    since = date(2020, 1, 1)
    rows = [
        {
            "code": f"B{n:017d}", "name": f"第{n:04d}局", "kind": "department" if n % 3 else "institution",
            "region": f"1101{n % 16 + 1:02d}", "roster_from": since, "created_at": NOW, "version": 1,
        }
        for n in range(2, units + 1)
    ]  # fmt: skip
    session.execute(insert(Unit), rows)
    facts = [
        {
            "unit_id": n, "on_roster": True, "certified_empty": False, "kind": row["kind"],
            "region": row["region"], "valid_from": since, "recorded_at": NOW,
        }
        for n, row in enumerate(rows, start=2)
    ]  # fmt: skip
    session.execute(insert(UnitFact), facts)
    return world, add_item(world, name="个人信息")


def _fill(session: Session, units: int, entries: int, number: str, affected: int) -> None:
    session.execute(
        text(
            "INSERT INTO bench_numbers WITH RECURSIVE c(n) AS "
            "(SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < :most) SELECT n FROM c"
        ),
        {"most": entries},
    )
    session.execute(
        insert(_DAYS), [{"k": k, "day": FIRST + timedelta(days=k)} for k in range(DAYS + 800)]
    )
    _directory(session, units)
    _periods(session, units)
    _closed(session, units, number, affected)


def _directory(session: Session, units: int) -> None:
    n = _NUMBERS.c.n
    empty = literal([], JSON())
    values: dict[str, Any] = {
        "id": n, "slug": literal("entry-") + _text(n), "code": literal("307001/") + _text(n),
        "unit_id": n % units + 1, "title": literal("条目") + _text(n), "description": literal(""),
        "state": literal("published"), "state_reason": literal(""), "state_changed_at": _at(NOW),
        "openness": case((_withheld(), "withheld"), else_="unconditional"),
        "conditional_mode": literal(""), "open_condition": literal(""), "resource_class": literal("3"),
        "theme": _theme(), "industry": literal(""), "region": literal(""), "keywords": empty,
        "formats": empty, "inner_department": literal(""), "sharing": literal(""),
        "sharing_condition": literal(""), "sharing_method": literal(""), "update_cycle": literal("yearly"),
        "contact_name": literal(""), "contact_phone": literal(""), "contact_email": literal(""),
        "licence": literal("开放协议"), "related_codes": empty, "landing_page": literal(""),
        "opened_by_superior": false(), "proposed": literal({}, JSON()), "created_at": _at(NOW),
        "created_by": literal("bench"), "updated_at": _at(NOW), "version": literal(1),
    }  # fmt: skip
    _copy(session, Dataset, values)


def _copy(session: Session, model: type[Base], values: dict[str, Any], *joins: Any) -> None:
    source = _NUMBERS
    for other, on in joins:
        source = source.join(other, on)
    session.execute(
        insert(model.__table__).from_select(
            list(values), select(*values.values()).select_from(source)
        )
    )


def _text(column: Any) -> Any:
    return column.cast(Dataset.__table__.c.slug.type)


def _at(moment: datetime) -> Any:
    return literal(moment, UtcDateTime())


def _withheld() -> Any:
    return _NUMBERS.c.n % 7 == 3


def _theme() -> Any:
    number = _NUMBERS.c.n * 31 % len(THEMES)
    return case(*((number == place, theme) for place, theme in enumerate(THEMES)), else_="")


def _turns(units: int) -> list[Any]:
    """The days on which an entry is registered, decided about, and decided about again, spread over all
    days for the entries of each unit."""
    n = _NUMBERS.c.n
    some, more, most = (
        (n * one + n // units * other) % 600
        for one, other in ((7_919, 104_729), (15_485_863, 1_299_709), (32_452_843, 49_979_687))
    )
    return [some, some + 1 + more, some + more + 2 + most]


def _periods(session: Session, units: int) -> None:
    """What was true of every entry in two or three periods, and what had been thought before each turn."""
    n = _NUMBERS.c.n
    turns = _turns(units)
    opened = case((_withheld(), "withheld"), (n % 11 == 0, "conditional"), else_="unconditional")
    states = [
        literal("draft"),
        literal("published"),
        case((n % 5 == 0, "withdrawn"), else_="published"),
    ]
    dispositions = [literal("unassessed"), opened, opened]
    third = n % 2 == 0
    for place in range(3):
        begins, ends = _DAYS.alias(), _DAYS.alias()
        late = turns[place] + 366
        overdue = _DAYS.alias()
        values: dict[str, Any] = {
            "dataset_id": n, "unit_id": n % units + 1, "state": states[place],
            "openness": dispositions[place], "theme": _theme(),
            "opened_by_superior": n % 50 == 0, "duplicate": n % 70 == 0,
            "fields_total": literal(8), "fields_open": n % 9, "records": n % 1_000 + place,
            "validated": true(), "machine_readable": n % 13 != 0, "licensed": true(),
            "overdue_from": overdue.c.day, "valid_from": begins.c.day, "recorded_at": _at(NOW),
        }  # fmt: skip
        here = [(begins, begins.c.k == turns[place]), (overdue, overdue.c.k == late)]
        if place == 2:
            _copy(session, DatasetFact, values, (begins, (begins.c.k == turns[2]) & third), here[1])
            continue
        following = (ends, ends.c.k == turns[place + 1])
        more = true() if place == 0 else third
        closed = (ends, following[1] & more)
        _copy(session, DatasetFact, values | {"valid_to": ends.c.day}, *here, closed)
        superseded = values | {"superseded_at": _at(NOW + timedelta(hours=1))}
        _copy(session, DatasetFact, superseded, *here, closed)
        if place == 1:
            alone = (begins, (begins.c.k == turns[1]) & ~third)
            _copy(session, DatasetFact, values, alone, here[1])


def _closed(session: Session, units: int, number: str, affected: int) -> None:
    """What closes the withheld entries, and when the others were found to answer."""
    n = _NUMBERS.c.n
    day = _DAYS.alias()
    decided = day.c.k == _turns(units)[1]
    item = case((n <= affected * 7, number), else_="NL-900")
    values = {
        "dataset_id": n, "field": literal(""), "item_number": item, "valid_from": day.c.day,
        "recorded_at": _at(NOW),
    }  # fmt: skip
    _copy(session, ExemptionLink, values, (day, decided & _withheld()))
    answers = {
        "dataset_id": n, "available": n % 17 != 0, "reason": literal(""), "valid_from": day.c.day,
        "recorded_at": _at(NOW), "checked_at": _at(NOW),
    }  # fmt: skip
    _copy(session, AvailabilityFact, answers, (day, decided & ~_withheld()))
