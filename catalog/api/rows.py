"""Rows of a published table: ``/resources/{id}/rows``, in JSON or any download format."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pyarrow as pa
from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain
from catalog.api.doors import Door
from catalog.errors import Busy, Invalid, RuleError
from catalog.http.outward import RELEASE
from catalog.http.turns import one_turn, while_sent
from catalog.services import downloads, resources
from catalog.services.downloads import Artefact
from datasets import exports, filters, query
from datasets.engine import MEMORY_BYTES, QueryLimits
from datasets.filters import Query, QueryProblem
from datasets.query import Rows
from schemas.paging import ColumnArgs
from schemas.rows import RowsOut

door = Door("rows", "Rows of published tables: conditions, order, groups, formats")
MEDIA_TYPES: Final = {
    "application/json": "json",
    "text/csv": "csv",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/vnd.apache.parquet": "parquet",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
"""What a client may name in Accept instead of a format -> the format. Who names none gets the first."""


class TooLong(Busy):
    """An answer that would take more time than it may."""

    title = "Took too long"
    retry_after = 10


@door.get("/resources/<resource_id>/rows", answers=RowsOut, query=ColumnArgs)
def rows(resource_id: str) -> Response:
    """Rows by conditions (column__op=value), _select, _sort, _limit, _after, _group, _agg, _format"""
    table = http.finding((resource_id, "rows"), lambda session: _table(session, resource_id))
    if named := request.args.get("_format"):
        return _kept(table, named)
    return http.by_accept(_kept(table, http.preferred(MEDIA_TYPES)))


def _kept(table: Artefact, form: str) -> Response:
    if form != "json":
        return _answer(table, form)
    # The bytes of a version never change, and so no answer about them does.
    return http.keeping_under((table.sha256, "rows"), lambda: _answer(table, form))


def _answer(table: Artefact, form: str) -> Response:
    settings, said = http.runtime().settings, sorted(request.args.items(multi=True))
    named = {
        "seconds": settings.query_seconds,
        "rows": settings.max_rows_answered,
        "memory_bytes": MEMORY_BYTES,
    }
    tag = http.tag_of(
        RELEASE, settings.public_url, table.sha256, table.file_name, said, form, named
    )
    if held := http.unchanged(tag):
        return held
    limits = QueryLimits(settings.query_seconds)
    with http.runtime().storage.local_path(table.sha256) as path:
        try:
            with one_turn("rows"):
                given, asked = _asked(path, table, form)
                if asked.whole:
                    made = _begun(query.parts(path, asked, limits, http.runtime().incoming))
                else:
                    found = http.runtime().rows.run(table.sha256, path, asked, limits)
        except QueryProblem as error:
            raise refusal(error) from None
        if asked.whole:
            response = _streamed(made, asked.format, table)
        elif asked.format == "json":
            response = _json(found, asked.limit, named)
        else:
            response = as_file(written(found, asked.format), asked.format, _stem(table))
    if not asked.whole and found.next_cursor:
        response.headers["Link"] = _next(given, found.next_cursor)
    response.set_etag(tag)
    return response


def _asked(path: Path, table: Artefact, form: str) -> tuple[list[tuple[str, str]], Query]:
    """The arguments that concern the table, the form among them, and the question they ask. Raises
    ``QueryProblem``."""
    columns = query.columns_of(path)
    known = {column.name for column in columns}
    given = [
        pair for pair in request.args.items(multi=True) if pair[0] != "lang" or "lang" in known
    ]
    if form != "json" and "_format" not in request.args:
        given.append(("_format", form))
    asked = filters.parse(given, columns, table.sha256)
    most = http.runtime().settings.max_rows_answered
    return given, replace(asked, limit=min(asked.limit, most))


def _begun(parts: Iterator[Any]) -> tuple[Any, Iterator[Any]]:
    """Parts of which the first is there, so that what cannot be answered is refused before anything is
    sent."""
    first = next(parts)
    return first.schema, chain([first], parts)


def _streamed(made: tuple[Any, Iterator[Any]], file_format: str, table: Artefact) -> Response:
    schema, parts = made
    reader = pa.RecordBatchReader.from_batches(
        schema, (b for part in parts for b in part.to_batches())
    )
    return as_file(while_sent(exports.stream(reader, file_format)), file_format, _stem(table))


def _stem(table: Artefact) -> str:
    return table.file_name.rpartition(".")[0]


def _next(given: list[tuple[str, str]], cursor: str) -> str:
    arguments = urlencode([*(pair for pair in given if pair[0] != "_after"), ("_after", cursor)])
    address = http.runtime().settings.public_url.rstrip("/") + request.path
    return f'<{address}?{arguments}>; rel="next"'


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


def _json(found: Rows, limit: int, named: Mapping[str, float]) -> Response:
    return plain(
        {
            **as_objects(found),
            "page": {"next": found.next_cursor or None, "limit": limit, "total": found.total},
            "limits": named,
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


def written(found: Rows, file_format: str) -> Iterable[bytes]:
    """The rows in a download format, in pieces."""
    return exports.stream(found.table.to_reader(), file_format)


def as_file(pieces: Iterable[bytes], file_format: str, stem: str) -> Response:
    """A file of a download format, called ``stem`` with the ending of the format."""
    exporter = exports.EXPORTERS[file_format]
    return Response(
        pieces,
        content_type=http.with_charset(exporter.media_type),
        headers={
            "Content-Disposition": http.disposition(f"{stem}.{exporter.suffix}"),
            "Content-Security-Policy": http.FILE_POLICY,
        },
    )
