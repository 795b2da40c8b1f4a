"""What the events of the trail are about, by name: titles and addresses instead of identifiers.

The trail keeps identifiers, for names change; here is what the things are called now. Whoever may read
the trail may read each of them (``auth.PERMISSION_MAP``).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, String, and_, cast, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import (
    Adjustment,
    Assessment,
    AuditEvent,
    CorrectionSet,
    Dataset,
    Guideline,
    GuidelineEdition,
    HarvestRun,
    HarvestSource,
    Law,
    Notice,
    Region,
    Request,
    Resource,
    Review,
    Snapshot,
    Unit,
    Version,
)

_ASKED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Subject:
    """What a thing is called, and the address of its page; both empty for what is no longer there."""

    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Where the things of a kind are found: ``asked`` gives the identifier, then the parts of the title;
    ``url`` is the page that shows it, ``%s`` standing for its identifier."""

    asked: Select[Any, *tuple[Any, ...]]
    url: str = ""

    @property
    def key(self) -> ColumnElement[str]:
        return cast(self.asked.selected_columns[0], String)

    @property
    def titles(self) -> list[ColumnElement[Any]]:
        return list(self.asked.selected_columns)[1:]


_TABLE = func.coalesce(func.nullif(Resource.title, ""), Resource.name)
_NEWEST = (
    select(func.max(GuidelineEdition.id)).group_by(GuidelineEdition.guideline_id).scalar_subquery()
)
KINDS: Mapping[str, _Kind] = {
    "dataset": _Kind(select(Dataset.slug, Dataset.title), "/datasets/%s"),
    "resource": _Kind(
        select(Resource.id, Dataset.title, _TABLE).join(Dataset, Dataset.id == Resource.dataset_id)
    ),
    "version": _Kind(
        select(Version.id, Dataset.title, _TABLE, Version.file_name)
        .join(Resource, Resource.id == Version.resource_id)
        .join(Dataset, Dataset.id == Resource.dataset_id),
        "/desk/versions/%s",
    ),
    "review": _Kind(
        select(Review.id, Dataset.title).join(Dataset, Dataset.id == Review.dataset_id),
        "/reviews/%s",
    ),
    "unit": _Kind(select(Unit.code, Unit.name), "/units/%s"),
    "region": _Kind(select(Region.code, Region.name)),
    "adjustment": _Kind(select(Adjustment.id, Adjustment.reason), "/negative-list/adjustments/%s"),
    "notice": _Kind(select(Notice.id, Notice.title), "/notices#notice-%s"),
    "request": _Kind(select(Request.id, Request.number, Request.title), "/requests/%s"),
    "guideline": _Kind(
        select(Guideline.slug, GuidelineEdition.title)
        .join(GuidelineEdition, GuidelineEdition.guideline_id == Guideline.id)
        .where(GuidelineEdition.id.in_(_NEWEST)),
        "/guides/%s",
    ),
    "law": _Kind(select(Law.id, Law.title), "/laws/%s"),
    "snapshot": _Kind(select(Snapshot.id, Snapshot.period), "/openness/snapshots/%s"),
    "assessment": _Kind(
        select(Assessment.id, Assessment.title).where(Assessment.withdrawn_at.is_(None)),
        "/openness/assessments",
    ),
    "corrections": _Kind(
        select(CorrectionSet.id, CorrectionSet.reason), "/admin/corrections/sets/%s"
    ),
    "source": _Kind(select(HarvestSource.id, HarvestSource.name), "/admin/sources"),
    "run": _Kind(
        select(HarvestRun.id, HarvestSource.name).join(
            HarvestSource, HarvestSource.id == HarvestRun.source_id
        ),
        "/admin/runs/%s",
    ),
}
"""Kinds of things that have a name of their own. Accounts, tokens and targets are told by what the event
says."""


def named(session: Session, things: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Subject]:
    """What things, told by kind and identifier, are called; one question a kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for name, key in things:
        if name in KINDS:
            wanted[name].add(key)
    found: dict[tuple[str, str], Subject] = {}
    for name, ids in wanted.items():
        kind, listed = KINDS[name], sorted(ids)
        for start in range(0, len(listed), _ASKED_AT_ONCE):
            part = listed[start : start + _ASKED_AT_ONCE]
            for key, *titles in session.execute(kind.asked.where(kind.key.in_(part))):
                title = " · ".join(str(one) for one in titles if one)
                found[name, str(key)] = Subject(title, kind.url.replace("%s", str(key)))
    return found


def about(text: str) -> ColumnElement[bool]:
    """Events whose identifier, or the title of what they are about, contains the text; those of an entry
    are with its tables, deliveries and reviews."""
    ways = [AuditEvent.subject_id.contains(text, autoescape=True)]
    ways += [
        and_(
            AuditEvent.subject_kind == name,
            AuditEvent.subject_id.in_(
                kind.asked.with_only_columns(kind.key).where(
                    or_(*(title.contains(text, autoescape=True) for title in kind.titles))
                )
            ),
        )
        for name, kind in KINDS.items()
    ]
    return or_(*ways)
