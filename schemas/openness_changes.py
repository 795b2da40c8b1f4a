"""What changed a rate between two days, as the API speaks of it: exact fractions that sum up."""

from marshmallow import Schema, fields

from schemas.openness import RateOut
from schemas.shapes import Count, Day, Line, word
from schemas.vocabularies import Basis, TargetScope


class ChangesArgs(Schema):
    """The two days, whose rate (empty: the city's), on which base, and how many entries to name."""

    start = Day(required=True, data_key="from")
    end = Day(load_default=None, data_key="to")
    scope = word(TargetScope, load_default=TargetScope.CITY.value)
    key = Line(100, load_default="")
    basis = word(Basis, load_default=Basis.ALL.value)
    counting = word(("declared", "verified"), load_default="declared")
    limit = Count(0, 1000, load_default=100, metadata={"description": "entries to name"})


class CauseOut(Schema):
    """One cause: ``n`` and ``d`` are what it added to the counts, ``share`` its exact part of the
    change of the rate as ``[numerator, denominator]``."""

    cause = fields.String()
    says = fields.String()
    count = fields.Integer()
    n = fields.Integer()
    d = fields.Integer()
    share = fields.List(fields.Integer(), allow_none=True)
    points = fields.String(
        allow_none=True, metadata={"description": "percentage points, cut to two decimals"}
    )


class RateChangeOut(Schema):
    """A rate on two days; the shares of the causes sum to ``difference`` exactly."""

    before = fields.Nested(RateOut)
    after = fields.Nested(RateOut)
    difference = fields.List(fields.Integer(), allow_none=True)
    causes = fields.List(fields.Nested(CauseOut))


class ChangedOut(Schema):
    """An entry that counts otherwise, with its class on the two days (empty: not there)."""

    slug = fields.String()
    code = fields.String()
    title = fields.String()
    unit = fields.String()
    cause = fields.String()
    before = fields.String()
    after = fields.String()


class ChangesOut(Schema):
    """What changed between two days; ``entries`` are those that the asker may know of."""

    start = fields.Date(data_key="from")
    end = fields.Date(data_key="to")
    scope = fields.String()
    key = fields.String()
    basis = fields.String()
    counting = fields.String()
    unit_rate = fields.Nested(RateChangeOut, allow_none=True)
    data_rate = fields.Nested(RateChangeOut)
    entries = fields.List(fields.Nested(ChangedOut))
