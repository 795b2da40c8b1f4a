"""The checks of a checklist, judged by columns.

Each check is asked about a batch which of its rows it may have something to say about. Most checks
see those rows as Frictionless would show them, and speak for themselves; a check that compares rows
with each other remembers here what it has to, and says in its own words what is wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol

import polars as pl
from frictionless import checks, errors

from datasets.checks.codes import FieldCheck
from datasets.checks.rows import RowCheck, Unreadable, Verdict
from datasets.validation.check_formulas import Formula
from datasets.validation.check_rows import Rows
from datasets.validation.check_sizes import Sizes, Values
from datasets.validation.check_texts import said
from datasets.validation.typed_cells import INTEGER, NUMBER, UnsureError


class Watch(Protocol):
    """One check at work on a table."""

    def suspects(self, rows: Rows) -> Iterable[int]:
        """The numbers of the rows that may be wrong; every row is seen once, in order."""

    def errors_of(self, row: Any) -> Iterable[Any]:
        """The errors of one row, which any check may have suspected."""

    def errors_at_end(self) -> Iterable[Any]:
        """The errors of the whole table."""


class _Plain:
    """A check that speaks for itself and forgets: ``suspects`` may name too many rows."""

    def __init__(self, check: Any) -> None:
        self.check = check

    def suspects(self, rows: Rows) -> Iterable[int]:
        return ()

    def errors_of(self, row: Any) -> Iterable[Any]:
        return self.check.validate_row(row)  # type: ignore[no-any-return]

    def errors_at_end(self) -> Iterable[Any]:
        return self.check.validate_end()  # type: ignore[no-any-return]


class _Ascii(_Plain):
    def suspects(self, rows: Rows) -> Iterable[int]:
        for field in rows.fields:
            if field.type == "string":
                texts = rows.texts(field.name)
                odd = (texts.str.len_bytes() != texts.str.len_chars()).fill_null(value=False)
                yield from rows.numbers.filter(odd)


TRUNCATED_LENGTH: Final = 255
TRUNCATED_NUMBERS: Final = frozenset(
    {18446744073709551616, 9223372036854775807, 4294967295, 2147483647, 2097152, 65535, 32767}
)


class _Truncated(_Plain):
    def suspects(self, rows: Rows) -> Iterable[int]:
        written = [f"{number}{end}" for number in TRUNCATED_NUMBERS for end in ("", ".0")]
        for field in rows.fields:
            texts, kinds = rows.texts(field.name), rows.kinds(field.name)
            odd = texts.str.len_chars() == TRUNCATED_LENGTH
            odd |= kinds.is_in([INTEGER, NUMBER]) & (texts.is_in(written) | texts.is_null())
            yield from rows.numbers.filter(odd.fill_null(value=False))
            if field.type == "integer":
                values = rows.values(field.name)
                if isinstance(values, pl.Series):
                    found = values.is_in([n for n in TRUNCATED_NUMBERS if n < 2**63])
                    yield from rows.numbers.filter(found.fill_null(value=False))
                else:
                    yield from _numbers_where(rows, values, TRUNCATED_NUMBERS.__contains__)


class _Forbidden(_Plain):
    def suspects(self, rows: Rows) -> Iterable[int]:
        values = rows.listed(self.check.field_name)
        hits = _hits(values, self.check.values)
        return _numbers_where(rows, values, hits) if hits else ()


class _Required(_Plain):
    """The first row with each value is enough."""

    def suspects(self, rows: Rows) -> Iterable[int]:
        values = rows.listed(self.check.field_name)
        hits = _hits(values, self.check.values)
        if not hits:
            return
        left = list(self.check.values)
        for number, value in zip(rows.numbers, values, strict=True):
            if left and value in left:
                left = [one for one in left if one != value]
                yield number


def _hits(values: Sequence[Any], wanted: Sequence[Any]) -> Callable[[Any], bool] | None:
    """What says whether a value is wanted; nothing when none is."""
    try:
        found = {value for value in set(values) if value in wanted}
    except TypeError:  # a list or an object
        return wanted.__contains__
    return found.__contains__ if found else None


def _numbers_where(rows: Rows, values: Sequence[Any], test: Callable[[Any], bool]) -> list[int]:
    return [number for number, value in zip(rows.numbers, values, strict=True) if test(value)]


class _Duplicates:
    """Rows that read alike, by two digests of what they say."""

    def __init__(self, _check: Any) -> None:
        self._seen: dict[int, tuple[int, int]] = {}
        self._before: dict[int, int] = {}

    def suspects(self, rows: Rows) -> Iterable[int]:
        columns = [said(rows, field).alias(str(at)) for at, field in enumerate(rows.fields)]
        text = pl.DataFrame(columns).select(pl.concat_str(pl.all(), separator=",")).to_series()
        pairs = zip(text.hash(seed=1).to_list(), text.hash(seed=2).to_list(), strict=True)
        self._before = {}
        for number, (first, second) in zip(rows.numbers, pairs, strict=True):
            earlier = self._seen.get(first)
            self._seen[first] = (second, number)
            if earlier:
                if earlier[0] != second:
                    raise UnsureError  # two digests are alike and two are not
                self._before[number] = earlier[1]
        return self._before

    def errors_of(self, row: Any) -> Iterable[Any]:
        before = self._before.get(row.row_number)
        if before:
            note = f'the same as row at position "{before}"'
            yield errors.DuplicateRowError.from_row(row, note=note)

    def errors_at_end(self) -> Iterable[Any]:
        return ()


class _Sequence:
    """The first value that does not follow the one before it; nothing after it matters."""

    def __init__(self, check: Any) -> None:
        self._name = check.field_name
        self._cursor: Any = None
        self._broken = 0

    def suspects(self, rows: Rows) -> Iterable[int]:
        if self._broken:
            return ()
        for number, value in zip(rows.numbers, rows.listed(self._name), strict=True):
            if not self._follows(value):
                self._broken = number
                return (number,)
        return ()

    def _follows(self, value: Any) -> bool:
        try:
            self._cursor = self._cursor or value
            if self._cursor != value:
                return False
            self._cursor += 1
        except (TypeError, ValueError, ArithmeticError):
            return False
        return True

    def errors_of(self, row: Any) -> Iterable[Any]:
        if row.row_number == self._broken:
            yield errors.SequentialValueError.from_row(
                row, note="the value is not sequential", field_name=self._name
            )

    def errors_at_end(self) -> Iterable[Any]:
        return ()


class _Field(_Plain):
    """A check of ours of one field: each different value is asked about once."""

    def suspects(self, rows: Rows) -> Iterable[int]:
        if not rows.has(self.check.field_name):
            return ()
        values = rows.listed(self.check.field_name)
        said_once = {str(value) for value in values if value is not None}
        refused = {text for text in said_once if not self.check.accepts(text)}
        if not refused:
            return ()
        return _numbers_where(rows, values, lambda one: one is not None and str(one) in refused)


class _Row:
    """A check of ours of several fields: ``judge`` sees the values of every row, in order."""

    def __init__(self, check: Any) -> None:
        self._check = check
        self._verdicts: dict[int, Sequence[Verdict]] = {}

    def suspects(self, rows: Rows) -> Iterable[int]:
        self._verdicts = {}
        if not all(rows.has(name) for name in self._check.field_names):
            return ()
        columns = [rows.listed(name, Unreadable.CELL) for name in self._check.field_names]
        for number, values in zip(rows.numbers, zip(*columns, strict=True), strict=True):
            verdicts = self._check.judge(values)
            if verdicts:
                self._verdicts[number] = verdicts
        return self._verdicts

    def errors_of(self, row: Any) -> Iterable[Any]:
        return self._check.errors_from(row, self._verdicts.get(row.row_number, ()))  # type: ignore[no-any-return]

    def errors_at_end(self) -> Iterable[Any]:
        return ()


WATCHES: Final[dict[type, Callable[[Any], Watch]]] = {
    checks.ascii_value: _Ascii,
    checks.deviated_cell: Sizes,
    checks.deviated_value: Values,
    checks.duplicate_row: _Duplicates,
    checks.forbidden_value: _Forbidden,
    checks.required_value: _Required,
    checks.row_constraint: Formula,
    checks.sequential_value: _Sequence,
    checks.table_dimensions: _Plain,
    checks.truncated_value: _Truncated,
    FieldCheck: _Field,
    RowCheck: _Row,
}
"""How each kind of check is judged; Frictionless itself asks all others, row by row."""


def _watch(check: Any) -> Callable[[Any], Watch] | None:
    own = (kind for kind in (FieldCheck, RowCheck) if isinstance(check, kind))
    kinds = (type(check), *(one for one in own if type(check).validate_row is one.validate_row))
    return next((WATCHES[kind] for kind in kinds if kind in WATCHES), None)


def can_watch(checklist: Any) -> bool:
    """Whether all checks of a Frictionless checklist can be judged by columns."""
    return all(_watch(check) for check in (checklist.checks if checklist else ()))


def start_checks(
    resource: Any, connected: list[Any], add: Callable[[Iterator[Any]], None]
) -> list[Watch]:
    """Start checks as Frictionless does, which drops a check that cannot start, and then passes over
    the one after it. A check that would speak of a cell the table lacks is dropped too.
    """
    started = list(connected)
    for place, check in enumerate(started):
        for error in check.validate_start():
            if error.type == "check-error" and place < len(started):
                del started[place]
            add(iter([error]))
    expected = {field.name for field in resource.header.get_expected_fields()}
    watches: list[Watch] = []
    for check in started[1:]:
        if resource.fragment and _speaks_of_nothing(check, expected):
            note = f'{check.type} check requires field "{check.field_name}" in the table'
            add(iter([errors.CheckError(note=note)]))
        elif watch := _watch(check):
            watches.append(watch(check))
    return watches


def _speaks_of_nothing(check: Any, expected: set[str]) -> bool:
    """Whether Frictionless would raise for want of a cell: elsewhere such a cell counts as empty."""
    strict = type(check) is checks.sequential_value or (
        type(check) is checks.forbidden_value and None in check.values
    )
    return strict and check.field_name not in expected
