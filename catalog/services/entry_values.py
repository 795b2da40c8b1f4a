"""What an entry, a field and a resource may carry: core metadata of the compilation guide."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Dataset
from catalog.services import values
from schemas.vocabularies import (
    ConditionalMode,
    FieldType,
    Openness,
    ResourceClass,
    Sharing,
    UpdateCycle,
)

_CODE_FORM = r"[1-3]\d{5}\d{0,30}"

DATASET: dict[str, values.Cleaner] = {
    "unit": values.line(32, required=True),
    "title": values.line(200, required=True),
    "description": values.lines(5_000),
    "theme": values.line(100),
    "openness": values.choice(Openness),
    "conditional_mode": values.choice(ConditionalMode, empty=True),
    "open_condition": values.lines(2_000),
    "withheld_by": values.words(20, 20),
    "update_cycle": values.choice(UpdateCycle),
    "keywords": values.words(60, 30),
    "formats": values.words(40, 20),
    "industry": values.line(100),
    "region": values.matching(r"\d{2,12}", "must be an administrative division code", empty=True),
    "resource_class": values.choice(ResourceClass),
    "class_path": values.matching(
        _CODE_FORM, "must be a front code: class 1, item 2, order 3 digits"
    ),
    "inner_department": values.line(200),
    "sharing": values.choice(Sharing, empty=True),
    "sharing_condition": values.lines(2_000),
    "sharing_method": values.line(100),
    "temporal_start": values.day,
    "temporal_end": values.day,
    "contact_name": values.line(100),
    "contact_phone": values.line(60),
    "contact_email": values.matching(
        r"[^@\s]+@[^@\s]+\.[^@\s]+", "must be an e-mail address", empty=True
    ),
    "licence": values.line(60),
    "related_codes": values.words(64, 50),
    "landing_page": values.address,
    "opened_by_superior": values.flag,
    "duplicate_of": values.line(100),
}

FIELD: dict[str, values.Cleaner] = {
    "name": values.line(200, required=True),
    "title": values.line(200),
    "type": values.choice(FieldType),
    "length": values.whole(1, 1_000_000),
    "description": values.lines(2_000),
    "required": values.flag,
    "is_key": values.flag,
    "openness": values.choice(Openness),
    "withheld_by": values.words(20, 20),
}

RESOURCE: dict[str, values.Cleaner] = {
    "name": values.matching(
        r"[a-z0-9][a-z0-9_-]{0,99}", "must be lower-case Latin letters, digits, hyphens"
    ),
    "title": values.line(300),
    "description": values.lines(5_000),
    "position": values.whole(0, 10_000),
    "schema_name": values.line(100),
    "url": values.address,
    "format": values.line(40),
}

REVISED = (
    "title", "description", "theme", "openness", "conditional_mode", "open_condition",
    "update_cycle", "keywords", "formats", "industry", "region", "inner_department", "sharing",
    "sharing_condition", "sharing_method", "temporal_start", "temporal_end", "contact_name",
    "contact_phone", "contact_email", "licence", "related_codes", "landing_page",
    "opened_by_superior", "duplicate_of_id", "state",
)  # fmt: skip
"""Columns whose changes are kept as revisions."""


def plain(value: Any) -> Any:
    """A value as it stands in a revision."""
    return value.isoformat() if hasattr(value, "isoformat") else value


Closed = Mapping[str, Sequence[str]]
"""The items that close an entry (key ``""``) and its fields."""


def shown_as(dataset: Dataset, closed: Closed) -> dict[str, Any]:
    """The revised columns of an entry as plain values, with its fields and its items."""
    shown = {name: plain(getattr(dataset, name)) for name in REVISED}
    shown["proposed"] = dict(dataset.proposed)
    shown["withheld_by"] = closed.get("", [])
    shown["fields"] = [
        [field.name, field.type, field.openness, closed.get(field.name, [])]
        for field in dataset.fields
    ]
    return shown
