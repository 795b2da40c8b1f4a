"""What becomes of entries when a list changes, by statements over sets: one adjustment may touch many.

Entries whose last item is gone become unassessed; published entries that an item newly reaches are
suspended or withdrawn where the adjustment says so. Each gets its history, its facts, its event in
the trail, and a task for its unit.
"""

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity
from catalog.db import among
from catalog.models import (
    Dataset,
    DatasetRevision,
    Field,
    ListTask,
    Release,
)
from catalog.services import audit, exemptions, facts, manifests, proposals, row_sets
from catalog.services.audit import AuditTag, Noted
from catalog.services.exemptions import Loss, Losses
from catalog.services.reaching import Reached
from schemas.vocabularies import DatasetState, ListTaskKind, Openness, ReachPolicy


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the trail and the history need of an entry."""

    slug: str
    unit_id: int
    openness: str
    state: str


def release_uncovered(
    session: Session,
    actor: Identity,
    *,
    now: datetime,
    numbers: Collection[str] | None = None,
    adjustment_id: str | None = None,
) -> list[Loss]:
    """Make every entry and field ``unassessed`` whose last item is gone today; what was found.

    Called when a list is adjusted, and daily for items that lapse by themselves.
    """
    session.flush()
    held = exemptions.scopes_in_force(session, facts.day(now))
    found = exemptions.losses(session, held, numbers)
    if found.found:
        _release(session, actor, found, now)
        _tasks(
            session, ListTaskKind.UNCOVERED,
            [(one.dataset_id, one.field, min(one.lost)) for one in found.bare], adjustment_id, now,
        )  # fmt: skip
    return list(found.found)


def _release(session: Session, actor: Identity, found: Losses, now: datetime) -> None:
    """Untie entries from items that are gone, with everything that a change of an entry entails."""
    ids = sorted(found.links)
    entries = _entries(session, ids)
    fields = _fields(session, sorted({one.dataset_id for one in found.found if one.field}))
    gone = {(one.dataset_id, one.field) for one in found.bare}
    _void_reviews(session, actor, ids, "an item of the negative list no longer covers it", now)
    left: dict[int, dict[str, frozenset[str]]] = {}
    for one in found.found:
        left.setdefault(one.dataset_id, {})[one.field] = one.kept
    facts.link_many(session, left, now)
    whole = [key for key, name in sorted(gone) if not name]
    closed = Dataset.openness == Openness.WITHHELD
    row_sets.amend(
        session, Dataset, whole, closed, {"openness": Openness.UNASSESSED, "updated_at": now}
    )
    _forget_openness(session, whole)
    rest = sorted(set(ids) - set(whole))
    row_sets.amend(session, Dataset, rest, true(), {"updated_at": now})
    columns = [
        row[0]
        for key, rows in fields.items()
        for row in rows
        if (key, row[1]) in gone and row[3] == Openness.WITHHELD
    ]
    row_sets.amend(
        session, Field, columns, Field.openness == Openness.WITHHELD,
        {"openness": Openness.UNASSESSED},
    )  # fmt: skip
    turned = [key for key in whole if entries[key].openness == Openness.WITHHELD]
    unassessed = {"openness": Openness.UNASSESSED.value}
    facts.correct(session, turned, unassessed, (facts.day(now), None), now)
    _note(session, actor, found, (entries, fields, gone), now)


def _forget_openness(session: Session, ids: Sequence[int]) -> None:
    """What was proposed about how open entries are was proposed of another state than they are in now."""
    kept = session.execute(select(Dataset.id, Dataset.proposed).where(among(Dataset.id, ids)))
    waiting = [key for key, proposed in kept if proposed]
    if waiting:
        for dataset in session.scalars(select(Dataset).where(among(Dataset.id, waiting))):
            proposals.forget_openness(dataset)


def _entries(session: Session, ids: Sequence[int]) -> dict[int, _Entry]:
    query = select(
        Dataset.id, Dataset.slug, Dataset.unit_id, Dataset.openness, Dataset.state
    ).where(among(Dataset.id, ids))
    return {
        key: _Entry(slug, unit_id, openness, state)
        for key, slug, unit_id, openness, state in session.execute(query)
    }


def _fields(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[int, str, str, str]]]:
    """Id, name, type and openness of the fields of entries, in their order."""
    found: dict[int, list[tuple[int, str, str, str]]] = {}
    query = (
        select(Field.dataset_id, Field.id, Field.name, Field.type, Field.openness)
        .where(among(Field.dataset_id, ids))
        .order_by(Field.dataset_id, Field.position)
    )
    for key, field_id, name, kind, openness in session.execute(query) if ids else ():
        found.setdefault(key, []).append((field_id, name, kind, openness))
    return found


def _void_reviews(
    session: Session, actor: Identity, ids: Sequence[int], why: str, now: datetime
) -> None:
    drafts = manifests.void_open_reviews(session, actor, ids, why, now=now)
    facts.record_all(session, drafts, now)


_Before = tuple[
    Mapping[int, _Entry], Mapping[int, list[tuple[int, str, str, str]]], set[tuple[int, str]]
]


def _note(session: Session, actor: Identity, found: Losses, before: _Before, now: datetime) -> None:
    """History, index note and event of every entry."""
    entries, fields, gone = before
    lost: dict[int, dict[str, frozenset[str]]] = {}
    for one in found.found:
        lost.setdefault(one.dataset_id, {})[one.field] = one.lost
    revisions, events = [], []
    for key, items in lost.items():
        entry, held, links = entries[key], fields.get(key, ()), found.links[key]
        was = _dispositions(links, held, entry.openness)
        stands = {name: numbers - items.get(name, frozenset()) for name, numbers in links.items()}
        withheld = entry.openness == Openness.WITHHELD
        openness = Openness.UNASSESSED.value if withheld and (key, "") in gone else entry.openness
        columns = [(row[0], row[1], row[2], _after(row, gone, key)) for row in held]
        now_is = _dispositions(stands, columns, openness)
        changed = sorted(name for name in now_is if now_is[name] != was[name])
        revisions.append(
            {
                "dataset_id": key, "at": now, "actor": actor.name,
                "what": AuditTag.DATASET_AMENDED.value,
                "before": {name: was[name] for name in changed},
                "after": {name: now_is[name] for name in changed},
            }
        )  # fmt: skip
        numbers = sorted(frozenset().union(*items.values()))
        events.append(Noted(entry.slug, entry.unit_id, {"changed": changed, "items": numbers}))
    row_sets.add(session, DatasetRevision, revisions)
    outbox.touch_entries(session, sorted(lost), now)
    audit.record_all(session, actor, AuditTag.DATASET_AMENDED, "dataset", events, now=now)


def _after(row: tuple[int, str, str, str], gone: set[tuple[int, str]], key: int) -> str:
    closed = row[3] == Openness.WITHHELD
    return Openness.UNASSESSED.value if closed and (key, row[1]) in gone else row[3]


def _dispositions(
    links: Mapping[str, AbstractSet[str]],
    fields: Sequence[tuple[int, str, str, str]],
    openness: str,
) -> dict[str, Any]:
    """What of an entry an item decides about, in the spelling of the entry's history."""
    closed = {name: sorted(numbers) for name, numbers in links.items()}
    shown: dict[str, Any] = {"openness": str(openness), "withheld_by": closed.get("", [])}
    if fields:
        shown["fields"] = [
            [name, kind, str(open_), closed.get(name, [])] for _, name, kind, open_ in fields
        ]
    return shown


