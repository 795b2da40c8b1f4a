"""Validate a typed table column by column; the report is the one Frictionless would give.

Columns are proven right in bulk. A row with a cell that is not, with a repeated key, of another
width or without any value, is built as Frictionless builds rows, and its errors are theirs.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from frictionless import Checklist, Report, errors
from frictionless.table import Row, create_cell_handlers

from datasets.exploding import MOST_EXTRA_CELLS, TooWideError
from datasets.validation.check_rows import Rows
from datasets.validation.column_checks import Watch, can_watch, start_checks
from datasets.validation.content import Content
from datasets.validation.key_memory import Known
from datasets.validation.typed_cells import TypedBatch, UnsureError
from datasets.validation.typed_judging import NO_SUSPICION, judge_batch
from datasets.validation.typed_keys import NO_REPEATS, Keys
from datasets.validation.typed_lookup import Lookup, read_lookup
from datasets.validation.typed_opening import TYPED, TypedTable, open_typed
from datasets.validation.typed_proof import Judge
from datasets.validation.typed_rows import errors_of


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

    def add_described(self, some: list[dict[str, Any]]) -> None:
        """The same for errors of data that are descriptors."""
        self.found += [error for error in some if error["type"] in self._scope]

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
        errors=[],
        warnings=course.warnings,
    ).to_descriptor()
    return _with_errors(report, course.found)


def _with_errors(report: dict[str, Any], found: list[Any]) -> dict[str, Any]:
    """The report with errors, of which some are described already."""
    (task,) = report["tasks"]
    task["errors"] = [one if isinstance(one, dict) else one.to_descriptor() for one in found]
    for part in (report, task):
        part["valid"] = not found
        part["stats"]["errors"] = len(found)
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
    if not fields:
        raise UnsureError
    if len({one.name for one in fields}) < len(fields):
        raise UnsureError
    judges = [Judge(one) for one in fields]
    keys = Keys.of(
        resource.schema,
        fields,
        judges,
        lookup,
        known=course.limits.known,
        sensitive=resource.dialect.header_case,
    )
    within = Content.of(resource.dialect)
    handlers = _handlers(fields, judges) if course.watches else {}
    try:
        for batch in table.batches:
            content = within.in_batch(batch)
            if len(content.columns) != len(fields):
                raise UnsureError
            if _validate_batch(content, keys, handlers, course):
                break
            if course.limits.progress:
                course.limits.progress(course.rows, batch.share)
        else:
            course.found += [broken] if (broken := table.broken()) else []
        keys.finish()
    finally:
        keys.close()


def _handlers(fields: Sequence[Any], judges: Sequence[Judge]) -> dict[str, Any]:
    """What the rows of Frictionless that checks are shown read their cells with."""
    made = create_cell_handlers(list(fields)).items()
    return {
        name: handler._replace(reader=judge.read)
        for (name, handler), judge in zip(made, judges, strict=True)
    }


def _validate_batch(
    batch: TypedBatch, keys: Keys, handlers: Mapping[str, Any], course: _Course
) -> bool:
    """Add the errors of a batch; whether a limit was reached."""
    judged = judge_batch(batch, keys.judges)
    repeats = keys.repeats(batch, judged.refused)
    known = judged.suspicions()
    numbers = batch.numbers.gather(list(known)).to_list()
    suspicions = dict(zip(numbers, known.values(), strict=True))
    suspects: dict[int, list[Any] | None] = dict.fromkeys([*suspicions, *repeats])
    _suspect(batch, keys.judges, handlers, course, suspects)
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
        cells, suspected = suspects[number], None
        if cells is None:
            cells, suspected = batch.row(place), suspicions.get(number, NO_SUSPICION)
        if len(cells) > len(keys.judges) + MOST_EXTRA_CELLS:
            raise TooWideError(number, len(cells), len(keys.judges))
        found = errors_of(number, list(cells), keys, repeats.get(number, NO_REPEATS), suspected)
        course.add_described(found)
        if course.watches:
            row = Row(list(cells), handlers=dict(handlers), row_number=number)
            row.errors.clear()  # they are known; a row that is asked for them has read all its cells
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


def _suspect(
    batch: TypedBatch,
    judges: Sequence[Judge],
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
