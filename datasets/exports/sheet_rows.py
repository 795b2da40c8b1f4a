"""Rows of a worksheet as XML, a batch at a time: whole columns are spelled at once, by Arrow.

The spelling is that of XlsxWriter in constant memory (ECMA-376 part 1, 18.3.1): texts stand in their
cells, control characters as ``_x000D_`` (22.9.2.19), and nothing is ever a formula or a link.
"""

import re
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from datasets.exports.contract import as_text, buffer_of, contains, has_fractions, is_whole

DATE_STYLE: Final = 2
MOMENT_STYLE: Final = 3
"""Places of the formats of dates and of times in the workbook's styles; 0 is plain, 1 the header."""

MAX_CELL_UNITS: Final = 32_767
"""Excel counts UTF-16 units: most emoji are two."""

MAX_DIGITS: Final = 15
FIRST_SAFE_DAY: Final = date(1900, 3, 1)
DAY_ZERO: Final = 25_569
"""Days from Excel's day 0, 30 December 1899, to 1 January 1970."""

SECONDS: Final = 86_400

MARKS: Final = "[\\x00-\\x1f\\x{FFFE}\\x{FFFF}]|_x[0-9a-fA-F]{4}_|^[ \\n\\t\\r]|[ \\n\\t\\r]$"
_ESCAPED: Final = re.compile("(_x[0-9a-fA-F]{4}_)")
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_EDGES: Final = re.compile(r"^\s|\s$")


class LongCellError(Exception):
    """A text is longer than a cell may be."""


def rows_xml(batch: Any, first: int) -> bytes:
    """The rows of a batch, the first of which is row ``first`` of the sheet. Raises ``LongCellError``."""
    numbers = pa.array(range(first, first + batch.num_rows), pa.int32()).cast(pa.string())
    parts: list[Any] = ['<row r="', numbers, '">']
    for place, column in enumerate(batch.columns):
        parts.append(cells_xml(column, column_letters(place), numbers))
    rows = pc.binary_join_element_wise(*parts, "</row>", "")
    return b"".join(buffer_of(rows))


def cells_xml(column: Any, letters: str, numbers: Any) -> Any:
    """The cells of a column; nothing is no cell."""
    values, held, style, kind = numeric(column)
    opening = f'<c r="{letters}'
    tail = f'"{style}{kind}><v>'
    if values is None:
        return _texts_xml(as_text(column), opening, numbers)
    cells = pc.binary_join_element_wise(opening, numbers, tail, values, "</v></c>", "")
    if held is not None:
        texts = _texts_xml(as_text(column), opening, numbers)
        cells = pc.if_else(pc.fill_null(held, False), cells, texts)
    return pc.fill_null(cells, "") if cells.null_count else cells


def numeric(column: Any) -> tuple[Any, Any, str, str]:
    """A column as numbers in text, which of them a cell keeps to the last digit (``None``: all), and
    the attributes of its cells. No numbers where the cells are texts."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "1", "0"), None, "", ' t="b"'
    if is_whole(kind) or pa.types.is_decimal(kind):
        return as_text(column), _few_digits(column), "", ""
    if pa.types.is_floating(kind):
        return column.cast(pa.string()), pc.is_finite(column), "", ""
    if pa.types.is_date32(kind):
        days = pc.add(column.cast(pa.int32()), DAY_ZERO).cast(pa.string())
        return days, _known(column, column), f' s="{DATE_STYLE}"', ""
    if pa.types.is_timestamp(kind) and kind.tz is None:
        moments = column.cast(pa.timestamp("us"))
        seconds = pc.divide(moments.cast(pa.int64()), 1_000_000).cast(pa.float64())
        days = pc.add(pc.divide(seconds, float(SECONDS)), float(DAY_ZERO)).cast(pa.string())
        return days, _known(column, moments), f' s="{MOMENT_STYLE}"', ""
    return None, None, "", ""


def _few_digits(column: Any) -> Any:
    scale = column.type.scale if pa.types.is_decimal(column.type) else 0
    ends = pc.min_max(column).as_py()
    most = 10**MAX_DIGITS

    def few(value: Any) -> bool:
        return bool(abs(value).scaleb(scale) < most) if scale else bool(abs(value) < most)

    if ends["max"] is None or (few(ends["min"]) and few(ends["max"])):
        return None
    return pa.array([value is not None and few(value) for value in column.to_pylist()])


def _known(column: Any, moments: Any) -> Any:
    """Which days Excel's calendar has (its 1900 is a leap year), and which times it keeps."""
    first = pa.scalar(FIRST_SAFE_DAY, pa.date32()).cast(column.type)
    held = pc.greater_equal(column, first)
    if pa.types.is_timestamp(column.type) and has_fractions(moments):
        held = pc.and_(held, pc.equal(pc.floor_temporal(moments, unit="second"), moments))
    return None if pc.all(held).as_py() is not False else held


def _texts_xml(texts: Any, opening: str, numbers: Any) -> Any:
    check_lengths(texts)
    tail = '" t="inlineStr"><is><t>'
    if contains(texts, (b"&", b"<", b">")) or _has_marks(texts):
        texts = spelled(texts)
        tail = '" t="inlineStr"><is><t'
    cells = pc.binary_join_element_wise(opening, numbers, tail, texts, "</t></is></c>", "")
    return pc.fill_null(cells, "") if cells.null_count else cells


def _has_marks(texts: Any) -> bool:
    return pc.any(pc.match_substring_regex(texts, MARKS)).as_py() is True


def spelled(texts: Any) -> Any:
    """Texts with what XML or a cell does not take by itself, after the end of their opening tag."""
    encoded = texts.dictionary_encode()
    held = [text_xml(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(held, pa.string()).take(encoded.indices)


def text_xml(text: str) -> str:
    """One text with the rest of its opening tag."""
    text = _ESCAPED.sub(r"_x005F\1", text)
    text = _UNWRITABLE.sub(lambda match: f"_x{ord(match.group()):04X}_", text)
    space = ' xml:space="preserve"' if _EDGES.search(text) else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{space}>{text}"


def check_lengths(texts: Any) -> None:
    """Refuse a text that no cell holds. A character takes up to two units, hence the first look."""
    longest = pc.max(pc.utf8_length(texts)).as_py() or 0
    if longest * 2 <= MAX_CELL_UNITS:
        return
    long = texts.filter(pc.greater(pc.utf8_length(texts), MAX_CELL_UNITS // 2))
    if any(len(text.encode("utf-16-le")) // 2 > MAX_CELL_UNITS for text in long.to_pylist()):
        raise LongCellError


def column_letters(place: int) -> str:
    """``A`` for the column at place 0, ``AA`` for that at 26."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
