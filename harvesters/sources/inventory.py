"""Inventory files: a JSON list of metadata, or a CSV or XLSX table of the compilation guide.

A table has one row per entry, or one row per field with the entry's columns repeated (or left blank
below the first, as merged cells are).
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harvesters.contract import Fetch, Item, Items, Placed, SourceConfig, SourceProblem
from harvesters.distinct import distinct
from harvesters.documents import load_json, not_a_catalogue
from harvesters.problems import not_an_object, unreadable_record
from harvesters.workbook import workbook_rows
from schemas.delimited import reader
from schemas.interop.inventory import from_inventory
from schemas.interop.labels import entry_element, field_element, plain_label
from schemas.interop.values import NotARecordError, line, made_id
from schemas.records import Message, Problem

_LIST_KEYS = ("data", "records", "items", "results", "result", "rows", "list", "datasets")
_MAX_HEADER_ROW = 10
_MIN_LABELS = 2
_MAX_CELL = 2**20
_SNIFFED = 4_096
_QUOTED = re.compile(r'"[^"]*"')


def read(source: SourceConfig, fetch: Fetch) -> Items:
    """Every entry of an inventory file behind a URL."""
    return distinct(_read_bytes(source, fetch(source.url).body), source)


def read_bytes(source: SourceConfig, body: bytes) -> Items:
    """Every entry of an inventory file at hand; ``source.url`` is its name in messages."""
    return distinct(_read_bytes(source, body), source)


def _read_bytes(source: SourceConfig, body: bytes) -> Placed:
    if body.startswith(b"PK\x03\x04"):
        rows = workbook_rows(
            body, source.url, seconds=source.workbook_seconds, memory=source.workbook_memory
        )
        return _table(source, rows)
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"[", b"{"):
        return _listed(source, load_json(body, source.url))
    return _table(source, _csv_rows(source, body))


def _listed(source: SourceConfig, document: Any) -> Placed:
    for number, item in enumerate(_list_of(document, source.url), 1):
        place = f"record {number}"
        if isinstance(item, Mapping):
            yield place, _record(source, place, item, ())
        else:
            yield place, not_an_object(place)


def _list_of(document: Any, place: str) -> list[Any]:
    """The list itself, or the list one or two levels inside an answer."""
    for _ in range(3):
        if isinstance(document, list):
            return document
        if not isinstance(document, Mapping):
            break
        document = next((document[key] for key in _LIST_KEYS if key in document), None)
    raise not_a_catalogue(place)


@dataclass(slots=True)
class _Entry:
    """The rows of one entry while they are gathered."""

    row: int
    values: dict[str, str]
    fields: list[dict[str, str]] = field(default_factory=list)


def _table(source: SourceConfig, rows: Iterable[Sequence[str]]) -> Placed:
    numbered = enumerate(rows, 1)
    header = _header(numbered, source.url)
    with_fields = any(field_element(label) in ("name", "title") for label in header.values())
    field_columns = {
        column
        for column, label in header.items()
        if with_fields and field_element(label) and not _is_entry_column(label)
    }
    entries = _entries(numbered, header, field_columns, source.publisher, with_fields=with_fields)
    for entry in entries:
        place = f"row {entry.row}"
        yield place, _record(source, place, entry.values, entry.fields)


def _is_entry_column(label: str) -> bool:
    """Columns such as 共享条件 exist for both; the fields' own always say 字段 or 信息项."""
    ambiguous = {"描述", "数据类型"}
    return bool(entry_element(label)) and plain_label(label) not in ambiguous


def _header(numbered: Iterator[tuple[int, Sequence[str]]], place: str) -> dict[int, str]:
    """Labels by column: the first row in which at least two cells are known labels."""
    for number, row in numbered:
        labels = {column: line(cell) for column, cell in enumerate(row) if line(cell)}
        known = sum(bool(entry_element(label) or field_element(label)) for label in labels.values())
        if known >= _MIN_LABELS and any(entry_element(v) == "title" for v in labels.values()):
            return labels
        if number >= _MAX_HEADER_ROW:
            break
    raise SourceProblem(
        Problem(
            "no-header",
            Message("No row with the names of the columns was found."),
            Message(
                "Name the columns as the template does: 信息资源名称, 信息资源摘要, and so on."
            ),
            place,
        )
    )


def _entries(
    numbered: Iterator[tuple[int, Sequence[str]]],
    header: Mapping[int, str],
    field_columns: set[int],
    publisher: str,
    *,
    with_fields: bool,
) -> list[_Entry]:
    """Rows gathered by what names their entry; a table without fields keeps every row apart."""
    entries: list[_Entry] = []
    by_key: dict[str, _Entry] = {}
    current: _Entry | None = None
    for number, row in numbered:
        cells = {column: line(row[column]) for column in header if column < len(row)}
        values = {header[c]: v for c, v in cells.items() if c not in field_columns and v}
        details = {header[c]: v for c, v in cells.items() if c in field_columns and v}
        if not values and not details:
            continue
        named = any(entry_element(label) == "title" for label in values)
        if with_fields and not named and current is not None:
            current.values.update({k: v for k, v in values.items() if k not in current.values})
        else:
            key = _key(values, publisher) if with_fields and named else f"row {number}"
            known = by_key.get(key)
            if known is None:
                known = by_key[key] = _Entry(number, values)
                entries.append(known)
            current = known
        if details:
            current.fields.append(details)
    return entries


def _key(values: Mapping[str, str], publisher: str) -> str:
    parts = {entry_element(label): value for label, value in values.items()}
    return made_id(
        parts.get("remote_id", ""), parts.get("publisher", publisher), parts.get("title", "")
    )


def _csv_rows(source: SourceConfig, body: bytes) -> Iterator[list[str]]:
    text = _decoded(source, body)
    start = _QUOTED.sub("", text[:_SNIFFED])
    delimiter = max(",\t;", key=start.count)
    lines = io.StringIO(text, newline="")
    records = reader(lines, _MAX_CELL, delimiter=delimiter, strict=True)
    try:
        yield from records
    except csv.Error as error:
        raise SourceProblem(
            Problem(
                "bad-csv",
                Message("The table cannot be read at line %(line)s: its quotation marks do not match.",
                        {"line": records.line_num}),
                Message("Repair the line, or save the table anew as CSV or XLSX."),
                source.url,
            )
        ) from error  # fmt: skip


def _decoded(source: SourceConfig, body: bytes) -> str:
    """UTF-8 or GB18030, both strictly: a guess would turn names into others."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise SourceProblem(
        Problem(
            "bad-encoding",
            Message("The file is neither a workbook nor text in UTF-8 or GB18030."),
            Message("Save it as XLSX, or as CSV in UTF-8."),
            source.url,
        )
    )


def _record(
    source: SourceConfig, place: str, values: Mapping[str, Any], fields: Iterable[Mapping[str, Any]]
) -> Item:
    try:
        return from_inventory(values, fields, publisher=source.publisher)
    except NotARecordError as error:
        return unreadable_record(place, error, "")
