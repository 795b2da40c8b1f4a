"""What lists leave for people to do, as the API speaks of it: proposals, mismatches, tasks, exceptions."""

from marshmallow import Schema, fields

from schemas.shapes import Day, Line, Text, word
from schemas.vocabularies import ExceptionKind, ListTaskKind


class ProposalOut(Schema):
    """An item that fits an entry (``field`` empty) or a column; nothing is applied by it."""

    number = fields.String()
    name = fields.String()
    ground = fields.String()
    field = fields.String()
    by = fields.String(metadata={"enum": ["scope", "name", "element", "finding"]})
    evidence = fields.String()


class SchemaToMatch(Schema):
    """A Table Schema that no entry holds yet; ``unit`` and ``theme`` of the entry to come."""

    unit = Line(32, load_default="")
    theme = Line(100, load_default="")
    schema = fields.Dict(keys=fields.String(), required=True)


class MismatchOut(Schema):
    """An entry or field whose disposition and the list disagree."""

    dataset = fields.String(attribute="slug")
    title = fields.String()
    unit = fields.String()
    field = fields.String()
    items = fields.List(fields.String())


class TaskOut(Schema):
    """A decision that a unit owes."""

    id = fields.Integer()
    kind = fields.String(metadata={"enum": list(ListTaskKind)})
    dataset = fields.String(attribute="dataset.slug")
    title = fields.String(attribute="dataset.title")
    field = fields.String()
    item = fields.String(attribute="item_number")
    opened_at = fields.DateTime()


class TaskDecisionIn(Schema):
    """Why the entry or field stays as it is."""

    reason = Text(1000, required=True)


class ExceptionIn(Schema):
    """A consent or a public-interest finding for one entry or field and one item of article 15."""

    item = Line(20, required=True)
    field = Line(200, load_default="")
    kind = word(ExceptionKind, required=True)
    given_by = Line(200, required=True)
    given_on = Day(required=True)
    document = Line(200, load_default="")
    reason = Text(2000, required=True)


class ExceptionOut(Schema):
    """An exception; in effect when confirmed and not ended."""

    id = fields.Integer()
    dataset = fields.String(attribute="dataset.slug")
    field = fields.String()
    item = fields.String(attribute="item_number")
    kind = fields.String(metadata={"enum": list(ExceptionKind)})
    given_by = fields.String()
    given_on = fields.Date()
    document = fields.String()
    reason = fields.String()
    recorded_by = fields.String(attribute="drafted_by_name")
    recorded_at = fields.DateTime()
    confirmed_by = fields.String(attribute="confirmed_by_name")
    confirmed_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
