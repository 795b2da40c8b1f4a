"""The ledger of openness: counts kept on every write, so that the rates of any day are read, not made.

Derived from the facts and never their source: it can be thrown away and made again.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.db import Base


class OpennessCell(Base):
    """Whose counts a row of the ledger holds: a unit's (``unit``), a theme's in all units (``theme``), or
    a unit's in one theme (``both``)."""

    __tablename__ = "openness_cells"
    __table_args__ = (UniqueConstraint("kind", "unit_id", "theme"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    unit_id: Mapped[int] = mapped_column(default=0)
    theme: Mapped[str] = mapped_column(String(100), default="")


class OpennessLedger(Base):
    """Running totals of a cell; days are proleptic ordinals (``date.toordinal``).

    ``grain`` 0: what changed since the first of the month, as it stands at the end of ``day``;
    ``grain`` 1: everything before ``day``, the first of a month. The counts of any day are the last
    row of grain 1 up to its month and the last of grain 0 up to it in its month. A correction of the
    past touches one month of days and one row for each month since.
    """

    __tablename__ = "openness_ledger"
    __table_args__ = ({"sqlite_with_rowid": False},)

    cell_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    open: Mapped[int] = mapped_column(Integer)
    conditional: Mapped[int] = mapped_column(Integer)
    withheld: Mapped[int] = mapped_column(Integer)
    uncovered: Mapped[int] = mapped_column(Integer)
    unpublished: Mapped[int] = mapped_column(Integer)
    unassessed: Mapped[int] = mapped_column(Integer)
    unpublished_conditional: Mapped[int] = mapped_column(Integer)
    due: Mapped[int] = mapped_column(Integer)
    due_open: Mapped[int] = mapped_column(Integer)
    fields: Mapped[int] = mapped_column(Integer)
    fields_open: Mapped[int] = mapped_column(Integer)
    records: Mapped[int] = mapped_column(BigInteger)
    records_open: Mapped[int] = mapped_column(BigInteger)
    verified: Mapped[int] = mapped_column(Integer)
    verified_due: Mapped[int] = mapped_column(Integer)
    verified_fields: Mapped[int] = mapped_column(Integer)
    verified_records: Mapped[int] = mapped_column(BigInteger)


class OpennessState(Base):
    """The single row whose lock orders writers of the ledger, and what the last comparison found.

    While not ``ready`` (never built, or found wrong) every answer comes from the facts. Cells of a unit
    in a theme are kept for every day from ``map_from`` on (the ordinal of the first of a month; 0: all
    days); changes before it stand on the first of their month, so that month ends are right.
    """

    __tablename__ = "openness_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    ready: Mapped[bool]
    built_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    compared: Mapped[int] = mapped_column(default=0)
    differences: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    map_from: Mapped[int] = mapped_column(default=0, server_default="0")
