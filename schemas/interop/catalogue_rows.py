"""The catalogue as one table: a row for each entry, for spreadsheets and data frames."""

from typing import Any, Final

from schemas.licences import licence_address, licence_name
from schemas.published import PublishedEntry, Site

COLUMNS: Final[dict[str, str]] = {
    "slug": "string",
    "code": "string",
    "title": "string",
    "description": "string",
    "unit_code": "string",
    "unit": "string",
    "theme": "string",
    "keywords": "string",
    "openness": "string",
    "mode": "string",
    "condition": "string",
    "closed_by": "string",
    "closed_because": "string",
    "closed_fields": "string",
    "state": "string",
    "update_cycle": "string",
    "region": "string",
    "temporal_start": "date",
    "temporal_end": "date",
    "issued": "date",
    "modified": "date",
    "licence": "string",
    "licence_url": "string",
    "contact": "string",
    "contact_phone": "string",
    "contact_email": "string",
    "formats": "string",
    "tables": "integer",
    "rows": "integer",
    "bytes": "integer",
    "release": "integer",
    "published_at": "datetime",
    "changed_at": "datetime",
    "url": "string",
    "csv": "string",
}
"""Name -> kind. Several values in one cell are separated by "; "; ``bytes`` are of the CSV files."""


def row(site: Site, entry: PublishedEntry) -> dict[str, Any]:
    """One entry; what it does not say is None."""
    files = [file for table in entry.tables for file in table.files]
    tables = [file for file in files if file.format == "csv"]
    whole = [one for one in entry.closings if not one.field]
    counted = [table.rows for table in entry.tables if table.rows is not None]
    shown: dict[str, Any] = {
        name: getattr(entry, name) for name in COLUMNS if hasattr(entry, name)
    } | {
        "unit_code": entry.publisher.code,
        "unit": entry.publisher.name,
        "keywords": _several(entry.keywords),
        "closed_by": _several(one.number for one in whole),
        "closed_because": _several(one.reason for one in whole),
        "closed_fields": _several(
            f"{one.field}（{one.number}）" for one in entry.closings if one.field
        ),
        "licence": licence_name(entry.licence),
        "licence_url": licence_address(site.url, entry.licence),
        "contact": entry.contact_name,
        "formats": _several(sorted({file.format for file in files})),
        "tables": len(entry.tables),
        "rows": sum(counted) if counted else None,
        "bytes": sum(file.bytes for file in tables) if tables else None,
        "csv": _several(file.url for file in tables),
    }
    return {name: None if shown[name] == "" else shown[name] for name in COLUMNS}


def _several(words: Any) -> str:
    return "; ".join(words)
