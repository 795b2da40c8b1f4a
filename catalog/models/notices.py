"""Publications owed because of an adjustment."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, new_id


class Notice(Base):
    """调整公告: due on the n-th working day (``working_days``) after the adjustment; ``provisional``
    while the calendar of that year has not been announced."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    adjustment_id: Mapped[str] = mapped_column(ForeignKey("adjustments.id"))
    edition_number: Mapped[int]
    list_kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(default="")
    adjusted_on: Mapped[date]
    working_days: Mapped[int]
    due_on: Mapped[date]
    provisional: Mapped[bool]
    published_on: Mapped[date | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column(server_default="1")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it)
