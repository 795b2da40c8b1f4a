"""Directory inventories: portal metadata and the workbook of the compilation guide, read leniently.

The shapes differ in their labels only; ``labels`` knows those. What is read with doubt becomes a
warning on the record, what has no place stays in ``ignored``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.interop import wordings
from schemas.interop.labels import Placed, place_entry, place_field
from schemas.interop.readings import (
    Notes,
    read_address,
    read_contact,
    read_cycle,
    read_date,
    read_description,
    read_formats,
    read_openness,
    read_sharing,
)
from schemas.interop.values import (
    address_id,
    count,
    line,
    made_id,
    missing_title,
    plain,
    said,
    several,
)
from schemas.records import DatasetRecord, FieldRecord


def from_inventory(
    document: Mapping[str, Any],
    fields: Iterable[Mapping[str, Any]] = (),
    *,
    publisher: str = "",
) -> DatasetRecord:
    """Read one entry; ``fields`` are the rows of its fields, ``publisher`` the default one.

    Raises NotARecordError when there is no title.
    """
    placed = place_entry(document)
    values = placed.values
    notes = Notes(ignored=dict(placed.others))
    title = line(values.get("title"))
    if not title:
        raise missing_title(line(values.get("remote_id")))
    provider = said(values.get("publisher")) or publisher
    openness, mode, condition = _openness(placed, notes)
    landing_page = read_address(values.get("landing_page"), notes, _label(placed, "landing_page"))
    name, phone, mail = _contact(values)
    return DatasetRecord(
        remote_id=_identity(values, landing_page, provider, title),
        title=title,
        description=read_description(values.get("description"), title, notes),
        publisher=provider,
        publisher_code=said(values.get("publisher_code")),
        theme=_theme(placed, notes),
        industry=said(values.get("industry")),
        keywords=several(values.get("keywords")),
        openness=openness,
        openness_mode=mode,
        openness_condition=condition,
        sharing=read_sharing(values.get("sharing"), notes, _label(placed, "sharing")),
        sharing_condition=said(values.get("sharing_condition")),
        update_cycle=read_cycle(values.get("update_cycle"), notes, _label(placed, "update_cycle")),
        issued=read_date(values.get("issued"), notes, _label(placed, "issued")),
        modified=read_date(values.get("modified"), notes, _label(placed, "modified")),
        licence=said(values.get("licence")),
        contact_name=name,
        contact_phone=phone,
        contact_email=mail,
        landing_page=landing_page,
        spatial=said(values.get("spatial")),
        temporal=said(values.get("temporal")),
        formats=read_formats(values.get("formats")),
        rows=_rows(placed, notes),
        fields=tuple(_fields(fields, notes)),
        ignored=_with_name(placed, notes),
        warnings=tuple(notes.warnings),
    )


def _identity(values: Mapping[str, Any], landing_page: str, provider: str, title: str) -> str:
    return line(values.get("remote_id")) or address_id(landing_page) or made_id(provider, title)


def _label(placed: Placed, element: str) -> str:
    return placed.labels.get(element, element)


def _openness(placed: Placed, notes: Notes) -> tuple[str, str, str]:
    element = "openness" if "openness" in placed.values else "is_open"
    return read_openness(
        placed.values.get(element),
        placed.values.get("openness_condition"),
        notes,
        label=_label(placed, element),
        condition_label=_label(placed, "openness_condition"),
    )


def _theme(placed: Placed, notes: Notes) -> str:
    """The first theme; a list of several is kept whole beside it."""
    value = placed.values.get("theme")
    if not isinstance(value, list):
        return said(value)
    themes = several(value)
    if len(themes) > 1:
        notes.ignored[placed.labels["theme"]] = list(themes)
    return themes[0] if themes else ""


def _contact(values: Mapping[str, Any]) -> tuple[str, str, str]:
    name, phone, mail = read_contact(values.get("contact"))
    return (
        said(values.get("contact_name")) or name,
        said(values.get("contact_phone")) or phone,
        said(values.get("contact_email")) or mail,
    )


def _rows(placed: Placed, notes: Notes) -> int | None:
    value = placed.values.get("rows")
    rows = count(value)
    if rows is None and said(value):
        notes.ignored[placed.labels["rows"]] = plain(value)
    return rows


def _with_name(placed: Placed, notes: Notes) -> Mapping[str, Any]:
    """The English name has no place in a record; it stays under its label."""
    if "name" in placed.values:
        notes.ignored[placed.labels["name"]] = plain(placed.values["name"])
    return notes.ignored


def _fields(rows: Iterable[Mapping[str, Any]], notes: Notes) -> Iterator[FieldRecord]:
    for row in rows:
        placed = place_field(row)
        name, title = said(placed.values.get("name")), said(placed.values.get("title"))
        if name or title:
            yield _field(placed, name or title, title or name, notes)


def _field(placed: Placed, name: str, title: str, notes: Notes) -> FieldRecord:
    values = placed.values
    own = Notes(warnings=notes.warnings)
    openness, _, condition = _openness(placed, own)
    field_type = wordings.field_type(said(values.get("type")))
    if not field_type and said(values.get("type")):
        own.doubt("The data type “%(value)s” under “%(label)s” is not known.",
                  placed.labels["type"], values["type"])  # fmt: skip
    for element in ("dictionary", "object_type", "default", "sharing_condition", "sharing_manner"):
        if said(values.get(element)):
            own.ignored[placed.labels[element]] = plain(values[element])
    return FieldRecord(
        name=name,
        title=title,
        type=field_type,
        length=count(values.get("length")),
        description=said(values.get("description")),
        openness=openness,
        openness_condition=condition,
        sharing=read_sharing(values.get("sharing"), own, _label(placed, "sharing")),
        nullable=wordings.yes_or_no(said(values.get("nullable"))),
        primary_key=wordings.yes_or_no(said(values.get("primary_key"))),
        ignored=own.ignored,
    )
