"""Which roles a person holds: given and taken away, each an event of the trail."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity, Permission, require
from catalog.errors import Forbidden, missing
from catalog.models import Membership, User
from catalog.services import audit, units, values
from catalog.services.audit import AuditTag
from schemas.records import Message
from schemas.vocabularies import Role

UNIT_ROLES = frozenset({Role.EDITOR, Role.REVIEWER})
"""Held for one unit each; every other role is held for the whole platform."""


def account(session: Session, name: str) -> User:
    """An account with its roles. Raises ``NotFound``."""
    user = session.scalar(
        select(User).where(User.name == name).options(selectinload(User.memberships))
    )
    if user is None:
        raise missing("user")
    return user


def give(session: Session, user: User, role: str, unit_code: str) -> None:
    """Add a role to an account in hand."""
    word = _word(role)
    if word in UNIT_ROLES and not unit_code:
        raise values.refusal({"unit": [Message("an editor or reviewer belongs to a unit")]})
    if word not in UNIT_ROLES and unit_code:
        text = Message("this role is held for the whole platform; leave the unit empty")
        raise values.refusal({"unit": [text]})
    unit = units.get(session, unit_code) if unit_code else None
    unit_id = unit.id if unit is not None else None
    if any((held.role, held.unit_id) == (word, unit_id) for held in user.memberships):
        raise values.refusal({"role": [Message("this person holds this role already")]})
    user.memberships.append(Membership(role=word, unit_id=unit_id, unit=unit))
    session.flush()


def _word(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise values.refusal(
            {"role": [Message("must be one of: %(words)s", {"words": ", ".join(Role)})]}
        ) from None


def _in_hand(session: Session, name: str) -> User:
    """An account whose roles nobody else changes until this transaction ends."""
    found = account(session, name)
    session.scalars(
        select(User)
        .where(User.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    session.refresh(found, ["memberships"])
    return found


def grant(
    session: Session, actor: Identity, name: str, *, role: str, unit_code: str = "", now: datetime
) -> User:
    """Give a further role; its open sessions learn of it at the next request."""
    require(actor, Permission.USER_MANAGE)
    user = _in_hand(session, name)
    give(session, user, role, unit_code)
    audit.record(
        session, actor, AuditTag.USER_AMENDED, "user", name, now=now, granted=role, unit=unit_code
    )
    return user


def revoke(
    session: Session, actor: Identity, name: str, *, role: str, unit_code: str = "", now: datetime
) -> User:
    """Take a role away; sessions and tokens of the account lose it at their next request.

    Nobody takes the administrator's role from themselves, so that somebody always holds it. Raises
    ``NotFound`` for a role that the person does not hold.
    """
    require(actor, Permission.USER_MANAGE)
    user = _in_hand(session, name)
    word = _word(role)
    held = next(
        (
            one
            for one in user.memberships
            if one.role == word and (one.unit.code if one.unit else "") == unit_code
        ),
        None,
    )
    if held is None:
        raise missing("role")
    if word == Role.ADMINISTRATOR and user.id == actor.user_id:
        raise Forbidden(
            "own-role",
            Message("You cannot take the administrator's role from yourself."),
            Message("Ask another administrator."),
        )
    user.memberships.remove(held)
    session.flush()
    audit.record(
        session, actor, AuditTag.USER_AMENDED, "user", name, now=now, revoked=role, unit=unit_code
    )
    return user
