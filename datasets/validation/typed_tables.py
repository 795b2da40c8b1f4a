"""Validate a typed table column by column; the report is the one Frictionless would give.

Columns are proven right in bulk. A row with a cell that is not, with a repeated key, of another
width or without any value, is built as Frictionless builds rows, and its errors are theirs.
"""

import operator
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import polars as pl
from frictionless import Checklist, Report, errors
from frictionless.table import Row, create_cell_handlers

from datasets.validation.check_rows import Rows
from datasets.validation.column_checks import Watch, can_watch, start_checks
from datasets.validation.content import Content
from datasets.validation.key_memory import Known
from datasets.validation.typed_cells import TextColumn, TypedBatch, UnsureError
from datasets.validation.typed_keys import Keys, Repeats, add_key_errors
from datasets.validation.typed_lookup import Lookup, read_lookup
from datasets.validation.typed_opening import TYPED, TypedTable, open_typed
from datasets.validation.typed_proof import Judge


@dataclass(frozen=True)
class Limits:
    """When to stop; nothing or 0 is never. ``progress`` hears the rows judged
    and the share of the table.

    ``known``: what an earlier walk over the table found of its keys (``RepeatedError``).
    ``least_bytes``: shorter text tables are for Frictionless.
    """

    errors: int = 1_000
    rows: int | None = None
    progress: Callable[[int, float], None] | None = None
    known: Known = field(default_factory=dict)
    least_bytes: int = 0


@dataclass
class _Course:
    """How far a validation has come."""

    checklist: Any
    limits: Limits
    watches: list[Watch] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows: int = 0
    last: int = 0
    partial: bool = False

    def __post_init__(self) -> None:
        self._scope = frozenset(self.checklist.scope)

    def add(self, some: Iterable[Any]) -> None:
        """Add the errors that are asked for, as ``Checklist.match`` says, which asks anew each time."""
        self.found += [
            error
            for error in some
            if not isinstance(error, errors.DataError) or error.type in self._scope
        ]

    def stop_at(self, rows: int) -> bool:
        """Whether to stop after a row, which is the one of this count."""
        if self.limits.rows and rows >= self.limits.rows:
            self.warnings.append(f"reached row limit: {self.limits.rows}")
        elif self.limits.errors and len(self.found) >= self.limits.errors:
            self.found = self.found[: self.limits.errors]
            self.warnings.append(f"reached error limit: {self.limits.errors}")
        else:
            return False
        self.rows, self.partial = rows, True
        return True


def can_validate_typed(resource: Any, checklist: Any) -> bool:
    """Whether our own readers are for this Frictionless resource: a plain local file of a kind they
    know."""
    plain = not (resource.remote or resource.multipart or resource.memory or resource.compression)
    return plain and resource.format in TYPED and resource.scheme == "file" and can_watch(checklist)


def validate_typed(
    resource: Any,
    checklist: Any,
    limits: Limits,
    open_table: Callable[[Any], TypedTable] = open_typed,
) -> dict[str, Any]:
    """The Frictionless report, as a descriptor, on a resource that is not open and has no
    errors of metadata.

    Raises ``UnsureError`` where another way to open the table must be taken, or Frictionless itself
    must validate, on a fresh resource.
    """
    began = time.perf_counter()
    course = _Course(checklist or Checklist(), limits)
    connected = course.checklist.connect(resource)
    algorithm = resource.hash.rpartition(":")[0] if resource.hash else ""
    if algorithm not in ("", "md5", "sha256"):
        course.warnings.append("hash is ignored; supported algorithms: md5/sha256")
    foreign_keys = resource.schema.foreign_keys
    if foreign_keys:  # kept from Frictionless, which would look them up row by row
        resource.schema.foreign_keys = []
    table = open_table(resource)
    try:
        with resource:
            if foreign_keys:
                resource.schema.foreign_keys = foreign_keys
            lookup = read_lookup(resource, lambda other: can_validate_typed(other, None))
            course.watches = start_checks(resource, connected, course.add)
            _validate_rows(resource, table, lookup, course)
            _close_books(resource, table, course)
            if not course.partial:
                course.add(connected[0].validate_end())
                for watch in course.watches:
                    course.add(watch.errors_at_end())
    finally:
        table.close()
    report: dict[str, Any] = Report.from_validation_task(
        resource,
        time=round(time.perf_counter() - began, 3),
        labels=resource.labels,
        errors=course.found,
        warnings=course.warnings,
    ).to_descriptor()
    return report


def _close_books(resource: Any, table: TypedTable, course: _Course) -> None:
    """Count what was read, as Frictionless would have."""
    resource.stats.rows = course.rows
    if not course.partial or len(resource.sample) < resource.detector.sample_size:
        table.finish()  # a short table was read to its end when it was opened
    else:
        table.finish_early(course.last)


def _validate_rows(resource: Any, table: TypedTable, lookup: Lookup, course: _Course) -> None:
    fields = resource.header.get_expected_fields()
    judges = [Judge(one) for one in fields]
    handlers = {
        name: handler._replace(reader=judge.read)
        for (name, handler), judge in zip(create_cell_handlers(fields).items(), judges, strict=True)
    }
    keys = Keys.of(
        resource.schema,
        fields,
        judges,
        lookup,
        known=course.limits.known,
        sensitive=resource.dialect.header_case,
    )
    within = Content.of(resource.dialect)
    try:
        for batch in table.batches:
            content = within.in_batch(batch)
            if len(content.columns) != len(fields):
                raise UnsureError
            if _validate_batch(content, judges, keys, handlers, course):
                break
            if course.limits.progress:
                course.limits.progress(course.rows, batch.share)
        else:
            course.found += [broken] if (broken := table.broken()) else []
        keys.finish()
    finally:
        keys.close()


