"""Jobs and the audit trail, as the API speaks of them."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from schemas.paging import ListArgs
from schemas.shapes import Count
from schemas.snapshots import HeadOut
from schemas.vocabularies import EventFault

FAULT = (
    "What is wrong with an event that somebody wrote into past the product; what cannot be read of it "
    "is empty."
)


class JobOut(Schema):
    """Work asked for: its state, how far it is (0 to 1), and a line about it."""

    id = fields.String()
    name = fields.String()
    state = fields.String()
    progress = fields.Float()
    message = fields.String()
    attempts = fields.Integer()
    created_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)


class AuditArgs(ListArgs):
    """A page of the trail, newest first."""

    limit = Count(1, 1000, load_default=100)


class EventOut(Schema):
    """One event, with the hash of the one before it."""

    sequence = fields.Integer()
    at = fields.DateTime(allow_none=True)
    actor = fields.String()
    tag = fields.String()
    subject_kind = fields.String()
    subject_id = fields.String()
    data = fields.Dict()
    previous_hash = fields.String()
    hash = fields.String()
    fault = fields.String(
        validate=OneOf(list(EventFault)),
        allow_none=True,
        metadata={"description": FAULT},
    )


class ProofOut(Schema):
    """What walking the whole trail found: ``broken_at`` is the first bad sequence number, ``published``
    the head that was last published."""

    events = fields.Integer()
    head = fields.String()
    valid = fields.Boolean()
    broken_at = fields.Integer(allow_none=True)
    reason = fields.String()
    published = fields.Nested(HeadOut, allow_none=True)
