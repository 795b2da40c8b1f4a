"""What the pages of people at work share: who may open them, messages that were stored, small words."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import http
from catalog.auth import Identity
from catalog.errors import missing
from catalog.models import Unit, User
from catalog.services.audit import AuditTag
from schemas.records import Message, Problem
from schemas.vocabularies import EventFault, Role


def need(*roles: Role) -> Identity:
    """Who asks, signed in and holding one of the roles; to others the page does not exist."""
    actor = http.signed_in()
    if not actor.holds(*roles):
        raise missing("page")
    return actor


def message(stored: Any) -> Message:
    """A message that was stored as JSON, with the messages inside it."""
    if isinstance(stored, Message):
        return stored
    params = {
        name: message(value) if isinstance(value, Mapping) and "text" in value else value
        for name, value in (stored.get("params") or {}).items()
    }
    return Message(str(stored.get("text", "")), params)


def problem(stored: Mapping[str, Any]) -> Problem:
    """A problem that was stored as JSON."""
    return Problem(
        stored["code"], message(stored["cause"]), message(stored["remedy"]), stored.get("place", "")
    )


def units_of(session: Session, actor: Identity, *roles: Role) -> list[tuple[str, str]]:
    """Code and name of the units for which the actor holds a role, all of them for a platform role."""
    query = select(Unit.code, Unit.name).order_by(Unit.name)
    held = None if actor.holds(Role.ADMINISTRATOR) else actor.units(*roles)
    if held is not None:
        query = query.where(Unit.id.in_(held))
    return list(session.execute(query).all())


def every_unit(session: Session) -> list[tuple[str, str]]:
    """Code and name of every unit; the roster is public."""
    return list(session.execute(select(Unit.code, Unit.name).order_by(Unit.name)).all())


def names(session: Session, ids: set[int]) -> dict[int, str]:
    """The user names behind ids."""
    query = select(User.id, User.name).where(User.id.in_(ids))
    return dict(session.execute(query).all())


TAGS: dict[str, Message] = {
    AuditTag.UNIT_ADDED: Message("Unit put on the roster"),
    AuditTag.UNIT_AMENDED: Message("Unit changed"),
    AuditTag.USER_ADDED: Message("Account made"),
    AuditTag.USER_AMENDED: Message("Account changed"),
    AuditTag.SIGNED_IN: Message("Signed in"),
    AuditTag.TOKEN_MADE: Message("Token made"),
    AuditTag.TOKEN_REVOKED: Message("Token revoked"),
    AuditTag.DATASET_CREATED: Message("Entry registered"),
    AuditTag.DATASET_AMENDED: Message("Entry changed"),
    AuditTag.DATASET_DELETED: Message("Draft deleted"),
    AuditTag.DATASET_PUBLISHED: Message("Entry published"),
    AuditTag.DATASET_SUSPENDED: Message("Entry suspended"),
    AuditTag.DATASET_RESUMED: Message("Entry resumed"),
    AuditTag.DATASET_WITHDRAWN: Message("Entry withdrawn"),
    AuditTag.DATASET_RETIRED: Message("Entry retired"),
    AuditTag.RESOURCE_ADDED: Message("Table added"),
    AuditTag.RESOURCE_AMENDED: Message("Table changed"),
    AuditTag.RESOURCE_REMOVED: Message("Table removed"),
    AuditTag.VERSION_RECEIVED: Message("Delivery received"),
    AuditTag.VERSION_EXAMINED: Message("Delivery examined"),
    AuditTag.MEMBER_CHOSEN: Message("Table of the file chosen"),
    AuditTag.REPAIRS_ACCEPTED: Message("Repairs agreed to"),
    AuditTag.FINDING_SETTLED: Message("Findings settled"),
    AuditTag.FINDING_CONSENTED: Message("Consent to keeping given"),
    AuditTag.REVIEW_SUBMITTED: Message("Submitted for review"),
    AuditTag.REVIEW_VOIDED: Message("Review void"),
    AuditTag.REVIEW_DECIDED: Message("Review decided"),
    AuditTag.LIST_DRAFTED: Message("Adjustment of the list drafted"),
    AuditTag.LIST_APPROVED: Message("Adjustment of the list approved"),
    AuditTag.LIST_REFUSED: Message("Adjustment of the list refused"),
    AuditTag.LIST_RENEWED: Message("Draft of an adjustment renewed"),
    AuditTag.LIST_REVISED: Message("Draft of an adjustment changed"),
    AuditTag.LIST_WITHDRAWN: Message("Draft of an adjustment withdrawn"),
    AuditTag.LAW_AMENDED: Message("Library of legal bases changed"),
    AuditTag.EXCEPTION_RECORDED: Message("Exception recorded"),
    AuditTag.EXCEPTION_CONFIRMED: Message("Exception confirmed"),
    AuditTag.EXCEPTION_ENDED: Message("Exception ended"),
    AuditTag.TASK_SETTLED: Message("Decision about an entry given"),
    AuditTag.GUIDE_DRAFTED: Message("Guideline drafted"),
    AuditTag.GUIDE_PUBLISHED: Message("Guideline published"),
    AuditTag.GUIDE_REFUSED: Message("Guideline refused"),
    AuditTag.GUIDE_WITHDRAWN: Message("Draft of a guideline withdrawn"),
    AuditTag.NOTICE_PUBLISHED: Message("Notice published"),
    AuditTag.CALENDAR_IMPORTED: Message("Calendar imported"),
    AuditTag.REQUEST_RECEIVED: Message("Request of the public received"),
    AuditTag.REQUEST_ANSWERED: Message("Request of the public answered"),
    AuditTag.REQUEST_EXTENDED: Message("Time for a request extended"),
    AuditTag.REQUEST_ASSIGNED: Message("Request passed on to a unit"),
    AuditTag.OPENNESS_DIFFERS: Message("Openness ledger found to differ"),
    AuditTag.OPENNESS_REBUILT: Message("Openness ledger counted anew"),
    AuditTag.FACT_CORRECTED: Message("Fact of a past day corrected"),
    AuditTag.CORRECTIONS_DRAFTED: Message("Corrections of past days drafted"),
    AuditTag.CORRECTIONS_APPROVED: Message("Corrections of past days approved"),
    AuditTag.CORRECTIONS_REFUSED: Message("Corrections of past days refused"),
    AuditTag.CORRECTIONS_WITHDRAWN: Message("Draft of corrections withdrawn"),
    AuditTag.UNIT_HANDED_OVER: Message("Entries of a merged unit handed over"),
    AuditTag.REGION_NAMED: Message("Region named"),
    AuditTag.TARGET_SET: Message("Target set"),
    AuditTag.ASSESSMENT_PUBLISHED: Message("Assessment by a third party published"),
    AuditTag.ASSESSMENT_WITHDRAWN: Message("Assessment by a third party withdrawn"),
    AuditTag.SNAPSHOT_FROZEN: Message("Results of a period frozen"),
    AuditTag.SNAPSHOT_RESTATED: Message("Frozen results restated"),
    AuditTag.SOURCE_ADDED: Message("Source added"),
    AuditTag.SOURCE_AMENDED: Message("Source changed"),
    AuditTag.HARVEST_FINISHED: Message("Harvest run ended"),
}


UNREADABLE = Message("Cannot be read")


def what(tag: str, fault: EventFault | None = None) -> Message:
    """An event of the trail in words; of one that cannot be read, that."""
    return UNREADABLE if fault == EventFault.UNREADABLE else TAGS.get(tag, Message(tag))
