"""Where an entry stands on its way to publication: six steps, and the gates before submission."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog import http
from catalog.auth import Identity, Permission, can
from catalog.models import Dataset, Resource, Review
from catalog.services import deliveries, facts, gates, manifests
from schemas.records import Message, Problem
from schemas.vocabularies import DatasetState, ReviewState, VersionState

LINES: tuple[tuple[frozenset[str], Message, str], ...] = (
    (frozenset({"description-missing"}), Message("The entry is described."), "edit"),
    (frozenset({"openness-unassessed", "not-covered"}),
     Message("Openness is decided, with a basis."), "edit"),
    (frozenset({"fields-unassessed", "columns-unregistered"}),
     Message("Each field is open or withheld."), "fields"),
    (frozenset({"nothing-delivered", "still-examining", "unreadable"}),
     Message("Every table has a delivery that can be read."), ""),
    (frozenset({"invalid"}), Message("The deliveries are valid."), ""),
    (frozenset({"unsettled-findings"}), Message("No personal data is left to settle."), ""),
)  # fmt: skip
"""Codes of shut gates, what holds when none of them is shut, and the page that mends it."""
OF_FILES = 3
"""Lines from here on are about files: they are asked of open entries only."""


def gate_lines(session: Session, dataset: Dataset) -> list[dict[str, Any]]:
    """Every condition of submission, met or not, with the way to what is missing."""
    shut = gates.shut(session, dataset, now=http.now())
    base = f"/desk/datasets/{dataset.slug}"
    wanted = LINES if dataset.openness in facts.OPEN else LINES[:OF_FILES]
    lines: list[dict[str, Any]] = []
    told: set[int] = set()
    for codes, met, place in wanted:
        found = [one for one in shut if one.code in codes]
        told |= {id(one) for one in found}
        url = f"{base}/{place}" if place else None
        lines += [{"open": False, "text": _sentence(one), "url": url} for one in found]
        if not found:
            lines.append({"open": True, "text": met, "url": None})
    rest = [one for one in shut if id(one) not in told]
    return lines + [{"open": False, "text": _sentence(one), "url": None} for one in rest]


def latest_review(session: Session, dataset: Dataset) -> Review | None:
    """The newest review of an entry with its decisions, if it was ever submitted."""
    return session.scalar(
        select(Review)
        .where(Review.dataset_id == dataset.id)
        .options(selectinload(Review.decisions))
        .order_by(Review.submitted_at.desc())
        .limit(1)
    )


def submittable(
    actor: Identity, dataset: Dataset, lines: list[dict[str, Any]], review: Review | None
) -> bool:
    """Whether the actor may hand the entry in now: ``lines`` of the gates are all met, no ``review``
    goes on, and the entry did not end."""
    pending = review is not None and review.state in {ReviewState.OPEN, ReviewState.REFERRED}
    ended = dataset.state in {DatasetState.WITHDRAWN, DatasetState.RETIRED}
    may = can(actor, Permission.DATASET_SUBMIT, dataset)
    return may and not pending and not ended and all(line["open"] for line in lines)


def _sentence(problem: Problem) -> Message:
    parts = {"cause": problem.cause, "remedy": problem.remedy, "place": problem.place}
    return Message("%(place)s: %(cause)s %(remedy)s", parts)


def steps(session: Session, dataset: Dataset, held: list[Resource]) -> list[dict[str, Any]]:
    """The six steps; the first that is not done is the current one."""
    newest = [manifests.latest_version(session, one.id) for one in held]
    versions = [one for one in newest if one is not None]
    base = f"/desk/datasets/{dataset.slug}"
    at = f"/desk/versions/{versions[0].id}" if versions else None
    needs_files = dataset.openness in facts.OPEN
    examined = [one for one in versions if one.state == VersionState.EXAMINED and one.examination]
    done = [
        bool(dataset.description.strip()) and dataset.openness != "unassessed",
        bool(dataset.fields),
        bool(versions) or not needs_files,
        not needs_files or (bool(versions) and len(examined) == len(versions)
                            and all(one.examination and one.examination.valid for one in examined)),
        not needs_files or (bool(examined) and not any(map(deliveries.unsettled, examined))),
        dataset.state not in {DatasetState.DRAFT, DatasetState.SUSPENDED},
    ]  # fmt: skip
    labels = [
        (_("Describe"), f"{base}/edit"),
        (_("Fields"), f"{base}/fields"),
        (_("Deliver"), base),
        (_("Check"), at),
        (_("Settle"), f"{at}#findings" if at else None),
        (_("Submit"), base),
    ]
    current = done.index(False) if False in done else -1
    return [
        {
            "label": label,
            "url": url,
            "note": "",
            "state": "current" if n == current else "done" if done[n] else "todo",
        }
        for n, (label, url) in enumerate(labels)
    ]
