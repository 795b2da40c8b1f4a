"""Validate a UTF-8 CSV against a Table Schema; the answer is a Frictionless report.

The file is judged by columns (see ``engine``), or by Frictionless where that does not do. Both run
on a descriptor rebuilt here, on a file named here and nothing else; see ``acceptance`` for why.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import InvalidOperation
from pathlib import Path
from typing import Any, Final

from frictionless import Checklist, Dialect, FrictionlessException, Resource, errors
from frictionless.formats import CsvControl

from datasets.checks import CHECK_KEY, ERRORS, FIELD_CHECKS, asked_for
from datasets.validation.acceptance import SchemaProblem, accept_schema, bare
from datasets.validation.engine import judge_columns
from datasets.validation.patterns import schema_with_linear_patterns
from datasets.validation.typed_tables import Limits
from schemas.records import Message, Problem

_TEMPLATES: Final[dict[str, str]] = {
    error.type: error.template
    for error in (*errors.Error.list_children(root=True), *ERRORS.values())
}
_NOTED_ROW: Final = re.compile(r'(the same as (?:in the )?row at position "?)(\d+)')
_NOTES_WITH_ROWS: Final = frozenset({"unique-error", "primary-key", "duplicate-row"})


def validate_csv(
    path: Path,
    table_schema: Mapping[str, Any],
    *,
    row_numbers: Sequence[int] | None = None,
    limit_errors: int = 1_000,
    on: date | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """The Frictionless report on the UTF-8, comma-separated file at ``path``, as a descriptor.

    ``row_numbers[i]`` is the number that the i-th data row (header not counted, from 0) has in the
    file the clerk knows; every row number in the report speaks of that file. ``on`` is the day of
    the delivery, after which nobody in it is born. ``progress`` hears the rows judged and the share
    of the file. Raises ``SchemaProblem`` when the schema is not a Table Schema or a check it names
    does not exist.
    """
    accepted = accept_schema(table_schema)

    def made() -> Any:
        return Resource(
            path=path.name,
            basepath=str(path.parent),
            encoding="utf-8",
            scheme="file",
            format="csv",
            mediatype="text/csv",
            dialect=_dialect(),
            schema=schema_with_linear_patterns(bare(accepted)),
        )

    checklist = Checklist(checks=_checks(accepted, on))
    descriptor = judge_columns(made(), made, checklist, Limits(limit_errors, None, progress))
    if descriptor is None:
        descriptor = _judged_by_row(made(), Checklist(checks=_checks(accepted, on)), limit_errors)
    return _renumber(descriptor, row_numbers) if row_numbers is not None else descriptor


def _judged_by_row(resource: Any, checklist: Any, limit_errors: int) -> dict[str, Any]:
    try:
        report = resource.validate(checklist, limit_errors=limit_errors)
    except FrictionlessException as error:
        raise SchemaProblem(_unusable(str(error.error.note))) from error
    except (TypeError, ValueError, InvalidOperation) as error:
        # Frictionless compares bounds with values of another kind (a time with and one without a
        # zone) and collects unhashable values when asked for uniqueness; both end here.
        raise SchemaProblem(_unusable("a constraint cannot be compared with the values")) from error
    descriptor: dict[str, Any] = report.to_descriptor()
    return descriptor


def _dialect() -> Any:
    """Everything said, so that Frictionless guesses nothing: the header is row 1, as written."""
    control = CsvControl(
        delimiter=",",
        line_terminator="\r\n",
        quote_char='"',
        double_quote=True,
        skip_initial_space=False,
    )
    return Dialect(header=True, header_rows=[1], controls=[control])


def _checks(accepted: Mapping[str, Any], on: date | None) -> list[Any]:
    for field in accepted["fields"]:
        name = field.get(CHECK_KEY)
        if name is not None and (not isinstance(name, str) or name not in FIELD_CHECKS):
            raise SchemaProblem(
                Problem(
                    code="schema-check",
                    place=str(field["name"]),
                    cause=Message(
                        'Field "%(field)s" asks for the unknown check "%(check)s".',
                        {"field": field["name"], "check": str(name)},
                    ),
                    remedy=Message("Use one of: %(names)s.", {"names": ", ".join(FIELD_CHECKS)}),
                )
            )
    return asked_for(accepted, on)


def _unusable(reason: str) -> Problem:
    return Problem(
        code="schema-unusable",
        place="schema",
        cause=Message(
            "The table schema cannot be applied to this file: %(reason)s", {"reason": reason}
        ),
        remedy=Message("Correct the constraints of the schema, or let a new one be inferred."),
    )


def _renumber(report: dict[str, Any], row_numbers: Sequence[int]) -> dict[str, Any]:
    for task in report["tasks"]:
        for error in task["errors"]:
            if "rowNumber" not in error:
                continue
            error["rowNumber"] = _original(error["rowNumber"], row_numbers)
            if error["type"] in _NOTES_WITH_ROWS:
                error["note"] = _NOTED_ROW.sub(
                    lambda found: f"{found[1]}{_original(int(found[2]), row_numbers)}",
                    error["note"],
                )
            template = _TEMPLATES.get(error["type"])
            if template is not None:
                error["message"] = _render(template, error)
    return report


def _original(row_number: int, row_numbers: Sequence[int]) -> int:
    place = row_number - 2
    return row_numbers[place] if 0 <= place < len(row_numbers) else row_number


def _render(template: str, error: Mapping[str, Any]) -> str:
    return template.format_map(error)
