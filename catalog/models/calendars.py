"""The product's own calendar of working days."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base


class CalendarDay(Base):
    """A day that differs from Monday to Friday, or confirms it; ``certain`` once officially noticed."""

    __tablename__ = "calendar_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    name: Mapped[str] = mapped_column(String(60), default="")
    source: Mapped[str] = mapped_column(String(100), default="")
    certain: Mapped[bool] = mapped_column(default=True)
