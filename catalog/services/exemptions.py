"""What an exemption item may close, and what becomes of entries whose item is gone.

An item covers by its scope alone: unit, theme, field. Whether it is in force is a matter of dates.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from catalog import outbox
from catalog.auth import Identity
from catalog.errors import Invalid
from catalog.models import Dataset, DatasetRevision, ExemptionItem, ExemptionLink, Unit
from catalog.services import audit, facts, manifests
from schemas.records import Message, Problem
from schemas.vocabularies import DatasetState, ListKind, Openness


@dataclass(frozen=True, slots=True)
class Loss:
    """An entry (``field`` empty) or a field that was closed by ``lost`` and is still by ``kept``."""

    dataset: Dataset
    field: str
    lost: frozenset[str]
    kept: frozenset[str]


def covers_scope(scope: Mapping[str, Any], dataset: Dataset, field_name: str = "") -> bool:
    """Whether a scope reaches an entry, or one field of it; an empty part of a scope is no limit.

    A scope that names fields never reaches a whole entry.
    """
    units, themes, fields = (scope.get(key) or () for key in ("units", "themes", "fields"))
    if (units and dataset.unit.code not in units) or (themes and dataset.theme not in themes):
        return False
    return not fields or field_name in fields


def covers(item: ExemptionItem, dataset: Dataset, field_name: str = "") -> bool:
    """Whether an item may close an entry, or one field of it."""
    return covers_scope(item.scope, dataset, field_name)


def scopes_in_force(session: Session, on: date) -> dict[str, dict[str, Any]]:
    """The scope of every item in force on a day, by item number."""
    query = select(ExemptionItem.number, ExemptionItem.scope).where(
        ExemptionItem.list_kind == ListKind.NEGATIVE,
        ExemptionItem.valid_from <= on,
        ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > on),
    )
    return dict(session.execute(query).all())


def check_cover(
    session: Session,
    dataset: Dataset,
    field: str | None,
    numbers: Collection[str],
    on: date,
    *,
    key: str = "withheld_by",
) -> None:
    """Refuse to close an entry (``field`` None) or a field unless items in force cover it.

    ``key`` is the input field that the refusal names. Every number given has to hold, so that no
    entry rests on an item that says nothing about it.
    """
    scopes = scopes_in_force(session, on)
    problems: list[Message] = []
    for number in sorted(set(numbers)):
        params = {"number": number, "day": on.isoformat()}
        if number not in scopes:
            problems.append(Message("Item %(number)s is not in force on %(day)s.", params))
        elif not covers_scope(scopes[number], dataset, field or ""):
            problems.append(Message("Item %(number)s does not cover this by its scope.", params))
    if not numbers:
        problems.append(Message("Name at least one item of the negative list."))
    if problems:
        raise Invalid(
            "not-covered",
            Message("Only an item of the negative list in force can close an entry or a field."),
            Message("Choose an item that covers it, or have the list adjusted first."),
            fields={key: problems},
        )


def losses(
    session: Session,
    scopes: Mapping[str, Mapping[str, Any]],
    numbers: Collection[str] | None = None,
) -> list[Loss]:
    """Closed entries and fields that some item no longer covers, if ``scopes`` were in force.

    ``numbers`` limits the look to what rests on these items.
    """
    query = select(ExemptionLink).where(
        ExemptionLink.superseded_at.is_(None), ExemptionLink.valid_to.is_(None)
    )
    if numbers is not None:
        touched = query.with_only_columns(ExemptionLink.dataset_id).where(
            ExemptionLink.item_number.in_(numbers)
        )
        query = query.where(ExemptionLink.dataset_id.in_(touched))
    linked: dict[tuple[int, str], set[str]] = {}
    for row in session.scalars(query):
        linked.setdefault((row.dataset_id, row.field), set()).add(row.item_number)
    found: list[Loss] = []
    datasets = _datasets(session, sorted({dataset_id for dataset_id, _ in linked}))
    for (dataset_id, field), items in sorted(linked.items()):
        dataset = datasets[dataset_id]
        kept = frozenset(
            number
            for number in items
            if number in scopes and covers_scope(scopes[number], dataset, field)
        )
        if kept != items:
            found.append(Loss(dataset, field, frozenset(items - kept), kept))
    return found


_AT_ONCE = 500
"""Entries untied by one round of statements."""


def _datasets(session: Session, ids: Sequence[int]) -> dict[int, Dataset]:
    step = 500  # a statement takes a limited number of parameters
    return {
        dataset.id: dataset
        for start in range(0, len(ids), step)
        for dataset in session.scalars(
            select(Dataset)
            .where(Dataset.id.in_(ids[start : start + step]))
            .options(joinedload(Dataset.unit), selectinload(Dataset.fields))
        )
    }


def uncovered(session: Session, dataset: Dataset, on: date) -> list[Problem]:
    """Why an entry may not stay closed as it is: what is withheld without an item that covers it."""
    scopes = scopes_in_force(session, on)
    linked = facts.links(session, dataset.id)
    closed = [""] if dataset.openness == Openness.WITHHELD else []
    closed += [field.name for field in dataset.fields if field.openness == Openness.WITHHELD]
    return [
        Problem(
            "not-covered",
            Message("No item of the negative list in force covers this."),
            Message("Name an item that covers it, or open it."),
            f"fields.{name}" if name else "withheld_by",
        )
        for name in closed
        if not any(
            number in scopes and covers_scope(scopes[number], dataset, name)
            for number in linked.get(name, ())
        )
    ]


def release_uncovered(
    session: Session,
    actor: Identity,
    *,
    now: datetime,
    numbers: Collection[str] | None = None,
) -> list[Loss]:
    """Make every entry and field ``unassessed`` whose last item is gone today; what was found.

    Called when a list is adjusted, and daily for items that lapse by themselves.
    """
    found = losses(session, scopes_in_force(session, facts.day(now)), numbers)
    by_dataset: dict[int, list[Loss]] = {}
    for loss in found:
        by_dataset.setdefault(loss.dataset.id, []).append(loss)
    groups = list(by_dataset.values())
    for start in range(0, len(groups), _AT_ONCE):
        _release(session, actor, groups[start : start + _AT_ONCE], now)
    return found


def _dispositions(dataset: Dataset, closed: Mapping[str, list[str]]) -> dict[str, Any]:
    """What of an entry an item decides about, in the spelling of the entry's history."""
    return {
        "openness": str(dataset.openness),
        "withheld_by": closed.get("", []),
        "fields": [
            [field.name, field.type, str(field.openness), closed.get(field.name, [])]
            for field in dataset.fields
        ],
    }


