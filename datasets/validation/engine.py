"""The report that Frictionless 5.21 would give, at the speed of reading.

Frictionless does everything that costs nothing per row: it checks descriptors, opens files, reads
headers, infers schemas. Cells are then proven right column by column, and each different cell that
is not is decided once by Frictionless' own reader. Whatever is not understood here goes whole to
Frictionless, on a fresh resource.
"""

import copy
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from decimal import InvalidOperation
from pathlib import Path
from typing import Any, Final

from frictionless import (
    Checklist,
    Detector,
    FrictionlessException,
    Package,
    Report,
    Resource,
    errors,
    system,
)
from polars.exceptions import PolarsError

from datasets import (  # noqa: F401  (settle how Frictionless reads JSON Lines and ODS)
    json_lines,
    open_documents,
)
from datasets.exploding import may_be_wide, may_explode
from datasets.validation.cell_readers import ConstraintError, mend_patterns, trouble_of
from datasets.validation.column_checks import can_watch
from datasets.validation.key_memory import RepeatedError
from datasets.validation.package import validate_package
from datasets.validation.typed_cells import UnsureError
from datasets.validation.typed_opening import open_typed
from datasets.validation.typed_parquet import trouble_of_parquet
from datasets.validation.typed_streams import open_stream
from datasets.validation.typed_tables import Limits, can_validate_typed, validate_typed

CUT_OFF: Final = (EOFError, zlib.error, RuntimeError)
"""What a packed file raises whose end is missing, or that is locked or packed in a rare way."""

CRASHES: Final = (
    TypeError,
    ValueError,
    ArithmeticError,
    InvalidOperation,
    AttributeError,
    LookupError,
    re.error,
    *CUT_OFF,
)
"""What Frictionless lets escape from some descriptors and cells; see the page on validation."""

NOT_IN_ROW: Final = "is not in the row"
"""How the note ends when a check of Frictionless speaks of a cell that the table lacks."""

LEAST_BYTES: Final = 4 * 2**10
"""Below this, setting up columns takes longer than looking at every cell."""


def validate(  # noqa: PLR0913  (the questions of Frictionless, by its names)
    source: Mapping[str, Any] | str,
    *,
    basepath: str = "",
    kind: str | None = None,
    checklist: Mapping[str, Any] | None = None,
    detector: Mapping[str, Any] | None = None,
    limit_errors: int = 1_000,
    limit_rows: int | None = None,
    standards: str = "v2",
    trusted: bool = False,
    progress: Callable[[int, float], None] | None = None,
    least_bytes: int = LEAST_BYTES,
) -> dict[str, Any]:
    """The Frictionless report on a descriptor, or on the file named ``source`` in ``basepath``.

    ``kind`` is "resource" (also when None) or "package". ``limit_errors`` and ``limit_rows`` of 0 or
    None mean no limit. ``progress`` hears the rows judged and the share of the file. Without
    ``trusted``, paths out of ``basepath`` are refused. Text tables below ``least_bytes`` are left to
    Frictionless, which is quicker there. Raises ``FrictionlessException`` where
    Frictionless cannot even make sense of the descriptor.
    """
    limits = Limits(limit_errors, limit_rows, progress, least_bytes=least_bytes)
    with _context(standards, trusted=trusted):
        made = _maker(source, basepath, kind, detector)
        checks = Checklist.from_descriptor(copy.deepcopy(dict(checklist))) if checklist else None
        try:
            subject = made()
        except CRASHES as error:
            return misdescribed(error)
        if not isinstance(subject, Package):
            return judge_resource(subject, made, checks, limits)
        names = {id(one): place for place, one in enumerate(subject.resources)}

        def judge(resource: Any) -> dict[str, Any]:
            return judge_resource(
                resource, lambda: made().resources[names[id(resource)]], checks, limits
            )

        return validate_package(subject, judge)


def misdescribed(error: Exception) -> dict[str, Any]:
    """The report on a descriptor that Frictionless walks through before it looks at its kinds."""
    note = f"the descriptor has a property of the wrong kind ({type(error).__name__})"
    report: dict[str, Any] = Report.from_validation(
        errors=[errors.Error(note=note)]
    ).to_descriptor()
    return report


@contextmanager
def _context(standards: str, *, trusted: bool) -> Iterator[None]:
    """Frictionless keeps what it trusts in one place for all; afterwards it stands as it stood."""
    before = system.trusted, system.standards
    system.trusted, system.standards = trusted, standards
    try:
        yield
    finally:
        system.trusted, system.standards = before


def _maker(
    source: Mapping[str, Any] | str,
    basepath: str,
    kind: str | None,
    detector: Mapping[str, Any] | None,
) -> Callable[[], Any]:
    """What makes the resource or package, as often as asked: opening one changes it."""
    made = Package if kind == "package" else Resource

    def make() -> Any:
        options: dict[str, Any] = {"basepath": basepath}
        if detector:
            options["detector"] = Detector(**copy.deepcopy(dict(detector)))
        if isinstance(source, str):
            if made is Package:
                return Package(f"{basepath}/{source}" if basepath else source)
            return Resource(path=source, **options)
        return made.from_descriptor(copy.deepcopy(dict(source)), **options)

    return make


