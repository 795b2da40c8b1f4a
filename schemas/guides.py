"""Guidelines for opening and collecting data as the API speaks of them."""

from marshmallow import Schema, fields

from schemas.shapes import Count, Day, Line, Text, word
from schemas.vocabularies import GuidelineKind, GuidelineState


class FollowingOut(Schema):
    """Tables that use a schema, and the units and entries they belong to."""

    units = fields.Integer()
    entries = fields.Integer()
    tables = fields.Integer()


class GuideSchemaOut(Schema):
    """A Table Schema that deliveries are validated against."""

    name = fields.String()
    title = fields.String()
    own = fields.Boolean()
    url = fields.String()
    following = fields.Nested(FollowingOut)


class GuideSummary(Schema):
    """A guideline with the edition in force."""

    slug = fields.String()
    kind = fields.String(metadata={"enum": list(GuidelineKind)})
    title = fields.String()
    summary = fields.String()
    edition = fields.Integer(allow_none=True)
    effective_on = fields.Date(allow_none=True)
    editions = fields.Integer()
    followed_by = fields.Integer()
    url = fields.String()


class GuideEditionOut(Schema):
    """One edition; ``sha256`` is of the canonical JSON of what the public reads."""

    slug = fields.String()
    kind = fields.String()
    number = fields.Integer()
    state = fields.String(metadata={"enum": list(GuidelineState)})
    title = fields.String()
    summary = fields.String()
    body = fields.String()
    changes = fields.String()
    effective_on = fields.Date()
    sha256 = fields.String()
    schemas = fields.List(fields.Nested(GuideSchemaOut))
    editions = fields.List(fields.Integer())


class GuideIn(Schema):
    """The next edition of a guideline; ``schemas`` are names of standards, or objects with a schema."""

    kind = word(GuidelineKind, required=True)
    title = Line(200, required=True)
    summary = Line(500, load_default="")
    body = Text(100_000, required=True)
    changes = Text(5_000, load_default="")
    effective_on = Day(required=True)
    schemas = fields.List(fields.Raw(), load_default=list)


class GuideDiffArgs(Schema):
    """Two editions."""

    old = Count(1, 2**31 - 1, required=True, data_key="from")
    new = Count(1, 2**31 - 1, required=True, data_key="to")


class LineOut(Schema):
    """A line of the difference."""

    kind = fields.String(metadata={"enum": ["same", "gone", "new"]})
    text = fields.String()


class GuideDiffOut(Schema):
    """What differs between the texts of two editions."""

    lines = fields.List(fields.Nested(LineOut))
