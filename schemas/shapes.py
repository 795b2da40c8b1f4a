"""Fields of API bodies whose refusals are sentences for people (``schemas.records.Message``)."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, post_load, validate

from schemas.records import Message
from schemas.text import BadText, clean_line, clean_text

CHINA = ZoneInfo("Asia/Shanghai")


def refuse(text: str, **params: Any) -> ValidationError:
    """A refusal that carries a translatable message."""
    return ValidationError([Message(text, params)])


class Line(fields.String):
    """One line of text, normalised; at most ``limit`` characters."""

    def __init__(self, limit: int = 300, **kwargs: Any) -> None:
        super().__init__(**_bounded(kwargs, maxLength=limit))
        self.limit = limit

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise refuse("must be text")
        try:
            return clean_line(value, self.limit)
        except BadText as error:
            raise refuse(error.reason, limit=error.limit) from None


class LowerLine(Line):
    """One line in whose letters the case says nothing, such as the name of a format."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return super()._deserialize(value, attr, data, **kwargs).lower()


class Text(Line):
    """Several lines of text, normalised."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise refuse("must be text")
        try:
            return clean_text(value, self.limit)
        except BadText as error:
            raise refuse(error.reason, limit=error.limit) from None


class Count(fields.Integer):
    """A whole number in a stated range; ASCII digits where it stands in an address."""

    def __init__(self, low: int, high: int, **kwargs: Any) -> None:
        super().__init__(**_bounded(kwargs, minimum=low, maximum=high))
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if (
            isinstance(value, bool)
            or not isinstance(value, int)
            or not self.low <= value <= self.high
        ):
            raise refuse(
                "must be a whole number from %(low)s to %(high)s", low=self.low, high=self.high
            )
        return value


class Day(fields.Date):
    """A date as YYYY-MM-DD between 1900 and 2200."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            found = super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            raise refuse("must be a date like 2026-11-23") from None
        if not 1900 <= found.year <= 2200:
            raise refuse("must be a year between 1900 and 2200")
        return found


class Moment(fields.AwareDateTime):
    """An instant with its offset from UTC, between 1900 and 2200."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            found = super()._deserialize(value, attr, data, **kwargs)
        except ValidationError:
            raise refuse("must be a moment like 2026-11-23T10:00:00+08:00") from None
        if not 1900 <= found.year <= 2200:
            raise refuse("must be a year between 1900 and 2200")
        return found


class Since(Day):
    """The day after which something changed; of a moment, with its offset, the day in China before it:
    changes are known by the day, and none of the moment's own may be missed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not (isinstance(value, str) and "T" in value):
            return super()._deserialize(value, attr, data, **kwargs)
        moment = Moment().deserialize(value)
        return moment.astimezone(CHINA).date() - timedelta(days=1)


class _OneOf(validate.OneOf):
    """One word of a closed list."""

    def __call__(self, value: Any) -> Any:
        if value not in self.choices:
            raise refuse("must be one of: %(words)s", words=", ".join(map(str, self.choices)))
        return value


def word(words: type[StrEnum] | Iterable[str], **kwargs: Any) -> fields.String:
    """A field that takes one word of a closed list."""
    return fields.String(validate=_OneOf([str(one) for one in words]), **kwargs)


class Amendment(Schema):
    """What can be changed of a thing; absent members stay as they are.

    Null takes a value away (JSON Merge Patch, RFC 7396 section 2), so that what was read can be sent
    back: answers show a superior unit or an original that is not there as null.
    """

    @post_load
    def _null_is_nothing(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {
            name: self._emptied(name) if value is None else value for name, value in data.items()
        }

    def _emptied(self, name: str) -> Any:
        field = self.fields[name]
        if isinstance(field, fields.List):
            return []
        return "" if isinstance(field, fields.String) else None


def _bounded(kwargs: dict[str, Any], **bounds: int) -> dict[str, Any]:
    return kwargs | {"metadata": {**kwargs.get("metadata", {}), **bounds}}
