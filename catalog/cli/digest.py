"""What people are shown of a Frictionless report: errors by kind, each with its row, few of each.

Numbers of people in cells are masked, control characters made visible and long cells cut here, in
the child, so that nothing else reaches the terminal.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalog.cli.output import visible
from datasets.sensitive import redact
from schemas.places import ranges

MOST_CELL: Final = 80
"""Characters of a cell that are kept; it is masked in a longer piece, so that a cut hides nothing."""
MOST_NOTE: Final = 300
MASKED_IN: Final = 400
AROUND: Final = 12
"""Cells kept on each side of a bad one."""


def digest(report: Mapping[str, Any], most: int) -> dict[str, Any]:
    """Everything that is printed about one report; ``most`` errors of a kind are shown."""
    tasks = [_task(task, most) for task in report["tasks"]]
    return {
        "valid": report["valid"],
        "seconds": report["stats"].get("seconds") or 0.0,
        "errors": report["stats"]["errors"],
        "rows": sum(task["rows"] for task in tasks),
        "groups": _groups(report["errors"], most),
        "tasks": tasks,
    }


def _task(task: Mapping[str, Any], most: int) -> dict[str, Any]:
    stats = task["stats"]
    return {
        "name": visible(str(task["name"])),
        "place": visible(str(task["place"])),
        "valid": task["valid"],
        "rows": stats.get("rows") or 0,
        "errors": stats["errors"],
        "warnings": [visible(str(warning)) for warning in task["warnings"]],
        "groups": _groups(task["errors"], most),
    }


def _groups(errors: Sequence[Mapping[str, Any]], most: int) -> list[dict[str, Any]]:
    """Errors by type, the most frequent first; those that say the same of one row are shown as one."""
    counted = Counter(str(error["type"]) for error in errors)
    groups: dict[str, dict[str, Any]] = {
        kind: {"type": kind, "count": count, "title": "", "shown": []}
        for kind, count in counted.most_common()
    }
    lasts: dict[str, tuple[Mapping[str, Any], dict[str, Any] | None]] = {}
    for error in errors:
        group = groups[error["type"]]
        group["title"] = group["title"] or str(error.get("title", ""))
        before, entry = lasts.get(error["type"], ({}, None))
        if _says_the_same(before, error):
            if entry is not None:
                _add(entry, error)
        elif len(group["shown"]) < most:
            entry = _shown(error)
            group["shown"].append(entry)
        else:
            entry = None
        lasts[error["type"]] = error, entry
    for one in (one for group in groups.values() for one in group["shown"]):
        one["columns"] = ranges(one["columns"]) if one["stands_for"] > 1 else ""
    return list(groups.values())


def _says_the_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two errors are about different cells of one row and tell nothing apart of them."""
    keys = ("rowNumber", "note", "gongkai:message")
    numbered = one.get("fieldNumber") and other.get("fieldNumber")
    return bool(numbered) and all(one.get(key) == other.get(key) for key in keys)


def _add(shown: dict[str, Any], error: Mapping[str, Any]) -> None:
    """Let what is shown of an error stand for one more of its row."""
    place = error["fieldNumber"] - 1 - shown["before"]
    if place <= len(shown["cells"]):
        shown["bad"].append(place)
    shown["columns"].append(error["fieldNumber"])
    shown["stands_for"] += 1


def _shown(error: Mapping[str, Any]) -> dict[str, Any]:
    cells = [str(cell) for cell in error.get("cells") or error.get("labels") or ()]
    bad = _bad(error, cells)
    first = max((bad[0] if bad else 0) - AROUND, 0)
    window = cells[first : first + 2 * AROUND + 1]
    return {
        "row": error.get("rowNumber"),
        "field": shown(str(error.get("fieldName") or "")),
        "number": error.get("fieldNumber"),
        "columns": [error.get("fieldNumber")],
        "stands_for": 1,
        "note": shown(" ".join(str(error.get("note") or "").split()), MOST_NOTE),
        "message": error.get("gongkai:message"),
        "cells": [shown(cell) for cell in window],
        "bad": [place - first for place in bad if place - first <= len(window)],
        "before": first,
        "after": max(len(cells) - first - len(window), 0),
    }


def _bad(error: Mapping[str, Any], cells: Sequence[str]) -> list[int]:
    """Which cells are to be marked, from 0; one beyond the last stands for a missing cell."""
    number = error.get("fieldNumber")
    if isinstance(number, int) and number > 0:
        return [min(number - 1, len(cells))]
    keys = [str(cell) for cell in error.get("fieldCells") or ()]
    return [cells.index(key) for key in keys if key in cells]


def shown(text: str, most: int = MOST_CELL) -> str:
    """A text of the file fit for a terminal: masked, without control characters, cut."""
    masked = visible(redact(text[:MASKED_IN]))
    cut = len(text) > MASKED_IN or len(masked) > most
    return f"{masked[:most]}…" if cut else masked
