"""Signs of gaming, as the API speaks of them."""

from typing import Any

from marshmallow import Schema, fields

from schemas.shapes import Day, Line


class SignalsArgs(Schema):
    """From when on, and of which unit (empty: every unit)."""

    since = Day(load_default=None)
    unit = Line(32, load_default="")


class EvidenceOut(Schema):
    """An entry a signal rests on."""

    slug = fields.String()
    code = fields.String()
    title = fields.String()
    says = fields.String()


COMPLETE: fields.Field[Any] = fields.Boolean(metadata={"description": "false when the list is cut"})


class SignalOut(Schema):
    """A reason to look; ``day`` is the period end it is about, null for what stands today."""

    sign = fields.String()
    says = fields.String()
    unit = fields.String()
    day = fields.Date(allow_none=True)
    evidence = fields.List(fields.Nested(EvidenceOut))
