"""Parts of an entry's page: fields with their statistics, versions, history, citation, legal basis."""

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import http
from catalog.models import Dataset, Examination, PublishedFile, Release, Resource, Version
from catalog.pages import profiles
from catalog.services import closed_columns, facts, negative_list, public_fields
from catalog.services.downloads import Artefact
from datasets import query
from datasets.derivative import TREATED_BY
from datasets.engine import QueryLimits
from datasets.filters import Query
from schemas.licences import LICENCES
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness

PREVIEW_ROWS = 20


def licence(code: str) -> dict[str, Any] | None:
    """A licence in words, with the address of its text; what is none of ours as it stands."""
    if not code:
        return None
    known = LICENCES.get(code)
    if known is None:
        return {"title": code, "url": "", "open": False}
    return {"title": known.title, "url": known.url, "open": known.is_open}


def item_url(number: str) -> str:
    """The page of an item of the negative list."""
    return f"/negative-list/items/{number}"


def _names(session: Session, on: date) -> dict[str, str]:
    return {item.number: item.name for item in negative_list.in_force(session, on)}


def removed(
    session: Session, dataset: Dataset, on: date, *, for_staff: bool = False
) -> list[dict[str, str]]:
    """Fields that the public file leaves out, with the item that closes each; for the unit's staff the
    ones that the next file will leave out."""
    closed = facts.links(session, dataset.id)
    names = _names(session, on) if closed else {}
    return [
        {"title": field.title or field.name, "no": number, "name": names.get(number, ""),
         "url": item_url(number)}
        for field in (public_fields.own if for_staff else public_fields.shown)(dataset, closed)
        if field.openness == Openness.WITHHELD and dataset.openness in facts.OPEN
        for number in field.withheld_by[:1]
    ]  # fmt: skip


def closing_items(session: Session, dataset: Dataset, on: date) -> list[dict[str, Any]]:
    """The items in force that close the whole entry, in their public wording."""
    if dataset.openness != Openness.WITHHELD:
        return []
    numbers = facts.links(session, dataset.id).get("", [])
    return [
        {
            "no": item.number,
            "name": item.name,
            "ground": item.ground,
            "circumstances": [one.text for one in item.circumstances],
            "basis": [
                {"citation": one.label, "text": one.article.gist if one.article else "",
                 "stale": negative_list.stale(one, on), "url": ""}
                for one in item.citations
            ],
            "next_review": item.review_by,
            "url": item_url(item.number),
        }
        for item in negative_list.in_force(session, on)
        if item.number in numbers
    ]  # fmt: skip


def fields(session: Session, dataset: Dataset, open_tables: list[Resource]) -> list[dict[str, Any]]:
    """Every field of the entry; statistics only of columns that the public has."""
    closed = facts.links(session, dataset.id)
    seen: dict[str, dict[str, Any]] = {}
    treated: dict[str, list[str]] = {}
    for resource in open_tables:
        found = resource.current_examination
        if found is not None:
            for one in found.public_schema.get("fields", []):
                treated.setdefault(one["name"], one.get(TREATED_BY, []))
            rows = found.profile.get("rows", 0)
            for column in found.profile.get("columns", []):
                seen.setdefault(column["name"], profiles.column(column, rows))
    return [
        {
            "name": field.name,
            "title": field.title,
            "type": field.type,
            "description": field.description,
            "openness": field.openness,
            "treated": treated.get(field.name, []),
            "item": next(({"no": no, "url": item_url(no)} for no in field.withheld_by), None),
            **(profiles.NOTHING if field.openness == Openness.WITHHELD
               else seen.get(field.name, profiles.NOTHING)),
        }
        for field in public_fields.shown(dataset, closed)
    ]  # fmt: skip


def links(held: list[Resource], kept: set[str]) -> list[dict[str, str]]:
    """Tables and files of which this portal has no copy (``kept``: ids of those it has), with the host
    that answers for each."""
    return [
        {"title": one.title or one.name, "format": one.format.upper(), "url": one.url, "host": host}
        for one in held
        if one.id not in kept and (host := _host(one.url))
    ]


