"""Tables and files of an entry, and their deliveries, as the API speaks of them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validates_schema

from schemas.paging import ReasonOut
from schemas.shapes import Amendment, Count, Line, Text, refuse, word
from schemas.vocabularies import SettlementAction, VersionState


class ResourcePatch(Amendment):
    """What can be changed of a resource; null takes a value away."""

    title = Line(300, allow_none=True)
    description = Text(5000, allow_none=True)
    position = Count(0, 10_000)
    schema_name = Line(100, allow_none=True, metadata={"description": "a schema of /standards"})
    table_schema = fields.Dict(
        allow_none=True,
        metadata={"description": "a Table Schema; schema, as a Data Package says, is the same"},
    )
    url = Line(2000, allow_none=True)
    format = Line(40, allow_none=True)

    @pre_load
    def _word_of_data_packages(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping) or "schema" not in data or "table_schema" in data:
            return data
        return {"table_schema" if name == "schema" else name: data[name] for name in data}


class ResourceIn(ResourcePatch):
    """A new table or file of an entry."""

    name = Line(100, metadata={"description": "made from the title when absent"})


def path_of(name: str) -> fields.Function:
    """A member that says where more about a resource is: an address under its own."""
    return fields.Function(
        lambda resource: f"/api/v1/resources/{resource.id}/{name}",
        metadata={"type": "string", "format": "uri-reference"},
    )


class FileOut(Schema):
    """A published file: of which version, in which format; ``url`` keeps leading to this file, ``latest``
    leads to the current one of this format."""

    version = fields.Integer()
    current = fields.Boolean()
    format = fields.String()
    media_type = fields.String()
    file_name = fields.String()
    url = fields.String()
    latest = fields.String()
    sha256 = fields.String()
    bytes = fields.Integer()
    rows = fields.Integer()
    published_at = fields.DateTime()


class ResourceOut(Schema):
    """A table or file of an entry."""

    id = fields.String()
    files_url = path_of("files")
    rows_url = path_of("rows")
    dataset = fields.String(attribute="dataset.slug")
    name = fields.String()
    title = fields.String()
    description = fields.String()
    position = fields.Integer()
    schema_name = fields.String()
    table_schema = fields.Dict(allow_none=True)
    url = fields.String()
    format = fields.String()
    current_version = fields.String(attribute="current_version_id", allow_none=True)
    created_at = fields.DateTime()
    version = fields.Integer()


class VersionIn(Schema):
    """A delivery that the platform fetches itself."""

    url = Line(2000, required=True)


class VersionSummary(Schema):
    """A delivery as lists show it."""

    id = fields.String()
    number = fields.Integer()
    state = fields.String(metadata={"enum": list(VersionState)})
    resource = fields.String(attribute="resource_id")
    file_name = fields.String()
    source_url = fields.String()
    sha256 = fields.String()
    bytes = fields.Integer()
    member = fields.String()
    job = fields.String(attribute="job_id", allow_none=True)
    created_at = fields.DateTime()
    published_at = fields.DateTime(allow_none=True)


class RepairOut(Schema):
    """A defect of form, what mending it would do, and whether the editor agreed."""

    id = fields.String()
    kind = fields.String()
    place = fields.String()
    before = fields.List(fields.List(fields.String()))
    after = fields.List(fields.List(fields.String()))
    message = fields.String()
    required = fields.Boolean()
    accepted = fields.Boolean()


class StepOut(Schema):
    """A step of a recipe: the id of the repair that was agreed to, and what it does in words."""

    id = fields.String()
    text = fields.String()
    used = fields.Boolean(metadata={"description": "whether this delivery needed it"})


class FindingOut(Schema):
    """Sensitive data in a column; ``sample`` is masked, ``settled`` the action or empty."""

    id = fields.String()
    detector = fields.String()
    severity = fields.String()
    field = fields.String()
    rows = fields.Integer()
    message = fields.String()
    sample = fields.List(fields.String())
    places = fields.List(fields.Integer())
    actions = fields.List(
        fields.String(metadata={"enum": list(SettlementAction)}),
        metadata={"description": "ways of settling it that make sense, the safest first"},
    )
    settled = fields.String()
    ground = fields.String()
    consent = fields.Boolean(metadata={"description": "whether a second person agreed to keep"})


class VersionOut(VersionSummary):
    """A delivery and what the engines found in it."""

    kind = fields.String()
    media_type = fields.String()
    encoding = fields.String()
    delimiter = fields.String()
    sheet = fields.String()
    members = fields.List(fields.String())
    rows = fields.Integer(allow_none=True)
    columns = fields.Integer(allow_none=True)
    table_schema = fields.Dict()
    report = fields.Dict(allow_none=True, metadata={"description": "a Frictionless report"})
    repairs = fields.List(fields.Nested(RepairOut))
    recipe = fields.List(fields.Nested(StepOut))
    findings = fields.List(fields.Nested(FindingOut))
    profile = fields.Dict()
    preview = fields.List(fields.List(fields.String()))
    problems = fields.List(fields.Nested(ReasonOut))
    artefacts = fields.Dict()


class _RepairIds(fields.Field[object]):
    """A list of repair ids, or the word ``all``."""

    def _deserialize(self, value: object, attr: object, data: object, **kwargs: object) -> object:
        if value == "all":
            return value
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return value
        raise refuse("must be a list of repair ids, or the word all")


class RepairsIn(Schema):
    """Repairs the editor agrees to; leaving one out takes an agreement back."""

    accept = _RepairIds(required=True)


class MemberIn(Schema):
    """The file of an archive that is meant."""

    member = Line(500, required=True)


class SettlementIn(Schema):
    """What is to be done about a finding; ``keep`` needs a ground and a second person's consent."""

    finding = Line(300, required=True)
    action = word(SettlementAction, required=True)
    ground = Text(2000, load_default="")

    @validates_schema
    def _keep_needs_ground(self, data: dict[str, str], **_: object) -> None:
        if data.get("action") == SettlementAction.KEEP and not data.get("ground"):
            raise ValidationError({"ground": refuse("is needed to keep a value").messages})


class ConsentIn(Schema):
    """The finding whose keeping a second person agrees to."""

    finding = Line(300, required=True)
