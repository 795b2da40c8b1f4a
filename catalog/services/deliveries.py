"""Deliveries: bytes come in, are examined in the background, repaired and settled by the editor.

What an examination depends on besides the bytes (agreed repairs, settlements, withheld fields, the
schema) is its recipe. Changing the recipe asks for a new examination; a result for an old recipe is
thrown away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity, Permission, Subject, require
from catalog.errors import Conflict, missing
from catalog.models import Resource, Version
from catalog.outbox import JobName
from catalog.services import audit, examinations, manifests, settlements, values
from catalog.services.audit import AuditTag
from catalog.services.visibility import knows
from datasets.reading import recipes
from datasets.storage import Blob
from schemas.records import Message
from schemas.vocabularies import SettlementAction, Severity, VersionState


def get_version(session: Session, actor: Identity, version_id: str) -> Version:
    """A delivery with what was found in it; for the unit's staff only."""
    version = session.scalar(
        select(Version)
        .where(Version.id == version_id)
        .options(
            selectinload(Version.resource).selectinload(Resource.dataset),
            selectinload(Version.examination),
            selectinload(Version.settlements),
        )
        .execution_options(populate_existing=True)
    )
    if version is None or not knows(actor, version.resource.dataset):
        raise missing("version")
    require(actor, Permission.VERSION_READ, version.resource.dataset)
    return version


def versions(session: Session, actor: Identity, resource: Resource) -> list[Version]:
    """All deliveries of a resource, newest first; for the unit's staff only."""
    require(actor, Permission.VERSION_READ, resource.dataset)
    return list(
        session.scalars(
            select(Version)
            .where(Version.resource_id == resource.id)
            .options(selectinload(Version.examination))
            .order_by(Version.number.desc())
        )
    )


def check_may_deliver(actor: Identity, resource: Resource) -> None:
    """Refuse before any byte is read: not allowed, or the entry has ended."""
    require(actor, Permission.VERSION_ADD, resource.dataset)
    if resource.dataset.state in {"retired", "withdrawn"}:
        raise Conflict(
            "entry-ended",
            Message("This entry has been withdrawn or retired; it takes no deliveries."),
            Message("Register a new entry, or ask an administrator."),
        )


def add_version(
    session: Session,
    actor: Identity,
    resource: Resource,
    *,
    blob: Blob | None,
    file_name: str,
    source_url: str = "",
    now: datetime,
) -> Version:
    """Take a delivery whose bytes are stored (or, with ``source_url``, are to be fetched), and ask
    for its examination. The same recipe of repairs is agreed to as for the version before, and of a
    file with several tables the same one is meant. What was decided about personal data goes on too,
    by the names of the columns; only who consented to keeping values has to consent again."""
    manifests.hold(session, resource.dataset_id)
    check_may_deliver(actor, resource)
    before = manifests.latest_version(session, resource.id)
    number = session.scalar(
        select(func.coalesce(func.max(Version.number), 0)).where(Version.resource_id == resource.id)
    )
    version = Version(
        resource_id=resource.id,
        number=int(number or 0) + 1,
        state=VersionState.RECEIVED,
        file_name=values.check({"file": file_name}, {"file": values.line(300)})["file"],
        source_url=values.check({"url": source_url}, {"url": values.address})["url"],
        sha256=blob.sha256 if blob else "",
        bytes=blob.size if blob else 0,
        repairs=list(before.repairs) if before else [],
        member=before.member if before else "",
        created_at=now,
        created_by=actor.user_id,
    )
    session.add(version)
    session.flush()
    if before is not None:
        settlements.carry_on(session, before, version)
    manifests.void_open_review(session, actor, resource.dataset, "a new delivery arrived", now=now)
    name = JobName.EXAMINE_VERSION if blob else JobName.FETCH_VERSION
    examinations.ask(session, version, name, now)
    audit.record(
        session, actor, AuditTag.VERSION_RECEIVED, "version", version.id, now=now,
        unit_id=resource.dataset.unit_id, sha256=version.sha256, bytes=version.bytes,
        resource=resource.id,
        settlements=[{"finding": one.finding, "action": one.action} for one in version.settlements],
    )  # fmt: skip
    return version


