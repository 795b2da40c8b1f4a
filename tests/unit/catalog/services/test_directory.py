"""Changing an entry: what one change costs, and what it leaves alone."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.models import Dataset, DatasetRevision, ExemptionLink
from catalog.services import directory, facts
from schemas.vocabularies import DatasetState, Openness
from tests.common.lists import add_dataset, add_unit
from tests.common.statements import told
from tests.conftest import NOW


def _published(session: Session) -> str:
    unit = add_unit(session, NOW)
    return add_dataset(
        session, unit, NOW, state=DatasetState.PUBLISHED, openness=Openness.UNCONDITIONAL
    ).slug


def _count(session: Session, model: type[DatasetRevision] | type[ExemptionLink]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_one_change_of_a_disposition_asks_the_database_two_dozen_questions(
    session: Session,
) -> None:
    slug = _published(session)
    directory.amend(session, SYSTEM, slug, {"openness": "unassessed"}, expected=None, now=NOW)
    session.commit()
    session.expunge_all()
    with told(session) as statements:
        directory.amend(session, SYSTEM, slug, {"openness": "conditional"}, expected=None, now=NOW)
        session.commit()
    assert len(statements) <= 24, statements


def test_a_change_that_changes_nothing_leaves_no_revision_and_the_version_as_it_was(
    session: Session,
) -> None:
    slug = _published(session)
    version = directory.get(session, SYSTEM, slug).version
    given = {"openness": "unconditional"}
    directory.amend(session, SYSTEM, slug, given, expected=version, now=NOW)
    session.flush()
    assert session.scalar(select(Dataset.version).where(Dataset.slug == slug)) == version
    assert _count(session, DatasetRevision) == 0


def test_an_entry_that_is_opened_loses_the_items_that_closed_it(session: Session) -> None:
    slug = _published(session)
    dataset = directory.get(session, SYSTEM, slug)
    facts.link(session, dataset.id, "", {"NL-001"}, NOW)
    dataset.openness = Openness.WITHHELD
    directory.amend(session, SYSTEM, slug, {"openness": "unassessed"}, expected=None, now=NOW)
    assert facts.links(session, dataset.id) == {}
    revision = session.scalars(select(DatasetRevision)).one()
    assert (revision.before["withheld_by"], revision.after["withheld_by"]) == (["NL-001"], [])
