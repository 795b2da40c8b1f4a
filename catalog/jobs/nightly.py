"""Once a day: throw away what has served its time."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from catalog.jobs.context import JobContext
from catalog.models import IdempotencyKey, LoginFailure, LoginSession, SearchChange


def nightly(context: JobContext) -> None:
    """Forget ended sessions, old answers to repeated requests, and index notes every node has read."""
    now = context.runtime.clock()
    with context.effects() as session:
        session.execute(delete(LoginSession).where(LoginSession.expires_at < now))
        session.execute(delete(LoginFailure).where(LoginFailure.at < now - timedelta(days=1)))
        session.execute(
            delete(IdempotencyKey).where(IdempotencyKey.created_at < now - timedelta(days=1))
        )
        last = session.scalar(select(func.max(SearchChange.sequence))) or 0
        session.execute(
            delete(SearchChange).where(
                SearchChange.at < now - timedelta(days=30), SearchChange.sequence < last - 10_000
            )
        )
