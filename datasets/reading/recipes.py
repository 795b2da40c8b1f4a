"""Recipes: what people agreed to mend, in a form that fits the next delivery of the same table.

A recipe is a list of ids ``kind:what``. What a repair concerns is a column by its name or a part of
the table, never a place: next month's file may have other rows, another title, its header a line
lower, its columns in another order. A kind of defect, or a column, that nobody has agreed to has an
id that is in no recipe, so nothing new is ever accepted silently.
"""

import hashlib
from collections.abc import Iterable, Sequence

from datasets.reading.mends import MENDS
from schemas.records import Message

LONGEST_KEY = 80

STEPS: dict[str, Message] = {
    "title-rows": Message("Leave out the rows above the header."),
    "two-row-header": Message("Join the rows of the header into one."),
    "stacked-tables": Message(
        "Make one table of the tables below each other that have the same header."
    ),
    "further-tables": Message(
        "Publish the first table of the file; leave out those of other columns."
    ),
    "header-marks": Message("Take marks of forms off the column names: %(column)s."),
    "blank-headers": Message("Name columns without a name after their position: %(column)s."),
    "unnamed-headers": Message(
        "Name columns that a program named after their position: %(column)s."
    ),
    "duplicate-headers": Message("Number column names that stand there twice: %(column)s."),
    "ghost-columns": Message("Leave out columns that have neither a name nor a value."),
    "blank-rows": Message("Leave out empty rows."),
    "ragged-rows": Message("Fill short rows with empty cells; cut surplus empty cells off."),
    "footer-rows:notes": Message("Leave out the notes below the table."),
    "footer-rows:totals": Message("Leave out the totals in the last rows."),
    "cell-spaces": Message(
        "In column %(column)s, take spaces off both ends of the cells and invisible characters out."
    ),
    "merged-cells": Message("In column %(column)s, write merged cells into each of their rows."),
    "encoding-doubtful": Message("Read the file as GB18030 although its characters are rare."),
    "other-sheets": Message("Read one sheet of the workbook only."),
    "hidden-cells": Message("Publish hidden rows and columns with the rest."),
    "error-cells": Message("Take formula errors as empty cells."),
    "formulas-without-values": Message("Take formulas without a stored value as empty cells."),
    **{kind: mend.step for kind, mend in MENDS.items()},
}
"""Kind of repair (or its whole id) -> the step of a recipe in words."""


def repair_id(kind: str, concerned: str | Sequence[str]) -> str:
    """Make the id of a repair from its kind and what it concerns: a word, or names of columns."""
    key = concerned if isinstance(concerned, str) else "、".join(concerned)
    if len(key) > LONGEST_KEY:
        digest = hashlib.sha256(key.encode()).hexdigest()[:12]
        key = f"{key[: LONGEST_KEY - 20]}…{digest}"
    return f"{kind}:{key}"


def step(repair: str) -> Message:
    """Say a step of a recipe in words; a step of a kind that is gone is named by its id."""
    kind, _, key = repair.partition(":")
    words = STEPS.get(repair) or STEPS.get(kind)
    if words is None:
        return Message("%(step)s", {"step": repair})
    return Message(words.text, {"column": key}) if "%(column)s" in words.text else words


def carried_on(before: Iterable[str], offered: Iterable[str], chosen: Iterable[str]) -> list[str]:
    """Change a recipe by a choice among what was offered.

    Steps that this delivery had no use for stay: the next one may need them.
    """
    shown = set(offered)
    return list(dict.fromkeys([*chosen, *(one for one in before if one not in shown)]))
