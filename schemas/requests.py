"""Requests of the public, as the API speaks of them."""

from marshmallow import Schema
from marshmallow import fields as f

from schemas.paging import ListArgs
from schemas.shapes import Line, Text, word
from schemas.units import UnitRef
from schemas.vocabularies import RequestKind, RequestOutcome, RequestState


class RequestListArgs(ListArgs):
    """Which requests."""

    kind = word(("", *RequestKind), load_default="")
    state = word(("", *RequestState), load_default="")
    unit = Line(32, load_default="", metadata={"description": "code of the unit that answers"})


class RequestIn(Schema):
    """What somebody asks; name and contact are shown to nobody but who answers."""

    kind = word(RequestKind, required=True)
    title = Line(200, required=True)
    text = Text(5000, required=True)
    dataset = Line(200, metadata={"description": "slug of the entry it is about"})
    unit = Line(32, metadata={"description": "code of the unit that should answer"})
    contact_name = Line(100)
    contact = Line(200)


class ReplyIn(Schema):
    """The reply of the unit; published unless it says otherwise."""

    outcome = word(RequestOutcome, required=True)
    reply = Text(5000, required=True)
    publish = f.Boolean(load_default=True)


class AssignmentIn(Schema):
    """Who is to answer."""

    unit = Line(32, required=True)


class RequestKeyArgs(Schema):
    """The key that was told when the request was made."""

    key = Line(100, load_default="")


class DatasetRef(Schema):
    """The entry a request is about."""

    slug = f.String()
    title = f.String()


class RequestOut(Schema):
    """A request; texts without personal data unless the asker may read them whole."""

    id = f.String()
    number = f.String()
    kind = f.String(metadata={"enum": list(RequestKind)})
    state = f.String(metadata={"enum": list(RequestState)})
    title = f.String()
    text = f.String()
    dataset = f.Nested(DatasetRef, allow_none=True)
    unit = f.Nested(UnitRef, allow_none=True)
    received_at = f.DateTime()
    due_on = f.Date()
    provisional = f.Boolean()
    extension_reason = f.String()
    lateness = f.String(metadata={"enum": ["open", "overdue", "on time", "late"]})
    outcome = f.String(metadata={"enum": ["", *RequestOutcome]})
    reply = f.String()
    replied_on = f.Date(allow_none=True)
    published = f.Boolean()
    contact_name = f.String(metadata={"description": "only for those who answer"})
    contact = f.String(metadata={"description": "only for those who answer"})


class RequestMade(RequestOut):
    """A request just made; ``key`` shows it again without an account and is told this once."""

    key = f.String()
