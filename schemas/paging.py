"""Lists and problems: the two shapes every call shares."""

from functools import cache
from typing import Any

from marshmallow import Schema, fields

from schemas.shapes import Count, Line


class NoArgs(Schema):
    """A call without arguments; any argument is refused by name."""


class ColumnArgs(Schema):
    """Arguments named after the columns of a table; the engine that knows the table reads them."""


class ListArgs(Schema):
    """Where a page begins and how long it is."""

    after = Line(2000, load_default="", metadata={"description": "cursor from page.next"})
    limit = Count(1, 200, load_default=50, metadata={"description": "items on a page"})


class PageOut(Schema):
    """``next`` is the cursor of the next page, null at the end; ``total`` where counting is cheap."""

    next = fields.String(allow_none=True)
    limit = fields.Integer()
    total = fields.Integer(allow_none=True)


class ReasonOut(Schema):
    """Why something cannot go on: where, why, and what to do about it."""

    code = fields.String()
    place = fields.String()
    cause = fields.String()
    remedy = fields.String()


class ProblemOut(Schema):
    """A problem document (RFC 9457): ``errors`` by field, ``reasons`` the shut gates."""

    type = fields.Url()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    code = fields.String()
    remedy = fields.String()
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    reasons = fields.List(fields.Nested(ReasonOut))


AS_OF: fields.Field[Any] = fields.Date(metadata={"description": "the day that the list is of"})


@cache
def page_of(item: type[Schema], **more: fields.Field[Any]) -> type[Schema]:
    """The shape of a list whose items have this shape; ``more`` are members that it has beside them."""
    members: dict[str, Any] = {
        "items": fields.List(fields.Nested(item)),
        "page": fields.Nested(PageOut),
        **more,
    }
    return Schema.from_dict(members, name=f"{item.__name__.removesuffix('Out')}List")
