"""Made-up tables of every kind of column, and their questions answered in plain Python."""

import json
from datetime import date, datetime
from functools import cmp_to_key

import pyarrow as pa
from hypothesis import strategies as st

# ruff: noqa: DTZ001  (published tables hold wall-clock times as delivered, without a zone)

SCHEMA = pa.schema(
    [
        ('单位 "a"; --', pa.string()),
        ("Name", pa.string()),
        ("name", pa.string()),
        ("count", pa.int64()),
        ("amount", pa.decimal128(20, 2)),
        ("open", pa.bool_()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us")),
    ],
    metadata={
        b"frictionless:schema": json.dumps(
            {"fields": [{"name": "count", "type": "integer", "title": "件数"}]}
        ).encode()
    },
)  # fmt: skip
UNIT = SCHEMA.names[0]
CELLS = {
    UNIT: st.sampled_from(["甲", "乙", "丙", "", "'; drop table t"]),
    "Name": st.sampled_from(["Abc", "abc", "ABD", "0012", "x%_"]),
    "name": st.text(st.characters(codec="utf-8"), max_size=3),
    "count": st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63)]),
    "amount": st.decimals(-2, 2, places=2),
    "open": st.booleans(),
    "day": st.dates(date(2024, 1, 1), date(2024, 1, 5)),
    "at": st.datetimes(datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 3)),
}
ROWS = st.lists(st.tuples(*(cell | st.none() for cell in CELLS.values())), max_size=40)


def ordered(rows, sorts):
    """A stable sort, empty cells last whichever way it goes."""

    def compare(one, other):
        for position, descending in sorts:
            a, b = one[position], other[position]
            if a is None or b is None:
                if (a is None) != (b is None):
                    return 1 if a is None else -1
            elif a != b:
                if isinstance(a, str):  # in the order of the code points, as UTF-8 bytes sort
                    a, b = a.encode(), b.encode()
                return (1 if a > b else -1) * (-1 if descending else 1)
        return 0

    return sorted(rows, key=cmp_to_key(compare))


ORACLE = {
    "eq": lambda cell, value: cell is not None and cell == value,
    "ne": lambda cell, value: cell != value,
    "lt": lambda cell, value: cell is not None and cell < value,
    "lte": lambda cell, value: cell is not None and cell <= value,
    "gt": lambda cell, value: cell is not None and cell > value,
    "gte": lambda cell, value: cell is not None and cell >= value,
    "between": lambda cell, low, high: cell is not None and low <= cell <= high,
    "in": lambda cell, *values: cell is not None and cell in values,
    "contains": lambda cell, value: cell is not None and value.lower() in cell.lower(),
    "startswith": lambda cell, value: (
        (cell or "").lower().startswith(value.lower()) and cell is not None
    ),
    "endswith": lambda cell, value: (
        (cell or "").lower().endswith(value.lower()) and cell is not None
    ),
    "isnull": lambda cell, value: (cell is None) == value,
}


def written(value):
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
