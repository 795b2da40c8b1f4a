"""Entries written as schema.org ``Dataset`` for search engines, and as Croissant 1.0 for loaders.

Croissant is schema.org with record sets; the two share every member that both know.
"""

from typing import Any, Final

from schemas.licences import licence_address
from schemas.published import PublishedEntry, PublishedFile, PublishedTable, Site
from schemas.vocabularies import Openness

CROISSANT_CONTEXT: Final[dict[str, Any]] = {
    "@language": "zh",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context of the Croissant 1.0 specification, appendix 1."""

DATA_TYPES: Final = {
    "integer": "sc:Integer",
    "year": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
}
SHORTEST_DESCRIPTION: Final = 50
LONGEST_DESCRIPTION: Final = 5_000
"""Bounds that search engines put on a description, in characters."""


def to_schema_org(site: Site, entry: PublishedEntry) -> dict[str, Any]:
    """What stands in the page of an entry, as JSON-LD."""
    shown = _common(site, entry)
    shown |= {
        "@context": "https://schema.org/",
        "@id": entry.url,
        "identifier": [entry.code, entry.url],
        "distribution": [_download(table, file) for table in entry.tables for file in table.files],
        "variableMeasured": [
            {"@type": "PropertyValue", "name": field["name"]}
            for table in entry.tables
            for field in table.table_schema.get("fields", [])
        ],
        "includedInDataCatalog": {"@type": "DataCatalog", "name": site.title, "url": site.url},
    }
    return _said(shown)


def to_croissant(site: Site, entry: PublishedEntry) -> dict[str, Any]:
    """The Croissant descriptor: each public table as a file and a record set."""
    tables = [
        (table, file) for table in entry.tables for file in table.files if file.format == "csv"
    ]
    shown = {"@context": CROISSANT_CONTEXT} | _common(site, entry)
    shown |= {
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "citeAs": f"{entry.publisher.name}. {entry.title}. {entry.url}",
        "version": f"{entry.release}.0.0",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": f"{table.name}.csv",
                "name": f"{table.name}.csv",
                "description": table.title,
                "contentUrl": file.url,
                "contentSize": f"{file.bytes} B",
                "encodingFormat": file.media_type,
                "sha256": file.sha256,
            }
            for table, file in tables
        ],
        "recordSet": [_record_set(table) for table, _file in tables],
    }
    return _said(shown)


def _common(site: Site, entry: PublishedEntry) -> dict[str, Any]:
    open_now = entry.openness == Openness.UNCONDITIONAL
    closed = "；".join(f"不予开放，依据{one.reason}" for one in entry.closings if not one.field)
    start, end = entry.temporal_start, entry.temporal_end
    return {
        "@type": "Dataset",
        "name": entry.title,
        "description": _description(entry),
        "url": entry.url,
        "keywords": list(entry.keywords) or ([entry.theme] if entry.theme else []),
        "license": licence_address(site.url, entry.licence) or entry.licence,
        "creator": {
            "@type": "Organization", "name": entry.publisher.name, "url": entry.publisher.url,
        },
        "publisher": {
            "@type": "Organization", "name": entry.publisher.name, "url": entry.publisher.url,
        },
        "inLanguage": site.language,
        "isAccessibleForFree": open_now or entry.openness == Openness.CONDITIONAL,
        "conditionsOfAccess": entry.condition or closed,
        "datePublished": (entry.issued or entry.published_at.date()).isoformat(),
        "dateModified": (entry.modified or entry.changed_at.date()).isoformat(),
        "temporalCoverage": f"{start or '..'}/{end or '..'}" if start or end else "",
        "spatialCoverage": entry.region,
    }  # fmt: skip


def _description(entry: PublishedEntry) -> str:
    text = entry.description or entry.title
    if len(text) < SHORTEST_DESCRIPTION:
        text = (
            f"{text}。本数据资源的提供单位为{entry.publisher.name}，目录代码{entry.code}，"
            f"主题为{entry.theme or '未分类'}，收录于政府数据资源目录，页面列有字段、更新周期与开放属性。"
        )
    return text[:LONGEST_DESCRIPTION]


def _said(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if value not in ("", [], None)}


def _download(table: PublishedTable, file: PublishedFile) -> dict[str, Any]:
    return {
        "@type": "DataDownload",
        "name": table.title,
        "contentUrl": file.url,
        "encodingFormat": file.media_type,
        "contentSize": f"{file.bytes} B",
        "sha256": file.sha256,
    }


def _record_set(table: PublishedTable) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.title,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table.name}/{field['name']}",
                "name": field["name"],
                "description": field.get("description") or field.get("title") or field["name"],
                "dataType": DATA_TYPES.get(field.get("type", "string"), "sc:Text"),
                "source": {
                    "fileObject": {"@id": f"{table.name}.csv"},
                    "extract": {"column": field["name"]},
                },
            }
            for field in table.table_schema.get("fields", [])
        ],
    }
