"""Tables and files of an entry, their immutable deliveries, and what the engines found in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, new_id
from catalog.models.datasets import Dataset


class Resource(Base):
    """One table or file of a dataset. ``current_version_id`` and ``current_examination_id`` are what
    the public gets, exactly as it was reviewed; only publishing writes them."""

    __tablename__ = "resources"
    __table_args__ = (UniqueConstraint("dataset_id", "name"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    name: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(300), default="")
    description: Mapped[str] = mapped_column(default="")
    position: Mapped[int] = mapped_column(default=0)
    schema_name: Mapped[str] = mapped_column(String(100), default="")
    table_schema: Mapped[dict[str, Any] | None]
    url: Mapped[str] = mapped_column(String(2000), default="")
    format: Mapped[str] = mapped_column(String(40), default="")
    public: Mapped[bool] = mapped_column(default=False)
    proposed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    current_version_id: Mapped[str | None] = mapped_column(
        ForeignKey("versions.id", use_alter=True)
    )
    current_examination_id: Mapped[int | None] = mapped_column(
        ForeignKey("examinations.id", use_alter=True)
    )
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()
    dataset: Mapped[Dataset] = relationship()
    versions: Mapped[list["Version"]] = relationship(
        back_populates="resource", foreign_keys="Version.resource_id", order_by="Version.number"
    )
    current_version: Mapped["Version | None"] = relationship(
        foreign_keys=[current_version_id], post_update=True
    )
    current_examination: Mapped["Examination | None"] = relationship(
        foreign_keys=[current_examination_id], post_update=True
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it)


class Version(Base):
    """One delivery: bytes under their SHA-256, never changed. ``public_sha256`` names the manifest
    of published artefacts once a review has passed."""

    __tablename__ = "versions"
    __table_args__ = (UniqueConstraint("resource_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    resource_id: Mapped[str] = mapped_column(ForeignKey("resources.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    file_name: Mapped[str] = mapped_column(String(300))
    source_url: Mapped[str] = mapped_column(String(2000), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="", index=True)
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    member: Mapped[str] = mapped_column(String(500), default="")
    repairs: Mapped[list[str]]
    job_id: Mapped[str | None] = mapped_column(String(32))
    examination_id: Mapped[int | None] = mapped_column(
        ForeignKey("examinations.id", use_alter=True)
    )
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    resource: Mapped[Resource] = relationship(back_populates="versions", foreign_keys=[resource_id])
    examination: Mapped["Examination | None"] = relationship(
        foreign_keys=[examination_id], post_update=True
    )
    settlements: Mapped[list["Settlement"]] = relationship(
        back_populates="version", order_by="Settlement.id"
    )


class Examination(Base):
    """What the engines found in a version under one recipe (repairs, settlements, withheld fields).

    ``request_digest`` names bytes and recipe; ``digest`` the artefacts that came out. JSON columns
    hold the records of ``schemas.records.ExaminationResult``; samples in them are masked.
    """

    __tablename__ = "examinations"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id"), index=True)
    request_digest: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), default="")
    finished_at: Mapped[datetime]
    valid: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(20), default="")
    media_type: Mapped[str] = mapped_column(String(120), default="")
    encoding: Mapped[str] = mapped_column(String(20), default="")
    delimiter: Mapped[str] = mapped_column(String(4), default="")
    sheet: Mapped[str] = mapped_column(String(200), default="")
    members: Mapped[list[Any]]
    rows: Mapped[int] = mapped_column(default=0)
    columns: Mapped[int] = mapped_column(default=0)
    table_schema: Mapped[dict[str, Any]]
    public_schema: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    repairs: Mapped[list[Any]]
    findings: Mapped[list[Any]]
    profile: Mapped[dict[str, Any]]
    preview: Mapped[list[Any]]
    artefacts: Mapped[dict[str, Any]]
    problems: Mapped[list[Any]]


class Settlement(Base):
    """What an editor decided about a finding; ``keep`` counts only with a second person's consent."""

    __tablename__ = "settlements"
    __table_args__ = (UniqueConstraint("version_id", "finding"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id"))
    finding: Mapped[str] = mapped_column(String(300))
    action: Mapped[str] = mapped_column(String(12))
    ground: Mapped[str] = mapped_column(default="")
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    consent_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    consent_at: Mapped[datetime | None]
    version: Mapped[Version] = relationship(back_populates="settlements")


class TableSketch(Base):
    """The keys of a published table as hashes (``datasets.mosaic``), by which tables that could be
    joined are found. Derived from the artefact ``sha256`` and made anew when that changes; an empty
    ``sketch`` says that it took too long."""

    __tablename__ = "table_sketches"

    resource_id: Mapped[str] = mapped_column(
        ForeignKey("resources.id", ondelete="CASCADE"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(String(64))
    edition: Mapped[int]
    sketch: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    resource: Mapped[Resource] = relationship()
