"""JSON Lines in columns.

The objects of such a file are written by a program: the same keys in the same order, the same
spaces. They are read by PyArrow (``typed_objects``). Where it might read otherwise than Python does, one line
is taken as the template of the others; every line is cut at its quotation marks, and what stands
between the values is compared with the template. Lines that differ anywhere are tried with a
template of their own, and at last parsed one by one, as Frictionless parses them.
"""

import json
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
import polars as pl

from datasets.validation.typed_cells import (
    BOOLEAN,
    INTEGER,
    NONE,
    NUMBER,
    OTHER,
    TEXT,
    TypedBatch,
    TypedColumn,
    UnsureError,
    batch_of,
    chosen,
    empty_column,
    float_texts,
    joined,
)
from datasets.validation.typed_objects import ObjectReader
from datasets.validation.typed_tokens import Tokens, cut_lines

BLOCK_BYTES: Final = 4 * 2**20
MOST_LINE_BYTES: Final = 64 * 2**20
FEW_LINES: Final = 32
"""So few lines are parsed one by one rather than with a template of their own."""
MOST_TEMPLATES: Final = 6
LOOKED_AT: Final = 8
"""So many lines are looked at for one that can be a template."""
FIRST_RECORD: Final = 2
"""The keys of the first object are record 1: the header."""

_CONTROLS: Final = bytes([*range(10), *range(11, 32)])
_ESCAPE: Final = r"[\\\x01\x02]"
_AROUND_OTHER: Final = re.compile(r"( *: *)([^ ,:{}\[\]]+)( *, *| *\} *)")
_INTEGER: Final = r"^(?:0|-?[1-9][0-9]{0,17})$"
_FLOAT: Final = r"^-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}$"


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value stands: all of token ``place``, or what is between two affixes of it."""

    place: int
    affixes: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """How a line is written: how many tokens, which are constant, and where each key's value is."""

    width: int
    constants: dict[int, str]
    slots: dict[str, Slot]


def read_lines(
    path: Path, headers: Sequence[str], *, block_bytes: int = BLOCK_BYTES
) -> Generator[TypedBatch]:
    """The objects of a UTF-8 JSON Lines file, the cells in the order of ``headers``.

    Raises ``UnsureError`` for anything that is not one object on each line.
    """
    first = FIRST_RECORD
    objects = ObjectReader(headers)
    size = max(path.stat().st_size, 1)
    with path.open("rb") as file:
        rest = b""
        while piece := file.read(block_bytes):
            piece = rest + piece
            end = piece.rfind(b"\n") + 1
            rest = piece[end:]
            if len(rest) > MOST_LINE_BYTES:
                raise UnsureError
            if end:
                lines = piece[:end]
                if b"\r" in lines:
                    lines = lines.replace(b"\r\n", b"\n")
                batch = _read_block(lines, first, objects, min(file.tell() / size, 1.0))
                yield batch
                first += len(batch.numbers)
        if rest:
            yield _read_block(rest + b"\n", first, objects, 1.0)


def _read_block(block: bytes, first: int, objects: ObjectReader, share: float) -> TypedBatch:
    """Whole lines, the first of which is record ``first``."""
    found = objects.read(block)
    if found is not None:
        numbers = pl.int_range(first, first + found.lines, dtype=pl.Int64, eager=True)
        return TypedBatch(numbers, found.columns, (), share)
    return _cut_block(block, first, objects.headers, share)


def _cut_block(block: bytes, first: int, headers: Sequence[str], share: float) -> TypedBatch:
    """The same by templates, and line by line."""
    if b"\x1e" in block or b"\xef\xbb\xbf" in block or b"\r" in block:
        raise UnsureError
    numbers = pl.int_range(first, first + block.count(b"\n"), dtype=pl.Int64, eager=True)
    found: list[TypedBatch] = []
    text = block
    if len(block.translate(None, _CONTROLS)) == len(block):
        text = _hide(block)
        for _ in range(MOST_TEMPLATES):
            template = _template_of(text)
            if template is None:
                break
            tokens = cut_lines(text, '"', template.width)
            batch, loose = _apply(template, tokens, numbers, headers)
            if batch is None:
                break
            found.append(batch)
            numbers = numbers.gather(loose)
            lines = text.split(b"\n") if loose else []
            text = b"".join([lines[place] + b"\n" for place in loose])
            if len(loose) < FEW_LINES:
                break
    one_by_one = [
        (number, parse_line(line, headers))
        for number, line in zip(numbers, _shown(_text_of(text)).split("\n"), strict=False)
    ]
    batch = joined([*found, batch_of(one_by_one, len(headers), share)])
    return TypedBatch(batch.numbers, batch.columns, batch.ragged, share)


def _hide(text: bytes) -> bytes:
    """The text with escaped backslashes and quotation marks as control characters, which JSON
    does not allow: what is left of quotation marks are the ends of strings."""
    if b"\\" not in text:
        return text
    return text.replace(b"\\\\", b"\x01").replace(b'\\"', b"\x02")


def _shown(text: str) -> str:
    """The text as it was before ``_hide``."""
    return text.replace("\x02", '\\"').replace("\x01", "\\\\")


def _text_of(block: bytes) -> str:
    try:
        return block.decode()
    except UnicodeDecodeError as error:
        raise UnsureError from error


