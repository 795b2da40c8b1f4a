"""The negative list, its adjustments, editions and notices, as the API speaks of them."""

from marshmallow import Schema, fields

from schemas.paging import ListArgs
from schemas.shapes import Count, Day, Line, Text, word
from schemas.vocabularies import AdjustmentState, ListKind, NoticeState, ReachPolicy


class ListAsOfArgs(Schema):
    """The day whose list is meant; today when absent."""

    as_of = Day(load_default=None)


class CitationOut(Schema):
    """A basis; ``stale`` when its version of the law is no longer in force."""

    label = fields.String()
    stale = fields.Boolean()
    gist = fields.String()
    successors = fields.List(fields.String())


class ItemOut(Schema):
    """An item of the list: public wording; the internal one, and the terms of a state secret, only for
    those entitled."""

    number = fields.String()
    revision = fields.Integer()
    state = fields.String()
    name = fields.String()
    category = fields.String()
    ground = fields.String()
    reason = fields.String()
    public_wording = fields.String()
    internal_wording = fields.String()
    circumstances = fields.List(fields.String())
    citations = fields.List(fields.Nested(CitationOut))
    scope = fields.Dict()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    review_by = fields.Date()
    review_overdue = fields.Boolean()
    secrecy = fields.String()
    declassify_on = fields.Date(allow_none=True)
    declassify_when = fields.String()


class ListColumnOut(Schema):
    """A column of a list beside number, name, category, units and basis."""

    key = fields.String()
    label = fields.String()
    title = fields.String()
    required = fields.Boolean()


class ListKindOut(Schema):
    """A kind of list."""

    kind = fields.String(metadata={"enum": list(ListKind)})
    name = fields.String()
    columns = fields.List(fields.Nested(ListColumnOut))
    notice_working_days = fields.Integer()


class PlainItemOut(Schema):
    """An item of a list that closes nothing; ``details`` are its columns."""

    number = fields.String()
    revision = fields.Integer()
    name = fields.String()
    category = fields.String()
    details = fields.Dict()
    citations = fields.List(fields.String())
    scope = fields.Dict()
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)
    review_by = fields.Date()


class ItemWithHistory(ItemOut):
    """An item with all its versions, oldest first."""

    history = fields.List(fields.Nested(ItemOut))


class AdjustmentIn(Schema):
    """A change of the list: each change is ``{"kind", "number", "item"}``."""

    changes = fields.List(fields.Dict(keys=fields.String()), required=True)
    reason = Text(2000, required=True)
    effective_on = Day(load_default=None, allow_none=True)
    approval_document = Line(200, load_default="")
    policy = word(ReachPolicy, load_default=ReachPolicy.REVIEW.value)


class AdjustmentOut(Schema):
    """A change of the list and what became of it."""

    id = fields.String()
    state = fields.String(metadata={"enum": list(AdjustmentState)})
    reason = fields.String()
    approval_document = fields.String()
    policy = fields.String(metadata={"enum": list(ReachPolicy)})
    base_edition = fields.Integer()
    changes = fields.List(fields.Dict())
    consequences = fields.Dict()
    effective_on = fields.Date(allow_none=True)
    drafted_by = fields.String(attribute="drafted_by_name")
    drafted_at = fields.DateTime()
    approved_by = fields.String(attribute="approved_by_name")
    approved_at = fields.DateTime(allow_none=True)


class AdjustmentArgs(ListArgs):
    """What a list of adjustments is narrowed to."""

    state = word(AdjustmentState, load_default="")


class ClosedOut(Schema):
    """An entry, or one field of it."""

    dataset = fields.String()
    title = fields.String()
    field = fields.String()


class RatePreviewed(Schema):
    """An exact fraction; ``percent`` None for an empty denominator."""

    n = fields.Integer()
    d = fields.Integer()
    percent = fields.String(allow_none=True)


class RatePreviewPair(Schema):
    """A rate of today as it is and as it would be: ``unit``, or data rate by basis."""

    name = fields.String()
    before = fields.Nested(RatePreviewed)
    after = fields.Nested(RatePreviewed)


class ConsequencesOut(Schema):
    """What would follow if the adjustment were approved now; ``stale``: another edition came first."""

    effective_on = fields.Date()
    stale = fields.Boolean()
    released_total = fields.Integer()
    reached_total = fields.Integer()
    rates = fields.List(fields.Nested(RatePreviewPair))
    released = fields.List(fields.Nested(ClosedOut))
    reached = fields.List(fields.Nested(ClosedOut))
    hidden = fields.Integer()
    warnings = fields.List(fields.String())


class RefusalIn(Schema):
    """Why a draft is turned down."""

    reason = Text(2000, required=True)


class EditionSummary(Schema):
    """A numbered snapshot of the list; ``sha256`` is of its content's canonical JSON."""

    number = fields.Integer()
    effective_on = fields.Date()
    made_at = fields.DateTime()
    sha256 = fields.String()
    adjustment = fields.String(attribute="adjustment_id")


class EditionOut(EditionSummary):
    """A snapshot with its items."""

    items = fields.List(fields.Dict(), attribute="content")


class DiffArgs(Schema):
    """Two editions."""

    old = Count(1, 2**31 - 1, required=True, data_key="from")
    new = Count(1, 2**31 - 1, required=True, data_key="to")


class ChangeOut(Schema):
    """An item that differs; ``values`` names what differs."""

    kind = fields.String()
    number = fields.String()
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)
    values = fields.List(fields.String())


class DiffOut(Schema):
    """What differs between two editions."""

    old = fields.Integer(data_key="from")
    new = fields.Integer(data_key="to")
    changes = fields.List(fields.Nested(ChangeOut))
    same = fields.Integer()


class NoticeArgs(ListArgs):
    """What a list of notices is narrowed to."""

    state = word(NoticeState, load_default="")


class NoticeOut(Schema):
    """A publication owed because of an adjustment."""

    id = fields.String()
    title = fields.String()
    body = fields.String()
    edition = fields.Integer(attribute="edition_number")
    adjusted_on = fields.Date()
    due_on = fields.Date()
    provisional = fields.Boolean()
    published_on = fields.Date(allow_none=True)
    state = fields.String(metadata={"enum": list(NoticeState)})


class NoticeIn(Schema):
    """The text of a notice; the prepared one when absent."""

    body = Text(20_000, load_default="")
