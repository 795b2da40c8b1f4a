"""Late corrections, as the API speaks of them: of one entry, and of many as a set."""

from marshmallow import Schema, fields, validate

from schemas.shapes import Day, Line, Moment, word
from schemas.vocabularies import CorrectionState

MOST_ROWS = 5_000


class Otherwise(Schema):
    """What had been true in the half-open time [from, to)."""

    begins = Day(required=True, data_key="from")
    ends = Day(data_key="to", metadata={"description": "default today; never in the future"})
    state = Line(12)
    openness = Line(16)
    theme = Line(100)
    opened_by_superior = fields.Boolean()
    duplicate = fields.Boolean()
    withheld_by = fields.List(
        Line(20), metadata={"description": "items that closed the whole entry"}
    )


class CorrectionTry(Otherwise):
    """What had been true of an entry in the half-open time [from, to), to see what it would change."""

    dataset = Line(100, required=True, metadata={"description": "address of the entry"})


class CorrectionIn(CorrectionTry):
    """What had been true of an entry in the half-open time [from, to), and why it is said late."""

    reason = Line(1_000, required=True)


class DayRatesOut(Schema):
    """Rates of a day as ``[n, d]``: units, entries on two bases, entries of the entry's own unit."""

    unit = fields.List(fields.Integer())
    all = fields.List(fields.Integer())
    due = fields.List(fields.Integer())
    own = fields.List(fields.Integer())


class DayEffectOut(Schema):
    """Rates of a day before and after; ``frozen`` is the result that stands for a period ending then."""

    day = fields.Date()
    frozen = fields.String(allow_none=True)
    before = fields.Nested(DayRatesOut)
    after = fields.Nested(DayRatesOut)


class CorrectionPreviewOut(Schema):
    """What a correction would change, day by day; nothing was recorded."""

    dataset = fields.String()
    begins = fields.Date(data_key="from")
    ends = fields.Date(data_key="to")
    days = fields.Integer()
    rates = fields.List(fields.Nested(DayEffectOut))


class CorrectionOut(Schema):
    """The time corrected, and on how many days of it the entry was in the directory."""

    dataset = fields.String()
    begins = fields.Date(data_key="from")
    ends = fields.Date(data_key="to")
    days = fields.Integer()


class WhichIn(Schema):
    """Entries as the first day counted them: of a unit, a theme, a class; at least one of them."""

    unit = Line(32, load_default="")
    theme = Line(100, load_default="")
    klass = Line(32, load_default="", data_key="class")


class CorrectionSetIn(Schema):
    """A correction for each row, or one for every entry that a filter finds; and why it is said late."""

    reason = Line(1_000, required=True)
    rows = fields.List(
        fields.Nested(CorrectionTry), validate=validate.Length(max=MOST_ROWS), load_default=None
    )
    which = fields.Nested(WhichIn, data_key="filter", load_default=None)
    correction = fields.Nested(
        Otherwise,
        load_default=None,
        metadata={"description": "what was otherwise, for every entry of the filter"},
    )


class CorrectionSetArgs(Schema):
    """Which sets a list shows."""

    state = word(CorrectionState, load_default="")


class CorrectionSetOut(Schema):
    """A set of late corrections and where it stands."""

    id = fields.String()
    state = fields.String()
    reason = fields.String()
    entries = fields.Integer()
    days = fields.Integer(
        metadata={"description": "days of entries that said something else after the approval"}
    )
    refusal = fields.String()
    drafted_by = fields.String()
    drafted_at = Moment()
    decided_by = fields.String()
    decided_at = Moment(allow_none=True)


class CorrectionLineOut(Schema):
    """One line of a set."""

    row = fields.Integer()
    dataset = fields.String()
    begins = fields.Date(data_key="from")
    ends = fields.Date(data_key="to")
    values = fields.Dict(keys=fields.String(), values=fields.Raw())
    withheld_by = fields.List(fields.String(), allow_none=True)


class CorrectionSetWhole(CorrectionSetOut):
    """A set with its lines."""

    lines = fields.List(fields.Nested(CorrectionLineOut))


class CorrectionRefusalIn(Schema):
    """Why a set is turned down."""

    reason = Line(1_000, required=True)


class SetPreviewOut(Schema):
    """What approving a set now would change; nothing was recorded."""

    begins = fields.Date(data_key="from")
    ends = fields.Date(data_key="to")
    days = fields.Integer()
    rates = fields.List(fields.Nested(DayEffectOut))
