"""Checks of one field against the check digits of a national standard."""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, ClassVar

import attrs
from frictionless import Check, errors

from datasets.checks.industry import CODES
from datasets.identifiers import LATEST_BIRTH, valid_citizen_id, valid_region, valid_uscc

_TEMPLATE = (
    'The cell "{cell}" in row at position "{rowNumber}" and field "{fieldName}" '
    'at position "{fieldNumber}" is not valid: {note}'
)
# An identity number that fails its check is still about a person: the message leaves it out.
_SILENT_TEMPLATE = (
    'The cell in row at position "{rowNumber}" and field "{fieldName}" '
    'at position "{fieldNumber}" is not valid: {note}'
)


class CreditCodeError(errors.CellError):  # type: ignore[misc]
    type = "credit-code"
    title = "Unified Social Credit Code"
    description = "The value is not a unified social credit code (GB 32100-2015)."
    template = _TEMPLATE


class CitizenIdError(errors.CellError):  # type: ignore[misc]
    type = "citizen-id"
    title = "Citizen Identity Number"
    description = "The value is not a citizen identity number (GB 11643-1999)."
    template = _SILENT_TEMPLATE


class RegionCodeError(errors.CellError):  # type: ignore[misc]
    type = "region-code"
    title = "Region Code"
    description = "The value is not a code of an administrative division (GB/T 2260)."
    template = _TEMPLATE


class IndustryCodeError(errors.CellError):  # type: ignore[misc]
    type = "industry-code"
    title = "Industry Code"
    description = "The value is not a code of the classification of industries (GB/T 4754-2017)."
    template = _TEMPLATE


@attrs.define(kw_only=True, repr=False)
class FieldCheck(Check):  # type: ignore[misc]
    """A check of every non-empty text of one field; subclasses say what a good text is."""

    type: ClassVar[str] = "field-check"
    Errors: ClassVar[list[Any]] = []
    note: ClassVar[str] = ""

    field_name: str

    @abstractmethod
    def accepts(self, text: str) -> bool:
        """Whether a non-empty text is good."""

    def validate_start(self) -> Iterator[Any]:
        if self.field_name not in self.resource.schema.field_names:
            yield errors.CheckError(note=f'{self.type} check requires field "{self.field_name}"')

    def validate_row(self, row: Any) -> Iterator[Any]:
        if self.field_name not in row.field_names:
            return
        cell = row[self.field_name]
        if cell is not None and not self.accepts(str(cell)):
            yield self.Errors[0].from_row(row, note=self.note, field_name=self.field_name)

    metadata_profile_patch: ClassVar[dict[str, Any]] = {
        "required": ["fieldName"],
        "properties": {"fieldName": {"type": "string"}},
    }


def _exactly(valid: Callable[[str], bool], text: str) -> bool:
    """Only the code itself: validators fold full width and spaces, a published code has neither."""
    return text.isascii() and text.isalnum() and text == text.upper() and valid(text)


@attrs.define(kw_only=True, repr=False)
class CreditCode(FieldCheck):
    """18 characters that pass the check character of GB 32100-2015."""

    type = "credit-code"
    Errors: ClassVar[list[Any]] = [CreditCodeError]
    note = "the check character of GB 32100-2015 does not fit"

    def accepts(self, text: str) -> bool:
        return _exactly(valid_uscc, text)


@attrs.define(kw_only=True, repr=False)
class CitizenId(FieldCheck):
    """18 characters with a region, a birth date and the check character of GB 11643-1999.

    ``on`` is the day of the asking, as ``2026-03-31``: nobody in the table is born after it. Without
    one every birth up to the end of 2099 is believed, so that a report is the same on every day.
    """

    type = "citizen-id"
    Errors: ClassVar[list[Any]] = [CitizenIdError]
    note = "region, birth date or check character of GB 11643-1999 does not fit"

    on: str = LATEST_BIRTH.isoformat()

    def validate_start(self) -> Iterator[Any]:
        try:
            date.fromisoformat(self.on)
        except (TypeError, ValueError):
            yield errors.CheckError(note=f'{self.type} check requires a day in "on": 2026-03-31')
        else:
            yield from super().validate_start()

    def accepts(self, text: str) -> bool:
        latest = date.fromisoformat(self.on)
        return _exactly(lambda code: valid_citizen_id(code, latest), text)

    metadata_profile_patch: ClassVar[dict[str, Any]] = {
        "required": ["fieldName"],
        "properties": {
            "fieldName": {"type": "string"},
            "on": {"type": "string"},
        },
    }


@attrs.define(kw_only=True, repr=False)
class RegionCode(FieldCheck):
    """Six digits under a province of GB/T 2260."""

    type = "region-code"
    Errors: ClassVar[list[Any]] = [RegionCodeError]
    note = "not a code of GB/T 2260"

    def accepts(self, text: str) -> bool:
        return _exactly(valid_region, text)


@attrs.define(kw_only=True, repr=False)
class IndustryCode(FieldCheck):
    """A section, division, group or class of GB/T 4754-2017, with or without the section's letter."""

    type = "industry-code"
    Errors: ClassVar[list[Any]] = [IndustryCodeError]
    note = "not a code of GB/T 4754-2017"

    def accepts(self, text: str) -> bool:
        return text in CODES
