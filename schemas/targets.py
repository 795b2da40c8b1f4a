"""Targets and the gap to them, as the API speaks of them: exact fractions throughout."""

from marshmallow import Schema, fields

from schemas.openness import RateOut
from schemas.shapes import Count, Day, Line, word
from schemas.vocabularies import Basis, RateKind, TargetScope


class TargetIn(Schema):
    """A target from a day on; an empty value takes the scope's own target back."""

    rate = word(RateKind, required=True)
    scope = word(TargetScope, load_default=TargetScope.CITY.value)
    key = Line(
        100, load_default="", metadata={"description": "unit code, theme or region; empty: city"}
    )
    value = Line(
        20, required=True, metadata={"description": "percent (60, 62.5) or a fraction (3/5)"}
    )
    valid_from = Day(load_default=None, allow_none=True)
    reason = Line(300, load_default="")


class TargetOut(Schema):
    """A target as it was set; ``value`` is ``[numerator, denominator]``, null when taken back."""

    rate = fields.String()
    scope = fields.String()
    key = fields.String()
    value = fields.Method(
        "_value", metadata={"type": ["array", "null"], "items": {"type": "integer"}}
    )
    valid_from = fields.Date()
    reason = fields.String()
    recorded_at = fields.AwareDateTime()

    def _value(self, row: object) -> list[int] | None:
        numerator = getattr(row, "numerator", None)
        return None if numerator is None else [numerator, getattr(row, "denominator", 0)]


class PlanArgs(Schema):
    """Whose gap (empty: the city), on which base, and how many entries to name."""

    scope = word(TargetScope, load_default=TargetScope.CITY.value)
    key = Line(100, load_default="")
    basis = word((Basis.ALL, Basis.DUE), load_default=Basis.ALL.value)
    limit = Count(0, 1000, load_default=100, metadata={"description": "entries to name"})


class GapOut(RateOut):
    """One rate: ``short`` more are missing to ``target``; ``after`` is the rate with the plan."""

    target = fields.List(fields.Integer())
    target_since = fields.Date(allow_none=True)
    short = fields.Integer()
    after = fields.Nested(RateOut)
    reached = fields.Boolean()


class PlanUnitOut(Schema):
    """A unit of the plan; ``first_opening`` makes it count in the unit rate."""

    code = fields.String()
    name = fields.String()
    count = fields.Integer()
    first_opening = fields.Boolean()
    steps = fields.Dict(keys=fields.String(), values=fields.Integer())


class PlanEntryOut(Schema):
    """An entry to open and the work that is left."""

    slug = fields.String()
    code = fields.String()
    title = fields.String()
    unit = fields.String()
    step = fields.String()
    todo = fields.String()
    first_opening = fields.Boolean()


class PlanOut(Schema):
    """The fewest entries that reach both targets. ``complete`` is false when the asker may only be
    told of the own units: the units and entries are then all that could open there."""

    as_of = fields.Date()
    scope = fields.String()
    key = fields.String()
    basis = fields.String()
    unit_rate = fields.Nested(GapOut, allow_none=True)
    data_rate = fields.Nested(GapOut)
    total = fields.Integer()
    reachable = fields.Boolean()
    complete = fields.Boolean()
    units = fields.List(fields.Nested(PlanUnitOut))
    entries = fields.List(fields.Nested(PlanEntryOut))
