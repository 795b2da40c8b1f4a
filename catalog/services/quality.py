"""How good a public entry is: the European score, and the criteria of this platform, each explained.

Everything is computed from what everybody may know of an entry and from the platform's own checks;
a field that is closed is neither named nor counted.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import NotFound
from catalog.models import AvailabilityFact, Dataset, Examination, Resource
from catalog.services import directory, exchange, facts, public_fields
from schemas import freshness
from schemas.interop import mqa
from schemas.interop.mqa import Judged
from schemas.licences import LICENCES
from schemas.published import PublishedEntry, PublishedTable
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of this platform for one entry: ``counts`` is (what meets it, what it is asked of);
    an empty denominator means that it does not apply. ``remedy`` is what the unit can do."""

    code: str
    title: Message
    counts: tuple[int, int]
    asks: Message
    remedy: Message

    @property
    def met(self) -> bool | None:
        """Whether everything meets it; None where it does not apply."""
        return self.counts[0] == self.counts[1] if self.counts[1] else None


@dataclass(frozen=True, slots=True)
class Known:
    """What is judged: the entry as everybody sees it, and what the platform found.

    ``validated``, ``keyed``: ids of tables that were judged against a schema and found valid, and of
    those with a key. ``described``: names of fields that have a description. ``available``: the last
    check found that everything answers; None when nothing was checked.
    """

    entry: PublishedEntry
    on: date
    available: bool | None
    validated: frozenset[str]
    keyed: frozenset[str]
    described: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quality:
    """An entry judged on a day."""

    on: date
    european: tuple[Judged, ...]
    criteria: tuple[Criterion, ...]

    @property
    def score(self) -> int:
        """Points of 405."""
        return mqa.score(self.european)

    @property
    def rating(self) -> str:
        """The European word for the score."""
        return mqa.rating(self.score)

    @property
    def criteria_met(self) -> tuple[int, int]:
        """How many of our criteria are met, of those that apply."""
        asked = [one for one in self.criteria if one.met is not None]
        return sum(one.met is True for one in asked), len(asked)

    def dimension(self, name: str) -> tuple[int, int]:
        """Points earned and to be had in one dimension of the European scheme."""
        held = [one for one in self.european if one.indicator.dimension == name]
        return sum(one.points for one in held), sum(one.indicator.points for one in held)


def judged(dataset: Dataset) -> bool:
    """Whether an entry is judged: it is public and its data open, if on a condition."""
    return (
        dataset.state == DatasetState.PUBLISHED
        and dataset.published_at is not None
        and dataset.openness in facts.OPEN
    )


def of_entry(session: Session, actor: Identity, slug: str, today: date) -> Quality:
    """The quality of an entry. Raises ``NotFound`` for one whose data is not open."""
    dataset = directory.get(session, actor, slug)
    if not judged(dataset):
        raise NotFound(
            "not-judged",
            Message("The data of this entry is not public now, so there is no quality to judge."),
            Message("Quality is computed once the entry is published and open."),
        )
    return of(session, dataset, today)


def of(session: Session, dataset: Dataset, today: date) -> Quality:
    """The quality of an entry in hand that is ``judged``, with a fixed number of questions."""
    return assess(known(session, dataset, today))


def known(session: Session, dataset: Dataset, today: date) -> Known:
    """Gather what is judged."""
    entry = exchange.of(session, [dataset], base="", today=today)[0]
    validated, keyed = set(), set()
    held = public_fields.shown(dataset, {})
    keys = {field.name for field in held if field.is_key}
    tables = {table.id: table for table in entry.tables}
    for row in session.execute(
        select(
            Resource.id, Resource.schema_name, Resource.table_schema,
            Examination.valid, Examination.profile["keys"].label("keys"),
        )
        .join(Examination, Examination.id == Resource.current_examination_id)
        .where(Resource.id.in_(tables))
    ):  # fmt: skip
        if row.valid and (row.schema_name or row.table_schema):
            validated.add(row.id)
        schema = tables[row.id].table_schema
        if row.keys or schema.get("primaryKey") or keys & _names(tables[row.id]):
            keyed.add(row.id)
    return Known(
        entry, today, _available(session, dataset.id, today), frozenset(validated), frozenset(keyed),
        frozenset(
            field.name
            for field in held
            if field.description.strip() and field.openness != Openness.WITHHELD
        ),
    )  # fmt: skip


