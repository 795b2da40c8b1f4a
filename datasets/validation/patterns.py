r"""String fields whose ``pattern`` runs in linear time.

Frictionless compiles patterns with Python's ``re``, where ``^(a+)+$`` doubles its time with every
letter. RE2 has no such inputs. The difference it makes: ``\d`` and ``\w`` mean ASCII, and ``$``
means the very end.
"""

from collections.abc import Mapping
from typing import Any

import attrs
from frictionless import Schema, fields

from datasets.validation.acceptance import compile_pattern


@attrs.define(kw_only=True, repr=False)
class LinearStringField(fields.StringField):  # type: ignore[misc]
    """A ``string`` field that Frictionless reads as its own, but for the pattern's engine."""

    @classmethod
    def metadata_select_class(cls, _type: str | None) -> Any:
        """The class itself: Frictionless copies fields by their descriptor, and a copy must stay linear."""
        return cls

    def create_cell_reader(self) -> Any:
        """A cell reader whose notes stand in the order Frictionless would give them."""
        pattern = self.constraints["pattern"]
        expression = compile_pattern(pattern)
        plain = fields.StringField.from_descriptor(self.to_descriptor())
        plain.schema = self.schema
        del plain.constraints["pattern"]
        read = plain.create_cell_reader()

        def cell_reader(cell: Any) -> tuple[Any, dict[str, str] | None]:
            value, notes = read(cell)
            if value is None or (notes and "type" in notes) or expression.match(value):
                return value, notes
            return value, with_pattern_note(notes, pattern)

        return cell_reader


def with_pattern_note(notes: Mapping[str, str] | None, pattern: str) -> dict[str, str]:
    """The notes on a text and that it does not match, in the order of Frictionless."""
    ordered = dict(notes or {})
    enum = ordered.pop("enum", None)
    ordered["pattern"] = f'constraint "pattern" is "{pattern}"'
    if enum is not None:
        ordered["enum"] = enum
    return ordered


def make_linear(schema: Any) -> Any:
    """Replace, in a Frictionless schema, every string field that has a pattern."""
    for field in list(schema.fields):
        if isinstance(field, fields.StringField) and "pattern" in field.constraints:
            linear = LinearStringField.from_descriptor(field.to_descriptor())
            schema.set_field(linear)
    return schema


def schema_with_linear_patterns(descriptor: dict[str, Any]) -> Any:
    """A Frictionless schema from an accepted descriptor."""
    return make_linear(Schema.from_descriptor(descriptor))
