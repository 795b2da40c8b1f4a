"""The machine-readable twins of list pages: the same rows as JSON and as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import request
from werkzeug.wrappers import Response

from datasets.exports.delimited import harmless

TWINS = ("json", "csv")


def links(
    path: str,
    *,
    without: Sequence[str] = ("page", "trail", "lang"),
    twins: Sequence[str] = TWINS,
) -> dict[str, str]:
    """The addresses of the twins of a page, asking the same question."""
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name not in without]
    tail = f"?{urlencode(pairs)}" if pairs else ""
    return {name: f"{path}.{name}{tail}" for name in twins}


def answer(form: str, rows: Sequence[Mapping[str, Any]], more: Mapping[str, Any]) -> Response:
    """Rows in the form asked for; ``more`` stands beside the items in JSON only."""
    if form == "json":
        body = {
            **more,
            "items": rows,
            "page": {"next": None, "limit": len(rows), "total": len(rows)},
        }
        return Response(orjson.dumps(body, default=str), content_type="application/json")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    names = list(rows[0]) if rows else []
    writer.writerow(names)
    # What strangers wrote stands in these tables, and officials open them in a spreadsheet.
    columns = [harmless([_cell(row.get(name)) for row in rows]) for name in names]
    writer.writerows(zip(*columns, strict=True))
    return Response(text.getvalue(), content_type="text/csv; charset=utf-8")


def _cell(value: Any) -> Any:
    """A value in one cell: lists joined, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(str(part) for part in value)
    return value
