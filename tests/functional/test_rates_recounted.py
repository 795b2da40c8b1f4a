"""Every rate of the public API, counted a second time by a few naive rules written from the definitions
alone, on random cities, days and knowledge: by unit, sub-tree, theme, region and period."""

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.models import AvailabilityFact, DatasetFact, ExemptionLink, Unit, User
from catalog.services import accounts, calendars, laws, openness_upkeep, rosters
from tests.common.lists import World, add_dataset, add_item, add_unit, adopt
from tests.common.stack import Stack
from tests.conftest import NOW

API = "/api/v1/openness"
FIRST = date(2025, 10, 1)
DAYS = 500
SEEDS = range(int(os.environ.get("GONGKAI_RATES_SEEDS", "2")))
THEMES, REGIONS = ("交通运输", "教育", ""), ("110101", "110102", "")
STATES = ("draft", "published", "published", "published", "suspended", "withdrawn", "retired")
DISPOSITIONS = ("unconditional", "unconditional", "conditional", "withheld", "unassessed")
Span = tuple[date, date | None]


def holds(span: Span, day: date) -> bool:
    return span[0] <= day and (span[1] is None or day < span[1])


@dataclass
class City:
    """What is true, as lists: units with their days, entries with theirs, items in force."""

    units: list[dict[str, Any]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    links: list[tuple[int, str, Span]] = field(default_factory=list)
    answers: list[tuple[int, Span]] = field(default_factory=list)
    items: dict[str, Span] = field(default_factory=dict)
    slugs: dict[int, str] = field(default_factory=dict)


def some_day(chosen: Random) -> date:
    return FIRST + timedelta(days=chosen.randrange(DAYS))


def a_span(chosen: Random) -> Span:
    begins = some_day(chosen)
    return begins, begins + timedelta(
        days=chosen.randrange(1, 200)
    ) if chosen.random() < 0.6 else None


def a_fact(chosen: Random, unit: Unit) -> dict[str, Any]:
    total = chosen.randrange(6)
    return {
        "unit_id": unit.id, "state": chosen.choice(STATES), "openness": chosen.choice(DISPOSITIONS),
        "theme": chosen.choice(THEMES), "opened_by_superior": chosen.random() < 0.1,
        "duplicate": chosen.random() < 0.1, "fields_total": total,
        "fields_open": chosen.randrange(total + 1), "records": chosen.randrange(10_000),
        "validated": chosen.random() < 0.9, "machine_readable": chosen.random() < 0.9,
        "licensed": chosen.random() < 0.9,
        "overdue_from": some_day(chosen) if chosen.random() < 0.3 else None,
    }  # fmt: skip


def build(stack: Stack, chosen: Random) -> City:
    """A random city written as facts; the ledger is made from them."""
    city = City()
    with stack.runtime.database.write() as session:
        world = keepers(session)
        for n, begins in enumerate(sorted(some_day(chosen) for _ in range(4))):
            lapses = begins + timedelta(days=chosen.randrange(30, 300)) if n % 2 else None
            told = datetime.combine(begins, NOW.timetz())
            number = add_item(world, now=told, valid_to=lapses and lapses.isoformat())
            city.items[number] = (begins, lapses)
        ended = min(city.items)
        last = FIRST + timedelta(days=DAYS)
        adopt(world, {"kind": "repeal", "number": ended}, now=datetime.combine(last, NOW.timetz()))
        city.items[ended] = (city.items[ended][0], last)
        units: list[Unit] = []
        for n in range(8):
            begins, ends = a_span(chosen)
            above = chosen.choice(units) if units and chosen.random() < 0.6 else None
            unit = add_unit(
                session, NOW, kind="department" if n % 3 else "institution", roster_to=ends,
                region=chosen.choice(REGIONS), parent_id=above.id if above else None, roster_from=begins,
            )  # fmt: skip
            if chosen.random() < 0.4:
                unit.empty_from = some_day(chosen)
                rosters.record(session, unit, NOW, today=unit.roster_from)
            units.append(unit)
        for _ in range(40):
            add_entry(session, city, chosen, units)
        openness_upkeep.rebuild(session, SYSTEM, now=NOW)
        for unit in session.scalars(select(Unit)):
            above = session.get(Unit, unit.parent_id) if unit.parent_id else None
            city.units.append(
                {
                    "id": unit.id, "code": unit.code, "kind": unit.kind, "region": unit.region,
                    "parent": above.code if above else "", "roster": (unit.roster_from, unit.roster_to),
                    "empty": (unit.empty_from, unit.empty_to) if unit.empty_from else None,
                }
            )  # fmt: skip
    return city


def keepers(session: Session) -> World:
    """The people of the stack around the negative list."""
    laws.seed(session)
    keeper, admin, editor = (
        accounts.identity_of(session.scalars(select(User).where(User.name == name)).one())
        for name in ("keeper", "admin", "lin")
    )
    unit = session.scalars(select(Unit)).first()
    assert unit is not None
    calendar = calendars.load(session)
    return World(session, NOW, calendar, keeper, keeper, admin, unit, editor)


def add_entry(session: Session, city: City, chosen: Random, units: list[Unit]) -> None:
    entry = add_dataset(session, units[0], NOW)
    city.slugs[entry.id] = entry.slug
    session.execute(delete(DatasetFact).where(DatasetFact.dataset_id == entry.id))
    days = sorted({some_day(chosen) for _ in range(chosen.randrange(1, 5))})
    same = {"dataset_id": entry.id, "recorded_at": NOW, "superseded_at": None}
    for begins, ends in zip(days, [*days[1:], None], strict=True):
        fact = a_fact(chosen, chosen.choice(units))
        city.facts.append({"entry": entry.id, "span": (begins, ends), **fact})
        session.add(DatasetFact(valid_from=begins, valid_to=ends, **same, **fact))
    for _ in range(chosen.randrange(3)):
        number, (begins, ends) = chosen.choice(sorted(city.items)), a_span(chosen)
        city.links.append((entry.id, number, (begins, ends)))
        session.add(
            ExemptionLink(field="", item_number=number, valid_from=begins, valid_to=ends, **same)
        )
    begins, ends = a_span(chosen)
    city.answers.append((entry.id, (begins, ends)))
    session.add(
        AvailabilityFact(available=True, valid_from=begins, valid_to=ends, checked_at=NOW, **same)
    )


# The definitions, read as a critic would write them down.


def counted(city: City, day: date) -> list[dict[str, Any]]:
    """The entries in force on a day, each judged."""
    found = []
    for fact in city.facts:
        if not holds(fact["span"], day) or fact["state"] == "retired":
            continue
        covered = any(
            entry == fact["entry"] and holds(span, day) and holds(city.items[number], day)
            for entry, number, span in city.links
        )
        withheld = fact["openness"] == "withheld"
        is_open = fact["state"] == "published" and fact["openness"] in {
            "unconditional",
            "conditional",
        }
        due = not ((withheld and covered) or fact["opened_by_superior"] or fact["duplicate"])
        late = fact["overdue_from"] is not None and fact["overdue_from"] <= day
        answers = any(entry == fact["entry"] and holds(span, day) for entry, span in city.answers)
        sound = fact["validated"] and fact["machine_readable"] and fact["licensed"]
        found.append(
            {
                **fact, "open": is_open, "due": due, "covered": covered,
                "verified": is_open and sound and answers and not late,
            }
        )  # fmt: skip
    return found


def rate(numerator: int, denominator: int) -> list[int]:
    return [numerator, denominator]


def data_rates(entries: Iterable[dict[str, Any]], mark: str) -> dict[str, list[int]]:
    """The data rate on every base, of the entries that are ``open`` or ``verified``."""
    some = list(entries)
    fields = sum(one["fields_open"] for one in some if one[mark])
    records = sum(one["records"] for one in some if one[mark])
    return {
        "all": rate(sum(one[mark] for one in some), len(some)),
        "due": rate(sum(one[mark] and one["due"] for one in some), sum(one["due"] for one in some)),
        "field": rate(fields, sum(one["fields_total"] for one in some)),
        "volume": rate(records, sum(one["records"] for one in some)),
    }


def unit_rates(
    city: City, entries: list[dict[str, Any]], day: date, mark: str
) -> dict[str, list[int]]:
    roster = [unit for unit in city.units if holds(unit["roster"], day)]
    opening = {one["unit_id"] for one in entries if one[mark]}
    bases: dict[str, Callable[[dict[str, Any]], bool]] = {
        "all": lambda _: True,
        "certified": lambda unit: not (unit["empty"] and holds(unit["empty"], day)),
        "departments": lambda unit: unit["kind"] == "department",
    }
    return {
        name: rate(
            sum(unit["id"] in opening for unit in roster if within(unit)),
            sum(1 for unit in roster if within(unit)),
        )
        for name, within in bases.items()
    }


def percent(n: int, d: int) -> str | None:
    """Two decimals, cut and not rounded; null where nothing is to be counted."""
    if not d:
        return None
    hundredths = int(Fraction(n * 10_000, d))
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def said(rates: dict[str, dict[str, Any]]) -> dict[str, list[int]]:
    for one in rates.values():
        assert one["percent"] == percent(*one["counts"])
    return {name: one["counts"] for name, one in rates.items()}


def check_groups(groups: list[dict[str, Any]], expected: dict[str, list[dict[str, Any]]]) -> None:
    shown = {one["key"]: one for one in groups}
    assert {key for key, some in expected.items() if some} <= set(shown)
    for key, one in shown.items():
        some = expected.get(key, [])
        assert said(one["data_rate"]) == data_rates(some, "open"), key
        assert said(one["verified_rate"]) == data_rates(some, "verified"), key


def below(city: City, code: str) -> set[int]:
    """The ids of a unit and of all units under it."""
    found = {unit["id"] for unit in city.units if unit["code"] == code}
    for unit in city.units:
        if unit["parent"] == code:
            found |= below(city, unit["code"])
    return found


def check_day(stack: Stack, city: City, day: date) -> None:
    entries = counted(city, day)
    whole = stack.ok("GET", f"{API}?as_of={day}&by=unit")
    assert said(whole["data_rate"]) == data_rates(entries, "open")
    assert {
        name: one["verified"]["counts"] for name, one in whole["data_rate"].items()
    } == data_rates(entries, "verified")
    assert said(whole["unit_rate"]["variants"]) == unit_rates(city, entries, day, "open")
    assert said(whole["unit_rate"]["verified_variants"]) == unit_rates(
        city, entries, day, "verified"
    )
    assert whole["roster"] == sum(holds(unit["roster"], day) for unit in city.units)
    for name, (n, d) in data_rates(entries, "open").items():
        target = Fraction(*whole["data_rate"][name]["target"])
        assert whole["data_rate"][name]["met"] is (Fraction(n, d) >= target if d else None)
    by_unit: dict[str, list[dict[str, Any]]] = defaultdict(list)
    by_theme, by_region = dict(by_unit), dict(by_unit)
    units = {unit["id"]: unit for unit in city.units}
    for one in entries:
        unit = units[one["unit_id"]]
        by_unit[unit["code"]].append(one)
        by_theme.setdefault(one["theme"], []).append(one)
        by_region.setdefault(unit["region"], []).append(one)
    check_groups(whole["units"], by_unit)
    check_groups(stack.ok("GET", f"{API}?as_of={day}&by=theme")["themes"], by_theme)
    check_groups(stack.ok("GET", f"{API}?as_of={day}&by=region")["regions"], by_region)
    trees = {
        unit["code"]: [one for one in entries if one["unit_id"] in below(city, unit["code"])]
        for unit in city.units
    }
    shown = stack.ok("GET", f"{API}?as_of={day}&by=subtree")["units"]
    check_groups(
        shown, {key: some for key, some in trees.items() if key in {one["key"] for one in shown}}
    )


def check_drill_down(stack: Stack, city: City, day: date) -> None:
    """The entries behind the figures are these, each in its class."""
    expected = Counter()
    for one in counted(city, day):
        closed = one["openness"] == "withheld"
        if closed or one["openness"] == "unassessed":
            klass = ("withheld" if one["covered"] else "uncovered") if closed else "unassessed"
        else:
            open_ = {"unconditional": "open", "conditional": "conditional"}[one["openness"]]
            klass = open_ if one["state"] == "published" else "unpublished"
        expected[city.slugs[one["entry"]], klass, one["due"], one["verified"]] += 1
    found, after = Counter(), ""
    while True:
        part = stack.ok("GET", f"{API}/entries?as_of={day}&limit=30&after={after}", "auditor")
        for one in part["items"]:
            due = one["class"] != "withheld" and not one["not_due"]
            found[one["slug"], one["class"], due, bool(one["verified"])] += 1
        after = part["page"]["next"]
        if not after:
            break
    assert found == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rate_is_what_a_critic_counts_from_the_definitions(stack: Stack, seed: int) -> None:
    chosen = Random(seed)
    city = build(stack, chosen)
    for day in sorted(some_day(chosen) for _ in range(4)):
        check_day(stack, city, day)
        check_drill_down(stack, city, day)
    since, until = FIRST + timedelta(days=40), FIRST + timedelta(days=DAYS - 60)
    for basis in ("all", "due", "field", "volume"):
        points = stack.ok("GET", f"{API}/history?from={since}&to={until}&basis={basis}")["items"]
        assert len(points) >= 12
        for point in points:
            entries = counted(city, date.fromisoformat(point["day"]))
            day = date.fromisoformat(point["day"])
            assert point["data_rate"]["counts"] == data_rates(entries, "open")[basis]
            assert point["verified_data_rate"]["counts"] == data_rates(entries, "verified")[basis]
            assert point["unit_rate"]["counts"] == unit_rates(city, entries, day, "open")["all"]
