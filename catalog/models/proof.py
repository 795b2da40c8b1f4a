"""What is published so that outsiders can hold us to it: frozen results, heads of the trail."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base, new_id


class Snapshot(Base):
    """The results of a period, frozen; never changed. A correction is a new row that ``restates`` it.

    ``known_at`` is the moment whose knowledge was counted; ``figures`` are the exact counts of the
    bundle, which is stored under ``bundle_sha256``; ``difference`` what a restatement changed; ``history``
    the days before that its report tells of, None in results frozen before it was kept.
    """

    __tablename__ = "snapshots"
    __table_args__ = (UniqueConstraint("period", "revision"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    period: Mapped[str] = mapped_column(String(10), index=True)
    revision: Mapped[int]
    begins_on: Mapped[date]
    as_of: Mapped[date]
    known_at: Mapped[datetime]
    definition: Mapped[str] = mapped_column(String(20))
    edition: Mapped[int | None]
    roster: Mapped[int]
    figures: Mapped[dict[str, Any]]
    unit_names: Mapped[dict[str, Any]]
    input_sha256: Mapped[str] = mapped_column(String(64))
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
    public_key: Mapped[str] = mapped_column(String(64))
    bundle_sha256: Mapped[str] = mapped_column(String(64))
    bundle_bytes: Mapped[int] = mapped_column(BigInteger)
    restates_id: Mapped[str | None] = mapped_column(ForeignKey("snapshots.id"), unique=True)
    reason: Mapped[str] = mapped_column(default="")
    difference: Mapped[list[Any]]
    history: Mapped[dict[str, Any] | None] = mapped_column(JSON, deferred=True)
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(64))


class PublishedHead(Base):
    """The end of the audit trail as it was published on a day, signed; copies outside outlive us."""

    __tablename__ = "published_heads"

    day: Mapped[date] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(128))
    public_key: Mapped[str] = mapped_column(String(64))