def _tasks(
    session: Session,
    kind: ListTaskKind,
    rows: Sequence[tuple[int, str, str]],
    adjustment_id: str | None,
    now: datetime,
) -> None:
    """Put entries on the to-do lists of their units, each once for a reason."""
    standing = select(ListTask.dataset_id, ListTask.field, ListTask.item_number).where(
        ListTask.kind == kind, ListTask.settled_at.is_(None)
    )
    known = {tuple(row) for row in session.execute(standing)}
    fresh = [
        {
            "dataset_id": key, "field": name, "kind": kind.value, "item_number": number,
            "adjustment_id": adjustment_id, "opened_at": now, "settled_by": "", "reason": "",
        }
        for key, name, number in rows
        if (key, name, number) not in known
    ]  # fmt: skip
    row_sets.add(session, ListTask, fresh)


def add_task(
    session: Session, kind: ListTaskKind, row: tuple[int, str, str], now: datetime
) -> None:
    """Put one entry on the to-do list of its unit."""
    _tasks(session, kind, [row], None, now)


def apply_policy(
    session: Session,
    actor: Identity,
    reached: Sequence[Reached],
    policy: str,
    *,
    adjustment_id: str,
    now: datetime,
) -> None:
    """Do to published entries that are newly exempt what the adjustment says.

    ``review``: they stay open and their units decide. ``suspend``: their bytes are unreachable until
    the unit decides. ``withdraw``: whole entries end their publication and are closed by the item;
    where only fields are reached, the entry is suspended, because its other fields are not exempt.
    """
    whole = {one.dataset_id: one.number for one in reached if not one.field}
    some = {one.dataset_id for one in reached if one.field} - whole.keys()
    reason = "负面清单调整：" + "、".join(sorted({one.number for one in reached}))
    if policy == ReachPolicy.WITHDRAW:
        ids = sorted(whole)
        _end(session, actor, ids, DatasetState.WITHDRAWN, reason, now)
        facts.link_many(session, {key: {"": {number}} for key, number in whole.items()}, now)
        _end(session, actor, sorted(some), DatasetState.SUSPENDED, reason, now)
    elif policy == ReachPolicy.SUSPEND:
        ids = sorted(whole.keys() | some)
        _end(session, actor, ids, DatasetState.SUSPENDED, reason, now)
    withdrawn = set(whole) if policy == ReachPolicy.WITHDRAW else set()
    _tasks(
        session, ListTaskKind.REACHED,
        [
            (one.dataset_id, one.field, one.number)
            for one in reached
            if one.dataset_id not in withdrawn
        ],
        adjustment_id, now,
    )  # fmt: skip


