"""Sets of late corrections, drafted by one person and approved by another."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, func
from sqlalchemy.orm import Mapped, column_property, mapped_column

from catalog.db import Base, new_id


class CorrectionSet(Base):
    """What had been true of many entries on past days, to be recorded at once.

    ``lines`` is a list of ``{"row", "dataset", "begins", "ends", "values", "withheld_by"}`` (entry by its
    address, days half-open, ``withheld_by`` null where it is not spoken of), ``entries`` their number,
    which lists read without them; ``days`` counts the days
    of entries that said something else after the approval.
    """

    __tablename__ = "correction_sets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(1000))
    lines: Mapped[list[Any]] = mapped_column()
    entries: Mapped[int] = column_property(func.json_array_length(lines))
    days: Mapped[int] = mapped_column(default=0)
    refusal: Mapped[str] = mapped_column(String(1000), default="")
    drafted_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    drafted_by_name: Mapped[str] = mapped_column(String(64))
    drafted_at: Mapped[datetime]
    decided_by_name: Mapped[str] = mapped_column(String(64), default="")
    decided_at: Mapped[datetime | None]
