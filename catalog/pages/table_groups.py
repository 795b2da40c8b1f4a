"""Groups of a table as people choose and see them: the form, the titles of figures, the bars."""

from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _
from markupsafe import Markup

from catalog.pages import charts
from datasets import query
from datasets.filters import AGGREGATES, Aggregate, Column, Query

FORM = ("by", "figure")
WORDS = ("_group", "_agg", "_sort", "_select", "_trail")
MOST_BARS = 30


def chosen() -> str:
    """The address of this page grouped as the form says, the largest figure first."""
    by, figure = request.args.get("by", ""), request.args.get("figure", "")
    kept = [
        (name, value)
        for name, value in request.args.items(multi=True)
        if name not in (*FORM, *WORDS)
    ]
    if by:
        figure = figure or "count"
        kept += [
            ("_group", _quoted(by)),
            ("_agg", _quoted(figure)),
            ("_sort", f"-{_quoted(figure)}"),
        ]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "," in name or '"' in name else name


def figures(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    """What can be computed for each group: (value, label)."""
    offered = [("count", _("Number of rows"))]
    for column in columns:
        for function in ("sum", "avg", "min", "max", "distinct"):
            fits = column.kind in AGGREGATES[function][1]
            if fits and (function == "distinct" or column.kind in AGGREGATES["sum"][1]):
                label = f"{function}:{column.name}"
                offered.append((label, _title(function, column.title or column.name)))
    return offered


def title(aggregate: Aggregate, columns: tuple[Column, ...]) -> str:
    """What a computed column is called."""
    if not aggregate.column:
        return str(_("Number of rows"))
    titles = {column.name: column.title or column.name for column in columns}
    return _title(aggregate.function, titles[aggregate.column])


def _title(function: str, column: str) -> str:
    titles = {
        "sum": _("Sum of %(column)s", column=column),
        "avg": _("Mean of %(column)s", column=column),
        "min": _("Least %(column)s", column=column),
        "max": _("Greatest %(column)s", column=column),
        "distinct": _("Different values of %(column)s", column=column),
        "count": _("Filled in: %(column)s", column=column),
    }
    return str(titles[function])


def bars(found: query.Rows, asked: Query) -> list[dict[str, Any]]:
    """The first groups of a page as bars; nothing where a figure is not a number, or below zero."""
    if not (asked.group and asked.aggregates):
        return []
    name = asked.aggregates[0].label
    rows = query.items(found)[:MOST_BARS]
    amounts = [_amount(row[name]) for row in rows]
    known = [amount for amount in amounts if amount is not None]
    if not known or min(known) < 0 or max(known) == 0:
        return []
    top = max(known)
    drawn = []
    for row, amount in zip(rows, amounts, strict=True):
        label = " · ".join("–" if row[one] is None else str(row[one]) for one in asked.group)
        drawn.append({"label": label, "value": row[name], "bar": _bar(amount, top, label)})
    return drawn


def _amount(value: Any) -> Fraction | None:
    try:
        return None if value is None or isinstance(value, bool) else Fraction(str(value))
    except ValueError:
        return None


def _bar(amount: Fraction | None, top: Fraction, label: str) -> Markup:
    return charts.value_bar((amount or Fraction(0)) / top, label)
