"""Tables and files of an entry and their deliveries: ``/resources``."""

from typing import Any
from urllib.parse import quote

from flask import request
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import nothing, one, whole
from catalog.api.doors import PREFIX, Door, File, invalid
from catalog.api.versions import shown as shown_version
from catalog.http.outward import site
from catalog.http.strict import parse_json
from catalog.services import deliveries, directory, downloads, resources, standards, values
from datasets.collecting import MEDIA_TYPE
from schemas.paging import page_of
from schemas.records import Message
from schemas.resources import (
    FileOut,
    ResourceIn,
    ResourceOut,
    ResourcePatch,
    VersionIn,
    VersionOut,
    VersionSummary,
)

door = Door("resources", "Tables and files of an entry, and their deliveries")


@door.get("/datasets/<slug>/resources", answers=page_of(ResourceOut))
def listing(slug: str) -> Response:
    """Tables and files of an entry"""
    with http.reading() as session:
        dataset = directory.get(session, http.actor(), slug)
        return whole(resources.shown_to(session, http.actor(), dataset), ResourceOut)


@door.post("/datasets/<slug>/resources", answers=ResourceOut, body=ResourceIn)
def add(body: dict[str, Any], slug: str) -> Response:
    """Add a table or file to an entry"""
    with http.transaction() as session:
        resource = resources.add(session, http.actor(), slug, body, now=http.now())
        return one(
            ResourceOut, resource, status=201, version=resource.version,
            location=f"{PREFIX}/resources/{resource.id}",
        )  # fmt: skip


@door.get("/resources/<resource_id>", answers=ResourceOut)
def show(resource_id: str) -> Response:
    """A table or file"""
    with http.reading() as session:
        resource = resources.get(session, http.actor(), resource_id)
        return one(ResourceOut, resource, version=resource.version)


@door.get("/resources/<resource_id>/template.xlsx", answers=File(MEDIA_TYPE))
def template(resource_id: str) -> Response:
    """The XLSX template of a table's schema, to fill in and deliver"""
    with http.reading() as session:
        resource = resources.get(session, http.actor(), resource_id)
        schema, standard = standards.of_table(resource)
        name = resource.name
    return http.send_template(schema, name, standard=standard)


@door.get("/resources/<resource_id>/files", answers=page_of(FileOut))
def files(resource_id: str) -> Response:
    """Published files of a table in every format, of every version, the newest first"""
    with http.reading() as session:
        resource = resources.get(session, http.actor(), resource_id)
        entry, base = f"/datasets/{resource.dataset.slug}", site().url
        found = [
            {
                "version": number,
                "current": file.version == resource.current_version_id,
                "format": file.suffix,
                "media_type": file.media_type,
                "file_name": file.file_name,
                "url": f"{base}/versions/{file.sha256}/{quote(file.file_name)}",
                "latest": f"{base}{entry}/{resource.name}.{file.suffix}",
                "sha256": file.sha256,
                "bytes": file.bytes,
                "rows": file.rows,
                "published_at": file.modified,
            }
            for number, file in downloads.published(session, http.actor(), resource)
        ]
        return whole(found, FileOut)


@door.patch("/resources/<resource_id>", answers=ResourceOut, body=ResourcePatch)
def amend(body: dict[str, Any], resource_id: str) -> Response:
    """Change a table's title, schema or link"""
    with http.transaction() as session:
        resource = resources.amend(
            session, http.actor(), resource_id, body, expected=http.expected(), now=http.now()
        )
        return one(ResourceOut, resource, version=resource.version)


@door.delete("/resources/<resource_id>")
def remove(resource_id: str) -> Response:
    """Remove a table that never had a delivery"""
    with http.transaction() as session:
        resources.remove(
            session, http.actor(), resource_id, expected=http.expected(), now=http.now()
        )
    return nothing()


@door.get("/resources/<resource_id>/versions", answers=page_of(VersionSummary))
def versions(resource_id: str) -> Response:
    """Deliveries of a table, newest first; for the unit's staff"""
    with http.reading() as session:
        resource = resources.get(session, http.actor(), resource_id)
        return whole(deliveries.versions(session, http.actor(), resource), VersionSummary)


@door.post("/resources/<resource_id>/versions", answers=VersionOut, status=202, streamed=True)
def deliver(resource_id: str) -> Response:
    """Deliver a file: multipart with the part ``file``, or JSON with a ``url`` to fetch"""
    with http.reading() as session:
        resource = resources.get(session, http.actor(), resource_id)
        deliveries.check_may_deliver(http.actor(), resource)
    if request.is_json:
        return _fetch(resource_id)
    with http.receive() as upload:
        if upload.fields:
            unknown = Message("is not known here")
            raise invalid({name: [unknown] for name in upload.fields})
        with http.transaction() as session:
            resource = resources.get(session, http.actor(), resource_id)
            version = deliveries.add_version(
                session, http.actor(), resource, blob=upload.blob, file_name=upload.file_name,
                now=http.now(),
            )  # fmt: skip
            return shown_version(session, version.id, status=202)


def _fetch(resource_id: str) -> Response:
    given = parse_json(request.get_data())
    errors = VersionIn().validate(given)
    if errors:
        raise invalid(errors)
    url = values.check(given, {"url": values.address})["url"]
    if not url:
        raise invalid({"url": ["Missing data for required field."]})
    with http.transaction() as session:
        resource = resources.get(session, http.actor(), resource_id)
        version = deliveries.add_version(
            session, http.actor(), resource, blob=None, file_name="", source_url=url,
            now=http.now(),
        )  # fmt: skip
        return shown_version(session, version.id, status=202)
