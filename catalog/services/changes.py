"""Reading what changed between two days, of entries of which a fact, a closing or its item changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union,
)
from sqlalchemy.orm import Session, joinedload

from catalog.auth import Identity
from catalog.models import (
    AvailabilityFact,
    Dataset,
    DatasetFact,
    ExemptionItem,
    ExemptionLink,
    Unit,
)
from catalog.services import contributions, openness, rosters
from catalog.services.contributions import Cause, Change, Presence, Side, Step
from catalog.services.openness import OPEN, Class, Counts, Rate
from catalog.services.openness_counts import by_unit_id, classified, verified_of
from catalog.services.openness_measures import NONE, total
from catalog.services.scopes import Scope
from catalog.services.values import refusal
from catalog.services.visibility import visible
from schemas.records import Message
from schemas.vocabularies import Basis, ListKind, TargetScope

LONGEST_DAYS = 5 * 366


@dataclass(frozen=True, slots=True)
class Span:
    """Two days to compare, on which base, and whether only what stood the checks counts as open."""

    start: date
    end: date
    basis: str = Basis.ALL
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Changed:
    """An entry that counts otherwise: why, and as what on the two days (empty: not in the scope)."""

    dataset: Dataset
    cause: Cause
    before: str
    after: str


def check(span: Span) -> None:
    """Refuse two days in the wrong order or too far apart."""
    if not 0 < (span.end - span.start).days <= LONGEST_DAYS:
        raise refusal({"from": [Message("must be before the end, and by at most 5 years")]})


def _touched(span: Span) -> Any:
    """Entries of which a fact or a closing begins or ends after the first day and up to the second."""

    def between(column: Any) -> ColumnElement[bool]:
        return and_(column > span.start, column <= span.end)

    def moved(row: Any) -> ColumnElement[bool]:
        return and_(
            row.superseded_at.is_(None), or_(between(row.valid_from), between(row.valid_to))
        )

    turned = select(ExemptionItem.number).where(
        ExemptionItem.list_kind == ListKind.NEGATIVE,
        or_(between(ExemptionItem.valid_from), between(ExemptionItem.valid_to)),
    )
    late = and_(DatasetFact.superseded_at.is_(None), between(DatasetFact.overdue_from))
    linked = and_(ExemptionLink.superseded_at.is_(None), ExemptionLink.item_number.in_(turned))
    return union(
        select(DatasetFact.dataset_id).where(or_(moved(DatasetFact), late)),
        select(AvailabilityFact.dataset_id).where(moved(AvailabilityFact)),
        select(ExemptionLink.dataset_id).where(or_(moved(ExemptionLink), linked)),
    ).subquery()


def _sides(scope: Scope, day: date, span: Span) -> Any:
    """How every entry counts on a day: what it adds to numerator and denominator."""
    row = classified(day, None).subquery()
    basis = Basis(span.basis)
    stands: ColumnElement[bool] = verified_of(row.c) if span.verified else not_(false())
    due = not_(or_(row.c.klass == Class.WITHHELD, row.c.opened_by_superior, row.c.duplicate))
    whole: Any = {
        Basis.ALL: literal(1),
        Basis.DUE: case((due, 1), else_=0),
        Basis.FIELD: row.c.fields_total,
        Basis.VOLUME: row.c.records,
    }[basis]
    part = row.c.fields_open if basis == Basis.FIELD else whole
    return select(
        row.c.dataset_id,
        row.c.klass,
        scope.of_entries(row.c).label("inside"),
        (due if basis == Basis.DUE else not_(false())).label("in_base"),
        stands.label("stands"),
        case((and_(row.c.klass.in_(OPEN), stands), part), else_=0).label("n"),
        whole.label("d"),
    ).subquery()


def _compared(scope: Scope, span: Span) -> Select[*tuple[Any, ...]]:
    """Every entry that may have changed with its two sides; empty ones where it was not there."""
    touched = _touched(span)
    first, last = (_sides(scope, day, span) for day in (span.start, span.end))
    was, stays = first.c.inside.is_(True), last.c.inside.is_(True)
    moved_n = _amount(stays, last.c.n) - _amount(was, first.c.n)
    moved_d = _amount(stays, last.c.d) - _amount(was, first.c.d)
    return (
        select(
            touched.c.dataset_id,
            first.c.klass.label("klass0"),
            last.c.klass.label("klass1"),
            func.coalesce(first.c.inside, false()).label("inside0"),
            func.coalesce(last.c.inside, false()).label("inside1"),
            func.coalesce(first.c.in_base, false()).label("base0"),
            func.coalesce(last.c.in_base, false()).label("base1"),
            func.coalesce(first.c.stands, false()).label("stands0"),
            func.coalesce(last.c.stands, false()).label("stands1"),
            moved_n.label("n"),
            moved_d.label("d"),
        )
        .select_from(touched)
        .outerjoin(first, first.c.dataset_id == touched.c.dataset_id)
        .outerjoin(last, last.c.dataset_id == touched.c.dataset_id)
        .where(or_(was, stays))
    )


def _amount(inside: ColumnElement[bool], value: Any) -> ColumnElement[int]:
    return case((inside, value), else_=0)


_KEYS = ("klass0", "klass1", "inside0", "inside1", "base0", "base1", "stands0", "stands1")


def _cause(row: Row[*tuple[Any, ...]]) -> Cause | None:
    before = Side(row.klass0, bool(row.base0), bool(row.stands0)) if row.inside0 else None
    after = Side(row.klass1, bool(row.base1), bool(row.stands1)) if row.inside1 else None
    presence = Presence(row.klass0 is not None, row.klass1 is not None)
    return contributions.cause_of(before, after, presence)


def data_change(session: Session, scope: Scope, span: Span) -> Change:
    """The data rate of a scope on two days, and by which causes it changed."""
    check(span)
    found = _compared(scope, span).subquery()
    keys = [found.c[name] for name in _KEYS]
    moved = case((or_(found.c.n != 0, found.c.d != 0), 1), else_=0).label("moved")
    totals: dict[Cause, list[int]] = {}
    for row in session.execute(
        select(*keys, moved, func.count(), func.sum(found.c.n), func.sum(found.c.d)).group_by(
            *keys, moved
        )
    ):
        cause = _cause(row) or (Cause.RESIZED if row.moved else None)
        if cause is None:
            continue
        held = totals.setdefault(cause, [0, 0, 0])
        for place, number in enumerate(row[-3:]):
            held[place] += int(number)
    steps = [Step(cause, *held) for cause, held in totals.items()]
    return Change(
        rate_on(session, scope, span.start, span),
        rate_on(session, scope, span.end, span),
        contributions.in_order(steps),
    )


def rate_on(session: Session, scope: Scope, day: date, span: Span) -> Rate:
    """The data rate of a scope on a day, from the same counts as every page."""
    counts = _counts_on(session, scope, day)
    return (counts.verified_rate() if span.verified else counts.data_rate())[span.basis]


def _counts_on(session: Session, scope: Scope, day: date) -> Counts:
    if scope.kind == TargetScope.CITY:
        return openness.rates(session, as_of=day).counts
    if scope.units is None:
        return next(
            (one.counts for one in openness.by_theme(session, day) if one.key == scope.key), NONE
        )
    found = by_unit_id(session, day)
    return total(counts for unit_id, counts in found.items() if scope.holds_unit(unit_id))


def _open_on_roster(session: Session, scope: Scope, day: date, span: Span) -> dict[int, bool]:
    found = by_unit_id(session, day)
    return {
        one.id: (held.verified if span.verified else held.opened) > 0
        for one in rosters.listed(session, day).values()
        if one.on_roster and scope.holds_unit(one.id)
        for held in [found.get(one.id, NONE)]
    }


def unit_change(session: Session, scope: Scope, span: Span) -> tuple[Change, dict[str, list[Unit]]]:
    """The unit rate of a scope on two days, its causes, and the units under each."""
    check(span)
    before = _open_on_roster(session, scope, span.start, span)
    after = _open_on_roster(session, scope, span.end, span)
    steps = contributions.unit_steps(before, after)
    wanted = {unit_id for ids in steps.values() for unit_id in ids}
    held = {one.id: one for one in session.scalars(select(Unit).where(Unit.id.in_(wanted)))}
    named = {
        str(cause): sorted((held[one] for one in ids), key=lambda unit: unit.name)
        for cause, ids in steps.items()
    }
    return contributions.unit_change(before, after), named


def entries(
    session: Session,
    actor: Identity,
    scope: Scope,
    span: Span,
    *,
    cause: str = "",
    limit: int,
) -> list[Changed]:
    """The entries behind a change that the actor may know of, of one cause or of all, by number."""
    check(span)
    found = _compared(scope, span).subquery()
    query = (
        select(found)
        .join(Dataset, Dataset.id == found.c.dataset_id)
        .where(visible(actor))
        .order_by(found.c.dataset_id)
    )
    chosen = []
    for row, why in _with_cause(session, query):
        if cause and why != cause:
            continue
        chosen.append((row, why))
        if len(chosen) == limit:
            break
    ids = [row.dataset_id for row, _ in chosen]
    held = {
        dataset.id: dataset
        for dataset in session.scalars(
            select(Dataset).where(Dataset.id.in_(ids)).options(joinedload(Dataset.unit))
        )
    }
    return [
        Changed(
            held[row.dataset_id], why, (row.klass0 or "") if row.inside0 else "",
            (row.klass1 or "") if row.inside1 else "",
        )
        for row, why in chosen
    ]  # fmt: skip


def _with_cause(
    session: Session, query: Select[*tuple[Any, ...]]
) -> Iterator[tuple[Row[*tuple[Any, ...]], Cause]]:
    for row in session.execute(query.execution_options(yield_per=1000)):
        moved = row.n or row.d
        why = _cause(row) or (Cause.RESIZED if moved else None)
        if why is not None:
            yield row, why
