"""What ``gongkai validate`` says of files that would keep it busy for ever."""

from datasets.exploding import MOST_COLUMNS, MOST_DEPTH, MOST_DIGITS, TooWideError
from schemas.records import Message, Problem


def endless(line: int) -> Problem:
    """A line that is longer than any table's."""
    cause = Message("Line %(line)d has no end: it is longer than any table's.", {"line": line})
    remedy = Message("Export the table again with one record on each line.")
    return Problem("line-too-long", cause, remedy, f"line {line}")


def hopeless(why: str) -> Problem:
    """JSON that no reader gets through, by what ``hopeless_json`` says of it."""
    if why == "columns":
        return too_many_columns()
    if why == "depth":
        cause = Message("The JSON is nested deeper than %(levels)d levels.", {"levels": MOST_DEPTH})
        return Problem("json-too-deep", cause, Message("Deliver a flat list of records."))
    cause = Message(
        "The JSON holds a number of more than %(most)d digits, which no program reads.",
        {"most": MOST_DIGITS},
    )
    return Problem("json-number", cause, Message("Correct the number, or write it as text."))


def impossible_path(name: str) -> Problem:
    """A descriptor that names a file as no system can."""
    cause = Message("The path of the resource %(name)s holds a NUL character.", {"name": name})
    return Problem("descriptor-path", cause, Message("Correct the path in the descriptor."))


def too_many(line: int, cells: int) -> Problem:
    """A line of text with more cells than are validated."""
    cause = Message(
        "Line %(line)s has %(cells)s cells; at most %(most)s are validated.",
        {"line": line, "cells": cells, "most": MOST_COLUMNS},
    )
    remedy = Message("Check the delimiter, or turn columns into rows.")
    return Problem("too-many-columns", cause, remedy, f"line {line}")


def too_many_columns() -> Problem:
    """A table of more columns than are validated."""
    cause = Message(
        "The table has more columns than the %(most)s that are validated.", {"most": MOST_COLUMNS}
    )
    return Problem("too-many-columns", cause, Message("Turn columns into rows."))


def too_wide(error: TooWideError) -> Problem:
    """A row far wider than its table, or a table that is too wide itself."""
    if not error.number:
        return too_many_columns()
    cause = Message(
        "Row %(row)s has %(cells)s cells; the table has %(columns)s columns.",
        {"row": error.number, "cells": error.cells, "columns": error.columns},
    )
    remedy = Message("Check the delimiter and the quotation marks of this row.")
    return Problem("too-many-columns", cause, remedy)
