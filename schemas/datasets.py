"""Directory entries, their fields, their search, as the API speaks of them."""

from marshmallow import Schema
from marshmallow import fields as f

from schemas.interop.mqa import RATINGS
from schemas.paging import ListArgs, PageOut
from schemas.quality import QualityRef
from schemas.resources import path_of
from schemas.shapes import Amendment, Count, Day, Line, LowerLine, Since, Text, word
from schemas.units import UnitRef
from schemas.vocabularies import (
    ConditionalMode,
    DatasetState,
    FieldType,
    Openness,
    ResourceClass,
    Sharing,
    UpdateCycle,
)

SORTS = ("relevance", "modified")
QUALITY = tuple(name for _, name in RATINGS)
FRESHNESS = ("on-time", "late")


class FieldIn(Schema):
    """A column of an entry (信息项)."""

    name = Line(200, required=True)
    title = Line(200)
    type = word(FieldType)
    length = Count(1, 1_000_000, allow_none=True)
    description = Text(2000)
    required = f.Boolean()
    is_key = f.Boolean()
    openness = word(Openness)
    withheld_by = f.List(Line(20))


class DatasetPatch(Amendment):
    """What can be changed of an entry; absent members stay as they are, null takes a value away."""

    title = Line(200)
    description = Text(5000, allow_none=True)
    theme = Line(100, allow_none=True)
    openness = word(Openness)
    conditional_mode = word(("", *ConditionalMode), allow_none=True)
    open_condition = Text(2000, allow_none=True)
    withheld_by = f.List(
        Line(20),
        allow_none=True,
        metadata={"description": "numbers of the items that close it"},
    )
    update_cycle = word(UpdateCycle)
    keywords = f.List(Line(60), allow_none=True)
    formats = f.List(Line(40), allow_none=True)
    industry = Line(100, allow_none=True)
    region = Line(12, allow_none=True)
    resource_class = word(ResourceClass)
    inner_department = Line(200, allow_none=True)
    sharing = word(("", *Sharing), allow_none=True)
    sharing_condition = Text(2000, allow_none=True)
    sharing_method = Line(100, allow_none=True)
    temporal_start = Day(allow_none=True)
    temporal_end = Day(allow_none=True)
    contact_name = Line(100, allow_none=True)
    contact_phone = Line(60, allow_none=True)
    contact_email = Line(200, allow_none=True)
    licence = Line(60, allow_none=True)
    related_codes = f.List(Line(64), allow_none=True)
    landing_page = Line(2000, allow_none=True)
    opened_by_superior = f.Boolean()
    duplicate_of = Line(
        100, allow_none=True, metadata={"description": "slug of the entry this one repeats"}
    )
    fields = f.List(  # type: ignore[assignment]  # a member, not the map
        f.Nested(FieldIn), metadata={"description": "all columns in order; replaces what was there"}
    )


class DatasetIn(DatasetPatch):
    """A new entry; resource code and slug are allotted by the platform."""

    unit = Line(32, required=True, metadata={"description": "code of the unit that holds it"})
    title = Line(200, required=True)
    class_path = Line(40, metadata={"description": "front part of the resource code"})


class FieldOut(Schema):
    """A column with its openness and the items that close it."""

    name = f.String()
    title = f.String()
    type = f.String()
    length = f.Integer(allow_none=True)
    description = f.String()
    required = f.Boolean()
    is_key = f.Boolean()
    openness = f.String()
    withheld_by = f.List(f.String())


class DatasetSummary(Schema):
    """An entry as lists show it."""

    slug = f.String()
    code = f.String()
    unit = f.Nested(UnitRef)
    title = f.String()
    description = f.String()
    state = f.String(metadata={"enum": list(DatasetState)})
    openness = f.String()
    conditional_mode = f.String()
    theme = f.String()
    update_cycle = f.String()
    keywords = f.List(f.String())
    formats = f.List(f.String())
    issued = f.Date(allow_none=True)
    modified = f.Date(allow_none=True)
    published_at = f.DateTime(allow_none=True)


class ResourceRef(Schema):
    """A table or file of an entry."""

    id = f.String()
    name = f.String()
    title = f.String()
    url = f.String()
    format = f.String()
    current_version = f.String(attribute="current_version_id", allow_none=True)
    files_url = path_of("files")
    rows_url = path_of("rows")


