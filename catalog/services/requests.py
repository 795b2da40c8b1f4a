"""Requests of the public: asked by anybody, answered by the unit in time, published without names.

The clock is that of applications under the Regulations on Open Government Information (2019),
article 33: 20 working days, once longer by as many when whoever asked is told why.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity, Permission, can, require
from catalog.errors import Conflict, TooMany, missing, stale
from catalog.models import Dataset, Request, Unit
from catalog.services import audit, calendars, codes, directory, facts, values
from catalog.services.audit import AuditTag
from catalog.services.paging import Page, decode, encode
from catalog.services.visibility import knows
from catalog.workdays import add_working_days
from datasets.sensitive import redact
from schemas.records import Message
from schemas.vocabularies import RequestKind, RequestOutcome, RequestState, Role

MOST_A_DAY = 20
"""Requests of one client in 24 hours."""
DAY_SECONDS = 86_400
ASKED: dict[str, values.Cleaner] = {
    "kind": values.choice(RequestKind),
    "title": values.line(200, required=True),
    "text": values.lines(5000),
    "dataset": values.line(200),
    "unit": values.line(32),
    "contact_name": values.line(100),
    "contact": values.line(200),
}
REPLIED: dict[str, values.Cleaner] = {
    "outcome": values.choice(RequestOutcome),
    "reply": values.lines(5000),
    "publish": values.flag,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was just taken, and the key that shows it to whoever asked; told once."""

    request: Request
    key: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which requests a list shows; empty is any."""

    kind: str = ""
    state: str = ""
    unit: str = ""


def ask(
    session: Session,
    actor: Identity,
    given: Mapping[str, Any],
    *,
    client: str,
    working_days: int,
    now: datetime,
) -> Asked:
    """Take a request of anybody. ``client`` is a digest of where it came from; it bounds how many.

    It goes to the unit that holds the entry named, else to the unit named, else to the
    administrators, who pass it on. Raises ``Invalid`` and ``TooMany``.
    """
    cleaned = values.check(given, ASKED, required=("kind", "title", "text"))
    if not cleaned["text"]:
        raise values.refusal({"text": [Message("must not be empty")]})
    _check_room(session, client, now)
    dataset = directory.get(session, actor, cleaned["dataset"]) if cleaned.get("dataset") else None
    unit = dataset.unit if dataset else _unit(session, cleaned.get("unit", ""))
    deadline = _deadline(session, facts.day(now), working_days)
    key = secrets.token_urlsafe(12)
    request = Request(
        number=codes.allot(session, f"SQ{facts.day(now).year}").replace("/", "-"),
        key_hash=_digest(key),
        kind=cleaned["kind"],
        state=RequestState.OPEN,
        title=cleaned["title"],
        text=cleaned["text"],
        dataset=dataset,
        unit=unit,
        contact_name=cleaned.get("contact_name", ""),
        contact=cleaned.get("contact", ""),
        client=client,
        account=actor.user_id,
        received_at=now,
        working_days=working_days,
        due_on=deadline[0],
        provisional=deadline[1],
    )
    session.add(request)
    session.flush()
    _note(session, actor, AuditTag.REQUEST_RECEIVED, request, now, kind=request.kind)
    return Asked(request, key)


def _check_room(session: Session, client: str, now: datetime) -> None:
    since = now - timedelta(seconds=DAY_SECONDS)
    mine = select(func.count()).where(Request.client == client, Request.received_at > since)
    if client and (session.scalar(mine) or 0) >= MOST_A_DAY:
        raise TooMany(
            "requests-a-day",
            Message("%(most)d requests came from here in a day.", {"most": MOST_A_DAY}),
            retry_after=DAY_SECONDS,
        )


def _unit(session: Session, code: str) -> Unit | None:
    if not code:
        return None
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise values.refusal({"unit": [Message("is not on the roster")]})
    return unit


def _deadline(session: Session, start: date, working_days: int) -> tuple[date, bool]:
    calendar = calendars.load(session, range(start.year, start.year + 3))
    found = add_working_days(start, working_days, calendar)
    return found.day, found.provisional


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def visible(actor: Identity) -> ColumnElement[bool]:
    """Requests the actor may know of: published replies, those of the own units, the own ones."""
    if actor.system or actor.holds(Role.ADMINISTRATOR, Role.AUDITOR):
        return true()
    units = actor.units(Role.EDITOR, Role.REVIEWER)
    if units is None:
        return true()
    own = Request.account == actor.user_id if actor.user_id is not None else false()
    return or_(Request.published, Request.unit_id.in_(units) if units else false(), own)


def page(
    session: Session, actor: Identity, filters: Filters, *, after: str = "", limit: int = 50
) -> Page[Request]:
    """Requests the actor may know of, the newest first."""
    query = (
        select(Request)
        .where(visible(actor))
        .options(selectinload(Request.unit), selectinload(Request.dataset))
        .order_by(Request.received_at.desc(), Request.id)
    )
    for column, word, words in (
        (Request.kind, filters.kind, RequestKind),
        (Request.state, filters.state, RequestState),
    ):
        if word:
            if word not in set(words):
                raise values.refusal(
                    {
                        column.key: [
                            Message("must be one of: %(words)s", {"words": ", ".join(words)})
                        ]
                    }
                )
            query = query.where(column == word)
    if filters.unit:
        query = query.join(Request.unit).where(Unit.code == filters.unit)
    if after:
        moment, last = decode(after, datetime.fromisoformat, str)
        query = query.where(
            or_(
                Request.received_at < moment,
                and_(Request.received_at == moment, Request.id > last),
            )
        )
    rows = list(session.scalars(query.limit(limit + 1)))
    more = rows[limit - 1] if len(rows) > limit else None
    cursor = encode(more.received_at.isoformat(), more.id) if more else ""
    return Page(rows[:limit], cursor)


def get(session: Session, actor: Identity, request_id: str, *, key: str = "") -> Request:
    """A request the actor may know of, or whose key the actor has."""
    request = session.get(Request, request_id)
    if request is None:
        raise missing("request")
    if asked_by(actor, request, key):
        return request
    known = session.scalar(select(Request.id).where(Request.id == request_id, visible(actor)))
    if known is None:
        raise missing("request")
    return request


def asked_by(actor: Identity, request: Request, key: str) -> bool:
    """Whether the actor is who asked: by account, or by the key that was told then."""
    own = actor.user_id is not None and request.account == actor.user_id
    return own or (bool(key) and secrets.compare_digest(_digest(key), request.key_hash))


def handles(actor: Identity, request: Request) -> bool:
    """Whether the actor is one of those who read a request with its contact."""
    return can(actor, Permission.REQUEST_READ, request)


def subject(actor: Identity, request: Request) -> Dataset | None:
    """The entry that a request is about, for those who may know of it: a draft's name is not told
    to whoever reads the reply."""
    dataset = request.dataset
    return dataset if dataset is not None and knows(actor, dataset) else None


def shown(request: Request, *, whole: bool) -> dict[str, str]:
    """The texts of a request: whole for who asked or answers, else without personal data."""
    texts = {"title": request.title, "text": request.text, "reply": request.reply,
             "extension_reason": request.extension_reason}  # fmt: skip
    return texts if whole else {name: redact(text) for name, text in texts.items()}


def lateness(request: Request, today: date) -> str:
    """``open`` or ``overdue`` before a reply, ``on time`` or ``late`` after it."""
    if request.replied_on is None:
        return "overdue" if today > request.due_on else "open"
    return "late" if request.replied_on > request.due_on else "on time"


def counts(session: Session, actor: Identity, today: date) -> dict[str, int]:
    """How many requests the actor may know of stand where (see ``lateness``)."""
    stands = case(
        (and_(Request.replied_on.is_(None), Request.due_on < today), "overdue"),
        (Request.replied_on.is_(None), "open"),
        (Request.replied_on > Request.due_on, "late"),
        else_="on time",
    )
    found = session.execute(
        select(stands, func.count()).where(visible(actor)).group_by(stands)
    ).all()
    return {"open": 0, "overdue": 0, "on time": 0, "late": 0} | dict(found)


def reply(
    session: Session,
    actor: Identity,
    request_id: str,
    given: Mapping[str, Any],
    *,
    expected: int | None = None,
    now: datetime,
) -> Request:
    """Answer a request once: what came of it and why. Published it shows neither name nor contact,
    and personal data in the texts are masked."""
    request = _handled(session, actor, request_id, expected)
    cleaned = values.check(given, REPLIED, required=("outcome", "reply"))
    if not cleaned["reply"]:
        raise values.refusal({"reply": [Message("must not be empty")]})
    request.state = RequestState.ANSWERED
    request.outcome, request.reply = cleaned["outcome"], cleaned["reply"]
    request.published = cleaned.get("publish", True)
    request.replied_at, request.replied_by = now, actor.name
    request.replied_on = facts.day(now)
    session.flush()
    _note(session, actor, AuditTag.REQUEST_ANSWERED, request, now,
          outcome=request.outcome, state=lateness(request, facts.day(now)))  # fmt: skip
    return request


def extend(
    session: Session,
    actor: Identity,
    request_id: str,
    reason: str,
    *,
    expected: int | None = None,
    now: datetime,
) -> Request:
    """Take as many working days again, once, with a reason that whoever asked can read."""
    request = _handled(session, actor, request_id, expected)
    cleaned = values.check({"reason": reason}, {"reason": values.line(500, required=True)})
    if request.extension_reason:
        raise Conflict(
            "request-extended",
            Message("The time for this request was extended before."),
            Message("Answer it by %(day)s.", {"day": request.due_on.isoformat()}),
        )
    request.extension_reason = cleaned["reason"]
    request.due_on, request.provisional = _deadline(session, request.due_on, request.working_days)
    session.flush()
    _note(session, actor, AuditTag.REQUEST_EXTENDED, request, now, due_on=request.due_on)
    return request


def assign(
    session: Session,
    actor: Identity,
    request_id: str,
    unit_code: str,
    *,
    expected: int | None = None,
    now: datetime,
) -> Request:
    """Pass a request on to the unit that has to answer it; the clock goes on."""
    require(actor, Permission.REQUEST_ASSIGN)
    request = _handled(session, actor, request_id, expected)
    unit = _unit(session, values.line(32, required=True)(unit_code))
    request.unit = unit
    session.flush()
    _note(session, actor, AuditTag.REQUEST_ASSIGNED, request, now, unit=unit_code)
    return request


def _handled(session: Session, actor: Identity, request_id: str, expected: int | None) -> Request:
    """A request that the actor answers for and that has no reply yet; refused when it is not any more
    as the actor last saw it (``expected``, a version)."""
    request = get(session, actor, request_id)
    require(actor, Permission.REQUEST_REPLY, request)
    session.refresh(
        request, with_for_update=True
    )  # of two at once the second one sees what the first did
    if expected is not None and expected != request.version:
        raise stale()
    if request.replied_on is not None:
        raise Conflict(
            "request-answered",
            Message(
                "This request was answered on %(day)s.", {"day": request.replied_on.isoformat()}
            ),
            Message("A reply stays as it is; a new question is a new request."),
        )
    return request


def wanted(session: Session, dataset: Dataset) -> int:
    """How many requests ask for the data of an entry."""
    query = select(func.count()).where(
        Request.dataset_id == dataset.id, Request.kind == RequestKind.DATA
    )
    return session.scalar(query) or 0


def _note(
    session: Session, actor: Identity, tag: AuditTag, request: Request, now: datetime, **more: Any
) -> None:
    audit.record(session, actor, tag, "request", request.id, now=now, number=request.number, **more)