def _changeable(
    session: Session, actor: Identity, version_id: str, permission: Permission
) -> Version:
    manifests.hold(session, get_version(session, actor, version_id).resource.dataset_id)
    version = get_version(session, actor, version_id)
    require(actor, permission, version.resource.dataset)
    latest = manifests.latest_version(session, version.resource_id)
    if latest is not None and latest.id != version.id:
        raise Conflict(
            "not-the-latest",
            Message("A newer delivery has replaced this one."),
            Message("Work on the newest delivery of the table."),
        )
    if version.examination is None or version.state not in {
        VersionState.EXAMINED,
        VersionState.FAILED,
    }:
        raise Conflict(
            "still-examining",
            Message("This delivery is still being examined."),
            Message("Wait until its state is examined, then try again."),
        )
    return version


def accept_repairs(
    session: Session,
    actor: Identity,
    version_id: str,
    accept: Sequence[str] | Literal["all"],
    *,
    now: datetime,
) -> Version:
    """Agree to shown repairs (and to no others); the delivery is examined again.

    What was agreed to before and is not shown this time stays in the recipe for the next delivery.
    """
    version = _changeable(session, actor, version_id, Permission.VERSION_ADD)
    assert version.examination is not None  # noqa: S101  (checked by _changeable)
    offered = [repair["id"] for repair in version.examination.repairs]
    chosen = offered if accept == "all" else list(dict.fromkeys(accept))
    unknown = [repair for repair in chosen if repair not in offered]
    if unknown:
        raise values.refusal(
            {"accept": [Message("not offered: %(ids)s", {"ids": ", ".join(map(str, unknown))})]}
        )
    version.repairs = recipes.carried_on(version.repairs, offered, chosen)
    examinations.ask(session, version, JobName.EXAMINE_VERSION, now)
    manifests.void_open_review(
        session, actor, version.resource.dataset, "repairs were agreed to", now=now
    )
    audit.record(
        session, actor, AuditTag.REPAIRS_ACCEPTED, "version", version.id, now=now,
        unit_id=version.resource.dataset.unit_id, repairs=chosen,
    )  # fmt: skip
    return version


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a recipe; ``used`` says whether this delivery needed it."""

    id: str
    text: Message
    used: bool


def recipe_steps(version: Version) -> list[Step]:
    """What was agreed to mend in this table, step by step."""
    found = version.examination
    used = {repair["id"] for repair in found.repairs if repair["accepted"]} if found else set()
    return [Step(one, recipes.step(one), one in used) for one in version.repairs]


def choose_member(
    session: Session, actor: Identity, version_id: str, member: str, *, now: datetime
) -> Version:
    """Say which table of an archive or which sheet of a workbook is meant."""
    version = _changeable(session, actor, version_id, Permission.VERSION_ADD)
    assert version.examination is not None  # noqa: S101  (checked by _changeable)
    if member not in version.examination.members:
        raise values.refusal({"member": [Message("is not one of the tables in the file")]})
    settlements.go_by_name(session, version)
    version.member = member
    version.repairs = []
    dataset = version.resource.dataset
    examinations.ask(session, version, JobName.EXAMINE_VERSION, now)
    manifests.void_open_review(session, actor, dataset, "another table was chosen", now=now)
    audit.record(
        session, actor, AuditTag.MEMBER_CHOSEN, "version", version.id, now=now,
        unit_id=dataset.unit_id, member=member,
    )  # fmt: skip
    return version


def settle(
    session: Session,
    actor: Identity,
    version_id: str,
    asked: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
) -> Version:
    """Decide about findings (``SettlementAction``), each in a way that makes sense for it. The
    delivery is examined again; ``keep`` counts only once a second person has consented, and
    ``withdraw`` takes a decision back."""
    version = _changeable(session, actor, version_id, Permission.FINDING_SETTLE)
    assert version.examination is not None and actor.user_id is not None  # noqa: S101, PT018
    for number, given in enumerate(asked):
        cleaned = values.check(
            given,
            {
                "finding": values.line(300, required=True),
                "action": values.choice(SettlementAction),
                "ground": values.lines(2_000),
            },
            required=("finding", "action"),
            prefix=f"{number}.",
        )
        _check_settlement(version, cleaned, number)
        settlements.decide(
            session, version, cleaned["finding"],
            action=cleaned["action"], ground=cleaned.get("ground", ""), by=actor.user_id, at=now,
        )  # fmt: skip
    examinations.ask(session, version, JobName.EXAMINE_VERSION, now)
    manifests.void_open_review(
        session, actor, version.resource.dataset, "findings were settled", now=now
    )
    audit.record(
        session, actor, AuditTag.FINDING_SETTLED, "version", version.id, now=now,
        unit_id=version.resource.dataset.unit_id,
        settlements=[{"finding": s.get("finding"), "action": s.get("action")} for s in asked],
    )  # fmt: skip
    return version


def _check_settlement(version: Version, cleaned: dict[str, Any], number: int) -> None:
    possible = settlements.actions(version, cleaned["finding"])
    if not possible:
        raise values.refusal({f"{number}.finding": [Message("is not a finding of this delivery")]})
    if cleaned["action"] not in possible:
        raise values.refusal(
            {
                f"{number}.action": [
                    Message(
                        "does not fit this finding; possible are: %(actions)s",
                        {"actions": ", ".join(possible)},
                    )
                ]
            }
        )
    if cleaned["action"] == SettlementAction.KEEP and not cleaned.get("ground"):
        raise values.refusal(
            {f"{number}.ground": [Message("keeping personal data needs its legal ground")]}
        )


def consent(
    session: Session,
    actor: Identity,
    version_id: str,
    finding: str,
    *,
    ground: str | None = None,
    now: datetime,
) -> Version:
    """A second person consents to keeping what a finding names; ``ground`` is the one they read."""
    held_version = get_version(session, actor, version_id)
    kept = settlements.about(held_version, finding)
    if kept is None or kept.action != SettlementAction.KEEP:
        raise missing("settlement")
    subject = Subject(unit_id=held_version.resource.dataset.unit_id, by=kept.by)
    require(actor, Permission.FINDING_CONSENT, subject)
    version = _changeable(session, actor, version_id, Permission.FINDING_CONSENT)
    held = settlements.about(version, finding)
    if (
        held is None
        or held.action != SettlementAction.KEEP
        or (ground is not None and held.ground != ground)
    ):
        raise Conflict(
            "ground-changed",
            Message("The editor has changed this settlement since you read it."),
            Message("Read the new ground and decide again."),
        )
    held.consent_by, held.consent_at = actor.user_id, now
    dataset = version.resource.dataset
    examinations.ask(session, version, JobName.EXAMINE_VERSION, now)
    manifests.void_open_review(session, actor, dataset, "a finding was consented to", now=now)
    audit.record(
        session, actor, AuditTag.FINDING_CONSENTED, "version", version.id, now=now,
        unit_id=dataset.unit_id, finding=finding,
    )  # fmt: skip
    return version


def record_fetched(
    session: Session, version: Version, blob: Blob, file_name: str, *, now: datetime
) -> None:
    """The bytes behind a URL have arrived and are stored: go on to the examination."""
    version.sha256, version.bytes = blob.sha256, blob.size
    version.file_name = version.file_name or file_name
    examinations.ask(session, version, JobName.EXAMINE_VERSION, now)


def unsettled(version: Version) -> list[dict[str, Any]]:
    """Findings of high severity that shut the gate."""
    if version.examination is None:
        return []
    return [
        finding
        for finding in version.examination.findings
        if finding["severity"] == Severity.HIGH and not finding["settled"]
    ]
