"""The gate for SQL of users: one SELECT, made of listed parts only, over tables asked for by name.

The engine's own parser gives the tree and writes the text that is run, so nothing can read the
statement differently from what was checked here (a second parser was CKAN's CVE-2026-42031).
``json_serialize_sql`` alone is not a gate: it lets data-modifying common table expressions through.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datasets.filters import QueryProblem
from datasets.sql import vocabulary
from schemas.records import Message, Problem

LONGEST = 10_000
"""Characters of a statement."""
DEEPEST = 120
MOST_NODES = 20_000
MOST = {"BASE_TABLE": 16, "JOIN": 8, "SET_OPERATION_NODE": 16}
MOST_NAMED = 8
"""Common table expressions of one statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What may be run: the engine's own text, and the tables it names, as the user wrote them."""

    text: str
    tables: tuple[str, ...]


def read_statement(connection: Any, sql: str) -> Statement:
    """Check a statement with the parser of a DuckDB connection. Raises ``QueryProblem``."""
    if len(sql) > LONGEST:
        raise refused(
            Message("The statement has more than %(most)d characters.", {"most": LONGEST}),
            Message("Shorten it, or download the tables and work on them."),
        )
    if "\x00" in sql:
        raise refused(Message("The statement holds a NUL character."), Message("Remove it."))
    given = connection.execute("SELECT json_serialize_sql(?)", [sql]).fetchone()[0]
    tree = json.loads(given)
    if tree["error"]:
        raise _unreadable(tree, sql)
    if len(tree["statements"]) != 1:
        raise refused(
            Message("There are %(count)d statements.", {"count": len(tree["statements"])}),
            Message("Send one SELECT at a time."),
        )
    tables = _walk(tree["statements"][0]["node"])
    text = connection.execute("SELECT json_deserialize_sql(?)", [given]).fetchone()[0]
    return Statement(text, tables)


def _unreadable(tree: Mapping[str, Any], sql: str) -> QueryProblem:
    if tree.get("error_subtype") == "SYNTAX_ERROR" and str(tree.get("position", "")).isdigit():
        before = sql.encode()[: int(tree["position"])].decode(errors="ignore")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return refused(
            Message(
                "The statement cannot be read from line %(line)d, character %(column)d on.",
                {"line": line, "column": column},
            ),
            Message("Correct the spelling there; names with other signs stand in double quotes."),
        )
    if tree.get("error_type") == "not implemented":
        return refused(
            Message("Only SELECT is answered here."),
            Message("Ask with a SELECT; nothing can be changed through this door."),
        )
    return refused(
        Message("The statement cannot be read as SQL."),
        Message("Send one SELECT; text stands in single quotes, names in double quotes."),
    )


def _walk(root: Any) -> tuple[str, ...]:
    """The tables that the tree names and does not define itself; refuses all that is not listed."""
    tables: dict[str, str] = {}
    named = 0
    counts: dict[str, int] = {}
    for node, defined in _nodes(root):
        kind = str(node.get("type", ""))
        counts[kind] = counts.get(kind, 0) + 1
        most = MOST.get(kind, MOST_NODES)
        if counts[kind] > most:
            raise refused(
                Message("The statement has more than %(most)d parts of one kind.", {"most": most}),
                Message("Make it simpler, or ask in several statements."),
            )
        named += len(_defined(node))
        _check(node, kind)
        name = str(node.get("table_name", ""))
        if kind == "BASE_TABLE" and name.lower() not in defined:
            tables.setdefault(name.lower(), name)  # as the engine, which tells no case apart
    if named > MOST_NAMED:
        raise refused(
            Message("The statement names more than %(most)d subqueries.", {"most": MOST_NAMED}),
            Message("Make it simpler, or ask in several statements."),
        )
    return tuple(tables.values())


def _defined(node: Mapping[str, Any]) -> frozenset[str]:
    """The names that a SELECT gives to subqueries of its own (WITH)."""
    entries = node["cte_map"]["map"] if "cte_map" in node else ()
    return frozenset(str(entry["key"]).lower() for entry in entries)


def _nodes(root: Any) -> Iterator[tuple[Mapping[str, Any], frozenset[str]]]:
    """Every object of the tree, parents first, with the names that subqueries have where it stands."""
    waiting: list[tuple[Any, int, frozenset[str]]] = [(root, 0, frozenset())]
    seen = 0
    while waiting:
        value, depth, names = waiting.pop()
        seen += 1
        if depth > DEEPEST * 2 or seen > MOST_NODES:
            raise refused(
                Message("The statement is nested too deeply or too long."),
                Message("Make it simpler, or ask in several statements."),
            )
        if isinstance(value, Mapping):
            names |= _defined(value)
            yield value, names
            inner = [one for name, one in value.items() if name != "literal"]
            waiting += [(one, depth + 1, names) for one in inner if isinstance(one, Mapping | list)]
        elif isinstance(value, list):
            waiting += [(one, depth + 1, names) for one in value if isinstance(one, Mapping | list)]


def _check(node: Mapping[str, Any], kind: str) -> None:
    """Refuse a node that is not listed, or listed with something that is not."""
    expression = node.get("class")
    if expression is not None:
        if expression not in vocabulary.CLASSES:
            raise _forbidden(str(expression).lower())
        _check_expression(node, str(expression))
    elif kind and kind not in (
        vocabulary.QUERIES | vocabulary.SOURCES | vocabulary.MODIFIERS | vocabulary.ORDERS
    ):
        raise _forbidden(kind.lower())
    if node.get("sample") is not None:
        raise _forbidden("sample")
    if kind == "BASE_TABLE":
        if node.get("at_clause") is not None:
            raise _forbidden("at")
        _check_unqualified(node, str(node["table_name"]))


def _check_expression(node: Mapping[str, Any], expression: str) -> None:
    if expression in {"FUNCTION", "WINDOW"}:
        name = str(node["function_name"]).lower()
        _check_unqualified(node, name)
        known = vocabulary.FUNCTIONS if expression == "FUNCTION" else vocabulary.WINDOWED
        if name not in known:
            raise refused(
                Message("The function %(name)s is not offered here.", {"name": name}),
                Message("See the list of functions in the documentation for developers."),
            )
    elif expression == "TYPE":
        _check_unqualified(node, str(node["type_name"]))
        if str(node["type_name"]).upper() not in vocabulary.TYPES:
            raise refused(
                Message("The type %(name)s is not offered here.", {"name": node["type_name"]}),
                Message("See the list of types in the documentation for developers."),
            )
    elif expression == "STAR" and (node.get("columns") or node.get("expr") is not None):
        raise _forbidden("columns")


def _check_unqualified(node: Mapping[str, Any], name: str) -> None:
    """A name in another schema or catalogue would reach what was not given for this statement."""
    path = (node.get("qualified_name") or {}).get("path", [name])
    schema = node.get("schema") or node.get("schema_name")
    if schema or node.get("catalog") or node.get("catalog_name") or len(path) != 1:
        raise refused(
            Message("%(name)s is written with a schema before it.", {"name": name}),
            Message('Name a table by its identifier, in double quotes: "identifier".'),
        )


def _forbidden(what: str) -> QueryProblem:
    return refused(
        Message("The statement uses %(what)s, which is not offered here.", {"what": what}),
        Message("Use SELECT with WHERE, GROUP BY, ORDER BY, JOIN, WITH, UNION and LIMIT."),
    )


def refused(cause: Message, remedy: Message) -> QueryProblem:
    """A statement that is not run."""
    return QueryProblem(Problem(code="sql-refused", place="sql", cause=cause, remedy=remedy))
