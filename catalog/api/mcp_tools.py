"""What a program that speaks MCP can do here: find entries, read one, ask tables, fetch rows.

Public data only: whoever asks, a tool sees what anybody may see.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from catalog import http
from catalog.api.cursors import seal, unseal
from catalog.api.datasets import parts
from catalog.api.rows import as_objects, refusal
from catalog.api.sql import answered, as_rows, bounds
from catalog.auth import ANONYMOUS
from catalog.errors import Invalid, RuleError
from catalog.http.turns import one_turn
from catalog.services import directory, downloads, querying, resources, searching
from catalog.services.searching import SearchQuery
from datasets import query
from datasets.engine import QueryLimits
from datasets.filters import Query, QueryProblem, parse
from schemas.datasets import DatasetEntry, DatasetSummary
from schemas.records import Message

MOST_FOUND = 50
MOST_ROWS = 200
SLUG = {"type": "string", "maxLength": 200, "description": "slug of an entry, from search"}
SEARCHED = "/mcp/search"
"""Where cursors of the search are good."""
TABLE = {"type": "string", "maxLength": 300, "description": "resource id, or slug/resource"}

Work = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what it is for, its arguments as a JSON Schema, and what does the work."""

    title: str
    description: str
    arguments: Mapping[str, Any]
    required: tuple[str, ...]
    work: Work

    @property
    def schema(self) -> dict[str, Any]:
        """JSON Schema 2020-12 of the arguments."""
        return {
            "type": "object",
            "properties": dict(self.arguments),
            "required": list(self.required),
            "additionalProperties": False,
        }


