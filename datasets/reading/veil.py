"""What may be shown of a table that has closed columns.

Closed columns are found by the header that was detected, whether or not the repairs that lead to
it have been accepted: a title row above the header must not uncover what is closed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from datasets.reading.cells import clean_label, is_blank_label
from datasets.reading.facts import Facts
from datasets.reading.headers import ALL_LABEL_REPAIRS, final_labels
from datasets.reading.mends import without_unit

HIDDEN = "…"


@dataclass(frozen=True, slots=True)
class Veil:
    """Columns of the delivered file (from 0) whose values stay hidden.

    ``named`` are columns with a name in the header; of the others nothing is known. ``opaque`` says
    that even the named columns are in doubt. ``labels`` are texts of the header, which are no values.
    """

    closed: frozenset[int] = frozenset()
    named: frozenset[int] = frozenset()
    width: int = 0
    opaque: bool = False
    labels: frozenset[str] = frozenset()


def is_withheld(label: str, withheld: Collection[str]) -> bool:
    """Tell a closed column by its name, with or without the marks of a form or a unit around it."""
    plain = clean_label(label)
    return any(
        label == name or clean_label(name) in {plain, without_unit(plain)} for name in withheld
    )


def veil_of(facts: Facts, withheld: Collection[str]) -> Veil | None:
    """Find the closed columns of a table; None when nothing of its entry is closed.

    Every column is in doubt when a second table with other columns follows, or when a closed name
    is not found although the header does not simply stand in the first row.
    """
    if not withheld:
        return None
    final = final_labels(facts.labels, facts.width, ALL_LABEL_REPAIRS)
    both = list(zip(facts.labels, final, strict=True))
    closed = frozenset(
        column
        for column, labels in enumerate(both)
        if any(is_withheld(label, withheld) for label in labels)
    )
    found = {clean_label(label) for labels in both for label in labels}
    missing = any(clean_label(name) not in found for name in withheld)
    plain = facts.header == facts.skipped and facts.header_rows == 1
    header = facts.head[facts.header : facts.first_body]
    return Veil(
        closed=closed,
        named=frozenset(c for c, label in enumerate(facts.labels) if not is_blank_label(label)),
        width=facts.width,
        opaque=bool(facts.foreign) or (missing and not plain),
        labels=frozenset(cell for row in [*header, facts.labels] for cell in row),
    )


def has_surplus(row: Sequence[str], width: int) -> bool:
    """Tell a row with more values than the table has columns: which value is whose is unknown."""
    return len(row) > width and any(row[width:])


def veiled(row: Sequence[str], veil: Veil | None) -> list[str]:
    """Return a row of the delivered file with hidden values blotted out."""
    if veil is None:
        return list(row)
    surplus = has_surplus(row, veil.width)
    return [
        HIDDEN
        if cell
        and cell not in veil.labels
        and (veil.opaque or surplus or column in veil.closed or column not in veil.named)
        else cell
        for column, cell in enumerate(row)
    ]
