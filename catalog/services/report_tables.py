"""What a report is made of: tables of plain values, so that page, workbook and CSV say the same."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from catalog.services.openness import Rate
from catalog.services.periods import Period
from schemas.records import Message

Cell = str | int | date | Message | Rate | Fraction | None
COUNT = Message("Count")
FIGURE = Message("Figure")


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a report. ``kinds`` name the words of a column's codes (``_macros/status.html``)."""

    name: str
    title: Message
    head: tuple[Message, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """What a report is about: a period, counted on its last day or, while it goes on, on ``on``; of the
    unit, or of the city when there is none; as known at a moment, or now."""

    period: Period
    on: date
    unit_id: int | None
    known_at: datetime | None
