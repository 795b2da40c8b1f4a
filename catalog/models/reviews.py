"""Submissions and what was decided about them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, new_id
from catalog.models.datasets import Dataset


class Review(Base):
    """A submission of exact bytes: ``manifest_sha256`` names them; any change voids the review."""

    __tablename__ = "reviews"
    __table_args__ = (
        Index(
            "uq_reviews_pending",
            "dataset_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'referred')"),
            postgresql_where=text("state IN ('open', 'referred')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    manifest: Mapped[dict[str, Any]]
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_by_name: Mapped[str] = mapped_column(String(64))
    submitted_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    dataset: Mapped[Dataset] = relationship()
    decisions: Mapped[list["Decision"]] = relationship(
        back_populates="review", order_by="Decision.id"
    )


class Decision(Base):
    """One verdict by one person who did not submit."""

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id"))
    verdict: Mapped[str] = mapped_column(String(8))
    reasons: Mapped[str] = mapped_column(default="")
    by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    by_name: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    review: Mapped[Review] = relationship(back_populates="decisions")


class Release(Base):
    """What became public by a passed review; never changed, ended by ``ended_at``."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("dataset_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    review_id: Mapped[str] = mapped_column(ForeignKey("reviews.id"))
    number: Mapped[int]
    manifest: Mapped[dict[str, Any]]
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    published_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PublishedFile(Base):
    """A file that a release made public, found by its hash for ever (until the entry ends)."""

    __tablename__ = "published_files"
    __table_args__ = (UniqueConstraint("sha256", "file_name", "version_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(120))
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    version_id: Mapped[str] = mapped_column(ForeignKey("versions.id"))
    examination_id: Mapped[int] = mapped_column(ForeignKey("examinations.id"))
