"""The cells of an XLSX sheet in columns, without building a tree of its XML.

Programs write rows alike: the same tags around every value. A row is cut at every ``>``; one row is
the template of the others, and everything but the values is compared with it. Rows that differ are
tried with another template, and at last given to openpyxl, whose meaning of cells is followed
throughout, because it is what Frictionless reads workbooks with.
"""

import io
import re
import warnings
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel
from openpyxl.xml.functions import fromstring

from datasets.validation.typed_cells import (
    TEXT,
    TypedBatch,
    TypedColumn,
    UnsureError,
    batch_of,
    chosen,
    empty_column,
    joined,
)
from datasets.validation.typed_tokens import Tokens, cut_lines
from datasets.validation.typed_values import HIDDEN_LINE_FEED, OTHER, Looks, read_values
from datasets.validation.typed_workbook import Sheet

BLOCK_BYTES: Final = 4 * 2**20
MOST_ROW_BYTES: Final = 64 * 2**20
MOST_HEAD_BYTES: Final = 2**20
FEW_ROWS: Final = 256
"""So few rows openpyxl reads one by one sooner than all their columns are set up."""
MOST_TEMPLATES: Final = 8
MOST_LOOKS: Final = 64
"""A column with more kinds of cell tag than this is not understood."""

_DATA: Final = b"<sheetData>"
_DATA_END: Final = b"</sheetData>"
_ROW_END: Final = b"</row>"
_ROW_NUMBER: Final = r'^<row (?:[A-Za-z0-9:]+="[^"<>]*" )*?r="([1-9][0-9]{0,6})"(?: |$)'
_ROW: Final = re.compile(r'<row(?: [A-Za-z0-9:]+="[^"<>]*")*')
_TAG: Final = re.compile(r'<c r="([A-Z]{1,3})([0-9]+)"([^<>]*)')
_LOOKS: Final = re.compile(r'(?: s="(?P<style>[0-9]+)"| t="(?P<type>[a-zA-Z]+)")*')


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell of a template: its column (from 0), the token of its tag, and that of its value.

    ``frame`` are the constant tokens around the value, ``end`` is what follows it in its token.
    """

    column: int
    letters: str
    tag: int
    value: int | None = None
    frame: tuple[tuple[int, str], ...] = ()
    end: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """How a row is written; ``formulas`` are pairs of tokens that a formula stands in."""

    width: int
    slots: Sequence[Slot]
    formulas: Sequence[tuple[int, ...]]


def read_sheet(
    sheet: Sheet, *, block_bytes: int = BLOCK_BYTES, few_rows: int = FEW_ROWS
) -> Generator[TypedBatch]:
    """All rows of the sheet, the numbers of the rows being their record numbers.

    So many bytes are read at once; rows are read one by one when there are fewer than ``few_rows``.
    Raises ``UnsureError`` where the sheet is not written as spreadsheet programs write.
    """
    if not sheet.width or not sheet.last_row:
        raise UnsureError
    size = max(sheet.archive.getinfo(sheet.path).file_size, 1)
    last = 0
    with sheet.archive.open(sheet.path) as file:
        head, rest = _head(file.read(MOST_HEAD_BYTES))
        root_tag = head[head.index(b"<worksheet") :]
        root_tag = root_tag[: root_tag.index(b">") + 1]
        while True:
            piece = file.read(block_bytes)
            rest += piece
            done = rest.find(_DATA_END)
            end = rest.rfind(_ROW_END, 0, done if done >= 0 else len(rest))
            if end >= 0:
                end += len(_ROW_END)
                batch = _read_block(sheet, root_tag, rest[:end], last, few_rows)
                last = batch.numbers[-1]
                yield TypedBatch(batch.numbers, batch.columns, (), min(file.tell() / size, 1.0))
                rest = rest[end:]
            if done >= 0:
                break
            if not piece or len(rest) > MOST_ROW_BYTES:
                raise UnsureError
        _check_tail(sheet, head, rest + file.read())
    if last > sheet.last_row:
        raise UnsureError


def _head(start: bytes) -> tuple[bytes, bytes]:
    """What stands before the rows, and the beginning of the rows."""
    head, found, rest = start.partition(_DATA)
    if not found or head.count(b"<worksheet") != 1 or b"utf-16" in head[:200].lower():
        raise UnsureError
    return head, rest


def _check_tail(sheet: Sheet, head: bytes, tail: bytes) -> None:
    """Let openpyxl read everything but the rows, so that it refuses what it would refuse."""
    if tail.count(_DATA_END) != 1 or not tail.lstrip().startswith(_DATA_END):
        raise UnsureError
    sheet.parser.source = io.BytesIO(head + _DATA + tail)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if list(sheet.parser.parse()):
            raise UnsureError


def _read_block(
    sheet: Sheet, root_tag: bytes, block: bytes, last: int, few_rows: int
) -> TypedBatch:
    """Whole rows, those missing between them as empty rows."""
    if b"<!" in block or b"\r" in block or b"<?" in block:
        raise UnsureError
    text = block.replace(b"\n", HIDDEN_LINE_FEED.encode()).replace(_ROW_END, b"\n")
    count = text.count(b"\n")
    places = pl.int_range(count, dtype=pl.Int64, eager=True)
    numbers = pl.repeat(None, count, dtype=pl.Int64, eager=True)
    found: list[TypedBatch] = []
    for _ in range(MOST_TEMPLATES if count >= few_rows else 0):
        template = _template_of(text[: text.index(b"\n")].decode())
        if template is None:
            break
        tokens = cut_lines(text, ">", template.width)
        batch, used, loose = _apply(sheet, template, tokens)
        if batch is not None:
            found.append(batch)
            numbers = numbers.scatter(places.gather(used), batch.numbers)
        elif not loose:
            break
        lines = text.split(b"\n") if loose else []
        text = b"".join([lines[place] + b"\n" for place in loose])
        places = places.gather(loose)
        if batch is None or len(loose) < few_rows:
            break
    one_by_one = _by_openpyxl(sheet, root_tag, text)
    numbers = numbers.scatter(
        places, pl.Series([number for number, _ in one_by_one], dtype=pl.Int64)
    )
    if not _is_rising(numbers, last):
        raise UnsureError
    found.append(batch_of(one_by_one, sheet.width, 0.0))
    everything = pl.int_range(last + 1, numbers[-1] + 1, dtype=pl.Int64, eager=True)
    if len(everything) > count:
        found.append(_blank(everything.filter(~everything.is_in(numbers.implode())), sheet.width))
    return joined(found)


def _is_rising(numbers: pl.Series, last: int) -> bool:
    """Whether the rows are numbered upwards, beginning after the last one."""
    if numbers.null_count() or numbers[0] <= last:
        return False
    return len(numbers) == 1 or bool((numbers.diff()[1:] > 0).all())


def _blank(numbers: pl.Series, width: int) -> TypedBatch:
    return TypedBatch(numbers, [empty_column(len(numbers)) for _ in range(width)], (), 1.0)


def _by_openpyxl(sheet: Sheet, root_tag: bytes, text: bytes) -> list[tuple[int, list[Any]]]:
    """Rows as openpyxl understands them, each with its number."""
    if not text:
        return []
    content = text.replace(b"\n", _ROW_END).replace(HIDDEN_LINE_FEED.encode(), b"\n")
    try:
        root = fromstring(root_tag + content + b"</worksheet>")
    except SyntaxError as error:
        raise UnsureError from error
    rows: list[tuple[int, list[Any]]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for element in root:
            if "r" not in element.attrib:
                raise UnsureError
            number, found = sheet.parser.parse_row(element)
            cells: list[Any] = [None] * sheet.width
            for cell in found:
                if 1 <= cell["column"] <= sheet.width:
                    cells[cell["column"] - 1] = cell["value"]
            rows.append((number, cells))
    return rows


def _template_of(row: str) -> Template | None:
    """How a row is written, if every cell of it is a tag with a value or an empty tag."""
    tokens = row.split(">")
    if not _ROW.fullmatch(tokens[0]) or tokens.pop():
        return None
    slots: list[Slot] = []
    formulas: list[tuple[int, ...]] = []
    place = 1
    while place < len(tokens):
        tag = _TAG.fullmatch(tokens[place])
        if tag is None:
            return None
        column = column_index_from_string(tag[1]) - 1
        if slots and column <= slots[-1].column:
            return None
        if tokens[place].endswith("/"):
            slots.append(Slot(column, tag[1], place))
            place += 1
            continue
        here = place + 1
        if tokens[here : here + 1] and tokens[here].startswith("<f"):
            closed = tokens[here].endswith("/")
            formulas.append((here,) if closed else (here, here + 1))
            here += 1 if closed else 2
        framed = _framed(tokens, here)
        if framed is None:
            return None
        value, frame, end = framed
        slots.append(Slot(column, tag[1], place, value, frame, end))
        place = frame[-1][0] + 1
    return Template(len(tokens) + 1, slots, formulas)


def _framed(
    tokens: Sequence[str], here: int
) -> tuple[int, tuple[tuple[int, str], ...], str] | None:
    """The token of a value, the constant tokens around it, and its end; from token ``here`` on."""
    if tokens[here : here + 1] == ["<v"] and tokens[here + 2 : here + 3] == ["</c"]:
        return here + 1, ((here, "<v"), (here + 2, "</c")), "</v"
    if tokens[here : here + 1] != ["<is"] or tokens[here + 3 : here + 5] != ["</is", "</c"]:
        return None
    if tokens[here + 1] not in ("<t", '<t xml:space="preserve"'):
        return None
    around = ((here, "<is"), (here + 1, tokens[here + 1]), (here + 3, "</is"), (here + 4, "</c"))
    return here + 2, around, "</t"


def _apply(
    sheet: Sheet, template: Template, tokens: Tokens
) -> tuple[TypedBatch | None, pl.Series, list[int]]:
    """The rows written as the template says, their places, and the places of all others."""
    numbers = tokens.column(0).str.extract(_ROW_NUMBER).cast(pl.Int64)
    good = numbers.is_not_null()
    row_texts = numbers.cast(pl.String)
    for pair in template.formulas:
        good &= _formula(tokens, pair)
    columns = [empty_column(len(good)) for _ in range(sheet.width)]
    for slot in template.slots:
        if slot.column >= sheet.width:
            raise UnsureError
        looks, sound = _looks(slot, tokens.column(slot.tag), row_texts)
        good &= sound
        if slot.value is None:
            continue
        for place, constant in slot.frame:
            same = tokens.same(place, constant)
            good &= True if same is None else same
        raw = tokens.column(slot.value)
        good &= raw.str.ends_with(slot.end)
        columns[slot.column] = _column(sheet, looks, raw.str.strip_suffix(slot.end))
        good &= columns[slot.column].kinds != OTHER
    good = good.fill_null(value=False)
    kept = good.arg_true()
    if good.all():
        return TypedBatch(numbers, columns, (), 0.0), tokens.places, list(tokens.odd)
    loose = sorted([*tokens.odd, *tokens.places.filter(~good)])
    if not len(kept):
        return None, kept, loose
    batch = TypedBatch(numbers.gather(kept), [chosen(one, kept) for one in columns], (), 0.0)
    return batch, tokens.places.gather(kept), loose


def _formula(tokens: Tokens, pair: tuple[int, ...]) -> pl.Series:
    """Where a formula stands in these tokens and nothing else does."""
    first = tokens.column(pair[0])
    if len(pair) == 1:
        return first.str.contains("^<f [^<]*/$")
    return first.str.contains("^<f(?: [^<]*[^/])?$") & tokens.column(pair[1]).str.contains(
        "^[^<]*</f$"
    )


def _looks(slot: Slot, tag: pl.Series, row_texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """What follows the reference in each cell's tag, and where the reference is this cell's."""
    frame = pl.DataFrame({"tag": tag, "row": row_texts})
    prefix = pl.concat_str(pl.lit(f'<c r="{slot.letters}'), pl.col("row"), pl.lit('"'))
    answer = frame.select(
        looks=pl.when(pl.col("tag").str.starts_with(prefix)).then(
            pl.col("tag").str.strip_prefix(prefix)
        ),
        sound=pl.col("tag").str.starts_with(prefix),
    )
    looks, sound = answer["looks"], answer["sound"]
    if slot.value is None:
        closed = looks.str.ends_with("/")
        return looks, sound & closed & looks.str.strip_suffix("/").str.contains("^[^<>/]*$")
    return looks, sound


def _column(sheet: Sheet, looks: pl.Series, raw: pl.Series) -> TypedColumn:
    """The cells of one column from what their tags say and the text of their values."""
    different = looks.unique()
    if len(different) > MOST_LOOKS:
        raise UnsureError
    known = {text: _understood(sheet, text) for text in different if text is not None}
    if len(known) == 1:
        kinds, texts = read_values(next(iter(known.values())), raw, sheet.strings_series)
    else:
        kinds = pl.repeat(OTHER, len(raw), dtype=pl.UInt8, eager=True)
        texts = pl.repeat(None, len(raw), dtype=pl.String, eager=True)
        for text, look in known.items():
            here = (looks == text).arg_true()
            some_kinds, some_texts = read_values(look, raw.gather(here), sheet.strings_series)
            kinds, texts = kinds.scatter(here, some_kinds), texts.scatter(here, some_texts)

    def value(place: int) -> Any:
        if kinds[place] == TEXT:
            return texts[place]
        return _value(sheet, known[looks[place]], raw[place])

    return TypedColumn(kinds, texts, value)


def _understood(sheet: Sheet, text: str) -> Looks:
    """The type and style of a cell's tag, of whose attributes nothing else is known."""
    found = _LOOKS.fullmatch(text)
    if found is None:
        return Looks("?", is_date=False)
    style = int(found["style"] or 0)
    if style in sheet.parser.timedelta_formats:
        return Looks("?", is_date=False)
    is_date = style in sheet.parser.date_formats
    if is_date and not sheet.is_windows_epoch:
        return Looks("?", is_date=False)
    return Looks(found["type"] or "n", is_date=is_date)


def _value(sheet: Sheet, look: Looks, raw: str) -> Any:
    """A cell that is no text, as openpyxl reads it."""
    if not raw:
        return None
    if look.type == "b":
        return bool(int(raw))
    number = float(raw) if any(mark in raw for mark in ".eE") else int(raw)
    return from_excel(number, sheet.parser.epoch) if look.is_date else number
