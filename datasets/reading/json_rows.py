"""JSON, line-delimited JSON and GeoJSON as rows of text.

Numbers stay as they are written, so that integers beyond 64 bits and decimals lose nothing. A JSON
text is walked twice (``json_stream``): once for what it holds, once for the records; neither holds
more than a record.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from datasets.reading.encoding import as_utf8
from datasets.reading.grammar import Row
from datasets.reading.json_stream import (
    STRICT,
    TRUSTING,
    ConstantError,
    DuplicateKeyError,
    JsonText,
    Number,
    duplicate_key,
    not_a_number,
    too_deep,
)
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
DEEPEST_LIST = 4
LONGEST_EXPONENT = 400


@dataclass(slots=True)
class Listed:
    """A list of a JSON text: its names from the outside in, and what all of its items are.

    ``names`` are those of its records in order of appearance; ``points`` says that every one has a
    point, or nothing, for its ``geometry``.
    """

    path: tuple[str, ...]
    objects: bool = True
    lists: bool = True
    points: bool = True
    names: dict[str, None] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether it has no items, and so may be anything."""
        return self.objects and self.lists

    def take(self, item: Any, limits: Limits) -> None:
        """Take note of one item."""
        is_object = isinstance(item, dict)
        self.objects &= is_object
        self.lists &= isinstance(item, list)
        if is_object and self.objects:
            self.points = self.points and _is_point(item.get("geometry"))
            if not item.keys() <= self.names.keys():
                self.names.update(dict.fromkeys(item))
                check_row(list(self.names), 1, limits)


def read_json(source: Path, workdir: Path, request: ExaminationRequest) -> Table:
    """Open a JSON text that holds one list of records: objects, lists, or GeoJSON features."""
    limits = request.limits
    encoding, plain, notes = as_utf8(source, workdir / "text.json")
    with plain.open(encoding="utf-8-sig", newline="") as file:
        text = JsonText(file, limits)
        found: list[Listed] = []
        kinds: list[str] = []
        _outline(text, (), found, kinds, limits)
        text.end()
    kind, keyed = "json", True
    if kinds == ["FeatureCollection"]:
        kind, listed = "geojson", _feature_list(found)
        features = partial(_records, plain, listed.path, limits)
        rows = keyed_rows(lambda: _features(features(), points=listed.points), limits)
    else:
        listed = choose(found)
        keyed = listed.objects
        records = _records(plain, listed.path, limits)
        rows = named_rows([*listed.names], records) if keyed else listed_rows(records)
    return Table(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        text=spool(rows, workdir / "json.csv", limits),
        limits=limits,
        encoding=encoding,
        keyed=keyed,
        notes=notes,
    )


def _outline(
    text: JsonText, path: tuple[str, ...], found: list[Listed], kinds: list[str], limits: Limits
) -> None:
    """Walk one value for the lists in it; ``kinds`` gets what the text says it is (its "type")."""
    char = text.peek()
    if char == "[":
        listed = Listed(path)
        for _ in text.items():
            listed.take(_shallow(text, limits), limits)
        found.append(listed)
    elif char == "{" and len(path) <= DEEPEST_LIST:
        for name in text.members():
            if path or name != "type" or text.peek() != '"':
                _outline(text, (*path, name), found, kinds, limits)
            else:
                kinds.append(text.value())
    else:
        _shallow(text, limits)


def _shallow(text: JsonText, limits: Limits) -> Any:
    """The next value, which must not be nested too deep."""
    value = text.value()
    if isinstance(value, dict | list) and _deeper(value, limits.max_json_depth):
        raise too_deep(text.place(), limits)
    return value


def _deeper(value: Any, levels: int) -> bool:
    if not levels:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_deeper(one, levels - 1) for one in inner if isinstance(one, dict | list))


def _records(plain: Path, path: tuple[str, ...], limits: Limits) -> Iterator[Any]:
    """The items of a list that is known to be there."""
    with plain.open(encoding="utf-8-sig", newline="") as file:
        text = JsonText(file, limits, TRUSTING)
        for wanted in path:
            for name in text.members():
                if name == wanted:
                    break
                _skip(text)
        for _ in text.items():
            yield text.value()


def _skip(text: JsonText) -> None:
    if text.peek() != "[":
        text.value()
        return
    for _ in text.items():
        text.value()


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
        return STRICT.decode(text)
    except DuplicateKeyError as error:
        raise duplicate_key(error.key, place) from error
    except ConstantError as error:
        raise not_a_number(place) from error
    except json.JSONDecodeError as error:
        where = place or f"line {error.lineno}, column {error.colno}"
        raise refuse(
            "json-damaged",
            Message("The JSON cannot be read from this place on."),
            Message("Export the file again and deliver it complete."),
            where,
        ) from error


def _check_depth(text: str, place: str, limits: Limits) -> None:
    depth = 0
    for bracket in NO_BRACKETS.sub("", STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > limits.max_json_depth:
            raise too_deep(place, limits)


def choose(found: list[Listed]) -> Listed:
    """The one list of records of a text: the text itself, or nested under a few names."""
    able = [listed for listed in found if listed.objects or listed.lists]
    if len(able) > 1:
        usual = [listed for listed in able if listed.path[-1] in LIST_KEYS]
        if len(usual) == 1:
            return usual[0]
        names = ", ".join(".".join(listed.path) for listed in able)
        raise refuse(
            "several-tables",
            Message("The JSON holds several lists of records: %(names)s.", {"names": names}),
            Message("Deliver each list as a file of its own."),
        )
    if not able:
        raise not_records("")
    return able[0]


def not_records(place: str) -> UnreadableError:
    """The JSON is well-formed but holds no list of records."""
    return refuse(
        "json-no-records",
        Message("The JSON does not hold a list of records (objects with the same names)."),
        Message("Deliver a list of objects, one object for each record."),
        place,
    )


def named_rows(names: list[str], records: Iterable[dict[str, Any]]) -> Iterator[Row]:
    """Yield the names, then each record as text."""
    yield names
    for record in records:
        yield [text_of(record.get(name)) for name in names]


def keyed_rows(records: Callable[[], Iterable[dict[str, Any]]], limits: Limits) -> Iterator[Row]:
    """The same, with the names in order of appearance over all records."""
    keys: dict[str, None] = {}
    for number, record in enumerate(records(), 1):
        if not record.keys() <= keys.keys():
            keys.update(dict.fromkeys(record))
            check_row(list(keys), number, limits)
    yield from named_rows(list(keys), records())


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


def _feature_list(found: list[Listed]) -> Listed:
    listed = next((listed for listed in found if listed.path == ("features",)), None)
    if listed is None or not listed.objects:
        raise not_records("features")
    return listed


def _features(features: Iterable[dict[str, Any]], *, points: bool) -> Iterator[dict[str, Any]]:
    """Turn features into records: properties, and longitude and latitude or the geometry as JSON."""
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
        yield record | {_free(name, record): item for name, item in place.items()}


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
