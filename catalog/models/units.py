"""Public bodies on the roster: the denominator of the unit rate."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from catalog.db import Base


class Unit(Base):
    """A public body, on the roster in the half-open interval [roster_from, roster_to).

    ``code`` is a checked unified social credit code (GB 32100-2015), or, while ``provisional``,
    a stand-in for a body known only by name. ``empty_from``/``empty_to``: certified to hold
    nothing that can be opened.
    """

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    provisional: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(200), index=True)
    short_name: Mapped[str] = mapped_column(String(100), default="")
    kind: Mapped[str] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(12), default="")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    roster_from: Mapped[date]
    roster_to: Mapped[date | None]
    empty_from: Mapped[date | None]
    empty_to: Mapped[date | None]
    contact: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[int] = mapped_column()
    created_at: Mapped[datetime]
    parent: Mapped["Unit | None"] = relationship(remote_side=[id], foreign_keys=[parent_id])
    successor: Mapped["Unit | None"] = relationship(remote_side=[id], foreign_keys=[successor_id])

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012  (SQLAlchemy reads it)


class UnitFact(Base):
    """What was true of a unit in [valid_from, valid_to), as recorded from recorded_at on.

    The rosters of past days are read here and nowhere else; ``certified_empty``: certified to hold
    nothing that can be opened. Like every fact a row is only ever superseded.
    """

    __tablename__ = "unit_facts"
    __table_args__ = (Index("ix_unit_facts_unit", "unit_id", "superseded_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    on_roster: Mapped[bool]
    certified_empty: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(20))
    region: Mapped[str] = mapped_column(String(12))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class Region(Base):
    """The name of an administrative division as the city has entered it, by code (GB/T 2260)."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
