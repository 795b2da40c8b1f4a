"""SQL over published tables: ``POST /query``, and the same by ``GET`` for an address to share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import plain
from catalog.api.doors import Door
from catalog.api.rows import MEDIA_TYPES, as_file, as_objects, refusal, written
from catalog.auth import Identity
from catalog.errors import Busy, NotOffered
from catalog.http.turns import one_turn
from catalog.services import querying
from datasets import sql
from datasets.filters import Column, QueryProblem
from datasets.query import Rows, kind_of, labelled
from datasets.sql import SqlAnswer, SqlLimits
from schemas.records import Message
from schemas.sql import SqlArgs, SqlIn, SqlOut

door = Door("query", "One read-only SELECT over published tables")


@door.post("/query", answers=SqlOut, body=SqlIn, status=200, reads=True)
def ask(body: dict[str, Any]) -> Response:
    """Answer one SELECT; tables are named by resource id, "slug/resource", or as tables says"""
    return _response(body["sql"], body["tables"], body["format"])


@door.get("/query", answers=SqlOut, query=SqlArgs)
def address(query: dict[str, Any]) -> Response:
    """The same as an address"""
    return _response(query["sql"], {}, query["format"])


def _response(statement: str, names: Mapping[str, str], form: str) -> Response:
    if form:
        return _made(statement, names, form)
    return http.by_accept(_made(statement, names, http.preferred(MEDIA_TYPES)))


def _made(statement: str, names: Mapping[str, str], file_format: str) -> Response:
    limits = bounds()
    answer, read = answered(statement, names, http.actor())
    rows = as_rows(answer)
    if file_format != "json":
        response = as_file(written(rows, file_format), file_format, "query")
        if answer.truncated:
            response.headers["X-Truncated"] = answer.truncated
        return response
    return plain(
        {
            **as_objects(rows),
            "truncated": answer.truncated or None,
            "tables": read,
            "limits": {
                "seconds": limits.seconds,
                "rows": limits.rows,
                "bytes": limits.bytes,
                "memory_bytes": sql.MEMORY_BYTES,
            },
        }
    )


def bounds() -> SqlLimits:
    """What one answer may take on this portal."""
    settings = http.runtime().settings
    return SqlLimits(settings.sql_seconds, settings.sql_rows, settings.sql_bytes)


def answered(
    statement: str, names: Mapping[str, str], actor: Identity
) -> tuple[SqlAnswer, list[dict[str, str]]]:
    """The answer to one statement of this request's client, and the tables it read: those that
    ``actor`` may download.

    Raises the refusals of ``querying.named``, of the gate, and of the limits.
    """
    read: list[dict[str, str]] = []

    @contextmanager
    def grant(name: str) -> Iterator[Path]:
        with http.reading() as session:
            resource, file = querying.named(session, actor, name, names)
            read.append({"name": name, "resource": resource.id, "sha256": file.sha256})
        with http.runtime().storage.local_path(file.sha256) as path:
            yield path

    with one_turn("sql"):
        try:
            return http.runtime().sandbox.ask(statement, grant, bounds()), read
        except QueryProblem as error:
            raise refusal(error) from None
        except sql.TooBusy:
            raise Busy(
                "query-busy",
                Message("As many statements as can be are being answered."),
                Message("Try again in a few seconds."),
            ) from None
        except sql.NotOffered:
            raise NotOffered(
                "sql-not-offered",
                Message("This system cannot lock in a process, so it runs no SQL of others."),
                Message("Ask by conditions at /api/v1/resources/{id}/rows, or download the table."),
            ) from None


def as_rows(answer: SqlAnswer) -> Rows:
    """The answer in the form of the row API."""
    columns = tuple(Column(field.name, kind_of(field.type)) for field in answer.table.schema)
    return Rows(columns, labelled(answer.table, columns), "", None)
