"""Lists as legal objects: adjustments, versions of items, links to what they close, editions."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, new_id
from catalog.models.laws import Article


class Adjustment(Base):
    """A change of a list: drafted by one, approved by another; leads to an edition.

    ``changes`` is a list of ``{"kind", "number", "item": {...}}``; ``consequences`` what was found
    to follow when it was approved. ``base_edition`` is the edition it was drafted against (0: none
    yet); ``policy`` says what becomes of published entries that are newly exempt.
    """

    __tablename__ = "adjustments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    list_kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(default="")
    approval_document: Mapped[str] = mapped_column(String(200), default="")
    changes: Mapped[list[Any]]
    consequences: Mapped[dict[str, Any]]
    effective_on: Mapped[date | None]
    base_edition: Mapped[int] = mapped_column(default=0)
    policy: Mapped[str] = mapped_column(String(12), default="review")
    drafted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(64))
    drafted_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    approved_by_name: Mapped[str] = mapped_column(String(64), default="")
    approved_at: Mapped[datetime | None]


class ExemptionItem(Base):
    """One version of a line of a list, valid in [valid_from, valid_to).

    ``number`` is the line's name for ever; amending closes one row and opens the next at the same
    instant. ``lapses_on`` is the end as approved and never changes; ``valid_to`` moves forward when a
    later adjustment ends the row sooner. ``scope`` says what the item may close:
    ``{"units", "themes", "entries", "fields", "elements": [...]}``, an empty object meaning the whole
    platform. ``details`` holds the columns of lists other than the negative one; ``secrecy``,
    ``declassify_on`` and ``declassify_when`` are terms of a state secret (保守国家秘密法, article 20).
    """

    __tablename__ = "exemption_items"
    __table_args__ = (
        UniqueConstraint("list_kind", "number", "revision"),
        Index("ix_exemption_items_validity", "list_kind", "valid_from", "valid_to"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    list_kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(20))
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(12))
    name: Mapped[str] = mapped_column(String(300))
    category: Mapped[str] = mapped_column(String(100), default="")
    ground: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(default="")
    public_wording: Mapped[str] = mapped_column(default="")
    internal_wording: Mapped[str] = mapped_column(default="")
    scope: Mapped[dict[str, Any]]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrecy: Mapped[str] = mapped_column(String(12), default="")
    declassify_on: Mapped[date | None]
    declassify_when: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    lapses_on: Mapped[date | None]
    review_by: Mapped[date]
    adjustment_id: Mapped[str] = mapped_column(ForeignKey("adjustments.id"))
    ended_by_id: Mapped[str | None] = mapped_column(ForeignKey("adjustments.id"))
    recorded_at: Mapped[datetime]
    circumstances: Mapped[list["Circumstance"]] = relationship(
        cascade="all, delete-orphan", order_by="Circumstance.position"
    )
    citations: Mapped[list["Citation"]] = relationship(
        cascade="all, delete-orphan", order_by="Citation.position"
    )


class Circumstance(Base):
    """情形: one case in which the item applies."""

    __tablename__ = "circumstances"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("exemption_items.id"))
    position: Mapped[int]
    text: Mapped[str]


class Citation(Base):
    """依据: one article of one revision of a law; ``stale`` when that revision was no longer in force
    on the item's first day."""

    __tablename__ = "citations"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("exemption_items.id"))
    position: Mapped[int]
    article_id: Mapped[int | None] = mapped_column(ForeignKey("articles.id"))
    label: Mapped[str] = mapped_column(String(300))
    stale: Mapped[bool] = mapped_column(default=False)
    article: Mapped[Article | None] = relationship()


class ExemptionLink(Base):
    """An entry (``field`` empty) or one of its fields is closed by an item, in [valid_from, valid_to).

    Like a fact, a link is only ever superseded.
    """

    __tablename__ = "exemption_links"
    __table_args__ = (
        Index("ix_exemption_links_dataset", "dataset_id", "superseded_at"),
        Index("ix_exemption_links_item", "item_number", "superseded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    field: Mapped[str] = mapped_column(String(200), default="")
    item_number: Mapped[str] = mapped_column(String(20))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Edition(Base):
    """An immutable numbered snapshot of a list; ``content`` is the public wording of every item."""

    __tablename__ = "editions"
    __table_args__ = (UniqueConstraint("list_kind", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    adjustment_id: Mapped[str] = mapped_column(ForeignKey("adjustments.id"))
    effective_on: Mapped[date]
    made_at: Mapped[datetime]
    content: Mapped[list[Any]]
    sha256: Mapped[str] = mapped_column(String(64))
