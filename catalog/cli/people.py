"""In whose name the operator acts, where a rule wants a person."""

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from catalog.auth import Identity
from catalog.errors import missing
from catalog.models import User
from catalog.services import accounts


def actor_named(session: Session, name: str) -> Identity:
    """The person of this name; a closed account acts no more."""
    user = session.scalar(
        select(User).where(User.name == name, User.active).options(selectinload(User.memberships))
    )
    if user is None:
        raise missing("user")
    return accounts.identity_of(user)
