"""What lists leave for people to do: entries to decide about, exceptions recorded for one entry."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base
from catalog.models.datasets import Dataset


class ListTask(Base):
    """A decision that a unit owes about an entry (``field`` empty) or a field because of an item.

    ``kind``: its last item is gone, or an item in force newly reaches it while it is open.
    """

    __tablename__ = "list_tasks"
    __table_args__ = (Index("ix_list_tasks_open", "settled_at", "dataset_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    field: Mapped[str] = mapped_column(String(200), default="")
    kind: Mapped[str] = mapped_column(String(12))
    item_number: Mapped[str] = mapped_column(String(20))
    adjustment_id: Mapped[str | None] = mapped_column(ForeignKey("adjustments.id"))
    opened_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str] = mapped_column(String(64), default="")
    reason: Mapped[str] = mapped_column(default="")
    dataset: Mapped[Dataset] = relationship()


class ItemException(Base):
    """A consent of the third party or a public-interest finding that opens what a 15-x item closes.

    Recorded by one person, in effect when another confirms (条例 article 15). ``ended_at`` is set
    when it is revoked.
    """

    __tablename__ = "item_exceptions"
    __table_args__ = (Index("ix_item_exceptions_dataset", "dataset_id", "item_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int] = mapped_column(ForeignKey("datasets.id"))
    field: Mapped[str] = mapped_column(String(200), default="")
    item_number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(16))
    given_by: Mapped[str] = mapped_column(String(200))
    given_on: Mapped[date]
    document: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str]
    drafted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(64))
    recorded_at: Mapped[datetime]
    confirmed_by_name: Mapped[str] = mapped_column(String(64), default="")
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str] = mapped_column(String(64), default="")
    dataset: Mapped[Dataset] = relationship()
