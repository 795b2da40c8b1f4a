"""Frozen results and published heads, as the API speaks of them."""

from marshmallow import Schema, fields

from schemas.shapes import Line, Text


class SnapshotIn(Schema):
    """What is to be frozen: a period (``2026``, ``2026H1``, ``2026Q3``, ``2026-09``, a day), or the
    restatement of a snapshot with its reason."""

    period = Line(10, load_default="")
    restates = Line(32, load_default="")
    reason = Text(2000, load_default="")


class FreezingOut(Schema):
    """The job that freezes a period (``GET /jobs/{id}`` says how far it is), and the id under which the
    result will stand."""

    id = fields.String()
    state = fields.String()
    progress = fields.Float()
    created_at = fields.DateTime()
    snapshot = fields.String(attribute="args.snapshot")


class PeriodOut(Schema):
    """A period, both ends included."""

    name = fields.String()
    start = fields.Date(data_key="from")
    end = fields.Date(data_key="to")


class SnapshotSummary(Schema):
    """A frozen result with its headline figures as exact counts, hashes and signature."""

    id = fields.String()
    period = fields.Nested(PeriodOut)
    revision = fields.Integer()
    as_of = fields.Date()
    known_at = fields.DateTime()
    made_at = fields.DateTime()
    definition = fields.String()
    edition = fields.Integer(allow_none=True)
    roster = fields.Integer()
    headline = fields.Dict(keys=fields.String(), values=fields.List(fields.Integer()))
    input_sha256 = fields.String()
    manifest_sha256 = fields.String()
    signature = fields.String(metadata={"description": "Ed25519 over manifest.json, Base64"})
    public_key = fields.String(metadata={"description": "32 bytes, Base64"})
    bundle_url = fields.String()
    bundle_sha256 = fields.String()
    bundle_bytes = fields.Integer()
    restates = fields.String(allow_none=True)
    restated_by = fields.String(allow_none=True)
    reason = fields.String()


class DifferenceOut(Schema):
    """A figure that a restatement changed; null where one side does not have it."""

    scope = fields.String()
    key = fields.String()
    figure = fields.String()
    before = fields.List(fields.Integer(), allow_none=True)
    after = fields.List(fields.Integer(), allow_none=True)


class SnapshotOut(SnapshotSummary):
    """A frozen result with every figure: scope, key, figure, ``[n, d]``."""

    figures = fields.Dict(keys=fields.String(), values=fields.Dict())
    unit_names = fields.Dict(keys=fields.String(), values=fields.String())
    difference = fields.List(fields.Nested(DifferenceOut))
    corrected = fields.List(
        fields.Nested(DifferenceOut),
        metadata={"description": "Figures that corrections recorded since would give otherwise: while "
                                 "there are any, a restatement is due"},
    )  # fmt: skip


class HeadOut(Schema):
    """The end of the trail as it was published on a day."""

    day = fields.Date()
    sequence = fields.Integer()
    hash = fields.String()
    at = fields.DateTime()
    signature = fields.String()
    public_key = fields.String()
