"""What becomes of entries when a list changes, by statements over sets: one adjustment may touch many.

Entries whose last item is gone become unassessed; published entries that an item newly reaches are
suspended or withdrawn where the adjustment says so. Each gets its history, its facts, its event in
the trail, and a task for its unit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, true, update
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity
from catalog.models import (
    Dataset,
    DatasetRevision,
    Field,
    ListTask,
    Release,
    Review,
)
from catalog.services import audit, bulk_facts, exemptions, facts, manifests, openness_ledger
from catalog.services.audit import AuditTag
from catalog.services.exemptions import Loss, Losses
from catalog.services.reaching import Reached
from schemas.vocabularies import DatasetState, ListTaskKind, Openness, ReachPolicy, ReviewState


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
    openness_ledger.touch(session, ids)
    entries = _entries(session, ids)
    fields = _fields(session, sorted({one.dataset_id for one in found.found if one.field}))
    gone = {(one.dataset_id, one.field) for one in found.bare}
    _void_reviews(session, actor, ids, now)
    dead = [
        link_id
        for one in found.found
        for (name, number), link_id in found.links[one.dataset_id].items()
        if name == one.field and number in one.lost
    ]
    bulk_facts.unlink(session, dead, now)
    whole = [key for key, name in sorted(gone) if not name]
    closed = Dataset.openness == Openness.WITHHELD
    bulk_facts.amend(
        session, Dataset, whole, closed, {"openness": Openness.UNASSESSED, "updated_at": now}
    )
    rest = sorted(set(ids) - set(whole))
    bulk_facts.amend(session, Dataset, rest, true(), {"updated_at": now})
    columns = [
        row[0]
        for key, rows in fields.items()
        for row in rows
        if (key, row[1]) in gone and row[3] == Openness.WITHHELD
    ]
    bulk_facts.amend(
        session, Field, columns, Field.openness == Openness.WITHHELD,
        {"openness": Openness.UNASSESSED},
    )  # fmt: skip
    turned = [key for key in whole if entries[key].openness == Openness.WITHHELD]
    bulk_facts.record(session, turned, {"openness": Openness.UNASSESSED.value}, now)
    lost: dict[int, set[tuple[str, str]]] = {}
    for one in found.found:
        pairs = {(one.field, number) for number in one.lost}
        lost.setdefault(one.dataset_id, set()).update(pairs)
    _note(session, actor, found, (entries, fields, gone), lost, now)


def _entries(session: Session, ids: Sequence[int]) -> dict[int, _Entry]:
    found: dict[int, _Entry] = {}
    for some in bulk_facts.batches(ids):
        query = select(
            Dataset.id, Dataset.slug, Dataset.unit_id, Dataset.openness, Dataset.state
        ).where(Dataset.id.in_(some))
        for key, slug, unit_id, openness, state in session.execute(query):
            found[key] = _Entry(slug, unit_id, openness, state)
    return found


def _fields(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[int, str, str, str]]]:
    """Id, name, type and openness of the fields of entries, in their order."""
    found: dict[int, list[tuple[int, str, str, str]]] = {}
    for some in bulk_facts.batches(ids):
        query = (
            select(Field.dataset_id, Field.id, Field.name, Field.type, Field.openness)
            .where(Field.dataset_id.in_(some))
            .order_by(Field.dataset_id, Field.position)
        )
        for key, field_id, name, kind, openness in session.execute(query):
            found.setdefault(key, []).append((field_id, name, kind, openness))
    return found


def _void_reviews(session: Session, actor: Identity, ids: Sequence[int], now: datetime) -> None:
    why = "an item of the negative list no longer covers it"
    for some in bulk_facts.batches(ids):
        pending = select(Review.dataset_id).where(
            Review.dataset_id.in_(some),
            Review.state.in_((ReviewState.OPEN, ReviewState.REFERRED)),
        )
        for key in session.scalars(pending).all():
            dataset = session.get_one(Dataset, key)
            manifests.void_open_review(session, actor, dataset, why, now=now)
            facts.record(session, dataset, now)


_Before = tuple[
    Mapping[int, _Entry], Mapping[int, list[tuple[int, str, str, str]]], set[tuple[int, str]]
]


def _note(
    session: Session,
    actor: Identity,
    found: Losses,
    before: _Before,
    lost: Mapping[int, set[tuple[str, str]]],
    now: datetime,
) -> None:
    """History, index note and event of every entry."""
    entries, fields, gone = before
    revisions = []
    for key, items in lost.items():
        was = _dispositions(found.links[key], fields.get(key, ()), entries[key].openness)
        stands = {
            pair: link for pair, link in found.links[key].items()
            if pair not in items
        }  # fmt: skip
        withheld = entries[key].openness == Openness.WITHHELD
        openness = (
            Openness.UNASSESSED.value if withheld and (key, "") in gone else entries[key].openness
        )
        columns = [(row[0], row[1], row[2], _after(row, gone, key)) for row in fields.get(key, ())]
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
        audit.record(
            session, actor, AuditTag.DATASET_AMENDED, "dataset", entries[key].slug, now=now,
            unit_id=entries[key].unit_id, changed=changed, items=sorted({number for _, number in items}),
        )  # fmt: skip
    bulk_facts.add(session, DatasetRevision, revisions)
    outbox.touch_entries(session, sorted(lost), now)


def _after(row: tuple[int, str, str, str], gone: set[tuple[int, str]], key: int) -> str:
    closed = row[3] == Openness.WITHHELD
    return Openness.UNASSESSED.value if closed and (key, row[1]) in gone else row[3]


def _dispositions(
    links: Mapping[tuple[str, str], int],
    fields: Sequence[tuple[int, str, str, str]],
    openness: str,
) -> dict[str, Any]:
    """What of an entry an item decides about, in the spelling of the entry's history."""
    closed: dict[str, list[str]] = {}
    for name, number in sorted(links):
        closed.setdefault(name, []).append(number)
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
    bulk_facts.add(session, ListTask, fresh)


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
        for number in sorted(set(whole.values())):
            pairs = [(key, "") for key in ids if whole[key] == number]
            bulk_facts.link(session, pairs, number, now)
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
    openness_ledger.touch(session, ids)
    withdrawn = state == DatasetState.WITHDRAWN
    entries = _entries(session, ids)
    values: dict[str, Any] = {
        "state": state, "state_changed_at": now, "state_reason": reason, "updated_at": now,
    }  # fmt: skip
    if withdrawn:
        values["openness"] = Openness.WITHHELD
    _void_reviews(session, actor, ids, now)
    bulk_facts.amend(session, Dataset, ids, Dataset.state == DatasetState.PUBLISHED, values)
    kept: dict[str, Any] = {
        name: str(values[name]) for name in ("state", "openness") if name in values
    }
    bulk_facts.record(session, ids, kept, now)
    if withdrawn:
        for some in bulk_facts.batches(ids):
            session.execute(
                update(Release)
                .where(Release.dataset_id.in_(some), Release.ended_at.is_(None))
                .values(ended_at=now)
            )
    outbox.touch_entries(session, ids, now)
    tag = AuditTag.DATASET_WITHDRAWN if withdrawn else AuditTag.DATASET_SUSPENDED
    for key in ids:
        audit.record(
            session, actor, tag, "dataset", entries[key].slug, now=now,
            unit_id=entries[key].unit_id, reason=reason,
        )  # fmt: skip