def _host(url: str) -> str:
    """The host of a web address; empty for anything else, which harvested catalogues may hold."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2] if parts.scheme in {"http", "https"} else ""


def tables_profiled(open_tables: list[Resource]) -> list[dict[str, Any]]:
    """Public tables as wholes: rows, cells filled, keys."""
    found = [
        {"title": one.title or one.name, "table": profiles.table(one.current_examination.profile)}
        for one in open_tables
        if one.current_examination is not None and one.current_examination.profile
    ]
    return [one for one in found if one["table"] is not None]


def preview(dataset: Dataset, resource: Resource, artefact: Artefact) -> dict[str, Any]:
    """The first rows of a public table."""
    found = first_rows(artefact.sha256)
    return {
        "resource": resource.name,
        "columns": [column.title or column.name for column in found.columns],
        "rows": cells(found),
        "total": artefact.rows,
        "url": f"/datasets/{dataset.slug}/{resource.name}",
    }


def first_rows(sha256: str) -> query.Rows:
    """The first rows of a stored Parquet file."""
    limits = QueryLimits(http.runtime().settings.query_seconds)
    with http.runtime().storage.local_path(sha256) as path:
        return query.run(path, Query(limit=PREVIEW_ROWS), limits, with_total=False)


def cells(found: query.Rows) -> list[list[str | None]]:
    """Rows of an answer as texts, nothing as None."""
    names = [column.name for column in found.columns]
    return [
        [None if row[name] is None else str(row[name]) for name in names]
        for row in query.items(found)
    ]


def versions(
    session: Session, dataset: Dataset, open_tables: list[Resource]
) -> list[dict[str, Any]]:
    """Published versions, newest first, with what each has more than the one before; a version that
    holds what has been closed since has no address."""
    ids = {resource.id: resource for resource in open_tables}
    closed = closed_columns.closings(session, dataset)
    shown: dict[str, dict[str, Any]] = {}
    before: dict[str, int] = {}
    first: dict[str, str] = {}
    for version, found, file in session.execute(
        select(Version, Examination, PublishedFile)
        .join(PublishedFile, PublishedFile.version_id == Version.id)
        .join(Examination, Examination.id == PublishedFile.examination_id)
        .where(Version.resource_id.in_(ids), PublishedFile.file_name.endswith(".csv"))
        .order_by(Version.number, PublishedFile.id)
    ):
        resource = ids[version.resource_id]
        more = found.rows - before.get(resource.id, found.rows)
        before[resource.id] = found.rows
        first.setdefault(resource.id, version.id)
        gone = sorted(closed_columns.within(closed, resource, found))
        shown[version.id] = {  # the last release of a version is the one that counts
            "resource": resource.name,
            "resource_title": resource.title or resource.name,
            "number": version.number,
            "date": version.published_at,
            "rows": found.rows,
            "bytes": found.artefacts["csv"]["bytes"],
            "sha256": file.sha256,
            "current": resource.current_version_id == version.id,
            "changes": _difference(more),
            "comparable": first[resource.id] != version.id,
            "url": f"/versions/{file.sha256}/{file.file_name}" if not gone else "",
            "closed": gone,
        }
    return list(shown.values())[::-1]


def _difference(rows: int) -> Message | None:
    if rows > 0:
        return Message("%(n)s rows more", {"n": f"{rows:,}"})
    return Message("%(n)s rows fewer", {"n": f"{-rows:,}"}) if rows < 0 else None


def history(session: Session, dataset: Dataset) -> list[dict[str, Any]]:
    """What everybody may know of the life of an entry, newest first."""
    events: list[dict[str, Any]] = [
        {"at": one.published_at, "what": Message("Published, release %(n)s", {"n": one.number})}
        for one in session.scalars(
            select(Release).where(Release.dataset_id == dataset.id).order_by(Release.number)
        )
    ]
    ends = {
        DatasetState.SUSPENDED: Message("Suspended"),
        DatasetState.WITHDRAWN: Message("Withdrawn"),
        DatasetState.RETIRED: Message("Retired"),
    }
    state = DatasetState(dataset.state)
    if state in ends:
        events.append({"at": dataset.state_changed_at, "what": ends[state]})
    return events[::-1]


def citation(dataset: Dataset, on: date) -> dict[str, str]:
    """How to cite the entry: GB/T 7714-2015 and BibTeX."""
    url = f"{http.runtime().settings.public_url.rstrip('/')}/datasets/{dataset.slug}"
    issued = dataset.issued.isoformat() if dataset.issued else "s.d."
    year = str(dataset.issued.year) if dataset.issued else "n.d."
    bibtex = (
        f"@misc{{{dataset.slug},\n  author = {{{{{dataset.unit.name}}}}},\n"
        f"  title = {{{dataset.title}}},\n  year = {{{year}}},\n  howpublished = {{\\url{{{url}}}}},\n"
        f"  note = {{{dataset.code}, {on.isoformat()}}}\n}}"
    )
    text = f"{dataset.unit.name}. {dataset.title}[DS/OL]. ({issued})[{on.isoformat()}]. {url}."
    return {"text": text, "bibtex": bibtex, "url": url}
