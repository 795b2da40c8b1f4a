"""The definitions of the rates, version by version, in words: what is counted, and by which rule."""

from dataclasses import dataclass
from datetime import date

from schemas.records import Message


@dataclass(frozen=True, slots=True)
class Definition:
    """One version. ``since`` is the day from which figures were computed by it; ``sentences`` say
    everything that somebody needs who wants to compute them again."""

    version: str
    since: date
    sentences: tuple[Message, ...]
    changed: Message


_COUNTED: tuple[Message, ...] = (
    Message("The unit rate counts the units on the roster that have at least one open dataset."),
    Message("The data rate counts the entries that are published and open, with or without a condition."),
    Message("Base of all entries: every directory entry in force on the day, open or not."),
    Message(
        "Base of entries due: without those closed by an item in force, those already opened by the "
        "superior unit, and declared duplicates."
    ),
    Message("Each entry counts once: open, open on a condition, withheld, or not assessed."),
    Message("A share of nothing does not apply; it is neither 0 nor 100 percent."),
    Message("A past day asked for again gives the same answer."),
)  # fmt: skip
_VERIFIED: tuple[Message, ...] = (
    Message("Base of fields: open fields of open entries, of the fields of all entries in force."),
    Message("Base of volume: records of open entries, of the records of all entries in force."),
    Message(
        "Verified counts an open entry only if its current files passed validation, its bytes answer "
        "and match their hash (a link elsewhere: checked within 7 days), a format is machine-readable, "
        "terms of use are stated, and new data is not late."
    ),
    Message(
        "Unit rate, variants: all units; without units certified to hold nothing that can be opened; "
        "government departments only."
    ),
    Message(
        "Roster, kind, region and superior of a unit are those of the day asked for; what a unit that "
        "was merged held counts for its successor from the day of the merger on."
    ),
)

DEFINITIONS: dict[str, Definition] = {
    "2026.1": Definition(
        "2026.1", date(2026, 9, 1), _COUNTED, Message("First version: declared rates.")
    ),
    "2026.2": Definition(
        "2026.2",
        date(2026, 11, 23),
        (*_COUNTED, *_VERIFIED),
        Message(
            "Verified rates are counted beside the declared ones; the roster has two times. The "
            "declared figures are the same as before."
        ),
    ),
}
"""Every version that a published figure may name, oldest first."""
CURRENT = "2026.2"