def _validate_batch(
    batch: TypedBatch,
    judges: list[Judge],
    keys: Keys,
    handlers: Mapping[str, Any],
    course: _Course,
) -> bool:
    """Add the errors of a batch; whether a limit was reached."""
    wrong, rights = _wrong_places(batch, judges)
    repeats = keys.repeats(batch, rights)
    suspects: dict[int, list[Any] | None] = {batch.numbers[place]: None for place in wrong}
    suspects.update(dict.fromkeys(repeats))
    _suspect(batch, judges, handlers, course, suspects)
    suspects.update(batch.ragged)
    ragged = pl.Series([number for number, _ in batch.ragged], dtype=pl.Int64)
    order = pl.concat([batch.numbers, ragged]).sort() if batch.ragged else batch.numbers
    if _is_full_of_header_errors(course) and len(order):
        suspects.setdefault(order[0], None)
    stop = _row_limit(course, order)
    asked = pl.Series(sorted(suspects), dtype=pl.Int64)
    places, positions = batch.numbers.search_sorted(asked), order.search_sorted(asked)
    for number, place, position in zip(asked, places, positions, strict=True):
        if stop is not None and number > stop:
            break
        cells = suspects[number]
        if cells is None:
            cells = batch.row(place)
        row = _row_of(number, list(cells), handlers, keys, repeats.get(number))
        course.add(iter(row.errors))
        for watch in course.watches:
            course.add(watch.errors_of(row))
        if course.stop_at(course.rows + position + 1):
            course.last = number
            return True
    if stop is not None:
        course.stop_at(course.limits.rows or 0)
        course.last = stop
        return True
    course.rows += len(order)
    return False


def _is_full_of_header_errors(course: _Course) -> bool:
    """Whether the header alone has the most errors: one row is read before this is seen."""
    return not course.rows and 0 < course.limits.errors <= len(course.found)


def _row_limit(course: _Course, order: pl.Series) -> int | None:
    """The number of the last row to look at, if it is in this batch."""
    if not course.limits.rows:
        return None
    left = course.limits.rows - course.rows
    return int(order[left - 1]) if left <= len(order) else None


def _wrong_places(
    batch: TypedBatch, judges: list[Judge]
) -> tuple[Sequence[int], dict[int, pl.Series]]:
    """The rows with a cell that is not right, or without any value; and which cells are right, of
    the columns that have others too."""
    rights: dict[int, pl.Series] = {}
    if batch.all_text:
        blank = _judge_texts(batch, judges, rights)
    else:
        blanks = pl.repeat(value=True, n=len(batch.numbers), dtype=pl.Boolean, eager=True)
        for place, (judge, column) in enumerate(zip(judges, batch.columns, strict=True)):
            rights[place], empty = judge.right_and_blank(column)
            blanks &= empty
        blank = blanks.arg_true().to_list()
    rights = {place: right for place, right in rights.items() if not right.all()}
    if not rights:
        return blank, rights
    wrong = reduce(operator.and_, rights.values()).not_().arg_true().to_list()
    return sorted({*wrong, *blank}), rights


def _judge_texts(
    batch: TypedBatch, judges: list[Judge], rights: dict[int, pl.Series]
) -> Sequence[int]:
    """Say which texts are right in the columns that are not as a whole; the rows without any value.

    A missing value is rarely proven right, so that blank rows are among the doubtful ones.
    """
    pairs = list(zip(judges, batch.columns, strict=True))
    left = [
        place
        for place, (judge, column) in enumerate(pairs)
        if not (isinstance(column, TextColumn) and judge.proves_whole(column.array))
    ]
    if not left:
        return ()
    tested = pl.DataFrame([batch.columns[place].texts.alias(str(place)) for place in left])
    tested = tested.with_columns(**{f"r{at}": judges[at].text_test(str(at)) for at in left})
    empty: dict[int, pl.Series] = {}
    for place in left:
        judge, column = pairs[place]
        rights[place] = tested[f"r{place}"]
        if not rights[place].all():
            rights[place], empty[place] = judge.settle_texts(column.texts, rights[place])
    if len(left) < len(judges):
        return ()
    return _blank_rows(batch, judges, empty)


def _blank_rows(
    batch: TypedBatch, judges: list[Judge], empty: Mapping[int, pl.Series]
) -> Sequence[int]:
    """The rows without any value; ``empty`` has the places of blanks among doubtful cells."""
    left: pl.Series | None = None
    for place, judge in enumerate(judges):
        if not judge.passed_missing:
            found = empty.get(place)
            if found is None or not len(found):
                return ()
            left = found if left is None else left.filter(left.is_in(found.implode()))
    for place, judge in enumerate(judges):
        if judge.passed_missing:
            texts = batch.columns[place].texts
            if left is None:
                left = judge.are_missing(texts).arg_true()
            else:
                left = left.filter(judge.are_missing(texts.gather(left)))
    return [] if left is None else left.to_list()


def _suspect(
    batch: TypedBatch,
    judges: list[Judge],
    handlers: Mapping[str, Any],
    course: _Course,
    suspects: dict[int, list[Any] | None],
) -> None:
    """Add the rows that a check may have something to say about."""
    if not course.watches:
        return
    rows = Rows(batch, [handler.field for handler in handlers.values()], judges)
    for watch in course.watches:
        for number in watch.suspects(rows):
            suspects.setdefault(number, None)


def _row_of(
    number: int, cells: list[Any], handlers: Mapping[str, Any], keys: Keys, repeats: Repeats | None
) -> Any:
    """A row of Frictionless with the errors of its cells and keys."""
    row = Row(cells, handlers=dict(handlers), row_number=number)
    add_key_errors(row, keys, repeats or Repeats())
    return row
