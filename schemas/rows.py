"""Rows of a published table, as the API speaks of them."""

from marshmallow import Schema
from marshmallow import fields as f

from schemas.paging import PageOut


class ColumnOut(Schema):
    """A column of the answer."""

    name = f.String()
    type = f.String()
    title = f.String()


class RowLimitsOut(Schema):
    """What one answer may take: seconds of work, rows, and memory of all questions of a server process."""

    seconds = f.Float()
    rows = f.Integer()
    memory_bytes = f.Integer()


class RowsOut(Schema):
    """Rows by column name; whole numbers beyond 2^53 and decimals are text."""

    fields = f.List(f.Nested(ColumnOut))  # type: ignore[assignment]  # a member, not the map
    items = f.List(f.Dict())
    page = f.Nested(PageOut)
    limits = f.Nested(RowLimitsOut)
