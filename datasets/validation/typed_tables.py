"""Validate a typed table column by column; the report is the one Frictionless would give.

Columns are proven right in bulk. A row with a cell that is not, with a repeated key, of another
width or without any value, is built as Frictionless builds rows, and its errors are theirs.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from frictionless import Checklist, Report
from frictionless.table import Row, create_cell_handlers

from datasets.checks.codes import FieldCheck
from datasets.validation.typed_cells import TEXT, TypedBatch, TypedColumn, UnsureError
from datasets.validation.typed_keys import Keys, Repeats, add_key_errors
from datasets.validation.typed_lookup import Lookup, read_lookup
from datasets.validation.typed_opening import TYPED, TypedTable, open_typed
from datasets.validation.typed_proof import Judge


@dataclass(frozen=True)
class Limits:
    """When to stop; nothing or 0 is never. ``progress`` hears the rows judged
    and the share of the table.

    ``forgetful``: long rising keys are not remembered; ``ForgottenError`` says that they had to be.
    ``least_bytes``: shorter text tables are for Frictionless.
    """

    errors: int = 1_000
    rows: int | None = None
    progress: Callable[[int, float], None] | None = None
    forgetful: bool = True
    least_bytes: int = 0


@dataclass
class _Course:
    """How far a validation has come."""

    checklist: Any
    limits: Limits
    checks: list[Any] = field(default_factory=list)
    found: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    rows: int = 0
    last: int = 0
    partial: bool = False

    def add(self, some: Iterator[Any]) -> None:
        self.found += [error for error in some if self.checklist.match(error)]

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
    """Whether ``validate_typed`` is for this Frictionless resource: a plain local typed file."""
    dialect = resource.dialect
    plain = not (
        resource.remote or resource.multipart or resource.memory or resource.compression
    ) and not (dialect.comment_char or dialect.comment_rows or dialect.skip_blank_rows)
    return (
        plain
        and resource.format in TYPED
        and resource.scheme == "file"
        and all(isinstance(check, FieldCheck) for check in (checklist.checks if checklist else ()))
        and dialect.header_case
    )


def validate_typed(resource: Any, checklist: Any, limits: Limits) -> dict[str, Any]:
    """The Frictionless report, as a descriptor, on a resource that is not open and has no
    errors of metadata.

    Raises ``UnsureError`` where Frictionless itself must validate, on a fresh resource.
    """
    began = time.perf_counter()
    course = _Course(checklist or Checklist(), limits)
    baseline, *course.checks = course.checklist.connect(resource)
    algorithm = resource.hash.rpartition(":")[0] if resource.hash else ""
    if algorithm not in ("", "md5", "sha256"):
        course.warnings.append("hash is ignored; supported algorithms: md5/sha256")
    foreign_keys = resource.schema.foreign_keys
    if foreign_keys:  # kept from Frictionless, which would look them up row by row
        resource.schema.foreign_keys = []
    table = open_typed(resource)
    try:
        with resource:
            if foreign_keys:
                resource.schema.foreign_keys = foreign_keys
            lookup = read_lookup(resource, lambda other: can_validate_typed(other, None))
            course.add(baseline.validate_start())
            _start_checks(resource, course.checks)
            _validate_rows(resource, table, lookup, course)
            _close_books(resource, table, course)
            if not course.partial:
                course.add(baseline.validate_end())
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


def _start_checks(resource: Any, checks: list[Any]) -> None:
    """A check of a field that is not there is an error that only Frictionless puts in its place."""
    if any(check.field_name not in resource.schema.field_names for check in checks):
        raise UnsureError


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
    handlers = create_cell_handlers(fields)
    keys = Keys.of(resource.schema, fields, judges, lookup, forgetful=course.limits.forgetful)
    start = resource.dialect.create_first_content_row()
    for batch in table.batches:
        content = batch.since(start)
        if len(content.columns) != len(fields):
            raise UnsureError
        if _validate_batch(content, judges, keys, handlers, course):
            return
        if course.limits.progress:
            course.limits.progress(course.rows, batch.share)


def _validate_batch(
    batch: TypedBatch,
    judges: list[Judge],
    keys: Keys,
    handlers: Mapping[str, Any],
    course: _Course,
) -> bool:
    """Add the errors of a batch; whether a limit was reached."""
    wrong = _wrong_places(batch, judges)
    repeats = keys.repeats(batch)
    suspects: dict[int, list[Any] | None] = {batch.numbers[place]: None for place in wrong}
    suspects.update(dict.fromkeys(repeats))
    for place in _unaccepted(batch, judges, course.checks):
        suspects.setdefault(batch.numbers[place], None)
    suspects.update(batch.ragged)
    ragged = pl.Series([number for number, _ in batch.ragged], dtype=pl.Int64)
    order = pl.concat([batch.numbers, ragged]).sort()
    if _is_full_of_header_errors(course) and len(order):
        suspects.setdefault(order[0], None)
    stop = _row_limit(course, order)
    for number in sorted(suspects):
        if stop is not None and number > stop:
            break
        cells = suspects[number]
        if cells is None:
            cells = batch.row(int(batch.numbers.search_sorted(number)))
        row = _row_of(number, list(cells), handlers, keys, repeats.get(number))
        course.add(iter(row.errors))
        for check in course.checks:
            course.add(check.validate_row(row))
        position = int(order.search_sorted(number)) + 1
        if course.stop_at(course.rows + position):
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


def _wrong_places(batch: TypedBatch, judges: list[Judge]) -> list[int]:
    """The rows with a cell that is not right, or without any value."""
    if batch.all_text:
        return _wrong_texts(batch, judges)
    right = blank = pl.repeat(value=True, n=len(batch.numbers), dtype=pl.Boolean, eager=True)
    for judge, column in zip(judges, batch.columns, strict=True):
        rights, blanks = judge.right_and_blank(column)
        right, blank = right & rights, blank & blanks
    return (~right | blank).arg_true().to_list()


def _wrong_texts(batch: TypedBatch, judges: list[Judge]) -> list[int]:
    """The same for columns of text, all of them tested at once.

    A missing value is rarely proven right, so that blank rows are among the doubtful ones.
    """
    frame = pl.DataFrame([one.texts.alias(str(at)) for at, one in enumerate(batch.columns)])
    tests = {f"r{place}": judge.text_test(str(place)) for place, judge in enumerate(judges)}
    tested = frame.with_columns(**tests)
    right = pl.repeat(value=True, n=len(batch.numbers), dtype=pl.Boolean, eager=True)
    empty: dict[int, pl.Series] = {}
    for place, (judge, column) in enumerate(zip(judges, batch.columns, strict=True)):
        proven = tested[f"r{place}"]
        if not proven.all():
            proven, empty[place] = judge.settle_texts(column.texts, proven)
            right = right & proven
    blank = _blank_rows(batch, judges, empty)
    return sorted({*(~right).arg_true().to_list(), *blank})


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


def _unaccepted(batch: TypedBatch, judges: list[Judge], checks: list[Any]) -> list[int]:
    """The rows with a value that a check of its field does not accept, each different one asked once."""
    found: set[int] = set()
    for check in checks:
        for judge, column in zip(judges, batch.columns, strict=True):
            if judge.name == check.field_name:
                found.update(_unaccepted_cells(judge, column, check))
    return sorted(found)


def _unaccepted_cells(judge: Judge, column: TypedColumn, check: Any) -> list[int]:
    if not (column.kinds == TEXT).all():
        read = [judge.decide(column.value(place)).value for place in range(len(column.kinds))]
        return [
            at for at, one in enumerate(read) if one is not None and not check.accepts(str(one))
        ]
    refused = [
        text
        for text in column.texts.unique().to_list()
        if (value := judge.decide(text).value) is not None and not check.accepts(str(value))
    ]
    return column.texts.is_in(refused).arg_true().to_list() if refused else []


def _row_of(
    number: int, cells: list[Any], handlers: Mapping[str, Any], keys: Keys, repeats: Repeats | None
) -> Any:
    """A row of Frictionless with the errors of its cells and keys."""
    row = Row(cells, handlers=dict(handlers), row_number=number)
    add_key_errors(row, keys, repeats or Repeats())
    return row
