"""Sources of other people's catalogues, runs, and what became of each record."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, new_id


class HarvestSource(Base):
    """A remote catalogue or an inventory file. ``default_unit_id`` takes records without publisher."""

    __tablename__ = "harvest_sources"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    url: Mapped[str] = mapped_column(String(2000), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")
    config: Mapped[dict[str, Any]]
    default_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    create_units: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))


class HarvestRun(Base):
    """One reading of a source. Counters are derived from its items, never incremented."""

    __tablename__ = "harvest_runs"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    source_id: Mapped[str] = mapped_column(ForeignKey("harvest_sources.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(String(32))
    preview: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(12))
    complete: Mapped[bool] = mapped_column(default=False)
    held: Mapped[int] = mapped_column(default=0)
    approved_gone: Mapped[bool] = mapped_column(default=False)
    message: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class HarvestRunItem(Base):
    """What a run did with one remote record; errors and warnings as messages."""

    __tablename__ = "harvest_run_items"
    __table_args__ = (Index("ix_harvest_run_items_run", "run_id", "outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("harvest_runs.id"))
    remote_id: Mapped[str] = mapped_column(String(500))
    title: Mapped[str] = mapped_column(String(300), default="")
    outcome: Mapped[str] = mapped_column(String(10))
    messages: Mapped[list[Any]]


class HarvestRecord(Base):
    """What is known of one remote record of a source."""

    __tablename__ = "harvest_records"
    __table_args__ = (UniqueConstraint("source_id", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("harvest_sources.id"))
    remote_id: Mapped[str] = mapped_column(String(500))
    digest: Mapped[str] = mapped_column(String(64))
    dataset_id: Mapped[int | None] = mapped_column(ForeignKey("datasets.id"))
    first_seen: Mapped[date]
    last_seen: Mapped[date]
    gone_since: Mapped[date | None]
    archived_on: Mapped[date | None]