def _release(
    session: Session, actor: Identity, groups: Sequence[Sequence[Loss]], now: datetime
) -> None:
    """Untie entries from items that are gone, with everything that a change of an entry entails."""
    datasets = {group[0].dataset.id: group[0].dataset for group in groups}
    closed = facts.links_of(session, datasets)
    before = {
        dataset_id: _dispositions(dataset, closed.get(dataset_id, {}))
        for dataset_id, dataset in datasets.items()
    }
    wanted = {group[0].dataset.id: {loss.field: loss.kept for loss in group} for group in groups}
    facts.link_many(session, wanted, now)
    for group in groups:
        _unassess(group, now)
    session.flush()
    closed = facts.links_of(session, datasets)
    changed: dict[int, list[str]] = {}
    for dataset_id, dataset in datasets.items():
        after = _dispositions(dataset, closed.get(dataset_id, {}))
        was = before[dataset_id]
        if names := sorted(name for name in after if after[name] != was[name]):
            changed[dataset_id] = names
            session.add(_revision(actor, dataset_id, was, after, now))
            outbox.touch_search(session, dataset_id, now)
    touched = [datasets[dataset_id] for dataset_id in changed]
    why = "an item of the negative list no longer covers it"
    manifests.void_open_reviews(session, actor, touched, why, now=now)
    facts.record_all(session, touched, now)
    lost = {
        group[0].dataset.id: sorted({number for loss in group for number in loss.lost})
        for group in groups
    }
    for dataset in touched:
        audit.record(
            session, actor, audit.AuditTag.DATASET_AMENDED, "dataset", dataset.slug, now=now,
            unit_id=dataset.unit_id, changed=changed[dataset.id], items=lost[dataset.id],
        )  # fmt: skip


def _unassess(group: Sequence[Loss], now: datetime) -> None:
    """Whatever of an entry has lost its last item is open to decide again."""
    dataset = group[0].dataset
    names = {loss.field for loss in group if not loss.kept}
    if "" in names and dataset.openness == Openness.WITHHELD:
        dataset.openness = Openness.UNASSESSED
    for field in dataset.fields:
        if field.name in names and field.openness == Openness.WITHHELD:
            field.openness = Openness.UNASSESSED
    dataset.updated_at = now


def _revision(
    actor: Identity, dataset_id: int, before: dict[str, Any], after: dict[str, Any], now: datetime
) -> DatasetRevision:
    names = [name for name in after if after[name] != before[name]]
    return DatasetRevision(
        dataset_id=dataset_id,
        at=now,
        actor=actor.name,
        what=audit.AuditTag.DATASET_AMENDED,
        before={name: before[name] for name in names},
        after={name: after[name] for name in names},
    )


def open_in_scope(
    session: Session, scope: Mapping[str, Any], limit: int
) -> list[tuple[Dataset, str]]:
    """Published open entries, or their open fields, that a new item's scope reaches.

    Nothing is closed by this: a person decides about each.
    """
    opened = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)
    query = (
        select(Dataset)
        .where(Dataset.state == DatasetState.PUBLISHED, Dataset.openness.in_(opened))
        .order_by(Dataset.id)
        .options(joinedload(Dataset.unit), selectinload(Dataset.fields))
    )
    if scope.get("themes"):
        query = query.where(Dataset.theme.in_(scope["themes"]))
    if scope.get("units"):
        query = query.where(Dataset.unit.has(Unit.code.in_(scope["units"])))
    found: list[tuple[Dataset, str]] = []
    for dataset in session.scalars(query):
        names = (
            [""]
            if not scope.get("fields")
            else [
                field.name
                for field in dataset.fields
                if field.openness in opened and covers_scope(scope, dataset, field.name)
            ]
        )
        found += [(dataset, name) for name in names]
        if len(found) >= limit:
            break
    return found[:limit]
