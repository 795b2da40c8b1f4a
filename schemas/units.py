"""Public bodies on the roster, as the API speaks of them."""

from marshmallow import Schema, fields

from schemas.paging import ListArgs
from schemas.shapes import Amendment, Day, Line, word
from schemas.vocabularies import UnitKind


class UnitPatch(Amendment):
    """What can be changed of a unit; absent members stay as they are, null takes a value away."""

    code = Line(32, metadata={"description": "unified social credit code; only while provisional"})
    name = Line(200)
    short_name = Line(100, allow_none=True)
    kind = word(UnitKind)
    region = Line(12, allow_none=True)
    parent = Line(32, allow_none=True, metadata={"description": "code of the superior unit"})
    successor = Line(
        32, allow_none=True, metadata={"description": "code of the unit that took over"}
    )
    roster_from = Day(allow_none=True)
    roster_to = Day(allow_none=True)
    empty_from = Day(allow_none=True)
    empty_to = Day(allow_none=True)
    contact = Line(200, allow_none=True)


class UnitIn(UnitPatch):
    """A new unit."""

    code = Line(32, required=True)
    name = Line(200, required=True)
    kind = word(UnitKind, required=True)


class UnitRef(Schema):
    """A unit by code and name."""

    code = fields.String()
    name = fields.String()


class UnitOut(UnitRef):
    """A unit."""

    provisional = fields.Boolean()
    short_name = fields.String()
    kind = fields.String()
    region = fields.String()
    parent = fields.String(attribute="parent.code", allow_none=True, dump_default=None)
    successor = fields.String(attribute="successor.code", allow_none=True, dump_default=None)
    roster_from = fields.Date()
    roster_to = fields.Date(allow_none=True)
    empty_from = fields.Date(allow_none=True)
    empty_to = fields.Date(allow_none=True)
    contact = fields.String()
    version = fields.Integer()


class UnitListArgs(ListArgs):
    """What a list of units is narrowed to."""

    q = Line(200, load_default="")
    kind = word(UnitKind)
    parent = Line(32, load_default="")
    as_of = Day()


class RegionIn(Schema):
    """The name of an administrative division."""

    name = Line(60, required=True)


class RegionOut(Schema):
    """An administrative division (GB/T 2260); ``name`` is empty where nobody has named it."""

    code = fields.String()
    name = fields.String()
