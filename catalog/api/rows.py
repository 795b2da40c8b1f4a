"""Rows of a published table: ``/resources/{id}/rows``, in JSON or any download format."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain
from catalog.api.doors import Door
from catalog.errors import Busy, Invalid, RuleError
from catalog.http.outward import RELEASE
from catalog.http.turns import one_turn
from catalog.services import downloads, resources
from catalog.services.downloads import Artefact
from datasets import exports, filters, query
from datasets.engine import QueryLimits
from datasets.filters import QueryProblem
from datasets.query import Rows
from schemas.paging import ColumnArgs
from schemas.rows import RowsOut

door = Door("rows", "Rows of published tables: conditions, order, groups, formats")


class TooLong(Busy):
    """An answer that would take more time than it may."""

    title = "Took too long"
    retry_after = 10


@door.get("/resources/<resource_id>/rows", answers=RowsOut, query=ColumnArgs)
def rows(resource_id: str) -> Response:
    """Rows by conditions (column__op=value), _select, _sort, _limit, _after, _group, _agg, _format"""
    with http.reading() as session:
        table = _table(session, resource_id)
    if request.args.get("_format", "json") != "json":
        return _answer(table)
    # The bytes of a version never change, and so no answer about them does.
    return http.keeping_under((table.sha256, "rows"), lambda: _answer(table))


def _answer(table: Artefact) -> Response:
    settings = http.runtime().settings
    said = sorted(request.args.items(multi=True))
    tag = http.tag_of(RELEASE, settings.public_url, table.sha256, table.file_name, said)
    if held := http.unchanged(tag):
        return held
    with one_turn("rows"), http.runtime().storage.local_path(table.sha256) as path:
        try:
            columns = query.columns_of(path)
            known = {column.name for column in columns}
            given = [
                (name, value)
                for name, value in request.args.items(multi=True)
                if name != "lang" or "lang" in known
            ]
            asked = filters.parse(given, columns, table.sha256)
            asked = replace(asked, limit=min(asked.limit, settings.max_rows_answered))
            found = query.run(path, asked, QueryLimits(settings.query_seconds))
        except QueryProblem as error:
            raise refusal(error) from None
    stem = table.file_name.rpartition(".")[0]
    response = (
        _json(found, asked.limit) if asked.format == "json" else as_file(found, asked.format, stem)
    )
    if found.next_cursor:
        arguments = urlencode([*_without_cursor(given), ("_after", found.next_cursor)])
        address = settings.public_url.rstrip("/") + request.path
        response.headers["Link"] = f'<{address}?{arguments}>; rel="next"'
    response.set_etag(tag)
    return response


def _table(session: Session, resource_id: str) -> Artefact:
    resource = resources.get(session, http.actor(), resource_id)
    return downloads.table(http.actor(), resource)


def refusal(error: QueryProblem) -> RuleError:
    """What a question that cannot be answered is told."""
    problem = error.problem
    if problem.code == "query-timeout":
        return TooLong(problem.code, problem.cause, problem.remedy)
    place = problem.place or "query"
    return Invalid(problem.code, problem.cause, problem.remedy, fields={place: [problem.cause]})


def _without_cursor(given: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in given if name != "_after"]


def _json(found: Rows, limit: int) -> Response:
    return plain(
        {
            **as_objects(found),
            "page": {"next": found.next_cursor or None, "limit": limit, "total": found.total},
        }
    )


def as_objects(found: Rows) -> dict[str, Any]:
    """Columns and rows as JSON carries them."""
    return {
        "fields": [
            {"name": column.name, "type": column.kind, "title": column.title}
            for column in found.columns
        ],
        "items": query.items(found),
    }


def as_file(found: Rows, file_format: str, stem: str) -> Response:
    """The rows as a download called ``stem`` with the ending of the format."""
    exporter = exports.EXPORTERS[file_format]
    return Response(
        exports.stream(found.table.to_reader(), file_format),
        content_type=http.with_charset(exporter.media_type),
        headers={
            "Content-Disposition": http.disposition(f"{stem}.{exporter.suffix}"),
            "Content-Security-Policy": http.FILE_POLICY,
        },
    )
