"""Openness rates, as the API speaks of them: counts first, fractions exact."""

from typing import Any

from marshmallow import Schema, fields

from schemas.paging import ListArgs
from schemas.shapes import Day, Line, Moment, word
from schemas.vocabularies import Basis

GROUPS = ("unit", "subtree", "theme", "region")
"""``subtree``: every unit with those below it."""


class PartArgs(Schema):
    """A part of the platform: a region, a unit with everything below it, or what is in both."""

    region = Line(12, load_default="")
    under = Line(32, load_default="", metadata={"description": "code of the unit at its top"})


class OpennessArgs(PartArgs):
    """The day, the grouping, the base, the moment whose knowledge is asked for, and the part."""

    as_of = Day(load_default=None)
    by = word(GROUPS, load_default="")
    basis = word(Basis, load_default=Basis.ALL.value)
    recorded_before = Moment(load_default=None)


class RateOut(Schema):
    """An exact fraction ``[n, d]``; ``percent`` is cut to two decimals, null when it does not apply."""

    counts = fields.List(fields.Integer())
    percent = fields.String(allow_none=True)


class FigureOut(RateOut):
    """A rate as declared and as verified; ``target`` as a fraction, ``met`` compared exactly."""

    declared = fields.Nested(RateOut)
    verified = fields.Nested(RateOut, allow_none=True)
    target = fields.List(fields.Integer())
    met = fields.Boolean(allow_none=True)
    missing = fields.Integer(metadata={"description": "how many more must open to meet the target"})


class UnitRateOut(FigureOut):
    """The unit rate with its variants: all units, without certified empty ones, departments."""

    variants = fields.Dict(keys=fields.String(), values=fields.Nested(RateOut))
    verified_variants = fields.Dict(keys=fields.String(), values=fields.Nested(RateOut))


class GroupOut(Schema):
    """The figures of one unit, theme or region; ``code`` is another name of ``key``."""

    key = fields.String()
    code = fields.String()
    name = fields.String()
    kind = fields.String()
    parent = fields.String()
    on_roster = fields.Boolean()
    rate = fields.Nested(RateOut, metadata={"description": "data rate on the asked base"})
    unit_rate = fields.Nested(RateOut, allow_none=True)
    verified_unit_rate = fields.Nested(RateOut, allow_none=True)
    data_rate = fields.Dict(keys=fields.String(), values=fields.Nested(RateOut))
    verified_rate = fields.Dict(keys=fields.String(), values=fields.Nested(RateOut))
    classes = fields.Dict(keys=fields.String(), values=fields.Integer())


class OpennessOut(Schema):
    """The figures of a day with everything needed to recompute them."""

    as_of = fields.Date()
    definition = fields.String()
    edition = fields.Integer(allow_none=True)
    roster = fields.Integer()
    region = fields.String()
    under = fields.String()
    basis = fields.String()
    recorded_before = fields.AwareDateTime(allow_none=True)
    unit_rate = fields.Nested(UnitRateOut)
    data_rate = fields.Dict(keys=fields.String(), values=fields.Nested(FigureOut))
    classes = fields.Dict(keys=fields.String(), values=fields.Integer())
    verified_note = fields.String()
    units = fields.List(fields.Nested(GroupOut))
    themes = fields.List(fields.Nested(GroupOut))
    regions = fields.List(fields.Nested(GroupOut))


class EntriesArgs(ListArgs):
    """What a drill-down is narrowed to."""

    as_of = Day(load_default=None)
    unit = Line(32, load_default="")
    klass = Line(32, load_default="", data_key="class")
    theme = Line(100, load_default="")
    item = Line(20, load_default="")
    recorded_before = Moment(load_default=None)
    verified = fields.Boolean(
        load_default=None,
        allow_none=True,
        metadata={
            "description": "only open entries that stood every check, or only those that did not"
        },
    )


HIDDEN: fields.Field[Any] = fields.Integer(
    metadata={"description": "entries that match and that the asker may count but not see"}
)


class EntryOut(Schema):
    """One entry and the rule that classified it; ``not_due`` says why it is outside the base due."""

    slug = fields.String()
    code = fields.String()
    title = fields.String()
    unit = fields.String()
    klass = fields.String(data_key="class")
    rule = fields.String()
    state = fields.String()
    items = fields.List(fields.String())
    not_due = fields.String()
    verified = fields.Boolean(
        allow_none=True, metadata={"description": "null for an entry that is not open"}
    )
    unverified = fields.List(
        fields.String(), metadata={"description": "what an open entry did not stand"}
    )


class HistoryArgs(PartArgs):
    """From when to when, the base of the data rate, the part or the unit by itself (without either, the
    platform), and the moment whose knowledge is asked for (then at most a year)."""

    start = Day(required=True, data_key="from")
    end = Day(load_default=None, data_key="to")
    basis = word(Basis, load_default=Basis.ALL.value)
    unit = Line(32, load_default="")
    recorded_before = Moment(load_default=None)


class PointOut(Schema):
    """The rates at the end of a month."""

    day = fields.Date()
    unit_rate = fields.Nested(RateOut)
    data_rate = fields.Nested(RateOut)
    verified_unit_rate = fields.Nested(RateOut)
    verified_data_rate = fields.Nested(RateOut)


class DefinitionOut(Schema):
    """One version of the definitions, in words."""

    version = fields.String()
    since = fields.Date()
    current = fields.Boolean()
    changed = fields.String()
    sentences = fields.List(fields.String())
