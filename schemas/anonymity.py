"""How well people hide behind each other in a table, as the API speaks of it."""

from marshmallow import Schema
from marshmallow import fields as f

from schemas.shapes import Line


class AnonymityIn(Schema):
    """The quasi-identifiers to measure by, and a sensitive field if its diversity matters."""

    fields = f.List(  # type: ignore[assignment]  # a member, not the map
        Line(200), required=True, metadata={"description": "columns of the public file"}
    )
    sensitive = Line(200, load_default="")


class BelowOut(Schema):
    """Rows and classes smaller than a limit; ``share`` of all rows, 0 to 1."""

    limit = f.Integer()
    rows = f.Integer()
    classes = f.Integer()
    share = f.Float()


class BinOut(Schema):
    """Classes of ``low`` to ``high`` rows; ``high`` is null for "or more"."""

    low = f.Integer()
    high = f.Integer(allow_none=True)
    classes = f.Integer()
    rows = f.Integer()


class SizeOut(Schema):
    """How many classes have a size."""

    size = f.Integer()
    classes = f.Integer()


class WithoutOut(Schema):
    """k and the rows in classes below 5, had the field not been chosen."""

    field = f.String()
    k = f.Integer()
    rows = f.Integer()


class DiversityOut(Schema):
    """The least number of values of the sensitive field within a class, and where it is one."""

    field = f.String()
    l = f.Integer()  # noqa: E741  (the name the literature gives it)
    rows = f.Integer()
    classes = f.Integer()


class AnonymityOut(Schema):
    """Counts only, never a value of the table."""

    fields = f.List(f.String())  # type: ignore[assignment]  # a member, not the map
    rows = f.Integer()
    classes = f.Integer()
    k = f.Integer(metadata={"description": "size of the smallest class; 0 without rows"})
    below = f.List(f.Nested(BelowOut))
    bins = f.List(f.Nested(BinOut))
    smallest = f.List(f.Nested(SizeOut))
    without = f.List(f.Nested(WithoutOut))
    diversity = f.Nested(DiversityOut, allow_none=True)
