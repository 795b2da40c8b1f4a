"""The desk of the people who provide data: what waits for them, and their entries: ``/desk``."""

from collections import Counter
from datetime import date
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity
from catalog.models import Dataset, Resource, Version
from catalog.pages import lateness
from catalog.pages.asking import PAGE_SIZE, argument, choice_argument, numbered, page_number, today
from catalog.pages.render import page, word
from catalog.pages.staff import need
from catalog.services import deliveries, facts, gates, list_tasks
from schemas import freshness
from schemas.records import Message
from schemas.vocabularies import DatasetState, Role, VersionState

blueprint = Blueprint("pages-desk", __name__)
DESK_ROLES = (Role.EDITOR, Role.ADMINISTRATOR)
WAITING = 30


def own(actor: Identity) -> ColumnElement[bool]:
    """Entries that the actor works on."""
    units = None if actor.holds(Role.ADMINISTRATOR) else actor.units(Role.EDITOR)
    return true() if units is None else Dataset.unit_id.in_(units)


@blueprint.get("/desk")
def index() -> Response:
    """What waits, and every entry of the own units."""
    actor = need(*DESK_ROLES)
    q, state = argument("q"), choice_argument("state", list(DatasetState))
    mine = own(actor)
    query = select(Dataset).where(mine)
    if state:
        query = query.where(Dataset.state == state)
    if q:
        query = query.where(or_(Dataset.title.contains(q, autoescape=True), Dataset.code == q))
    at = page_number()
    with http.reading() as session:
        states = Counter(
            dict(
                session.execute(
                    select(Dataset.state, func.count()).where(mine).group_by(Dataset.state)
                ).all()
            )
        )
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        found = session.scalars(
            query.options(selectinload(Dataset.fields))
            .order_by(Dataset.updated_at.desc(), Dataset.id)
            .offset((at - 1) * PAGE_SIZE)
            .limit(PAGE_SIZE)
        ).all()
        return page(
            "desk/index.html",
            todo=[
                *_returned(session, mine),
                *_owed(session, mine),
                *_unfinished(session, mine),
                *_late(session, mine),
            ],
            counts=[
                {
                    "label": word("state", one),
                    "value": states[one],
                    "url": f"/desk?state={one.value}",
                }
                for one in DatasetState
            ],
            q=q,
            state=state,
            states=list(DatasetState),
            datasets=[_row(session, one) for one in found],
            page=numbered(total, PAGE_SIZE, at),
            can_register=True,
        )


def _row(session: Session, one: Dataset) -> dict[str, Any]:
    return {
        "slug": one.slug,
        "title": one.title,
        "code": one.code,
        "state": one.state,
        "openness": one.openness,
        "updated": one.modified,
        "lateness": lateness.of_entry(one, today()),
        "next": _next(session, one),
    }


def _next(session: Session, one: Dataset) -> Message | None:
    if one.state != DatasetState.DRAFT:
        return None
    shut = gates.shut(session, one, now=http.now())
    return shut[0].remedy if shut else Message("Submit it for review.")


def _task(
    one: Dataset, why: Message, url: str, action: str, *, urgent: bool = False
) -> dict[str, Any]:
    return {
        "title": one.title,
        "why": why,
        "url": url,
        "action": action,
        "due": None,
        "urgent": urgent,
    }


def _returned(session: Session, mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    found = session.scalars(
        select(Dataset)
        .where(mine, Dataset.state == DatasetState.DRAFT, Dataset.state_reason != "")
        .order_by(Dataset.state_changed_at)
        .limit(WAITING)
    )
    return [
        _task(
            one, Message("The review returned it: %(reasons)s", {"reasons": one.state_reason}),
            f"/desk/datasets/{one.slug}", _("Correct it"), urgent=True,
        )
        for one in found
    ]  # fmt: skip


def _owed(session: Session, mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Decisions that an adjustment of the negative list asks for."""
    return [
        _task(
            one.dataset, list_tasks.why(one), f"/desk/list-tasks/{one.id}", _("Decide"),
            urgent=one.dataset.state == DatasetState.SUSPENDED,
        )
        for one in list_tasks.waiting(session, mine, limit=WAITING)
    ]  # fmt: skip


def _unfinished(session: Session, mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Newest deliveries whose examination left something to do."""
    newest = (
        select(Version.resource_id, func.max(Version.number).label("number"))
        .group_by(Version.resource_id)
        .subquery()
    )
    found = session.execute(
        select(Version, Dataset)
        .join(Resource, Resource.id == Version.resource_id)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .join(newest, and_(newest.c.resource_id == Version.resource_id,
                           newest.c.number == Version.number))
        .where(
            mine,
            Version.published_at.is_(None),
            Version.state.in_((VersionState.EXAMINED, VersionState.FAILED)),
            Dataset.state.not_in((DatasetState.WITHDRAWN, DatasetState.RETIRED)),
        )
        .options(selectinload(Version.examination))
        .order_by(Version.created_at)
        .limit(WAITING)
    )  # fmt: skip
    tasks = []
    for version, dataset in found:
        why = _left(version)
        if why is not None:
            tasks.append(_task(dataset, why, f"/desk/versions/{version.id}", _("Look at the file")))
    return tasks


def _left(version: Version) -> Message | None:
    if version.state == VersionState.FAILED:
        return Message("The file could not be read as a table.")
    if version.examination is not None and not version.examination.valid:
        return Message("The delivered file has errors or repairs to agree to.")
    count = len(deliveries.unsettled(version))
    return Message("%(count)s findings of personal data wait.", {"count": count}) if count else None


def _late(session: Session, mine: ColumnElement[bool]) -> list[dict[str, Any]]:
    found = session.scalars(
        select(Dataset).where(
            mine,
            Dataset.state == DatasetState.PUBLISHED,
            Dataset.openness.in_(facts.OPEN),
            Dataset.update_cycle.in_(freshness.CYCLE_DAYS),
            Dataset.modified.is_not(None),
        )
    )
    late = [(one, _days_late(one, today())) for one in found]
    return [
        _task(one, Message("New data is %(days)s days late.", {"days": days}),
              f"/desk/datasets/{one.slug}", _("Deliver"), urgent=True)
        for one, days in sorted(late, key=lambda pair: -pair[1])[:WAITING]
        if days > 0
    ]  # fmt: skip


def _days_late(one: Dataset, on: date) -> int:
    return int(lateness.of(one.update_cycle, one.modified, on)["days"])
