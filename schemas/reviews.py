"""Submissions and decisions, as the API speaks of them."""

from marshmallow import Schema, ValidationError, fields, validates_schema

from schemas.paging import ListArgs
from schemas.shapes import Line, Text, refuse, word
from schemas.vocabularies import ReviewState, Verdict


class SubmissionIn(Schema):
    """A word to the reviewer."""

    note = Text(2000, load_default="")


class SubmissionOut(Schema):
    """The review that a submission opened."""

    review = fields.String()
    state = fields.String()
    due_on = fields.Date()
    manifest_sha256 = fields.String()


class DecisionIn(Schema):
    """A verdict; returning needs reasons. ``manifest_sha256`` guards against a change unseen."""

    verdict = word(Verdict, required=True)
    reasons = Text(5000, load_default="")
    manifest_sha256 = Line(64, load_default="")

    @validates_schema
    def _return_needs_reasons(self, data: dict[str, str], **_: object) -> None:
        if data.get("verdict") == Verdict.RETURN and not data.get("reasons"):
            raise ValidationError({"reasons": refuse("are needed to return a submission").messages})


class DecisionOut(Schema):
    """One verdict."""

    verdict = fields.String()
    reasons = fields.String()
    by = fields.String(attribute="by_name")
    at = fields.DateTime()
    manifest_sha256 = fields.String()


class ReviewSummary(Schema):
    """A submission as lists show it."""

    id = fields.String()
    dataset = fields.String(attribute="dataset.slug")
    title = fields.String(attribute="dataset.title")
    state = fields.String(metadata={"enum": list(ReviewState)})
    submitted_by = fields.String(attribute="submitted_by_name")
    submitted_at = fields.DateTime()
    due_on = fields.Date()
    closed_at = fields.DateTime(allow_none=True)
    manifest_sha256 = fields.String()


class ReviewOut(ReviewSummary):
    """A submission with the exact things it is about and what was decided."""

    note = fields.String()
    manifest = fields.Dict()
    decisions = fields.List(fields.Nested(DecisionOut))
    dataset_state = fields.String(attribute="dataset.state")


class ReviewListArgs(ListArgs):
    """What a list of reviews is narrowed to."""

    state = word(ReviewState, load_default="")
