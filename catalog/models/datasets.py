"""Directory entries, their fields, their history, and the facts that the rates count."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base
from catalog.models.units import Unit


class Dataset(Base):
    """One entry of the directory, whether or not it is open.

    Core metadata of the compilation guide (发改高技术〔2017〕1272号, part 2); ``code`` is its
    信息资源代码, front part and sequence number, allotted by the product. ``proposed`` holds changes
    of a public entry that have to pass a review before anybody sees them; ``public_fields`` holds its
    fields as the public knows them while ``fields`` are ahead of that, else nothing.
    """

    __tablename__ = "datasets"
    __table_args__ = (
        UniqueConstraint("source_id", "remote_id"),
        # Everything that lists are narrowed to: they are counted without reading an entry.
        Index(
            "ix_datasets_listed",
            *("state", "published_at", "unit_id", "theme", "openness", "modified"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100), unique=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    state_reason: Mapped[str] = mapped_column(default="")
    state_changed_at: Mapped[datetime]
    openness: Mapped[str] = mapped_column(String(16))
    conditional_mode: Mapped[str] = mapped_column(String(12), default="")
    open_condition: Mapped[str] = mapped_column(default="")
    resource_class: Mapped[str] = mapped_column(String(1), default="3")
    theme: Mapped[str] = mapped_column(String(100), default="", index=True)
    industry: Mapped[str] = mapped_column(String(100), default="")
    region: Mapped[str] = mapped_column(String(12), default="")
    keywords: Mapped[list[str]]
    formats: Mapped[list[str]]
    inner_department: Mapped[str] = mapped_column(String(200), default="")
    sharing: Mapped[str] = mapped_column(String(16), default="")
    sharing_condition: Mapped[str] = mapped_column(default="")
    sharing_method: Mapped[str] = mapped_column(String(100), default="")
    update_cycle: Mapped[str] = mapped_column(String(16))
    issued: Mapped[date | None]
    modified: Mapped[date | None]
    temporal_start: Mapped[date | None]
    temporal_end: Mapped[date | None]
    contact_name: Mapped[str] = mapped_column(String(100), default="")
    contact_phone: Mapped[str] = mapped_column(String(60), default="")
    contact_email: Mapped[str] = mapped_column(String(200), default="")
    licence: Mapped[str] = mapped_column(String(60), default="")
    related_codes: Mapped[list[str]]
    landing_page: Mapped[str] = mapped_column(String(2000), default="")
    opened_by_superior: Mapped[bool] = mapped_column(default=False)
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("datasets.id"))
    source_id: Mapped[str | None] = mapped_column(ForeignKey("harvest_sources.id"))
    remote_id: Mapped[str | None] = mapped_column(String(500))
    proposed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    public_fields: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    created_by: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    unit: Mapped[Unit] = relationship()
    fields: Mapped[list["Field"]] = relationship(
        back_populates="dataset", cascade="all, delete-orphan", order_by="Field.position"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it)


class Field(Base):
    """信息项: a column of a dataset with its own openness.

    ``inferred``: read off a delivery and not yet looked at by anybody; the next delivery may
    replace it.
    """

    __tablename__ = "fields"
    __table_args__ = (UniqueConstraint("dataset_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    position: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(String(200), default="")
    type: Mapped[str] = mapped_column(String(16), default="string")
    length: Mapped[int | None]
    description: Mapped[str] = mapped_column(default="")
    required: Mapped[bool] = mapped_column(default=False)
    is_key: Mapped[bool] = mapped_column(default=False)
    openness: Mapped[str] = mapped_column(String(16), default="unassessed")
    inferred: Mapped[bool] = mapped_column(default=False)
    dataset: Mapped[Dataset] = relationship(back_populates="fields")


class CodeSequence(Base):
    """Last sequence number given under a front code; numbers are never used again."""

    __tablename__ = "code_sequences"

    front: Mapped[str] = mapped_column(String(48), primary_key=True)
    last: Mapped[int]


class DatasetRevision(Base):
    """One change of an entry: who, when, what before and after."""

    __tablename__ = "dataset_revisions"
    __table_args__ = (Index("ix_dataset_revisions_dataset", "dataset_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(64))
    what: Mapped[str] = mapped_column(String(40))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]


class DatasetFact(Base):
    """What was true of an entry in [valid_from, valid_to), as recorded from recorded_at on.

    The rates read nothing else of an entry, so any past date gives the same answer again; a row is
    never changed but by ``superseded_at`` (domain.md, section 5: two times). ``validated``,
    ``machine_readable``, ``licensed`` and ``overdue_from`` (the first day on which new data is late)
    are what the verified rates ask of it; whether its bytes answer is an ``AvailabilityFact``.
    """

    __tablename__ = "dataset_facts"
    __table_args__ = (
        Index("ix_dataset_facts_current", "superseded_at", "valid_from", "unit_id"),
        Index("ix_dataset_facts_dataset", "dataset_id", "superseded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    state: Mapped[str] = mapped_column(String(12))
    openness: Mapped[str] = mapped_column(String(16))
    theme: Mapped[str] = mapped_column(String(100))
    opened_by_superior: Mapped[bool]
    duplicate: Mapped[bool]
    fields_total: Mapped[int]
    fields_open: Mapped[int]
    records: Mapped[int] = mapped_column(BigInteger)
    validated: Mapped[bool] = mapped_column(default=False)
    machine_readable: Mapped[bool] = mapped_column(default=False)
    licensed: Mapped[bool] = mapped_column(default=False)
    overdue_from: Mapped[date | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class AvailabilityFact(Base):
    """Whether the public bytes of an entry answer, in [valid_from, valid_to), as recorded.

    Own files: found in storage under their hash, until a check finds otherwise. Links elsewhere: for
    seven days after each check. ``reason`` is the code of the first problem. ``checked_at`` alone
    moves on when a later check confirms the row.
    """

    __tablename__ = "availability_facts"
    __table_args__ = (
        Index("ix_availability_facts_dataset", "dataset_id", "superseded_at"),
        Index("ix_availability_facts_checked", "superseded_at", "checked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    available: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(60), default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]
    checked_at: Mapped[datetime]
