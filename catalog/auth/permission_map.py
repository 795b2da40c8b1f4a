"""The whole policy as one table: each permission is an OR of ANDs of small predicates.

A predicate takes the actor and the subject; a subject says whose it is by ``unit_id`` and, where it
matters, who submitted it by ``submitted_by`` or drafted it by ``drafted_by``.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from catalog.auth.identity import Identity
from catalog.auth.permissions import Permission
from catalog.errors import Forbidden, Unauthenticated
from schemas.records import Message
from schemas.vocabularies import Role

Predicate: TypeAlias = Callable[[Identity, Any], bool]


def _unit(subject: Any) -> int | None:
    unit_id = getattr(subject, "unit_id", None)
    return unit_id if isinstance(unit_id, int) else None


def unit_editor(actor: Identity, subject: Any) -> bool:
    """Edits the data of the subject's unit."""
    return actor.has(Role.EDITOR, _unit(subject))


def unit_reviewer(actor: Identity, subject: Any) -> bool:
    """Reviews for the subject's unit."""
    return actor.has(Role.REVIEWER, _unit(subject))


def keeper(actor: Identity, subject: Any) -> bool:
    """Keeps the lists."""
    return actor.holds(Role.KEEPER)


def administrator(actor: Identity, subject: Any) -> bool:
    """Runs the platform."""
    return actor.holds(Role.ADMINISTRATOR)


def auditor(actor: Identity, subject: Any) -> bool:
    """Reads everything, changes nothing."""
    return actor.holds(Role.AUDITOR)


def signed_in(actor: Identity, subject: Any) -> bool:
    """Has an account."""
    return actor.user_id is not None


def system(actor: Identity, subject: Any) -> bool:
    """The platform itself: a job or the command line of the operator."""
    return actor.system


def not_own_submission(actor: Identity, subject: Any) -> bool:
    """Four eyes: somebody other than who submitted."""
    return getattr(subject, "submitted_by", None) != actor.user_id


def not_own_draft(actor: Identity, subject: Any) -> bool:
    """Four eyes: somebody other than who drafted."""
    return getattr(subject, "drafted_by", None) != actor.user_id


def not_own_settlement(actor: Identity, subject: Any) -> bool:
    """Four eyes: somebody other than who settled."""
    return getattr(subject, "by", None) != actor.user_id


