"""JSON, line-delimited JSON and GeoJSON as rows of text.

Numbers stay as they are written, so that integers beyond 64 bits and decimals lose nothing. What
parsers differ on is refused: duplicate keys, NaN, lone surrogates, and nesting deeper than the
limit, which is counted before anything is parsed.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from datasets.reading.encoding import as_utf8
from datasets.reading.grammar import Row
from datasets.reading.limits import check_row
from datasets.reading.problems import UnreadableError, refuse
from datasets.reading.tables import Table, spool
from schemas.records import ExaminationRequest, Limits, Message

MEDIA_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
}
STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
NO_BRACKETS = re.compile(r"[^\[\]{}]+")
LIST_KEYS = ("data", "rows", "records", "items", "list", "result", "results", "features")
# A parsed JSON text takes about twenty times its size in memory.
MEMORY_SHARE = 20
DEEPEST_LIST = 4
LONGEST_EXPONENT = 400


class Number(str):
    """A JSON number in its own spelling."""

    __slots__ = ()


def read_json(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open a JSON text that holds one list of records: objects, lists, or GeoJSON features."""
    limits = request.limits
    encoding, plain, notes = as_utf8(source, workdir / "text.json")
    if source.stat().st_size > limits.memory_bytes // MEMORY_SHARE:
        raise refuse(
            "json-too-large",
            Message(
                "A JSON file of more than %(limit)d MB cannot be read in one piece.",
                {"limit": limits.memory_bytes // MEMORY_SHARE // 1_000_000},
            ),
            Message("Deliver the records as NDJSON (one JSON object a line), CSV or Parquet."),
        )
    text = plain.read_text(encoding="utf-8-sig")
    document = parse(text, "", limits)
    kind, keyed = "json", True
    if isinstance(document, dict) and document.get("type") == "FeatureCollection":
        kind, records = "geojson", _features(document)
    else:
        records = find_records(document)
        keyed = not isinstance(records[0], list) if records else True
    rows: Iterable[Row] = (
        keyed_rows(lambda: iter(records), limits) if keyed else listed_rows(records)
    )
    return Table(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        text=spool(rows, workdir / "json.csv", limits),
        limits=limits,
        encoding=encoding,
        keyed=keyed,
        notes=notes,
    )


def read_ndjson(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open line-delimited JSON, one object a line, without holding it in memory."""
    encoding, plain, notes = as_utf8(source, workdir / "text.json")
    limits = request.limits

    def records() -> Iterator[Any]:
        with plain.open(encoding="utf-8-sig") as handle:
            for number, line in enumerate(handle, 1):
                if line.strip():
                    record = parse(line, f"line {number}", limits)
                    if not isinstance(record, dict):
                        raise not_records(f"line {number}")
                    yield record

    return Table(
        kind="ndjson",
        media_type=MEDIA_TYPES["ndjson"],
        text=spool(keyed_rows(records, limits), workdir / "json.csv", limits),
        limits=limits,
        encoding=encoding,
        keyed=True,
        notes=notes,
    )


def parse(text: str, place: str, limits: Limits) -> Any:
    """Parse one JSON text strictly; numbers come as ``Number``. Raises UnreadableError."""
    if text.count("[") + text.count("{") > limits.max_json_depth:
        _check_depth(text, place, limits)
    try:
        return json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_constant,
            object_pairs_hook=_unique,
        )
    except _DuplicateKeyError as error:
        raise refuse(
            "json-duplicate-key",
            Message("A JSON object names the key %(key)s twice.", {"key": error.key}),
            Message("Correct the export so that each name stands once in an object."),
            place,
        ) from error
    except _ConstantError as error:
        raise refuse(
            "json-not-a-number",
            Message("The JSON holds NaN or Infinity, which are no JSON values."),
            Message("Write null where a value is missing."),
            place,
        ) from error
    except json.JSONDecodeError as error:
        where = place or f"line {error.lineno}, column {error.colno}"
        raise refuse(
            "json-damaged",
            Message("The JSON cannot be read at %(place)s.", {"place": where}),
            Message("Export the file again and deliver it complete."),
            where,
        ) from error


class _DuplicateKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key[:40].encode("utf-8", "replace").decode()


class _ConstantError(Exception):
    pass


def _constant(_text: str) -> Any:
    raise _ConstantError


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKeyError(key)
            seen.add(key)
    return result


def _check_depth(text: str, place: str, limits: Limits) -> None:
    depth = 0
    for bracket in NO_BRACKETS.sub("", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > limits.max_json_depth:
            raise refuse(
                "json-too-deep",
                Message(
                    "The JSON is nested deeper than %(limit)d levels.",
                    {"limit": limits.max_json_depth},
                ),
                Message("Deliver a flat list of records."),
                place,
            )


def find_records(document: Any) -> list[Any]:
    """Find the one list of records in a document: itself, or nested under a few names."""
    if isinstance(document, list):
        if all(isinstance(item, dict) for item in document):
            return document
        if all(isinstance(item, list) for item in document):
            return document
        raise not_records("")
    found = dict(_lists(document, "", 0))
    if len(found) > 1:
        usual = [path for path in found if path.rsplit(".", 1)[-1] in LIST_KEYS]
        if len(usual) == 1:
            return found[usual[0]]
        raise refuse(
            "several-tables",
            Message(
                "The JSON holds several lists of records: %(names)s.", {"names": ", ".join(found)}
            ),
            Message("Deliver each list as a file of its own."),
        )
    for records in found.values():
        return records
    raise not_records("")


def _lists(node: Any, path: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(node, dict) or depth > DEEPEST_LIST:
        return
    for key, value in node.items():
        name = f"{path}.{key}".removeprefix(".")
        if isinstance(value, list) and (
            all(isinstance(item, dict) for item in value)
            or all(isinstance(item, list) for item in value)
        ):
            yield name, value
        else:
            yield from _lists(value, name, depth + 1)


def not_records(place: str) -> UnreadableError:
    """The JSON is well-formed but holds no list of records."""
    return refuse(
        "json-no-records",
        Message("The JSON does not hold a list of records (objects with the same names)."),
        Message("Deliver a list of objects, one object for each record."),
        place,
    )


def keyed_rows(records: Callable[[], Iterable[dict[str, Any]]], limits: Limits) -> Iterator[Row]:
    """Yield the names (in order of appearance over all records), then each record as text."""
    keys: dict[str, None] = {}
    for number, record in enumerate(records(), 1):
        if not record.keys() <= keys.keys():
            keys.update(dict.fromkeys(record))
            check_row(list(keys), number, limits)
    names = list(keys)
    yield names
    for record in records():
        yield [text_of(record.get(name)) for name in names]


def listed_rows(records: Iterable[list[Any]]) -> Iterator[Row]:
    """Yield rows of a list of lists; the first is the header as in a CSV."""
    for record in records:
        yield [text_of(value) for value in record]


def text_of(value: Any) -> str:
    """Write a JSON value as a cell: text as is, null empty, numbers plainly, the rest as JSON."""
    if value is None:
        return ""
    if isinstance(value, Number):
        return _plain(value)
    if isinstance(value, str):
        return value
    return json_text(value)


def _plain(number: Number) -> str:
    if "e" not in number and "E" not in number:
        return str(number)
    exponent = number.lower().partition("e")[2]
    if len(exponent) > 4 or abs(int(exponent)) > LONGEST_EXPONENT:
        return str(number)
    return format(Decimal(number), "f")


def json_text(value: Any) -> str:
    """Write a nested value as compact JSON, its numbers as they were spelled."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(k, ensure_ascii=False)}:{json_text(v)}" for k, v in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_text, value)) + "]"
    if isinstance(value, Number):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _features(document: dict[str, Any]) -> list[Any]:
    """Turn features into records: properties, and longitude and latitude or the geometry as JSON."""
    features = document.get("features")
    if not isinstance(features, list) or not all(isinstance(item, dict) for item in features):
        raise not_records("features")
    points = all(_is_point(feature.get("geometry")) for feature in features)
    records = []
    for feature in features:
        properties = feature.get("properties") or {}
        if not isinstance(properties, dict):
            raise not_records("features.properties")
        record = dict(properties)
        geometry = feature.get("geometry")
        place: dict[str, Any] = {"geometry": geometry}
        if points:
            longitude, latitude = geometry["coordinates"][:2] if geometry else (None, None)
            place = {"longitude": longitude, "latitude": latitude}
        if "id" in feature and "id" not in record:
            record = {"id": feature["id"], **record}
        records.append(record | {_free(name, record): item for name, item in place.items()})
    return records


def _is_point(geometry: Any) -> bool:
    if geometry is None:
        return True
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return False
    coordinates = geometry.get("coordinates")
    return (
        isinstance(coordinates, list)
        and len(coordinates) >= 2
        and all(isinstance(number, Number) for number in chain(coordinates[:2]))
    )


def _free(name: str, taken: dict[str, Any]) -> str:
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free
