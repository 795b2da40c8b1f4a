"""Entries that repeat another one: which declarations hold, and which of them count.

A declared duplicate is not due (domain.md, section 5). So the original must be in the directory and
repeat nothing itself: else both would leave the base of the rates together.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.models import Dataset
from catalog.services import proposals, row_sets, values, visibility
from schemas.records import Message, Problem
from schemas.vocabularies import DatasetState


def check(session: Session, dataset: Dataset, original: Dataset) -> None:
    """Refuse an original that is the entry itself, retired, or a duplicate, and an entry that others
    repeat."""
    why = _why_not(session, dataset, original)
    if why is not None:
        raise values.refusal({"duplicate_of": [why]})


def _why_not(session: Session, dataset: Dataset, original: Dataset) -> Message | None:
    if original.id == dataset.id:
        return Message("an entry cannot repeat itself")
    if original.state == DatasetState.RETIRED:
        return Message("this entry is retired; name one that is in the directory")
    if proposals.intended(original, "duplicate_of_id") is not None:
        return Message("this entry repeats another one itself; name the original")
    if dataset.id is not None and repeating(session, dataset):
        return Message("other entries are declared to repeat this one; amend them first")
    return None


def shut(session: Session, dataset: Dataset) -> list[Problem]:
    """Why the original that an entry names, or is to name, cannot be it any more."""
    wanted = proposals.intended(dataset, "duplicate_of_id")
    original = session.get(Dataset, wanted) if wanted is not None else None
    why = _why_not(session, dataset, original) if original is not None else None
    if why is None:
        return []
    remedy = Message("Name an original that is in the directory and repeats no other entry.")
    return [Problem("not-an-original", why, remedy, "duplicate_of")]


def named(session: Session, actor: Identity, original_id: int | None) -> str | None:
    """The slug of an original, for those who may know of it."""
    original = session.get(Dataset, original_id) if original_id is not None else None
    return original.slug if original is not None and visibility.knows(actor, original) else None


def repeating(session: Session, dataset: Dataset) -> list[Dataset]:
    """Entries in the directory that are declared to repeat this one."""
    query = select(Dataset).where(
        Dataset.duplicate_of_id == dataset.id, Dataset.state != DatasetState.RETIRED
    )
    return list(session.scalars(query.order_by(Dataset.id)))


def counted(session: Session, datasets: Iterable[Dataset]) -> frozenset[int]:
    """Ids of those that repeat an original in the directory. A declaration that leads to a retired
    entry or round in a circle does not count, however it came about."""
    named = {one.id: one.duplicate_of_id for one in datasets if one.duplicate_of_id is not None}
    known: dict[int, tuple[int | None, str]] = {}
    asked = set(named.values())
    while asked:
        for some in row_sets.batches(sorted(asked)):
            query = select(Dataset.id, Dataset.duplicate_of_id, Dataset.state)
            for key, further, state in session.execute(query.where(Dataset.id.in_(some))):
                known[key] = (further, state)
        asked = {further for further, _ in known.values() if further is not None} - known.keys()
    return frozenset(key for key, original in named.items() if _holds(key, original, known))


def _holds(start: int, first: int, known: dict[int, tuple[int | None, str]]) -> bool:
    seen, place = {start}, first
    while place not in seen:
        seen.add(place)
        further, state = known[place]
        if further is None:
            return state != DatasetState.RETIRED
        place = further
    return False
