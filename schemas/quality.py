"""The quality of an entry as the API speaks of it."""

from marshmallow import Schema
from marshmallow import fields as f

from schemas.interop.mqa import RATINGS

_RATING = {"enum": [word for _, word in RATINGS]}


class QualityRef(Schema):
    """The quality of an entry in brief; ``/datasets/{slug}/quality`` explains it."""

    score = f.Integer(metadata={"description": "points of the European scheme (MQA)"})
    maximum = f.Integer(metadata={"description": "405"})
    rating = f.String(metadata=_RATING)
    criteria_met = f.Integer(metadata={"description": "criteria of this platform that are met"})
    criteria_asked = f.Integer(metadata={"description": "criteria of this platform that apply"})


class IndicatorOut(Schema):
    """One line of the European scheme: points earned of those to be had."""

    code = f.String()
    term = f.String(metadata={"description": "what the scheme looks for"})
    points = f.Integer()
    maximum = f.Integer()
    met = f.Boolean()
    explanation = f.String()
    remedy = f.String(allow_none=True, metadata={"description": "null when it is met"})


class DimensionOut(Schema):
    """A dimension of the European scheme."""

    code = f.String()
    title = f.String()
    points = f.Integer()
    maximum = f.Integer()
    indicators = f.List(f.Nested(IndicatorOut))


class CriterionOut(Schema):
    """A criterion of this platform; ``met`` is null where it does not apply."""

    code = f.String()
    title = f.String()
    met = f.Boolean(allow_none=True)
    numerator = f.Integer()
    denominator = f.Integer()
    explanation = f.String()
    remedy = f.String(allow_none=True, metadata={"description": "null unless it is missed"})


class QualityOut(Schema):
    """The quality of an entry on a day, every point explained."""

    as_of = f.Date()
    score = f.Integer()
    maximum = f.Integer()
    rating = f.String(metadata=_RATING)
    dimensions = f.List(f.Nested(DimensionOut))
    criteria = f.List(f.Nested(CriterionOut))
