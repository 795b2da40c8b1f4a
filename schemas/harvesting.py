"""Sources of other catalogues, runs and their records, as the API speaks of them."""

from marshmallow import Schema, fields

from schemas.paging import ListArgs
from schemas.shapes import Line, word
from schemas.vocabularies import HarvestOutcome

KINDS = ("ckan", "data-json", "dcat", "inventory")


class SourceIn(Schema):
    """A new source; an inventory file is delivered as multipart ``file`` beside these fields."""

    name = Line(200, required=True)
    kind = word(KINDS, required=True)
    url = Line(2000, load_default="")
    default_unit = Line(
        32, load_default="", metadata={"description": "unit of records without one"}
    )
    region = Line(100, load_default="", metadata={"description": "region of units made"})
    create_units = fields.Boolean(load_default=True)
    filters = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


class SourceOut(Schema):
    """A source."""

    id = fields.String()
    name = fields.String()
    kind = fields.String()
    url = fields.String()
    sha256 = fields.String()
    create_units = fields.Boolean()
    config = fields.Dict()
    active = fields.Boolean()
    created_at = fields.DateTime()
    created_by = fields.String()


class RunIn(Schema):
    """``approve_gone``: archive vanished records beyond the threshold as well."""

    approve_gone = fields.Boolean(load_default=False)


class RunOut(Schema):
    """One reading of a source; ``counts`` by outcome, ``held`` vanished records kept back."""

    id = fields.String()
    source = fields.String(attribute="source_id")
    job = fields.String(attribute="job_id", allow_none=True)
    preview = fields.Boolean()
    state = fields.String()
    complete = fields.Boolean()
    held = fields.Integer()
    started_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    message = fields.String()


class RunItemOut(Schema):
    """What a run did with one record."""

    remote_id = fields.String()
    title = fields.String()
    outcome = fields.String()
    messages = fields.List(fields.String())


class RunItemArgs(ListArgs):
    """What a list of run items is narrowed to."""

    outcome = word(HarvestOutcome, load_default="")
