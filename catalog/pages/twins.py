"""The machine-readable twins of list pages: the same rows as JSON and as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from flask import request
from werkzeug.wrappers import Response

from datasets.exports.delimited import harmless

TWINS = ("json", "csv")
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "/datasets": (
        *("slug", "code", "title", "description", "theme", "openness", "mode", "state", "updated"),
        *("rows", "formats", "unit", "unit_name"),
    ),
    "/guides": (
        *("slug", "kind", "title", "summary", "edition", "effective_on", "editions"),
        *("followed_by", "url"),
    ),
    "/laws": (
        *("id", "title", "short_title", "level", "current", "in_force_from", "versions"),
        *("articles", "texts"),
    ),
    "/laws/stale": (
        *("list_kind", "number", "name", "citation", "state", "revision", "ended_on", "successors"),
    ),
    "/negative-list": (
        *("no", "name", "ground", "wording", "circumstances", "scope", "since", "until"),
        *("next_review", "overdue", "state", "entries", "basis"),
    ),
    "/notices": (
        *("id", "title", "edition_number", "adjusted_on", "due_on", "provisional", "published_on"),
        *("state", "text"),
    ),
    "/openness/assessments": (
        *("id", "title", "source", "unit", "assessed_on", "address", "file", "indicator", "value"),
        *("of", "remark"),
    ),
    "/openness/changes": (
        *("unit", "unit_name", "code", "slug", "title", "cause", "before", "after"),
    ),
    "/openness/entries": ("code", "slug", "title", "class", "unit", "unit_name", "rule", "item"),
    "/openness/heads": ("day", "sequence", "hash", "at", "signature", "public_key"),
    "/openness/map": ("unit", "unit_name", "theme", "n", "d", "percent"),
    "/openness/plan": (
        *("unit", "unit_name", "code", "slug", "title", "step", "todo", "opens_unit"),
    ),
    "/openness/signals": (
        *("sign", "unit", "unit_name", "day", "code", "slug", "title", "evidence"),
    ),
    "/requests": (
        *("number", "kind", "title", "text", "received_at", "due_on", "lateness", "outcome"),
        *("reply", "replied_on", "unit", "dataset"),
    ),
    "/units": (
        *("code", "name", "kind", "entries", "open", "withheld", "due_open", "due_entries"),
        *("percent_all", "percent_due"),
    ),
}
"""Public lists that may be empty -> their columns: a file without rows still has its heading, or programs
that read it every day fail on the day that nothing is listed."""


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
    names = list(rows[0]) if rows else COLUMNS.get(request.path.removesuffix(".csv"), ())
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
