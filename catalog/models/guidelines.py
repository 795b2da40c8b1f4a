"""Guidelines for opening and for collecting data: published documents with editions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base


class Guideline(Base):
    """开放指引 or 采集指引: one document, whatever its editions; ``slug`` stands in its address."""

    __tablename__ = "guidelines"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    editions: Mapped[list["GuidelineEdition"]] = relationship(
        back_populates="guideline", order_by="GuidelineEdition.number"
    )


class GuidelineEdition(Base):
    """One edition, valid from ``effective_on`` until the next one is; published ones never change.

    ``schemas`` is a list of ``{"name", "title", "schema"}``: ``schema`` empty means the published
    table standard of that name. ``sha256`` is of the canonical JSON of what the public reads.
    """

    __tablename__ = "guideline_editions"
    __table_args__ = (UniqueConstraint("guideline_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    guideline_id: Mapped[int] = mapped_column(ForeignKey("guidelines.id"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), default="")
    body: Mapped[str]
    changes: Mapped[str] = mapped_column(default="")
    schemas: Mapped[list[Any]]
    effective_on: Mapped[date]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    drafted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(64))
    drafted_at: Mapped[datetime]
    published_by_name: Mapped[str] = mapped_column(String(64), default="")
    published_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(default="")
    guideline: Mapped[Guideline] = relationship(back_populates="editions")
