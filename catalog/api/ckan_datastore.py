"""CKAN's datastore, the read side: rows of open tables by ``datastore_search`` and by SQL."""

import csv
import io
import re
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from sqlalchemy.orm import Session

from catalog import http
from catalog.api.ckan_asked import TYPES, asked_of
from catalog.api.ckan_given import (
    Given,
    Refused,
    boolean,
    invalid,
    natural,
    needed,
    not_found,
    text,
)
from catalog.api.ckan_given import refusal as told
from catalog.api.rows import refusal
from catalog.api.sql import answered, as_rows
from catalog.auth import ANONYMOUS
from catalog.errors import RuleError
from catalog.http.turns import one_turn
from catalog.services import ckan, downloads, querying
from catalog.services.downloads import Artefact
from datasets import numbered, query
from datasets.engine import QueryLimits
from datasets.filters import Column, QueryProblem
from datasets.numbered import Page

MOST_ROWS: Final = 32_000
TABLES: Final = "_table_metadata"
MOST_TABLES: Final = 5_000
SEARCH_WORDS: Final = frozenset(
    [
        *("resource_id", "id", "filters", "q", "full_text", "plain", "language", "distinct"),
        *("fields", "sort", "limit", "offset", "include_total", "records_format"),
        *("include_next_page", "total_estimation_threshold"),
    ]
)
DELIMITERS: Final = {"csv": ",", "tsv": "\t"}
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def datastore_search(session: Session, given: Given) -> dict[str, Any]:
    """Return rows of a table: filters, q, fields, sort, distinct, limit, offset, records_format."""
    for name in given:
        if name not in SEARCH_WORDS:
            raise Refused(
                409, "Validation Error", {"__extras": [f"unexpected parameter {name[:60]!r}"]}
            )
    wanted = text(given, "resource_id") or needed(given, "id" if "id" in given else "resource_id")
    limit, offset = min(natural(given, "limit", 100), MOST_ROWS), natural(given, "offset", 0)
    form = text(given, "records_format") or "objects"
    if form not in {"objects", "lists", "csv", "tsv"}:
        raise invalid("records_format", "must be one of objects, lists, csv, tsv")
    if wanted == TABLES:
        page = _tables(session, limit, offset)
    else:
        page = _page(session, wanted, given, limit, offset)
    return {
        "resource_id": wanted,
        "fields": fields(page.columns),
        "records": _records(page, form),
        "records_format": form,
        "limit": limit,
        "offset": offset,
        "include_total": page.total is not None,
        **({} if page.total is None else {"total": page.total, "total_was_estimated": False}),
        **{name: given[name] for name in ("filters", "q", "sort") if given.get(name)},
        "_links": _links(given, wanted, limit, offset),
    }


def _page(session: Session, wanted: str, given: Given, limit: int, offset: int) -> Page:
    file = table(session, wanted)
    limits = QueryLimits(http.runtime().settings.query_seconds)
    with one_turn("rows"), http.runtime().storage.local_path(file.sha256) as path:
        try:
            asked = asked_of(given, query.columns_of(path))
            total = boolean(given, "include_total", default=True)
            bounded = replace(asked, limit=limit, offset=offset, with_total=total)
            return http.runtime().rows.page(file.sha256, path, bounded, limits)
        except QueryProblem as error:
            raise told(refusal(error)) from None


def table(session: Session, wanted: str) -> Artefact:
    """The rows that everybody may have of a table, by resource id or as slug/resource."""
    found = ckan.table_of(session, wanted)
    try:
        if found is not None:
            return downloads.table(ANONYMOUS, found[0])
        return querying.named(session, ANONYMOUS, wanted, {})[1]
    except RuleError as error:
        if error.status == 404:
            raise not_found(f'Resource "{wanted[:60]}" was not found.') from None
        raise told(error) from None


def _tables(session: Session, limit: int, offset: int) -> Page:
    """What CKAN lists of its tables: every one by id, and again by the name that people know."""
    held = ckan.tabled(session, limit=MOST_TABLES)
    listed = [(name, alias) for one, known in held for name, alias in ((one, None), (known, one))]
    rows = [(place, name, place, alias) for place, (name, alias) in enumerate(listed, 1)]
    columns = (
        Column("_id", "integer"), Column("name", "text"), Column("oid", "integer"),
        Column("alias_of", "text"),
    )  # fmt: skip
    return Page(columns, rows[offset : offset + limit], len(rows))


def fields(columns: tuple[Column, ...]) -> list[dict[str, Any]]:
    """Columns as CKAN names them; a title stands in ``info``."""
    return [
        {
            "id": one.name,
            "type": "int"
            if one.name == numbered.NUMBER and one.kind == "integer"
            else TYPES[one.kind],
            **({"info": {"label": one.title}} if one.title else {}),
        }
        for one in columns
    ]


def _records(page: Page, form: str) -> Any:
    if form in DELIMITERS:
        return delimited(page.rows, DELIMITERS[form])
    if form == "lists":
        return [list(row) for row in page.rows]
    names = [column.name for column in page.columns]
    return [dict(zip(names, row, strict=True)) for row in page.rows]


def delimited(rows: list[tuple[Any, ...]], delimiter: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def _links(given: Given, wanted: str, limit: int, offset: int) -> dict[str, str]:
    same = {name: _said(value) for name, value in given.items() if name not in {"id", "offset"}}
    same["resource_id"] = wanted

    def at(place: int) -> str:
        arguments = same | ({"offset": str(place)} if place else {})
        return f"/api/3/action/datastore_search?{urlencode(arguments)}"

    return {
        "start": at(0),
        "next": at(offset + limit),
        **({"prev": at(max(0, offset - limit))} if offset else {}),
    }


def _said(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def datastore_info(session: Session, given: Given) -> dict[str, Any]:
    """Return how many rows a table has, and its columns."""
    wanted = text(given, "resource_id") or needed(given)
    file = table(session, wanted)
    with http.runtime().storage.local_path(file.sha256) as path:
        columns = query.columns_of(path)
    described = [
        {
            **one,
            "schema": {
                "native_type": one["type"], "notnull": False, "index_name": None,
                "is_index": False, "uniquekey": False,
            },
        }
        for one in fields(columns)
    ]  # fmt: skip
    return {
        "meta": {
            "id": wanted,
            "count": file.rows,
            "size": file.bytes,
            "db_size": file.bytes,
            "idx_size": 0,
            "aliases": [],
            "table_type": "BASE TABLE",
        },
        "fields": described,
    }


def datastore_search_sql(session: Session, given: Given) -> dict[str, Any]:
    """Return the answer to one SELECT over open tables, named by resource id in double quotes."""
    statement = needed(given, "sql")
    names: dict[str, str] = {}
    for one in dict.fromkeys(_UUID.findall(statement[:10_000])):
        found = ckan.table_of(session, one)
        if found is not None:
            names[one] = found[0].id
    answer, _ = answered(statement, names, ANONYMOUS)
    rows = as_rows(answer)
    return {
        "sql": statement,
        "fields": fields(rows.columns),
        "records": query.items(rows),
        **({"records_truncated": True} if answer.truncated else {}),
    }
