"""Entries written as Data Package 2 (datapackage.org), one resource for each public table.

``frictionless validate`` of the address is valid: paths are the addresses of the CSV files, hashes
and sizes are theirs, and the schema is that of the public columns.
"""

from typing import Any, Final

from schemas.licences import licence_address, licence_name
from schemas.published import PublishedEntry, PublishedFile, PublishedTable, Site

PROFILE: Final = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE: Final = "https://datapackage.org/profiles/2.0/dataresource.json"


def to_datapackage(site: Site, entry: PublishedEntry, *, inside: bool = False) -> dict[str, Any]:
    """The descriptor of an entry. One without public tables has no resources.

    ``inside``: the descriptor stands in an archive beside its files, so their paths are relative.
    """
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": entry.slug,
        "id": entry.url,
        "title": entry.title,
        "description": entry.description,
        "homepage": entry.url,
        "version": str(entry.release),
        "created": entry.created_at.isoformat(),
        "contributors": [
            {"title": entry.publisher.name, "path": entry.publisher.url, "roles": ["publisher"]}
        ],
        "keywords": list(entry.keywords),
        "resources": [
            _resource(table, file, inside=inside)
            for table in entry.tables
            if (file := table_file(table)) is not None
        ],
    }
    if entry.licence:
        package["licenses"] = [_licence(site, entry.licence)]
    return {name: value for name, value in package.items() if value or name == "resources"}


def _licence(site: Site, code: str) -> dict[str, str]:
    address = licence_address(site.url, code)
    if not address:
        return {"name": "other", "title": code}
    return {"name": code, "path": address, "title": licence_name(code)}


def table_file(table: PublishedTable) -> PublishedFile | None:
    """The file that the Table Schema describes: the CSV."""
    return next((file for file in table.files if file.format == "csv"), None)


def path_inside(table: PublishedTable) -> str:
    """Where the file of a table stands in an archive."""
    return f"data/{table.name}.csv"


def _resource(table: PublishedTable, file: PublishedFile, *, inside: bool) -> dict[str, Any]:
    resource = {
        "$schema": RESOURCE_PROFILE,
        "name": table.name,
        "type": "table",
        "title": table.title,
        "description": table.description,
        "path": path_inside(table) if inside else file.url,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": dict(table.table_schema),
    }
    return {name: value for name, value in resource.items() if value != ""}
