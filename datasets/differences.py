"""What differs between two versions of a published table: rows by key, cells, columns.

The SQL is ours throughout, as in ``datasets.query``: columns are called by their place, so that no
word of a user reaches the parser. Time and memory are those of one question to the engine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.engine import QueryLimits, Question, asking
from datasets.filters import Column
from datasets.query import Source, open_source

SAMPLE = 20
"""Rows of each kind that are shown."""
ALIKE = ({"integer", "number"}, {"date", "datetime"})
"""Kinds whose values can be equal: a column of whole numbers that got one fraction changed in that row."""
CELL_CHARS = 200
"""Characters of a value that are shown."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that changed, before and after, as text; None is an empty cell."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class ChangedRow:
    """A row of both versions whose cells differ; ``key`` holds the values of the key columns."""

    key: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose kind of value changed."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Differences:
    """What the newer version has that the older has not, and the other way round.

    ``key`` is empty where no key tells the rows of both versions apart: whole rows are then compared
    and a changed row counts as one removed and one added. ``columns`` heads the sample rows.
    ``cells`` counts changed values by column.
    """

    key: tuple[str, ...]
    rows: tuple[int, int]
    added: int
    removed: int
    changed: int
    cells: dict[str, int]
    columns: tuple[str, ...]
    added_rows: tuple[tuple[str | None, ...], ...]
    removed_rows: tuple[tuple[str | None, ...], ...]
    changed_rows: tuple[ChangedRow, ...]
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_retyped: tuple[Retyped, ...]

    @property
    def same(self) -> bool:
        """Whether the two versions say the same."""
        schema = self.columns_added or self.columns_removed or self.columns_retyped
        return not (self.added or self.removed or self.changed or schema)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two files with the columns they share; ``cast`` names those that are compared as text."""

    old: Source
    new: Source
    shared: tuple[str, ...]
    cast: frozenset[str]

    def side(self, source: Source, names: Sequence[str]) -> str:
        """The shared columns of one file as v0, v1, …, with the place of the row."""
        picks = [
            f"CAST({source.names[name]} AS VARCHAR) AS v{at}"
            if name in self.cast
            else f"{source.names[name]} AS v{at}"
            for at, name in enumerate(names)
        ]
        return f"(SELECT {', '.join([*picks, 'r'])} FROM {source.sql})"  # noqa: S608  (our words)

    @property
    def paths(self) -> list[str]:
        return [str(self.old.path), str(self.new.path)]


def compare(
    old: Path,
    new: Path,
    keys: Sequence[Sequence[str]],
    hidden: Collection[str] = (),
    limits: QueryLimits | None = None,
) -> Differences:
    """Compare two Parquet files of one table. Raises ``QueryProblem`` when it takes too much.

    ``keys`` are candidates, the best first: the first one that has a value in every row of both files
    and none twice is taken. ``hidden`` columns are left out as if neither file had them.
    """
    before, after = open_source(old), open_source(new)
    kinds = [{one.name: one.kind for one in _shown(each, hidden)} for each in (before, after)]
    shared = tuple(name for name in kinds[1] if name in kinds[0])
    retyped = tuple(
        Retyped(name, kinds[0][name], kinds[1][name])
        for name in shared
        if kinds[0][name] != kinds[1][name]
    )
    unlike = [one.column for one in retyped if {one.before, one.after} not in ALIKE]
    pair = _Pair(before, after, shared, frozenset(unlike))
    with asking(limits or QueryLimits()) as question:
        key = _key(question, pair, keys)
        found = _by_key(question, pair, key) if key else _by_rows(question, pair)
    return Differences(
        key=key,
        rows=(before.rows, after.rows),
        **found,
        columns_added=tuple(name for name in kinds[1] if name not in kinds[0]),
        columns_removed=tuple(name for name in kinds[0] if name not in kinds[1]),
        columns_retyped=retyped,
    )


def _shown(source: Source, hidden: Collection[str]) -> list[Column]:
    return [column for column in source.columns if column.name not in hidden]


def _key(question: Question, pair: _Pair, keys: Sequence[Sequence[str]]) -> tuple[str, ...]:
    for key in keys:
        names = tuple(key)
        if names and set(names) <= set(pair.shared) and _tells_apart(question, pair, names):
            return names
    return ()


def _tells_apart(question: Question, pair: _Pair, names: tuple[str, ...]) -> bool:
    words = [f"v{at}" for at in range(len(names))]
    filled = " AND ".join(f"{word} IS NOT NULL" for word in words)
    for source in (pair.old, pair.new):
        sql = (
            f"SELECT count(*) FILTER ({filled}), count(DISTINCT ({', '.join(words)})) "  # noqa: S608
            f"FROM {pair.side(source, names)}"
        )
        counted = question.ask(sql, [str(source.path)])
        if not counted[0][0].as_py() == counted[1][0].as_py() == source.rows:
            return False
    return True


def _by_key(question: Question, pair: _Pair, key: tuple[str, ...]) -> dict[str, Any]:
    rest = [name for name in pair.shared if name not in key]
    names = (*key, *rest)
    words = [f"v{at}" for at in range(len(names))]
    keyed, valued = words[: len(key)], words[len(key) :]
    both = " AND ".join(f"o.{word} = n.{word}" for word in keyed)
    joined = (
        f"{pair.side(pair.old, names)} AS o FULL JOIN {pair.side(pair.new, names)} AS n ON {both}"
    )
    met = "o.r IS NOT NULL AND n.r IS NOT NULL"
    differs = [f"o.{word} IS DISTINCT FROM n.{word}" for word in valued]
    any_differs = " OR ".join(differs) or "false"
    counts = ", ".join(
        [
            "count(*) FILTER (o.r IS NULL)",
            "count(*) FILTER (n.r IS NULL)",
            f"count(*) FILTER ({met} AND ({any_differs}))",
            *(f"count(*) FILTER ({met} AND {one})" for one in differs),
        ]
    )
    counted = question.ask(f"SELECT {counts} FROM {joined}", pair.paths)  # noqa: S608  (our words)
    added, removed, changed, *cells = (column[0].as_py() for column in counted.columns)
    order = {name: at for at, name in enumerate(names)}
    shown = [f"v{order[name]}" for name in pair.shared]

    def sample(side: str, other: str) -> tuple[tuple[str | None, ...], ...]:
        picks = ", ".join(_text(f"{side}.{word}") for word in shown)
        sql = (
            f"SELECT {picks} FROM {joined} WHERE {other}.r IS NULL ORDER BY {side}.r LIMIT {SAMPLE}"  # noqa: S608
        )
        return _rows(question.ask(sql, pair.paths))

    return {
        "added": added,
        "removed": removed,
        "changed": changed,
        "cells": {name: count for name, count in zip(rest, cells, strict=True) if count},
        "columns": pair.shared,
        "added_rows": sample("n", "o") if added else (),
        "removed_rows": sample("o", "n") if removed else (),
        "changed_rows": _changed(question, pair, (joined, met, any_differs), (key, rest))
        if changed
        else (),
    }


def _changed(
    question: Question,
    pair: _Pair,
    where: tuple[str, str, str],
    names: tuple[tuple[str, ...], list[str]],
) -> tuple[ChangedRow, ...]:
    joined, met, any_differs = where
    key, rest = names
    keyed = range(len(key))
    valued = range(len(key), len(key) + len(rest))
    picks = [
        *(_text(f"n.v{at}") for at in keyed),
        *(
            part
            for at in valued
            for part in (
                f"o.v{at} IS DISTINCT FROM n.v{at}", _text(f"o.v{at}"), _text(f"n.v{at}"),
            )
        ),
    ]  # fmt: skip
    sql = (
        f"SELECT {', '.join(picks)} FROM {joined} WHERE {met} AND ({any_differs}) "  # noqa: S608
        f"ORDER BY n.r LIMIT {SAMPLE}"
    )
    found = []
    for row in _rows(question.ask(sql, pair.paths)):
        triples = zip(rest, *(row[len(key) + part :: 3] for part in range(3)), strict=True)
        cells = tuple(Cell(name, was, now) for name, differs, was, now in triples if differs)
        found.append(ChangedRow(tuple(str(value) for value in row[: len(key)]), cells))
    return tuple(found)


def _by_rows(question: Question, pair: _Pair) -> dict[str, Any]:
    """Whole rows as often as they stand there; the order of rows says nothing."""
    words = ", ".join(f"v{at}" for at in range(len(pair.shared))) or "true AS v0"
    sides = {"old": pair.old, "new": pair.new}

    def more(one: str, other: str) -> tuple[int, tuple[tuple[str | None, ...], ...]]:
        rest = " EXCEPT ALL ".join(
            f"SELECT {words} FROM {pair.side(sides[name], pair.shared)}"  # noqa: S608  (our words)
            for name in (one, other)
        )
        paths = [str(sides[name].path) for name in (one, other)]
        count = question.ask(f"SELECT count(*) FROM ({rest})", paths)[0][0].as_py()  # noqa: S608
        if not count or not pair.shared:
            return count, ()
        picks = ", ".join(_text(f"v{at}") for at in range(len(pair.shared)))
        sql = f"SELECT {picks} FROM ({rest}) ORDER BY ALL LIMIT {SAMPLE}"  # noqa: S608
        return count, _rows(question.ask(sql, paths))

    added, added_rows = more("new", "old")
    removed, removed_rows = more("old", "new")
    return {
        "added": added, "removed": removed, "changed": 0, "cells": {}, "columns": pair.shared,
        "added_rows": added_rows, "removed_rows": removed_rows, "changed_rows": (),
    }  # fmt: skip


def _text(word: str) -> str:
    return f"left(CAST({word} AS VARCHAR), {CELL_CHARS})"


def _rows(table: Any) -> tuple[tuple[Any, ...], ...]:
    return tuple(zip(*(column.to_pylist() for column in table.columns), strict=True))