def judge_resource(
    resource: Any, again: Callable[[], Any], checks: Any, limits: Limits
) -> dict[str, Any]:
    """The report on a resource; ``again`` makes a fresh one like it, for opening one changes it."""
    if not _is_little(resource, limits.least_bytes):
        found = judge_columns(resource, again, checks, limits)
        if found is not None:
            return found
        resource = again()
        if resource.format == "parquet" and (note := trouble_of_parquet(Path(resource.normpath))):
            # Frictionless would say that it lacks a library.
            return _report_on(resource, errors.SourceError(note=note))
    try:
        report: dict[str, Any] = resource.validate(
            checks, limit_errors=limits.errors, limit_rows=limits.rows
        ).to_descriptor()
    except CRASHES as error:
        resource.close()
        return _judged_rightly(again, checks, limits, error)
    except FrictionlessException as error:
        resource.close()
        if not str(error.error.note).endswith(NOT_IN_ROW):
            raise
        return _judged_rightly(again, checks, limits, error)
    return report


def judge_columns(
    resource: Any, again: Callable[[], Any], checks: Any, limits: Limits
) -> dict[str, Any] | None:
    """The report by columns; None where only Frictionless itself knows."""
    known = _is_sound(resource) and can_watch(checks)
    if not known or _is_little(resource, limits.least_bytes):
        return None
    try:
        return _by_columns(resource, again, checks, limits)
    except ConstraintError:
        return None


def _by_columns(
    resource: Any, again: Callable[[], Any], checks: Any, limits: Limits
) -> dict[str, Any] | None:
    """The same by our own readers, or on the cells that Frictionless reads.

    Raises ``ConstraintError`` for a constraint that no value can be held against.
    """
    for open_table in (open_typed, open_stream):
        if open_table is open_typed and not can_validate_typed(resource, checks):
            continue
        mend_patterns(resource.schema)
        try:
            return validate_typed(resource, checks, limits, open_table)
        except RepeatedError as error:
            resource.close()
            limits = replace(limits, known={**limits.known, **error.known})
            return _by_columns(again(), again, checks, limits)
        except (UnsureError, FrictionlessException, PolarsError, *CRASHES):
            resource.close()
        resource = again()
    return None


def _judged_rightly(
    again: Callable[[], Any], checks: Any, limits: Limits, error: Exception
) -> dict[str, Any]:
    """The report where Frictionless falls over: by columns, or on what cannot be compared."""
    if isinstance(error, CUT_OFF) and not isinstance(error, RecursionError):
        return _report_on(again(), errors.CompressionError(note=str(error)))
    unopened = _trouble_of_opening(again())
    if unopened is not None:
        return _report_on(again(), unopened)
    note = f"a constraint cannot be compared with the values of its field: {error}"
    try:
        resource = again()
        if _is_sound(resource) and can_watch(checks):
            found = _by_columns(resource, again, checks, limits)
            if found is not None:
                return found
        unusable = trouble_of(again().schema)
        reason = unusable.note if unusable else note
    except ConstraintError as unkept:
        reason = unkept.note
    return _report_on(again(), errors.SchemaError(note=reason))


def _trouble_of_opening(resource: Any) -> Any:
    """What in the description keeps Frictionless from opening a table, in words; else None."""
    try:
        resource.open()
    except FrictionlessException:
        return None
    except CRASHES as error:
        dialect = resource.dialect
        rows = [*dialect.header_rows, *dialect.comment_rows]
        if not all(isinstance(row, int) for row in rows):
            return errors.DialectError(note='"headerRows" and "commentRows" hold whole numbers')
        if trouble_of(resource.schema) is not None:
            return None
        return errors.ResourceError(note=f"the table cannot be opened as described: {error}")
    finally:
        resource.close()
    return None


def _report_on(resource: Any, error: Any) -> dict[str, Any]:
    """The report of the one error that keeps a table from being judged."""
    report: dict[str, Any] = Report.from_validation_task(
        resource, time=0.0, errors=[error]
    ).to_descriptor()
    return report


def _is_little(resource: Any, least_bytes: int) -> bool:
    """Whether a text table is so short that Frictionless is the quicker one."""
    is_text = resource.format in ("csv", "tsv") and hasattr(resource, "schema")
    if not is_text or not resource.path or may_explode(resource.schema):
        return False
    path = Path(resource.normpath or "")
    try:
        if path.stat().st_size >= least_bytes:
            return False
        with path.open("rb") as file:
            return not may_be_wide(file)
    except OSError:
        return True


def _is_sound(resource: Any) -> bool:
    """Whether the description is one that Frictionless opens files with."""
    try:
        resource.to_descriptor(validate=True)
    except FrictionlessException:
        return False
    return hasattr(resource, "schema")