def parse_line(line: str, headers: Sequence[str]) -> list[Any]:
    """The cells of one line, by Python's parser: Frictionless has no other without extras."""
    try:
        parsed = json.loads(line)
    except ValueError as error:
        raise UnsureError from error
    if not isinstance(parsed, dict):
        raise UnsureError
    return [parsed.get(header) for header in headers]


def _template_of(text: bytes) -> Template | None:
    """The way one of the first lines is written, if it is an object of plain values."""
    for line in _text_of(b"\n".join(text.split(b"\n", LOOKED_AT)[:LOOKED_AT])).split("\n"):
        template = _line_template(line)
        if template is not None:
            return template
    return None


def _line_template(line: str) -> Template | None:
    try:
        parsed = orjson.loads(_shown(line))
    except ValueError:
        return None
    if not isinstance(parsed, dict) or not parsed:
        return None
    tokens = line.split('"')
    constants, slots = {0: tokens[0]}, dict[str, Slot]()
    place = 1
    for key, value in parsed.items():
        if orjson.loads(_shown(f'"{tokens[place]}"')) != key:
            return None
        constants[place] = tokens[place]
        if isinstance(value, str):
            constants[place + 1], constants[place + 3] = tokens[place + 1], tokens[place + 3]
            slots[key] = Slot(place + 2)
            place += 4
            continue
        around = _AROUND_OTHER.fullmatch(tokens[place + 1])
        if around is None:
            return None
        slots[key] = Slot(place + 1, (around[1], around[3]))
        place += 2
    return Template(len(tokens), constants, slots) if place == len(tokens) else None


def _apply(
    template: Template, tokens: Tokens, numbers: pl.Series, headers: Sequence[str]
) -> tuple[TypedBatch | None, list[int]]:
    """The lines written as the template says, and the places of the others in the text."""
    good = pl.repeat(value=True, n=len(tokens.places), dtype=pl.Boolean, eager=True)
    for place, constant in template.constants.items():
        same = tokens.same(place, constant)
        if same is not None:
            good &= same
    read: dict[str, TypedColumn] = {}
    for key, slot in template.slots.items():
        read[key], sound = _read_slot(slot, tokens.column(slot.place))
        good &= sound
    if not good.any():
        return None, []
    count = len(good)
    columns = [read.get(key) or empty_column(count) for key in headers]
    if good.all():
        return TypedBatch(numbers.gather(tokens.places), columns, (), 0.0), list(tokens.odd)
    loose = sorted([*tokens.odd, *tokens.places.filter(~good)])
    kept = good.arg_true()
    columns = [chosen(column, kept) for column in columns]
    return TypedBatch(numbers.gather(tokens.places.gather(kept)), columns, (), 0.0), loose


def _read_slot(slot: Slot, token: pl.Series) -> tuple[TypedColumn, pl.Series]:
    """The values of one key, and where they are written as the template supposes."""
    if slot.affixes is None:
        kinds = pl.repeat(TEXT, len(token), dtype=pl.UInt8, eager=True)
        texts = _unescaped(token)
        return TypedColumn(kinds, texts, texts.__getitem__), texts.is_not_null()
    prefix, suffix = slot.affixes
    framed = token.str.starts_with(prefix) & token.str.ends_with(suffix)
    raw = token.str.strip_prefix(prefix).str.strip_suffix(suffix)
    kinds, texts = read_plain(raw)
    column = TypedColumn(kinds, texts, lambda place: orjson.loads(raw[place]))
    return column, framed & (kinds != OTHER)


def _unescaped(token: pl.Series) -> pl.Series:
    """The strings whose inside is ``token``; null where an escape is wrong."""
    escaped = token.str.contains(_ESCAPE)
    if not escaped.any():
        return token
    inside = [_shown(text) for text in token.filter(escaped)]
    try:
        strings = orjson.loads('["' + '","'.join(inside) + '"]')
    except ValueError:
        strings = [_string(text) for text in inside]
    return token.clone().scatter(escaped.arg_true(), pl.Series(strings, dtype=pl.String))


def _string(inside: str) -> str | None:
    try:
        parsed = orjson.loads(f'"{inside}"')
    except ValueError:
        return None
    return parsed if isinstance(parsed, str) else None


def read_plain(raw: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Kinds and texts of JSON numbers, ``true``, ``false`` and ``null`` as they are written."""
    if raw.str.contains(_INTEGER).all():
        return pl.repeat(INTEGER, len(raw), dtype=pl.UInt8, eager=True), raw
    value = pl.col("raw")
    number = value.cast(pl.Float64, strict=False)
    kinds = (
        pl.when(value.str.contains(_INTEGER))
        .then(INTEGER)
        .when(value.str.contains(_FLOAT))
        .then(NUMBER)
        .when(value.is_in(["true", "false"]))
        .then(BOOLEAN)
        .when(value == "null")
        .then(NONE)
        .otherwise(OTHER)
        .cast(pl.UInt8)
    )
    texts = (
        pl.when(pl.col("kind") == INTEGER)
        .then(value)
        .when(pl.col("kind") == NUMBER)
        .then(float_texts(number))
        .when(pl.col("kind") == BOOLEAN)
        .then(pl.when(value == "true").then(pl.lit("True")).otherwise(pl.lit("False")))
    )
    frame = raw.alias("raw").to_frame().with_columns(kinds.alias("kind"))
    return frame["kind"], frame.select(texts.alias("text")).to_series()
