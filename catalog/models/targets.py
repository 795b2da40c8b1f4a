"""What the rates are to reach, from when on, and for whom."""

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base


class Target(Base):
    """A target of one rate for one scope, in force from ``valid_from`` until the next of its kind.

    Rows are never changed: a later one of the same rate and scope takes over on its day, of two for
    the same day the one recorded later. Without a value (both parts empty) the scope goes back to
    what is set above it.
    """

    __tablename__ = "targets"
    __table_args__ = (Index("ix_targets_scope", "rate", "scope", "key", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rate: Mapped[str] = mapped_column(String(8))
    scope: Mapped[str] = mapped_column(String(8))
    key: Mapped[str] = mapped_column(String(100), default="")
    numerator: Mapped[int | None]
    denominator: Mapped[int | None]
    valid_from: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(64))
