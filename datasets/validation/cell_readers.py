"""How a cell is read: as Frictionless reads it, and rightly where Frictionless falls over.

Frictionless compares values with bounds they cannot be compared with (a time with and one without
a zone), and tries patterns with an engine that some texts keep busy for ever. A value that cannot
be compared with a bound does not keep it; a pattern is decided in linear time wherever two
expressions, one that accepts no more and one that accepts no less, agree.
"""

import copy
import re
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

import re2
from frictionless import FrictionlessException, fields

from datasets.exploding import has_long_enum
from datasets.validation.patterns import LinearStringField, with_pattern_note
from datasets.validation.text_proof import automata

CellReader = Callable[[Any], tuple[Any, dict[str, str] | None]]

FALLS: Final = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError)
"""What comparing a value with a constraint may raise."""

LONGEST_NOTE: Final = 10_000
"""Characters of a note on a long list of allowed values, which stands in each error twice."""

_BOUNDS: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_LENGTHS: Final = frozenset({"minLength", "maxLength"})


class ConstraintError(Exception):
    """A constraint that no value can be held against; ``note`` says which and why."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


def reader_of(field: Any) -> CellReader:
    """What reads the cells of a Frictionless field: value and notes, as its own cell reader.

    Raises ``ConstraintError``, also when reading, where a constraint of the field cannot be used.
    """
    try:
        if has_long_enum(field):
            return _looked_up(field)
        plain = field.create_cell_reader()
    except (re.error, *FALLS) as error:
        raise _unusable(field) from error
    sure: list[CellReader] = []

    def read(cell: Any) -> tuple[Any, dict[str, str] | None]:
        if not sure:  # nearly all columns are proven right without reading a cell
            sure.append(_with_sure_pattern(field, plain))
        kept = copy.deepcopy(cell) if isinstance(cell, list | dict) else cell
        try:
            return sure[0](cell)
        except FALLS:
            return _read_by_parts(field, kept)

    return read


def _looked_up(field: Any) -> CellReader:
    """The reader of a field that allows very many values: they are a set, and the note that a cell is
    none of them is made once and cut."""
    read_rest = reader_of(_with_constraints(field, without="enum"))
    written = field.constraints["enum"]
    values = [*map(field.create_value_reader(), written)]
    hashed = {value for value in values if isinstance(value, Hashable)}
    note = f'constraint "enum" is "{written}"'
    if len(note) > LONGEST_NOTE:
        note = f"{note[:LONGEST_NOTE]}…"

    def is_allowed(value: Any) -> bool:
        return value in hashed if isinstance(value, Hashable) else value in values

    def read(cell: Any) -> tuple[Any, dict[str, str] | None]:
        value, notes = read_rest(cell)
        if value is None or (notes and "type" in notes) or is_allowed(value):
            return value, notes
        return value, {**(notes or {}), "enum": note}

    return read


def mend_patterns(schema: Any) -> None:
    """Let RE2 read the patterns of a Frictionless schema that Python cannot compile.

    Frictionless puts a mark before the pattern, after which Python allows no ``(?i)``. Raises
    ``ConstraintError`` for what is no pattern to RE2 either.
    """
    for field in list(schema.fields):
        pattern = field.constraints.get("pattern")
        if type(field) is not fields.StringField or pattern is None or _compiles(pattern):
            continue
        linear = LinearStringField.from_descriptor(field.to_descriptor())
        try:
            linear.create_cell_reader()
        except re2.error as error:
            raise _unusable(field) from error
        schema.set_field(linear)


def _compiles(pattern: Any) -> bool:
    try:
        re.compile(f"^{pattern}$")
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _with_sure_pattern(field: Any, plain: CellReader) -> CellReader:
    pattern = field.constraints.get("pattern")
    if type(field) is not fields.StringField or not pattern:
        return plain
    fewer, more = automata(str(pattern))
    if fewer is None or more is None:
        return plain
    options = re2.Options()
    options.log_errors = False
    try:
        accepts, admits = (re2.compile(one, options) for one in (fewer, more))
    except re2.error:
        return plain
    read_rest = _with_constraints(field, without="pattern").create_cell_reader()

    def read(cell: Any) -> tuple[Any, dict[str, str] | None]:
        value, notes = read_rest(cell)
        if value is None or (notes and "type" in notes) or accepts.match(value):
            return value, notes
        if admits.match(value):
            return plain(cell)
        return value, with_pattern_note(notes, pattern)

    return read


def _with_constraints(field: Any, **kept: str) -> Any:
    """A copy of a field ``without`` a constraint, or with the ``only`` one named."""
    copied = field.to_copy()
    copied.schema = field.schema
    copied.constraints = {
        name: value
        for name, value in field.constraints.items()
        if name != kept.get("without") and kept.get("only", name) == name
    }
    return copied


def _read_by_parts(field: Any, cell: Any) -> tuple[Any, dict[str, str] | None]:
    """The same with each constraint by itself; one that cannot be asked is not kept."""
    try:
        value, notes = _with_constraints(field, only="").create_cell_reader()(copy.deepcopy(cell))
    except FALLS:
        return None, {"type": f'type is "{field.type}/{field.format}"'}
    if notes:
        return value, notes
    found: dict[str, str] = {}
    for name in field.supported_constraints:
        if field.constraints.get(name) is None:
            continue
        try:
            read = _with_constraints(field, only=name).create_cell_reader()
            found.update(read(copy.deepcopy(cell))[1] or {})
        except FALLS as error:
            if not _can_be_kept(field, name):
                raise _unusable(field) from error
            found[name] = f'constraint "{name}" is "{field.constraints[name]}"'
    return value, found or None


def trouble_of(schema: Any) -> ConstraintError | None:
    """What is wrong with the first field whose cells cannot be read at all."""
    for field in schema.fields:
        try:
            field.create_cell_reader()
        except (re.error, *FALLS, FrictionlessException):
            return _unusable(field)
    return None


def _unusable(field: Any) -> ConstraintError:
    constraints: Mapping[str, Any] = field.constraints
    for name in field.supported_constraints:
        if constraints.get(name) is not None and not _can_be_kept(field, name):
            value = str(constraints[name])
            kind = f"{field.type}/{field.format}"
            return ConstraintError(
                f'constraint "{name}" of field "{field.name}" is "{value}", '
                f'which cannot be used for values of type "{kind}"'
            )
    return ConstraintError(f'the constraints of field "{field.name}" cannot be used')


def _can_be_kept(field: Any, name: str) -> bool:
    """Whether there could be a value that keeps the constraint."""
    wanted = field.constraints[name]
    if name in _LENGTHS:
        return isinstance(wanted, int | float)
    try:
        if name in _BOUNDS:
            return field.create_value_reader()(wanted) is not None
        _with_constraints(field, only=name).create_cell_reader()
    except (re.error, *FALLS):
        return False
    return True