def _end(
    session: Session,
    actor: Identity,
    ids: Sequence[int],
    state: DatasetState,
    reason: str,
    now: datetime,
) -> None:
    """Suspend or withdraw published entries, with everything that entails."""
    if not ids:
        return
    withdrawn = state == DatasetState.WITHDRAWN
    entries = _entries(session, ids)
    values: dict[str, Any] = {
        "state": state, "state_changed_at": now, "state_reason": reason, "updated_at": now,
    }  # fmt: skip
    if withdrawn:
        values |= {"openness": Openness.WITHHELD, "conditional_mode": ""}
    _void_reviews(session, actor, ids, "an item of the negative list covers it now", now)
    row_sets.amend(session, Dataset, ids, Dataset.state == DatasetState.PUBLISHED, values)
    kept: dict[str, Any] = {
        name: str(values[name]) for name in ("state", "openness") if name in values
    }
    facts.correct(session, ids, kept, (facts.day(now), None), now)
    if withdrawn:
        _forget_openness(session, ids)
        session.execute(
            update(Release)
            .where(among(Release.dataset_id, ids), Release.ended_at.is_(None))
            .values(ended_at=now)
        )
    outbox.touch_entries(session, ids, now)
    tag = AuditTag.DATASET_WITHDRAWN if withdrawn else AuditTag.DATASET_SUSPENDED
    shown = ("state", "openness") if withdrawn else ("state",)
    row_sets.add(
        session,
        DatasetRevision,
        [
            {
                "dataset_id": key, "at": now, "actor": actor.name, "what": tag.value,
                "before": {name: str(getattr(entries[key], name)) for name in shown},
                "after": {name: str(values[name]) for name in shown},
            }
            for key in ids
        ],
    )  # fmt: skip
    events = [Noted(entries[key].slug, entries[key].unit_id, {"reason": reason}) for key in ids]
    audit.record_all(session, actor, tag, "dataset", events, now=now)
