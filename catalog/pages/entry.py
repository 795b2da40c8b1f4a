"""One entry of the directory as everybody may see it: ``/datasets/<slug>``."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint
from sqlalchemy.orm import Session, object_session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import ANONYMOUS, Permission, can
from catalog.errors import RuleError
from catalog.models import Dataset, Resource
from catalog.pages import (
    entry_differences,
    entry_parts,
    entry_quality,
    lateness,
    machines,
    snippets,
    summaries,
)
from catalog.pages.asking import choice_argument, today
from catalog.pages.render import page
from catalog.pages.snippets import Snippet
from catalog.services import directory, downloads, regions, resources, searching
from catalog.services.downloads import Artefact
from catalog.services.searching import SearchQuery

blueprint = Blueprint("pages-entry", __name__)
TABS = ("overview", "fields", "preview", "api", "versions", "quality", "citation")
RELATED = 4
FORMATS = {"parquet": "Parquet"}
"""Names of formats that are no abbreviations."""
ORDER = ("xlsx", "csv", "json", "ndjson", "parquet")
"""Files for people come before files for programs."""


def _place(dataset: Dataset) -> str:
    """The division that the data are about, by name where it has one."""
    session = object_session(dataset)
    return regions.name_of(session, dataset.region) if session and dataset.region else ""


def shown(dataset: Dataset) -> dict[str, Any]:
    """The metadata of an entry as the templates take it."""
    period = " – ".join(
        day.isoformat() for day in (dataset.temporal_start, dataset.temporal_end) if day
    )
    return {
        **{name: getattr(dataset, name) for name in (
            "slug", "code", "title", "description", "openness", "theme", "industry", "keywords",
            "update_cycle", "issued", "sharing", "resource_class", "landing_page", "state",
        )},
        "unit": {"code": dataset.unit.code, "name": dataset.unit.name},
        "department": dataset.inner_department,
        "mode": dataset.conditional_mode,
        "condition": dataset.open_condition,
        "updated": dataset.modified,
        "lateness": lateness.of_entry(dataset, today()),
        "licence": entry_parts.licence(dataset.licence),
        "contact": {"name": dataset.contact_name, "phone": dataset.contact_phone,
                    "email": dataset.contact_email},
        "spatial": _place(dataset),
        "temporal": period,
        "reason": dataset.state_reason,
        "reason_date": dataset.state_changed_at,
    }  # fmt: skip


def reachable(dataset: Dataset) -> bool:
    """Whether the asker may have the bytes now."""
    try:
        downloads.check_reachable(http.actor(), dataset)
    except RuleError:
        return False
    return True


@blueprint.get("/datasets/<slug>")
def show(slug: str) -> Response:
    """An entry: what it is, its files, fields, versions, and why it is closed if it is. Whoever
    prefers a form for machines is led there."""
    if preferred := machines.preferred():
        return machines.redirected(f"/datasets/{slug}.{preferred}")
    tab = choice_argument("tab", TABS, "overview")
    with http.reading() as session:
        dataset = directory.get(session, http.actor(), slug)
        held = resources.shown_to(session, http.actor(), dataset) if reachable(dataset) else []
        files = [(one, _by_reader(downloads.artefacts(dataset, one))) for one in held]
        files = [(one, artefacts) for one, artefacts in files if artefacts]
        if not files and tab in {"preview", "api", "versions"}:
            tab = "overview"
        quality = entry_quality.of(session, dataset, today())
        if quality is None and tab == "quality":
            tab = "overview"
        forms = machines.of_entry(dataset, tables=bool(files))
        answer = page(
            "datasets/show.html",
            dataset=shown(dataset),
            tab=tab,
            files=[_file(dataset, one, artefact) for one, found in files for artefact in found],
            links=entry_parts.links(held, {one.id for one, _files in files}),
            resources=[_resource(dataset, one, found) for one, found in files],
            removed=entry_parts.removed(session, dataset, today()),
            items=entry_parts.closing_items(session, dataset, today()),
            fields=entry_parts.fields(session, dataset, [one for one, _files in files]),
            profiles=entry_parts.tables_profiled([one for one, _files in files]),
            preview=_preview(dataset, files) if tab == "preview" else None,
            versions=entry_parts.versions(session, dataset, [one for one, _files in files]),
            compared=entry_differences.asked(session, [one for one, _files in files])
            if tab == "versions"
            else None,
            history=entry_parts.history(session, dataset),
            quality=quality,
            citation=entry_parts.citation(dataset, today()),
            forms=forms,
            related=_related(session, dataset) if tab == "overview" else [],
            jsonld=machines.data_block(session, dataset),
            can_edit=can(http.actor(), Permission.DATASET_AMEND, dataset),
        )
    return machines.announced(answer, forms)


def _by_reader(found: list[Artefact]) -> list[Artefact]:
    order = {suffix: place for place, suffix in enumerate(ORDER)}
    return sorted(found, key=lambda one: order.get(one.suffix, len(order)))


def _file(dataset: Dataset, resource: Resource, artefact: Artefact) -> dict[str, Any]:
    return {
        "resource": resource.name,
        "resource_title": resource.title or resource.name,
        "format": FORMATS.get(artefact.suffix, artefact.suffix.upper()),
        "url": f"/datasets/{dataset.slug}/{resource.name}.{artefact.suffix}",
        "bytes": artefact.bytes,
        "rows": artefact.rows,
    }


def _resource(dataset: Dataset, resource: Resource, found: list[Artefact]) -> dict[str, Any]:
    base = http.runtime().settings.public_url.rstrip("/")
    table = next((one for one in found if one.suffix == "csv"), found[0])
    return {
        "name": resource.name,
        "title": resource.title,
        "rows": table.rows,
        "bytes": table.bytes,
        "updated": table.modified,
        "sha256": table.sha256,
        "rows_url": f"{base}/api/v1/resources/{resource.id}/rows",
        "snippets": _snippets(base, dataset, resource, found),
    }


def _snippets(
    base: str, dataset: Dataset, resource: Resource, found: list[Artefact]
) -> list[Snippet]:
    """Programs that read a table; none for a file that has no rows to ask for."""
    if "parquet" not in {one.suffix for one in found} or resource.current_examination is None:
        return []
    columns = resource.current_examination.public_schema.get("fields", [])
    return snippets.of(
        snippets.Table(
            rows_url=f"{base}/api/v1/resources/{resource.id}/rows",
            file_url=f"{base}/datasets/{dataset.slug}/{quote(resource.name)}",
            query_url=f"{base}/api/v1/query",
            name=f"{dataset.slug}/{resource.name}",
            columns=tuple(str(one["name"]) for one in columns),
        )
    )


def _preview(
    dataset: Dataset, files: list[tuple[Resource, list[Artefact]]]
) -> dict[str, Any] | None:
    for resource, found in files:
        for artefact in found:
            if artefact.suffix == "parquet":
                return entry_parts.preview(dataset, resource, artefact)
    return None


def _related(session: Session, dataset: Dataset) -> list[dict[str, Any]]:
    if not dataset.theme:
        return []
    query = SearchQuery(theme=(dataset.theme,), limit=RELATED + 1)
    found = searching.search(session, http.runtime().index, ANONYMOUS, query)
    others = [one for one in found.items if one.id != dataset.id][:RELATED]
    return summaries.of(session, others, today())
