"""SQL over published tables, as the API speaks of it."""

from marshmallow import Schema, validate
from marshmallow import fields as f

from schemas.rows import ColumnOut
from schemas.shapes import Line, Text

FORMATS = ("json", "csv", "ndjson", "parquet", "arrow", "xlsx")


class SqlArgs(Schema):
    """One statement as an argument of an address."""

    sql = Text(10_000, required=True, metadata={"description": "one SELECT; tables by identifier"})
    format = f.String(
        validate=validate.OneOf(FORMATS),
        load_default="",
        metadata={"description": "json, or what the header Accept prefers, unless told"},
    )


class SqlIn(SqlArgs):
    """One statement, and short names for the tables in it."""

    tables = f.Dict(
        keys=Line(100),
        values=Line(300),
        load_default=dict,
        metadata={"description": "name in the statement -> resource id, or slug/resource"},
    )


class SqlLimitsOut(Schema):
    """What one answer may take: seconds of work, rows and bytes of the answer, memory while it is found."""

    seconds = f.Float()
    rows = f.Integer()
    bytes = f.Integer()
    memory_bytes = f.Integer()


class SqlTableOut(Schema):
    """A table that the statement read: name in it, resource, and the version by its hash."""

    name = f.String()
    resource = f.String()
    sha256 = f.String()


class SqlOut(Schema):
    """The answer; ``truncated`` says what cut it short: ``rows``, ``bytes``, or null."""

    fields = f.List(f.Nested(ColumnOut))  # type: ignore[assignment]  # a member, not the map
    items = f.List(f.Dict())
    truncated = f.String(allow_none=True)
    tables = f.List(f.Nested(SqlTableOut))
    limits = f.Nested(SqlLimitsOut)
