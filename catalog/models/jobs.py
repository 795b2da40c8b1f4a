"""Jobs are rows: the queue, its history and its leases are one table."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, new_id


class Job(Base):
    """Work asked for in a transaction and done after it.

    A running job holds a lease; ``fence`` grows with each taking, and a worker whose fence is no
    longer the row's may write nothing more.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_claim", "state", "run_after"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(40))
    args: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8))
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(String(300), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    fence: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str] = mapped_column(String(100), default="")
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime]
    error: Mapped[str] = mapped_column(default="")
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class SearchChange(Base):
    """An entry whose search document must be made anew; the index stores the last one it applied."""

    __tablename__ = "search_changes"

    sequence: Mapped[int] = mapped_column(primary_key=True)
    dataset_id: Mapped[int]
    at: Mapped[datetime]