def call(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Have a tool do its work. Raises ``KeyError`` for an unknown name, ``RuleError`` for the rest."""
    tool = TOOLS[name]
    wrong = {
        ".".join(str(part) for part in error.absolute_path) or "arguments": [_said(error)]
        for error in _validator(name).iter_errors(dict(arguments))
    }
    if wrong:
        raise Invalid(
            "invalid-arguments",
            Message("Some arguments cannot be taken: %(names)s.", {"names": ", ".join(wrong)}),
            Message("See the input schema of the tool."),
            fields=wrong,
        )
    return tool.work(arguments)


def _said(error: ValidationError) -> Message:
    """What JSON Schema refuses, in our words: its own are English and repeat what was given."""
    return Message(REFUSALS[str(error.validator)].text, {"bound": str(error.validator_value)})


REFUSALS = {
    "type": Message("must be of this JSON type: %(bound)s"),
    "required": Message("some of these are missing: %(bound)s"),
    "additionalProperties": Message("names arguments that the tool does not have"),
    "minLength": Message("must have at least %(bound)s characters"),
    "maxLength": Message("must have at most %(bound)s characters"),
    "maxProperties": Message("must have at most %(bound)s entries"),
    "minimum": Message("must be at least %(bound)s"),
    "maximum": Message("must be at most %(bound)s"),
}
"""By the keywords that the schemas of ``TOOLS`` use."""


@cache
def _validator(name: str) -> Any:
    return Draft202012Validator(TOOLS[name].schema)


def _search(given: Mapping[str, Any]) -> dict[str, Any]:
    narrowed = {
        name: (str(given[name]),) if given.get(name) else () for name in ("unit", "theme", "format")
    }
    asked = SearchQuery(
        q=given.get("query", ""),
        unit=narrowed["unit"],
        theme=narrowed["theme"],
        format=narrowed["format"],
        after=unseal(given.get("after", ""), SEARCHED),
        limit=given.get("limit", 10),
    )
    with http.reading() as session:
        found = searching.search(session, http.runtime().index, ANONYMOUS, asked)
        return {
            "total": found.total,
            "next": seal(found.next, SEARCHED) or None,
            "searched_for": found.searched_for or asked.q,
            "items": [_summary(dataset) for dataset in found.items],
        }


def _summary(dataset: Any) -> dict[str, Any]:
    return {**dict(DatasetSummary().dump(dataset)), "url": _address(f"/datasets/{dataset.slug}")}


def _describe(given: Mapping[str, Any]) -> dict[str, Any]:
    with http.reading() as session:
        dataset = directory.get(session, ANONYMOUS, given["dataset"])
        tables = [
            _table(dataset, resource)
            for resource in resources.shown_to(session, ANONYMOUS, dataset)
        ]
        return {
            **dict(DatasetEntry().dump(dataset)),
            **parts(session, ANONYMOUS, dataset),
            "url": _address(f"/datasets/{dataset.slug}"),
            "tables": tables,
        }


def _table(dataset: Any, resource: Any) -> dict[str, Any]:
    try:
        downloads.check_reachable(ANONYMOUS, dataset)
        files = downloads.artefacts(dataset, resource)
        closed = ""
    except RuleError as error:
        files, closed = [], http.say(error.cause)
    return {
        "table": f"{dataset.slug}/{resource.name}",
        "id": resource.id,
        "title": resource.title,
        "rows": files[0].rows if files else None,
        "schema": resource.table_schema or None,
        "not_available": closed or None,
        "downloads": {
            file.suffix: _address(f"/datasets/{dataset.slug}/{resource.name}.{file.suffix}")
            for file in files
        },
    }


def _query(given: Mapping[str, Any]) -> dict[str, Any]:
    limits = bounds()
    answer, read = answered(given["sql"], given.get("tables", {}), ANONYMOUS)
    return {
        **as_objects(as_rows(answer)),
        "truncated": answer.truncated or None,
        "tables": read,
        "limits": {"seconds": limits.seconds, "rows": limits.rows, "bytes": limits.bytes},
    }


def _fetch(given: Mapping[str, Any]) -> dict[str, Any]:
    with http.reading() as session:
        resource, file = querying.named(session, ANONYMOUS, given["table"], {})
        address = f"/datasets/{resource.dataset.slug}/{resource.name}"
    settings = http.runtime().settings
    with one_turn("rows"), http.runtime().storage.local_path(file.sha256) as path:
        try:
            asked = _page(given, query.columns_of(path), file.sha256)
            limits = QueryLimits(settings.query_seconds)
            found = http.runtime().rows.run(file.sha256, path, asked, limits)
        except QueryProblem as error:
            raise refusal(error) from None
    return {
        **as_objects(found),
        "next": found.next_cursor or None,
        "total": found.total,
        "downloads": {suffix: _address(f"{address}.{suffix}") for suffix in ("csv", "parquet")},
    }


def _page(given: Mapping[str, Any], columns: Any, sha256: str) -> Query:
    words = [("_limit", str(given.get("limit", 50)))]
    if given.get("after"):
        words.append(("_after", given["after"]))
    return parse(words, columns, sha256)


def _address(path: str) -> str:
    return http.runtime().settings.public_url.rstrip("/") + path


def _limit(most: int, usual: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": most, "default": usual}


AFTER = {"type": "string", "maxLength": 2000, "description": "next of the answer before"}

TOOLS: dict[str, Tool] = {
    "search": Tool(
        "Find datasets",
        "Search the directory of everything public bodies of this government hold, open or not, in "
        "Chinese or English. Answers entries with their openness; at most 50 at a time, more with after.",
        {
            "query": {"type": "string", "maxLength": 500, "description": "words to look for"},
            "unit": {"type": "string", "maxLength": 32, "description": "code of the unit"},
            "theme": {"type": "string", "maxLength": 100},
            "format": {"type": "string", "maxLength": 40},
            "limit": _limit(MOST_FOUND, 10),
            "after": AFTER,
        },
        (),
        _search,
    ),
    "describe": Tool(
        "Describe a dataset",
        "Everything the directory says of one entry: holder, fields and their meaning, openness with "
        "the legal basis of what is closed, licence, update cycle, tables with row counts and downloads.",
        {"dataset": SLUG},
        ("dataset",),
        _describe,
    ),
    "query": Tool(
        "Ask with SQL",
        "One read-only SELECT (DuckDB's SQL) over open tables, named by resource id or as "
        '"slug/resource" in double quotes, or by the short names given in tables. Limits of time, rows '
        "and bytes stand in the answer; truncated says whether rows are missing.",
        {
            "sql": {"type": "string", "minLength": 1, "maxLength": 10_000},
            "tables": {
                "type": "object",
                "additionalProperties": TABLE,
                "maxProperties": 16,
                "description": "short name -> resource id, or slug/resource",
            },
        },
        ("sql",),
        _query,
    ),
    "fetch": Tool(
        "Fetch rows",
        "Rows of one open table in the order of the file, at most 200 at a time, more with after; and "
        "the addresses of the whole table.",
        {"table": TABLE, "limit": _limit(MOST_ROWS, 50), "after": AFTER},
        ("table",),
        _fetch,
    ),
}
"""Name -> tool."""