class DatasetEntry(DatasetSummary):
    """Everything the directory says about an entry itself."""

    state_reason = f.String()
    state_changed_at = f.DateTime()
    open_condition = f.String()
    resource_class = f.String()
    industry = f.String()
    region = f.String()
    inner_department = f.String()
    sharing = f.String()
    sharing_condition = f.String()
    sharing_method = f.String()
    temporal_start = f.Date(allow_none=True)
    temporal_end = f.Date(allow_none=True)
    contact_name = f.String()
    contact_phone = f.String()
    contact_email = f.String()
    licence = f.String()
    related_codes = f.List(f.String())
    landing_page = f.String()
    opened_by_superior = f.Boolean()
    created_at = f.DateTime()
    updated_at = f.DateTime()
    version = f.Integer()


class DatasetOut(DatasetEntry):
    """An entry with its fields and tables; ``withheld_by`` names the items that close it, ``proposed``
    (shown to the unit's staff) the changes that wait for a review. ``quality`` is there where an entry
    is read alone, and null where its data is not public."""

    withheld_by = f.List(f.String())
    duplicate_of = f.String(
        allow_none=True, metadata={"description": "slug of the entry this one repeats"}
    )
    proposed = f.Dict()
    fields = f.List(f.Nested(FieldOut))  # type: ignore[assignment]  # a member, not the map
    resources = f.List(f.Nested(ResourceRef))
    quality = f.Nested(QualityRef, allow_none=True)


class DatasetListArgs(ListArgs):
    """Search and narrowing of the directory; a repeated argument offers alternatives."""

    q = Line(200, load_default="")
    unit = f.List(Line(32), load_default=list)
    theme = f.List(Line(100), load_default=list)
    openness = f.List(word(Openness), load_default=list)
    state = f.List(word(DatasetState), load_default=list)
    format = f.List(LowerLine(40), load_default=list)
    update_cycle = f.List(word(UpdateCycle), load_default=list)
    quality = f.List(
        word(QUALITY), load_default=list, metadata={"description": "word for the European score"}
    )
    freshness = f.List(word(FRESHNESS), load_default=list)
    licence = f.List(Line(60), load_default=list)
    region = f.List(Line(12), load_default=list)
    under = f.List(
        Line(32), load_default=list, metadata={"description": "a unit with all below it"}
    )
    updated_after = Since(load_default=None)
    updated_before = Day(load_default=None)
    sort = word(SORTS, load_default="")
    facets = Line(200, load_default="", metadata={"description": "names, or the word all"})
    limit = Count(1, 200, load_default=20)


class FacetOut(Schema):
    """One value of a facet, its label and how many entries have it."""

    value = f.String()
    label = f.String()
    count = f.Integer()


class DatasetListOut(Schema):
    """Entries, and the facets asked for. ``matched``: words stand there as written, or sound so (pinyin,
    initials), or nearly so. ``searched_for``: the words that were looked for where no entry has all of the
    question, and those that only ask were left out; else empty."""

    items = f.List(f.Nested(DatasetSummary))
    page = f.Nested(PageOut)
    facets = f.Dict(keys=f.String(), values=f.List(f.Nested(FacetOut)))
    matched = f.String(metadata={"enum": ["as-written", "by-sound", "nearly"]})
    searched_for = f.String()


class SuggestionArgs(Schema):
    """What has been typed so far."""

    q = Line(60, required=True)


class SuggestedEntry(Schema):
    """An entry in whose title the text stands, or sounds so."""

    slug = f.String()
    title = f.String()
    unit = f.Nested(UnitRef)


class SuggestedWord(Schema):
    """A keyword, and how many entries have it."""

    word = f.String()
    count = f.Integer()


class SuggestedUnit(UnitRef):
    """A unit, and how many entries it has."""

    count = f.Integer()


class SuggestionsOut(Schema):
    """What somebody who is still typing may mean."""

    entries = f.List(f.Nested(SuggestedEntry))
    keywords = f.List(f.Nested(SuggestedWord))
    units = f.List(f.Nested(SuggestedUnit))


class RevisionOut(Schema):
    """One change of an entry."""

    at = f.DateTime()
    actor = f.String()
    what = f.String()
    before = f.Dict()
    after = f.Dict()


class ReasonIn(Schema):
    """Why an entry is suspended, withdrawn or retired; the reason is public."""

    reason = Text(2000, required=True)
