"""Once a day: what the calendar brings about, and throwing away what has served its time."""

from datetime import timedelta

from sqlalchemy import delete, func, select

from catalog import outbox
from catalog.auth import SYSTEM
from catalog.jobs import leftovers
from catalog.jobs.context import JobContext
from catalog.models import IdempotencyKey, LoginFailure, LoginSession, SearchChange
from catalog.outbox import JobName
from catalog.services import formats, heads, list_effects, mergers, releasing, reminders
from datasets import proof


def nightly(context: JobContext) -> None:
    """Hand over what merged units held; release entries whose item has lapsed and treat entries newly
    exempt today as was decided; have what is public checked and the openness ledger compared; ask again
    for formats that public tables lack; describe anew for other portals what the calendar has changed;
    remind of what is owed; publish the head of the audit trail; forget ended sessions, old answers to
    repeated requests and index notes every node has read; clear away what killed processes left."""
    now = context.runtime.clock()
    leftovers.clear(context.runtime.settings.home)
    with context.effects() as session:
        mergers.hand_over_due(session, SYSTEM, now=now)
        releasing.release_uncovered(session, SYSTEM, now=now)
        list_effects.reach_due(session, SYSTEM, now=now)
        outbox.enqueue(session, JobName.SKETCH_TABLES, {}, now=now)
        outbox.touch_publications(session)
        formats.ask_again(session, now)
        reminders.remind(session, now=now, settings=context.runtime.settings)
        heads.publish(session, proof.signer(context.runtime.settings.signing_seed()), now=now)
        outbox.enqueue(session, JobName.CHECK_AVAILABILITY, {}, now=now)
        outbox.enqueue(session, JobName.COMPARE_OPENNESS, {}, now=now)
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
