"""DCAT-US 1.1 (Project Open Data metadata schema) as a JSON Schema, written from its field tables."""

from typing import Any

_TEXT = {"type": "string", "minLength": 1}
_ADDRESS = {"type": "string", "pattern": r"^[a-z]+:[^\s]+$"}
_DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}"}

DATASET: dict[str, Any] = {
    "type": "object",
    "required": ["title", "description", "keyword", "modified", "publisher", "contactPoint",
                 "identifier", "accessLevel", "bureauCode", "programCode"],
    "properties": {
        "@type": {"const": "dcat:Dataset"},
        "title": _TEXT,
        "description": _TEXT,
        "keyword": {"type": "array", "minItems": 1, "items": _TEXT},
        "modified": _DAY,
        "issued": _DAY,
        "publisher": {
            "type": "object", "required": ["name"],
            "properties": {"@type": {"const": "org:Organization"}, "name": _TEXT},
        },
        "contactPoint": {
            "type": "object", "required": ["fn", "hasEmail"],
            "properties": {
                "@type": {"const": "vcard:Contact"}, "fn": _TEXT,
                "hasEmail": {"type": "string", "pattern": r"^mailto:[^@\s]+@[^@\s]+$"},
            },
        },
        "identifier": _TEXT,
        "accessLevel": {"enum": ["public", "restricted public", "non-public"]},
        "rights": {"type": "string", "minLength": 1, "maxLength": 255},
        "bureauCode": {"type": "array", "items": {"pattern": r"^\d{3}:\d{2}$"}},
        "programCode": {"type": "array", "items": {"pattern": r"^\d{3}:\d{3}$"}},
        "license": _ADDRESS,
        "landingPage": _ADDRESS,
        "spatial": _TEXT,
        "temporal": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}/\d{4}-\d{2}-\d{2}$"},
        "accrualPeriodicity": {"type": "string", "pattern": r"^(irregular|R/P.+)$"},
        "language": {"type": "array", "items": {"pattern": r"^[A-Za-z]{2,3}(-[A-Za-z]+)*$"}},
        "theme": {"type": "array", "minItems": 1, "uniqueItems": True, "items": _TEXT},
        "distribution": {
            "type": "array", "minItems": 1, "uniqueItems": True,
            "items": {
                "type": "object",
                "anyOf": [{"required": ["accessURL"]}, {"required": ["downloadURL", "mediaType"]}],
                "properties": {
                    "@type": {"const": "dcat:Distribution"}, "title": _TEXT, "format": _TEXT,
                    "accessURL": _ADDRESS, "downloadURL": _ADDRESS,
                    "mediaType": {"type": "string", "pattern": r"^[-\w]+/[-\w.]+([+][-\w]+)?$"},
                },
                "additionalProperties": False,
            },
        },
    },
    "allOf": [{
        "if": {"properties": {"accessLevel": {"enum": ["restricted public", "non-public"]}}},
        "then": {"required": ["rights"]},
    }],
    "additionalProperties": False,
}  # fmt: skip

CATALOGUE: dict[str, Any] = {
    "type": "object",
    "required": ["conformsTo", "dataset"],
    "properties": {
        "@context": {"const": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld"},
        "@id": _ADDRESS,
        "@type": {"const": "dcat:Catalog"},
        "conformsTo": {"const": "https://project-open-data.cio.gov/v1.1/schema"},
        "describedBy": {"const": "https://project-open-data.cio.gov/v1.1/schema/catalog.json"},
        "dataset": {"type": "array", "items": DATASET},
    },
    "additionalProperties": False,
}