def _available(session: Session, dataset_id: int, today: date) -> bool | None:
    return session.scalar(
        select(AvailabilityFact.available)
        .where(
            AvailabilityFact.dataset_id == dataset_id,
            AvailabilityFact.superseded_at.is_(None),
            AvailabilityFact.valid_from <= today,
            or_(AvailabilityFact.valid_to.is_(None), AvailabilityFact.valid_to > today),
        )
        .order_by(AvailabilityFact.valid_from.desc(), AvailabilityFact.id.desc())
        .limit(1)
    )


def _fields(table: PublishedTable) -> list[dict[str, Any]]:
    return list(table.table_schema.get("fields", []))


def _names(table: PublishedTable) -> set[str]:
    return {str(field["name"]) for field in _fields(table)}


def assess(given: Known) -> Quality:
    """Judge what is known of an entry: a pure function, the same answer for the same facts."""
    european = mqa.judge(given.entry, available=given.available is True)
    return Quality(given.on, european, (*_of_tables(given), *_of_entry(given)))


def _of_tables(given: Known) -> tuple[Criterion, ...]:
    tables = given.entry.tables
    own = [table for table in tables if table.files]
    columns = [(table.id, field) for table in own for field in _fields(table)]
    documented = sum(
        bool(field.get("description")) or field["name"] in given.described for _, field in columns
    )
    readable = sum(
        any(file.format in facts.MACHINE_READABLE for file in table.files)
        or (not table.files and table.link_format.lower().lstrip(".") in facts.MACHINE_READABLE)
        for table in tables
    )
    rows = sum(any(file.format == "parquet" for file in table.files) for table in tables)
    return (
        Criterion(
            "validated", Message("Validated against a schema"),
            (sum(table.id in given.validated for table in tables), len(tables)),
            Message("Every value of the table was checked against the rules of its schema."),
            Message("Give the table a schema, one of the collecting standards or your own, and deliver "
                    "it again."),
        ),
        Criterion(
            "machine-readable", Message("Machine-readable"), (readable, len(tables)),
            Message("Programs read the table without guessing, in a format with rows and columns."),
            Message("Deliver a spreadsheet, CSV, JSON or XML file instead of a document or a picture."),
        ),
        Criterion(
            "documented", Message("Fields documented"), (documented, len(columns)),
            Message("Each public field has a sentence that says what its values mean."),
            Message("Describe each field: meaning, unit, where its codes are explained."),
        ),
        Criterion(
            "identified", Message("Stable identifiers"),
            (sum(table.id in given.keyed for table in own), len(own)),
            Message("Each row can be told by a key, so that it is found again in the next version."),
            Message("Mark the field that identifies a row as the key, or add a number to each row."),
        ),
        Criterion(
            "screened", Message("Screened for personal data"), (len(own), len(tables)),
            Message("Every column was searched for personal data, and what was found was settled before "
                    "publication."),
            Message("Deliver the file to the platform; a file that stands elsewhere is not searched."),
        ),
        Criterion(
            "rows", Message("Rows by address"), (rows, len(tables)),
            Message("Single rows can be asked for, filtered and counted without fetching the whole file."),
            Message("Deliver the table to the platform; it then answers questions about its rows."),
        ),
    )  # fmt: skip


def _of_entry(given: Known) -> tuple[Criterion, ...]:
    entry = given.entry
    cycle = entry.update_cycle in freshness.CYCLE_DAYS
    late_from = freshness.overdue_from(
        entry.update_cycle, entry.modified or facts.day(entry.published_at)
    )
    on_time = late_from is None or given.on < late_from
    return (
        Criterion(
            "on-time", Message("On time"), (int(on_time), 1) if cycle else (0, 0),
            Message("The data is no older than its update cycle promises."),
            Message("Deliver new data, or declare the cycle in which it is really updated."),
        ),
        Criterion(
            "licensed", Message("Licence in words"), (int(entry.licence in LICENCES), 1),
            Message("The licence has a name and a text that people can read on a page of their own."),
            Message("Choose one of the licences that the platform knows."),
        ),
    )  # fmt: skip
