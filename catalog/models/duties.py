"""Reminders of what is owed, the letters that carry them, and what third parties found."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, new_id


class DutyReminder(Base):
    """A stage of a duty that people were told of; ``due_on`` too, since a day may move."""

    __tablename__ = "duty_reminders"

    duty: Mapped[str] = mapped_column(String(100), primary_key=True)
    stage: Mapped[str] = mapped_column(String(12), primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Letter(Base):
    """A letter to somebody with an account; the address is looked up when it is sent."""

    __tablename__ = "letters"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(String(100), default="")
    sent_at: Mapped[datetime | None] = mapped_column(index=True)


class Assessment(Base):
    """第三方评估: what a third party found, published beside the own figures.

    ``results`` are rows ``{"indicator", "value", "of", "remark"}``; the report itself may be attached.
    ``unit_id`` None: of the whole city. ``withdrawn_at`` hides it; the reason stays in the trail.
    """

    __tablename__ = "assessments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    title: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(200))
    assessed_on: Mapped[date] = mapped_column(index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    summary: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(String(2000), default="")
    results: Mapped[list[Any]]
    file_name: Mapped[str] = mapped_column(String(200), default="")
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    file_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(64))
    withdrawn_at: Mapped[datetime | None]
