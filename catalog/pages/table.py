"""One open table to look at and filter: ``/datasets/<slug>/<resource>``. The address is the state."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import missing
from catalog.http.outward import RELEASE
from catalog.http.turns import one_turn
from catalog.models import Dataset, Resource
from catalog.pages import entry_parts, table_groups
from catalog.pages.asking import TABLE_SIZE, Trail, followed, trail
from catalog.pages.render import here, page, site, word
from catalog.services import directory, downloads, paging, resources
from catalog.services.downloads import Artefact
from datasets import filters, query
from datasets.engine import QueryLimits
from datasets.filters import Column, QueryProblem
from schemas.records import Message

blueprint = Blueprint("pages-table", __name__)
FORM = ("column", "operator", "value")
OWN = ("lang", "_trail")
FILES = ("csv", "json", "xlsx", "parquet")
KINDS = {"text": "string"}


@blueprint.get("/datasets/<slug>/<name>")
def show(slug: str, name: str) -> Response:
    """Rows of a published table, only where its bytes are reachable."""
    if {"column", "operator"} <= set(request.args):
        return redirect(_condition_added(), 303)
    if set(table_groups.FORM) <= set(request.args):
        return redirect(table_groups.chosen(), 303)
    with http.reading() as session:
        dataset = directory.get(session, http.actor(), slug)
        held = resources.shown_to(session, http.actor(), dataset)
        resource = next((one for one in held if one.name == name), None)
        if resource is None:
            raise missing("resource")
        if resource.url and not downloads.artefacts(dataset, resource):
            # The address stands for the link in descriptions for others; the entry's page has it.
            return redirect(f"/datasets/{dataset.slug}", 303)
        artefact = downloads.table(http.actor(), resource)
        if not http.actor().anonymous:
            return _table(dataset, resource, artefact)
        titles = (dataset.title, dataset.unit.name, resource.title, resource.table_schema)
        said = sorted(request.args.items(multi=True))
        tag = http.tag_of(RELEASE, site(), http.language(), request.path, said, artefact, titles)
        if good := http.unchanged(tag):
            return good
        answer = _table(dataset, resource, artefact)
        if answer.status_code == HTTPStatus.OK:
            answer.set_etag(tag)
        return answer


def _condition_added() -> str:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n not in (*FORM, "_trail")]
    column, operator = request.args.get("column", ""), request.args.get("operator", "")
    return f"{request.path}?{urlencode([*pairs, (f'{column}__{operator}', request.args.get('value', ''))])}"


def _given() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.args.items(multi=True) if name not in OWN]


def _table(dataset: Dataset, resource: Resource, artefact: Artefact) -> Response:
    settings, way = http.runtime().settings, trail("_trail")
    errors: dict[str, Message] = {}
    asked, found = filters.Query(), None
    with one_turn("rows"), http.runtime().storage.local_path(artefact.sha256) as path:
        columns = query.columns_of(path)
        try:
            given = [*_given(), *([("_after", way.after)] if way.after else [])]
            asked = replace(filters.parse(given, columns, artefact.sha256), limit=TABLE_SIZE)
            limits = QueryLimits(settings.query_seconds)
            found = http.runtime().rows.run(artefact.sha256, path, asked, limits)
        except QueryProblem as error:
            errors = {error.problem.place or "query": error.problem.cause}
    base = f"{settings.public_url.rstrip('/')}/api/v1/resources/{resource.id}/rows"
    return page(
        "datasets/resource.html",
        status_code=422 if errors else 200,
        dataset={"slug": dataset.slug, "title": dataset.title,
                 "unit": {"code": dataset.unit.code, "name": dataset.unit.name}},
        resource={"name": resource.name, "title": resource.title},
        columns=[_head(column, asked) for column in _shown(found, asked, columns)],
        rows=entry_parts.cells(found) if found else [],
        page=_ways(found, way),
        column_options=[(one.name, one.title or one.name) for one in columns],
        operators=_operators(),
        figures=table_groups.figures(columns),
        group=asked.group[0] if asked.group else "",
        figure=asked.aggregates[0].label if asked.aggregates else "count",
        bars=table_groups.bars(found, asked) if found else [],
        filters=_conditions(asked, columns),
        clear_url=request.path,
        hidden={n: v for n, v in _given() if n not in FORM},
        errors=errors,
        rows_url=_address(base, []),
        exports={one: _address(base, [("_format", one), ("_limit", _most(one, asked))]) for one in FILES},
        limits={"rows": settings.max_rows_answered, "seconds": f"{settings.query_seconds:g}"},
    )  # fmt: skip


def _most(file_format: str, asked: filters.Query) -> str:
    """How many rows a download of them asks for: all where they can be sent while they are made."""
    whole = file_format in filters.STREAMED and not (asked.group or asked.aggregates)
    return filters.ALL_ROWS if whole else str(filters.MAX_LIMIT)


def _shown(
    found: query.Rows | None, asked: filters.Query, columns: tuple[Column, ...]
) -> list[Column]:
    """The columns of the answer, computed ones under words for people."""
    if found is None:
        return list(columns)
    told = {one.label: table_groups.title(one, columns) for one in asked.aggregates}
    return [replace(one, title=told.get(one.name, one.title)) for one in found.columns]


def _ways(found: query.Rows | None, way: Trail) -> dict[str, Any]:
    if found is None:
        return {"first": 0, "last": 0, "total": 0, "previous_url": "", "next_url": ""}
    answer: paging.Page[Any] = paging.Page([None] * found.table.num_rows, found.next_cursor)
    return followed(answer, TABLE_SIZE, way, found.total or 0)


def _head(column: Column, asked: filters.Query) -> dict[str, str]:
    sort = next((one for one in asked.sort if one.column == column.name), None)
    quoted = f'"{column.name}"' if "," in column.name else column.name
    turned = f"-{quoted}" if sort and not sort.descending else quoted
    return {
        "name": column.name,
        "title": column.title,
        "type": word("field-type", KINDS.get(column.kind, column.kind)),
        "sort_url": here(_sort=turned, _trail=None),
        "sorted": ("desc" if sort.descending else "asc") if sort else "",
    }


def _operators() -> list[tuple[str, str]]:
    return [
        ("eq", _("is")),
        ("ne", _("is not")),
        ("contains", _("contains")),
        ("startswith", _("begins with")),
        ("endswith", _("ends with")),
        ("gt", _("is above")),
        ("gte", _("is at least")),
        ("lt", _("is below")),
        ("lte", _("is at most")),
        ("between", _("is between (two values, comma)")),
        ("in", _("is one of (values, comma)")),
        ("isnull", _("is empty (true or false)")),
    ]


def _conditions(asked: filters.Query, columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    pairs = [pair for pair in _given() if pair[0] not in filters.ROW_WORDS]
    rest = [pair for pair in _given() if pair[0] in filters.ROW_WORDS]
    return [
        {
            "label": filters.describe(condition, columns),
            "url": f"{request.path}?{urlencode([*rest, *pairs[:at], *pairs[at + 1 :]])}",
        }
        for at, condition in enumerate(asked.conditions)
    ]


def _address(base: str, more: list[tuple[str, str]]) -> str:
    known = {name for name, _value in more}
    pairs = [pair for pair in _given() if pair[0] not in known] + more
    return f"{base}?{urlencode(pairs)}" if pairs else base
