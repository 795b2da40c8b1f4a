"""What reading found, written into a Frictionless report: defects not mended, destroyed codes.

A report is what people and machines look at to learn whether a file is valid, so a defect that
was not repaired must stand there as an error, in the shapes of Frictionless (table and cell errors).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from datasets.reading.structure import Structure
from datasets.reading.veil import HIDDEN
from schemas.records import Message

DAMAGED_NOTE = Message(
    "The code lost its last digits in a spreadsheet program. Export it again from the source "
    "system with the column set to text; the lost digits cannot be restored."
)
MOST_SHOWN = 500
"""Characters of a cell in a report."""
MOST_SAID = 2_000
"""Characters of a message or a note: one on a long list of allowed values names them all."""

LONGEST_NUMBER = 64
"""No number of a person is longer, however it is broken up."""
NO_ROWS = Message("The table has no data rows. Deliver a file that holds the records.")
NO_COLUMNS = Message("The table has no columns. Deliver a file that holds the records.")


def table_error(message: Message, code: str, place: str, repair: str = "") -> dict[str, Any]:
    """Shape a defect of the table's form as a Frictionless table error."""
    note = message.text % message.params if message.params else message.text
    return {
        "type": "table-error",
        "title": "Table Error",
        "description": "The form of the table hinders its use.",
        "message": f"{place}: {note}" if place else note,
        "tags": ["#table"],
        "note": note,
        "gongkai:code": code,
        "gongkai:place": place,
        "gongkai:repair": repair,
        "gongkai:message": {"text": message.text, "params": dict(message.params)},
    }


def form_errors(structure: Structure, accepted: Collection[str], rows: int) -> list[dict[str, Any]]:
    """List the required repairs that were not accepted, and emptiness."""
    result = [
        table_error(repair.message, repair.kind, repair.place, repair.id)
        for repair in structure.repairs
        if repair.required and repair.id not in accepted
    ]
    if not structure.facts.width:
        result.append(table_error(NO_COLUMNS, "no-columns", ""))
    elif not rows:
        result.append(table_error(NO_ROWS, "no-rows", ""))
    return result


def damage_errors(structure: Structure) -> list[dict[str, Any]]:
    """Shape destroyed codes as Frictionless cell errors; the cell is shown masked."""
    facts = structure.facts
    result = []
    for record, column, cell in structure.damaged:
        name = facts.labels[column - 1].strip() if column <= len(facts.labels) else ""
        masked = f"{cell[0]}{'*' * (len(cell) - 2)}{cell[-1]}" if len(cell) > 2 else HIDDEN
        result.append(
            {
                "type": "float-damaged-code",
                "title": "Damaged Code",
                "description": "A long code was turned into a number and lost its last digits.",
                "message": f'The cell "{masked}" in row at position "{record}" and field "{name}" at '
                f'position "{column}" has an error: {DAMAGED_NOTE.text}',
                "tags": ["#table", "#row", "#cell"],
                "note": DAMAGED_NOTE.text,
                "cells": [],
                "rowNumber": record,
                "cell": masked,
                "fieldName": name,
                "fieldNumber": column,
                "gongkai:message": {"text": DAMAGED_NOTE.text, "params": {}},
            }
        )
    return result


def add_errors(
    report: Mapping[str, Any], errors: Sequence[Mapping[str, Any]], *, uncounted: int = 0
) -> dict[str, Any]:
    """Return the report with more errors in front; ``uncounted`` more exist but are not listed."""
    if not errors and not uncounted:
        return dict(report)
    count = len(errors) + uncounted
    task = dict(report["tasks"][0])
    task["errors"] = [*errors, *task["errors"]]
    task["valid"] = False
    task["stats"] = {**task["stats"], "errors": task["stats"].get("errors", 0) + count}
    stats = {**report["stats"], "errors": report["stats"].get("errors", 0) + count}
    return {**report, "valid": False, "stats": stats, "tasks": [task, *report["tasks"][1:]]}


def discreet(
    report: Mapping[str, Any], withheld: Collection[str], mask: Callable[[str], str]
) -> dict[str, Any]:
    """Return the report without values of closed columns and with personal numbers masked.

    While anything is closed, a row with more cells than there are labels shows none of them: which
    of its values belongs to which column is unknown.
    """
    tasks = []
    for task in report["tasks"]:
        labels = task.get("labels", [])
        closed = {i for i, label in enumerate(labels) if label in withheld}
        errors = []
        for error in task["errors"]:
            count = max(len(error.get("cells", [])), error.get("fieldNumber") or 0)
            surplus = bool(withheld) and count > len(labels)
            hidden = set(range(count)) if surplus else closed
            errors.append(_discreet_error(error, hidden, withheld, mask))
        tasks.append({**task, "labels": [mask(str(label)) for label in labels], "errors": errors})
    return {**report, "tasks": tasks}


def _discreet_error(
    error: Mapping[str, Any],
    closed: Collection[int],
    withheld: Collection[str],
    mask: Callable[[str], str],
) -> dict[str, Any]:
    result = dict(error)
    cells = error.get("cells", [])
    long = {str(cell) for cell in (*cells, error.get("cell", "")) if len(str(cell)) > MOST_SHOWN}
    secrets = {str(cell) for i, cell in enumerate(cells) if i in closed and cell}
    if "cells" in error:
        result["cells"] = [
            HIDDEN if i in closed else shown(str(cell), mask) for i, cell in enumerate(cells)
        ]
    if "cell" in error:
        place = (error.get("fieldNumber") or 0) - 1
        secret = place in closed or error.get("fieldName") in withheld
        if secret and error["cell"]:
            secrets.add(str(error["cell"]))
        result["cell"] = HIDDEN if secret else shown(str(error["cell"]), mask)
    for key in ("message", "note"):
        text = str(error.get(key, ""))
        for secret_text in sorted(secrets, key=len, reverse=True):
            text = text.replace(secret_text, HIDDEN)
        for whole in sorted(long, key=len, reverse=True):
            text = text.replace(whole, shown(whole, mask))
        result[key] = shown(text, mask, MOST_SAID)
    return result


def shown(text: str, mask: Callable[[str], str], most: int = MOST_SHOWN) -> str:
    """A cell as reports and previews show it: masked, and of one as long as a book the beginning. A
    number that the cut would halve is masked whole before."""
    if len(text) <= most:
        return mask(text)
    return mask(text[: most + LONGEST_NUMBER])[:most] + "…"
