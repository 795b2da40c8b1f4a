"""Telling people in time: each stage of a duty once, one letter a person with all that is new.

A duty of a unit goes to those who can do it there; when it stays overdue it goes to the
administrators too. Letters wait in a table; a job sends them.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from catalog import outbox, wording
from catalog.auth import Identity, Permission, require
from catalog.errors import Invalid, missing
from catalog.models import DutyReminder, Letter, Membership, User
from catalog.outbox import JobName
from catalog.services import audit, duties, facts
from catalog.services.duties import Duty, View
from catalog.settings import Settings
from schemas.records import Message
from schemas.vocabularies import DutyKind, DutyStage, Role

RESPONSIBLE: dict[DutyKind, Role] = {
    DutyKind.NOTICE: Role.KEEPER,
    DutyKind.ITEM_REVIEW: Role.KEEPER,
    DutyKind.DEPARTED_UNIT: Role.KEEPER,
    DutyKind.LEFT_BEHIND: Role.ADMINISTRATOR,
    DutyKind.GUIDELINE: Role.KEEPER,
    DutyKind.REVIEW: Role.REVIEWER,
    DutyKind.UPDATE: Role.EDITOR,
    DutyKind.REQUEST: Role.EDITOR,
    DutyKind.CALENDAR: Role.ADMINISTRATOR,
}
"""Who can do what is owed."""
HEADINGS: dict[DutyStage, Message] = {
    DutyStage.ESCALATED: Message("Overdue for long"),
    DutyStage.OVERDUE: Message("Overdue"),
    DutyStage.SOON: Message("Due soon"),
}
SUBJECT = Message("%(count)s duties need attention")
MOST_LINES = 200
"""Duties that one letter names; the page shows all."""
KEPT = timedelta(days=90)
ATTEMPTS = 10
"""Tries of a letter whose address is refused."""
_ADDRESS = re.compile(r"[^@\s<>,;\"\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,}")


def remind(session: Session, *, now: datetime, settings: Settings) -> int:
    """Note every stage that a duty has newly reached, and write the letters; how many letters."""
    today = facts.day(now)
    owed = duties.owed(session, View(None, city=True), today=today, settings=settings)
    reached = [one for one in owed if one.stage != DutyStage.OPEN]
    told = _told(session, reached)
    fresh = [one for one in reached if (one.key, one.stage, one.due_on) not in told]
    session.add_all(
        DutyReminder(duty=one.key, stage=one.stage.value, due_on=one.due_on, at=now)
        for one in fresh
    )
    letters = _letters(session, fresh, now, settings)
    session.add_all(letters)
    session.execute(delete(Letter).where(Letter.sent_at < now - KEPT))
    session.flush()
    if session.scalar(select(Letter.id).where(Letter.sent_at.is_(None)).limit(1)) is not None:
        outbox.enqueue(session, JobName.SEND_LETTERS, {}, now=now)
    return len(letters)


def _told(session: Session, reached: Iterable[Duty]) -> set[tuple[str, str, date]]:
    keys = sorted({one.key for one in reached})
    found: set[tuple[str, str, date]] = set()
    for start in range(0, len(keys), 500):
        rows = select(DutyReminder.duty, DutyReminder.stage, DutyReminder.due_on).where(
            DutyReminder.duty.in_(keys[start : start + 500])
        )
        found.update((duty, stage, due_on) for duty, stage, due_on in session.execute(rows))
    return found


def _letters(
    session: Session, fresh: list[Duty], now: datetime, settings: Settings
) -> list[Letter]:
    if not fresh:
        return []
    held = session.execute(
        select(Membership.user_id, Membership.role, Membership.unit_id)
        .join(User, User.id == Membership.user_id)
        .where(User.active, User.email != "")
    ).all()
    letters = []
    for user_id in sorted({row.user_id for row in held}):
        roles = {(row.role, row.unit_id) for row in held if row.user_id == user_id}
        theirs = [one for one in fresh if _concerns(one, roles)]
        if theirs:
            letters.append(_letter(user_id, theirs, now, settings))
    return letters


def _concerns(duty: Duty, roles: set[tuple[str, int | None]]) -> bool:
    if (RESPONSIBLE[duty.kind], duty.unit_id) in roles:
        return True
    unassigned = duty.kind == DutyKind.REQUEST and duty.unit_id is None
    return (unassigned or duty.stage == DutyStage.ESCALATED) and (Role.ADMINISTRATOR, None) in roles


def _letter(user_id: int, theirs: list[Duty], now: datetime, settings: Settings) -> Letter:
    base = settings.public_url.rstrip("/")
    lines: list[str] = []
    for stage, heading in HEADINGS.items():
        some = [one for one in theirs if one.stage == stage]
        lines += ["", f"【{wording.say(heading)}】"] if some else []
        for one in some:
            unit = f"{one.unit_name} · " if one.unit_name else ""
            mark = wording.say(Message("(provisional)")) if one.provisional else ""
            lines.append(f"{one.due_on.isoformat()}{mark}  {unit}{one.title}")
            lines.append(f"    {wording.say(one.what)} {base}{one.url}")
    shown = lines[: 2 * MOST_LINES]
    closing = wording.say(Message("All duties: %(url)s", {"url": f"{base}/desk/duties"}))
    subject = wording.say(Message(SUBJECT.text, {"count": len(theirs)}))
    return Letter(
        user_id=user_id,
        subject=f"{settings.site_name} {subject}"[:200].replace("\n", " "),
        body="\n".join([*shown[1:], "", closing, ""]),
        created_at=now,
    )


def set_address(
    session: Session, actor: Identity, user_name: str, address: str, *, now: datetime
) -> None:
    """Where letters to somebody go: the own address, or anybody's for those who manage accounts."""
    user = session.scalar(select(User).where(User.name == user_name))
    if user is None or user.id != actor.user_id:
        require(actor, Permission.USER_MANAGE)
    if user is None:
        raise missing("user")
    given = address.strip()
    if given and (len(given) > 200 or not _ADDRESS.fullmatch(given)):
        raise Invalid(
            "bad-address-of-mail",
            Message("This is not an e-mail address."),
            Message("Write one address like name@example.cn, or leave it empty for no letters."),
            fields={"email": [Message("must be an e-mail address")]},
        )
    user.email = given
    audit.record(
        session, actor, audit.AuditTag.USER_AMENDED, "user", user.name, now=now, changed=["email"]
    )


def waiting(session: Session, *, limit: int = 500) -> list[tuple[Letter, str]]:
    """Letters that were not sent yet with their addresses, the oldest first."""
    query = (
        select(Letter, User.email)
        .join(User, User.id == Letter.user_id)
        .where(Letter.sent_at.is_(None), Letter.attempts < ATTEMPTS, User.active, User.email != "")
        .order_by(Letter.created_at, Letter.id)
        .limit(limit)
    )
    return [(letter, address) for letter, address in session.execute(query)]


def note_sent(session: Session, letter_id: str, *, now: datetime, error: str = "") -> None:
    """How sending a letter ended; a failed one is tried again with the next ones."""
    letter = session.get(Letter, letter_id)
    if letter is not None:
        letter.attempts += 1
        letter.error = error[:100]
        letter.sent_at = None if error else now