PERMISSION_MAP: dict[Permission, tuple[tuple[Predicate, ...], ...]] = {
    Permission.DATASET_READ_UNPUBLISHED: (
        (unit_editor,), (unit_reviewer,), (administrator,), (auditor,), (system,),
    ),
    Permission.DATASET_CREATE: ((unit_editor,), (administrator,), (system,)),
    Permission.DATASET_AMEND: ((unit_editor,), (administrator,), (system,)),
    Permission.DATASET_SUBMIT: ((unit_editor,),),
    Permission.DATASET_SUSPEND: ((unit_editor,), (unit_reviewer,), (administrator,), (system,)),
    Permission.DATASET_RESUME: ((unit_reviewer,), (administrator,), (system,)),
    Permission.DATASET_WITHDRAW: ((unit_editor,), (unit_reviewer,), (administrator,), (system,)),
    Permission.DATASET_RETIRE: ((unit_editor,), (administrator,), (system,)),
    Permission.VERSION_ADD: ((unit_editor,), (system,)),
    Permission.VERSION_READ: (
        (unit_editor,), (unit_reviewer,), (administrator,), (auditor,), (system,),
    ),
    Permission.FINDING_SETTLE: ((unit_editor,),),
    Permission.FINDING_CONSENT: ((unit_reviewer, not_own_settlement),),
    Permission.REVIEW_READ: (
        (unit_editor,), (unit_reviewer,), (administrator,), (auditor,),
    ),
    Permission.REVIEW_DECIDE: ((unit_reviewer, not_own_submission),),
    Permission.LIST_READ_INTERNAL: ((keeper,), (administrator,), (auditor,), (system,)),
    Permission.LIST_DRAFT: ((keeper,), (administrator,)),
    Permission.LIST_APPROVE: ((administrator, not_own_draft), (keeper, not_own_draft)),
    Permission.LAW_MANAGE: ((keeper,), (administrator,), (system,)),
    Permission.EXCEPTION_RECORD: ((unit_editor,), (keeper,), (administrator,)),
    Permission.EXCEPTION_CONFIRM: (
        (unit_reviewer, not_own_draft), (keeper, not_own_draft), (administrator, not_own_draft),
    ),
    Permission.GUIDE_DRAFT: ((keeper,), (administrator,)),
    Permission.GUIDE_PUBLISH: ((keeper, not_own_draft), (administrator, not_own_draft)),
    Permission.NOTICE_PUBLISH: ((keeper,), (administrator,)),
    Permission.UNIT_MANAGE: ((administrator,), (system,)),
    Permission.USER_MANAGE: ((administrator,), (system,)),
    Permission.CALENDAR_MANAGE: ((administrator,), (system,)),
    Permission.SOURCE_MANAGE: ((administrator,), (system,)),
    Permission.SOURCE_READ: ((administrator,), (auditor,), (system,)),
    Permission.JOB_READ: (
        (unit_editor,), (unit_reviewer,), (administrator,), (auditor,), (system,),
    ),
    Permission.OPENNESS_DRILL: ((unit_editor,), (unit_reviewer,), (administrator,), (auditor,)),
    Permission.ASSESSMENT_MANAGE: ((administrator,), (system,)),
    Permission.REPORT_READ: (
        (unit_editor,), (unit_reviewer,), (keeper,), (administrator,), (auditor,), (system,),
    ),
    Permission.OPENNESS_FREEZE: ((administrator,), (system,)),
    Permission.OPENNESS_COMPARE: ((auditor,), (administrator,), (system,)),
    Permission.FACT_CORRECT: ((administrator,), (system,)),
    Permission.AUDIT_READ: ((auditor,), (administrator,), (system,)),
    Permission.MOSAIC_READ: ((unit_editor,), (unit_reviewer,), (administrator,), (auditor,), (system,)),
    Permission.TARGET_MANAGE: ((administrator,), (system,)),
    Permission.REQUEST_READ: (
        (unit_editor,), (unit_reviewer,), (administrator,), (auditor,), (system,),
    ),
    Permission.REQUEST_REPLY: ((unit_editor,), (unit_reviewer,), (administrator,)),
    Permission.REQUEST_ASSIGN: ((administrator,),),
    Permission.TOKEN_OWN: ((signed_in,),),
}  # fmt: skip

READING = frozenset(
    {
        Permission.DATASET_READ_UNPUBLISHED,
        Permission.VERSION_READ,
        Permission.REVIEW_READ,
        Permission.LIST_READ_INTERNAL,
        Permission.SOURCE_READ,
        Permission.JOB_READ,
        Permission.OPENNESS_DRILL,
        Permission.REPORT_READ,
        Permission.AUDIT_READ,
        Permission.MOSAIC_READ,
        Permission.REQUEST_READ,
    }
)
"""Permissions that a token without the write scope still has."""


def can(actor: Identity, permission: Permission, subject: Any = None) -> bool:
    """Whether the actor may do this to the subject."""
    if not actor.writes and permission not in READING:
        return False
    return any(
        all(predicate(actor, subject) for predicate in alternative)
        for alternative in PERMISSION_MAP[permission]
    )


def require(actor: Identity, permission: Permission, subject: Any = None) -> None:
    """Refuse unless the actor may: 401 when nobody is signed in, else 403."""
    if can(actor, permission, subject):
        return
    if actor.anonymous:
        raise Unauthenticated(
            "sign-in-needed",
            Message("This needs an account."),
            Message("Sign in, or send a valid token in the Authorization header."),
        )
    if not actor.writes and permission not in READING:
        raise Forbidden(
            "token-reads-only",
            Message("This token may read but not change anything."),
            Message("Make a token with the write scope."),
        )
    raise Forbidden(
        "not-allowed",
        Message("Your role does not allow this (%(permission)s).", {"permission": permission}),
        Message("Ask an administrator, or somebody who holds the role."),
    )
