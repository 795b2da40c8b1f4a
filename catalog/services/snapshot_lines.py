"""What a frozen result is counted from: the units, and the entries with their classes.

Entries that the public may know of stand line by line. All others are summed by unit and, apart
from that, by theme: exactly what the public figures of a unit and of a theme tell anyway.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, case, func, not_, or_, select
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS
from catalog.models import Dataset, ExemptionLink, Unit
from catalog.services import openness, rosters
from catalog.services.openness import OPEN, Class
from catalog.services.openness_counts import classified, covering_links, verified_of
from catalog.services.openness_entries import CHECKS
from catalog.services.visibility import visible
from datasets.proof import Figures, Line, UnitLine
from datasets.proof.lines import LineKind
from datasets.proof.tally import PLATFORM

_BATCH = 1_000
_GROUPS = ((LineKind.UNIT_SUM, "unit_id"), (LineKind.THEME_SUM, "theme"))


def unit_lines(session: Session, on: date, known_at: datetime) -> dict[str, UnitLine]:
    """Every unit on the roster that day or holding entries, by code."""
    listed = {one.code: one for one in rosters.listed(session, on, known_at).values()}
    return {
        one.key: UnitLine(
            code=one.key,
            name=one.name,
            kind=one.kind,
            region=one.region,
            parent=one.parent,
            on_roster=one.on_roster,
            certified_empty=listed[one.key].certified_empty,
        )
        for one in sorted(openness.by_unit(session, on, known_at), key=lambda one: one.key)
    }


def lines(session: Session, on: date, known_at: datetime) -> Iterator[Line]:
    """Every entry in force on a day as known at a moment: public ones, then the sums of the others."""
    codes = dict(session.execute(select(Unit.id, Unit.code)).all())
    row = classified(on, known_at).subquery()
    stood = verified_of(row.c).label("stood")
    joined = select(row, stood, Dataset.code, Dataset.title).join(
        Dataset, Dataset.id == row.c.dataset_id
    )
    public = joined.where(visible(ANONYMOUS)).order_by(Dataset.code)
    found = session.execute(public.execution_options(yield_per=_BATCH))
    for batch in found.partitions(_BATCH):
        yield from _entries(session, batch, codes, on, known_at)
    for kind, column in _GROUPS:
        yield from _sums(session, row, kind, column, codes)


def _entries(
    session: Session, rows: Sequence[Row[Any]], codes: dict[int, str], on: date, known_at: datetime
) -> Iterator[Line]:
    closing: dict[int, set[str]] = {}
    withheld = [row.dataset_id for row in rows if row.klass == Class.WITHHELD]
    if withheld:
        links = select(ExemptionLink.dataset_id, ExemptionLink.item_number).where(
            ExemptionLink.dataset_id.in_(withheld), covering_links(on, known_at)
        )
        for dataset_id, number in session.execute(links):
            closing.setdefault(dataset_id, set()).add(number)
    for row in rows:
        reason = "superior" if row.opened_by_superior else "duplicate" if row.duplicate else ""
        yield Line(
            kind=LineKind.ENTRY.value,
            code=row.code,
            title=" ".join(row.title.split()),
            unit=codes[row.unit_id],
            theme=row.theme,
            state=row.state,
            openness=row.openness,
            klass=row.klass,
            due=row.klass != Class.WITHHELD and not reason,
            not_due="item" if row.klass == Class.WITHHELD else reason,
            items=tuple(sorted(closing.get(row.dataset_id, ()))),
            verified=bool(row.stood),
            failed=_failed(row) if row.klass in OPEN else (),
            entries=1,
            fields_total=row.fields_total,
            fields_open=row.fields_open,
            records=row.records,
        )


def _failed(row: Row[Any]) -> tuple[str, ...]:
    """The checks that an open entry did not stand, by their names in ``classified``."""
    return tuple(name for name in CHECKS if not getattr(row, name))


def _sums(
    session: Session, row: Any, kind: LineKind, column: str, codes: dict[int, str]
) -> Iterator[Line]:
    """What is hidden, in counts by one column."""
    kept_out = or_(row.c.klass == Class.WITHHELD, row.c.opened_by_superior, row.c.duplicate)
    keys = (
        row.c[column],
        row.c.klass,
        case((kept_out, 0), else_=1),
        case((verified_of(row.c), 1), else_=0),
    )
    counts = [row.c.fields_total, row.c.fields_open, row.c.records]
    query: Select[Any] = (
        select(*keys, func.count(), *(func.sum(one) for one in counts))
        .join(Dataset, Dataset.id == row.c.dataset_id)
        .where(not_(visible(ANONYMOUS)))
        .group_by(*keys)
        .order_by(*keys)
    )
    for key, klass, due, verified, *summed in session.execute(query):
        by_unit = kind == LineKind.UNIT_SUM
        yield Line(
            kind.value, "", "", codes[key] if by_unit else "", "" if by_unit else key, "", "", klass,
            bool(due), "", (), bool(verified), (), *(int(number) for number in summed),
        )  # fmt: skip


def figures(session: Session, on: date, known_at: datetime | None) -> Figures:
    """The figures of a day as the ledger counts them, in the shape of a bundle."""
    found = openness.rates(session, as_of=on, recorded_before=known_at)
    groups: Figures = {PLATFORM: {"": platform(found)}, "unit": {}, "theme": {}, "region": {}}
    for scope, ask in (
        ("unit", openness.by_unit), ("theme", openness.by_theme), ("region", openness.by_region),
    ):  # fmt: skip
        for one in ask(session, on, known_at):
            groups[scope][one.key] = _group(one)
    return groups


def platform(found: openness.Rates) -> dict[str, tuple[int, int]]:
    """The figures of the whole platform."""
    units: dict[str, tuple[int, int]] = {}
    for name, rates in (
        ("unit_rate", found.unit_rate), ("verified_unit_rate", found.verified_unit_rate),
    ):  # fmt: skip
        units |= {f"{name}.{variant}": (rate.n, rate.d) for variant, rate in rates.items()}
    return _counts(found.counts) | units


def _group(one: openness.GroupRates) -> dict[str, tuple[int, int]]:
    pairs = (("unit_rate", one.unit_rate), ("verified_unit_rate", one.verified_unit_rate))
    units = {name: (rate.n, rate.d) for name, rate in pairs if rate is not None}
    return _counts(one.counts) | units


def _counts(counts: openness.Counts) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for name, rates in (
        ("data_rate", counts.data_rate()), ("verified_data_rate", counts.verified_rate()),
    ):  # fmt: skip
        found |= {f"{name}.{basis}": (rate.n, rate.d) for basis, rate in rates.items()}
    classes = counts.by_class().items()
    return found | {f"class.{klass}": (count, counts.entries) for klass, count in classes}
