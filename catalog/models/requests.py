"""What the public asks for."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base, new_id
from catalog.models.datasets import Dataset
from catalog.models.units import Unit


class Request(Base):
    """申请: a need for data, a correction, an appeal about rights, a suggestion; a clock and a reply.

    ``number`` is public; ``key_hash`` lets whoever asked look again without an account. Name and
    contact are never shown to anybody but who has to answer.
    """

    __tablename__ = "requests"
    __table_args__ = (
        Index("ix_requests_unit", "unit_id", "state", "due_on"),
        Index("ix_requests_client", "client", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12), default="open")
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("datasets.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    contact_name: Mapped[str] = mapped_column(String(100), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    client: Mapped[str] = mapped_column(String(64), default="")
    account: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    received_at: Mapped[datetime]
    working_days: Mapped[int]
    due_on: Mapped[date]
    provisional: Mapped[bool]
    extension_reason: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(String(16), default="")
    reply: Mapped[str] = mapped_column(default="")
    replied_at: Mapped[datetime | None]
    replied_on: Mapped[date | None]
    replied_by: Mapped[str] = mapped_column(String(64), default="")
    published: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(server_default="1")
    dataset: Mapped[Dataset | None] = relationship()
    unit: Mapped[Unit | None] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it)
