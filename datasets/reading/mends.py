"""Kinds of cells that can be rewritten mechanically: which columns, which cells, and into what.

Every kind is a row of ``MENDS``. A column is looked at for a kind when the first rows say that it
holds such values; a cell is a candidate when it matches ``hint`` (RE2), and is mended only if that
changes it. A mend never invents: what it does not understand it leaves alone.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from datasets.reading.cells import EDGES, GROUPED, half_width, is_number, plain_number
from schemas.records import Message

UNITS = (
    "万亿元|亿元|千万元|百万元|万元|千元|元|万美元|美元|％|%|‰|平方公里|平方千米|平方米|㎡|m²|m2|立方米|m³"
    "|公里|千米|km|米|厘米|毫米|公顷|万亩|亩|万吨|吨|公斤|千克|kg|克|升|千瓦时|万千瓦|千瓦|kW|万人次|万人"
    "|人次|人|万户|户|家|个|项|件|台|套|辆|条|座|处|所|张|床|天|岁|小时|分钟|次|名|只|株|册|份|起|宗|批次|批"
)
NUMBER_BODY = r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
WITH_UNIT = re.compile(rf"({NUMBER_BODY})\s*({UNITS})")
UNIT_SUFFIX = re.compile(rf"[（(](?:{UNITS})[）)]$")
HANZI_DIGITS = {char: str(i) for i, char in enumerate("〇一二三四五六七八九")} | {
    "○": "0",
    "零": "0",
    "Ｏ": "0",
    "两": "2",
}
_CLOCK = r"(?:[T ]*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})秒?|分)?(?:\.0+)?)?"
_HANZI = "〇○零Ｏ一二三四五六七八九"
DATE_FORMS = (
    re.compile(rf"(\d{{4}})年(?:(\d{{1,2}})月(?:(\d{{1,2}})[日号]{_CLOCK})?)?"),
    re.compile(rf"(\d{{4}})[/.](\d{{1,2}})[/.](\d{{1,2}}){_CLOCK}"),
    re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_CLOCK}"),
    re.compile(rf"([{_HANZI}]{{4}})年(?:([十一二三四五六七八九]{{1,3}})月(?:([十一二三四五六七八九]{{1,3}})[日号])?)?"),
)  # fmt: skip
ISO_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}:\d{2})?)?")
DATE_LABEL = re.compile(r"日期|时间|date|[年月]份$|日$", re.IGNORECASE)
SERIAL = re.compile(r"([2-6]\d{4})(\.\d+)?")
FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001  (a spreadsheet's days have no zone)
DAY_SECONDS = 86_400
CODE = re.compile(r"[A-Za-z0-9()\[\]\-/._·]+")
ZERO_CODES = (
    (re.compile(r"邮政?编码?|邮编"), 6),
    (re.compile(r"(?:股票|证券)代码"), 6),
    (re.compile(r"组织机构代码"), 9),
)
"""Codes of digits that begin with zeros, by their label, and how long they are."""
ENOUGH = 0.8


@dataclass(frozen=True, slots=True)
class Mend:
    """One kind of rewriting.

    ``parameter`` looks at a column's label and filled sample cells (spaces taken off) and answers
    None when the kind has no business there, else what ``mend`` needs to know besides the cell.
    A column must hold one of the byte strings ``marks``, or a filled cell of fewer than ``shorter``
    bytes, before its cells are looked at one by one.
    """

    parameter: Callable[[str, Sequence[str]], str | None]
    marks: tuple[bytes, ...]
    hint: str
    mend: Callable[[str, str], str]
    offer: Message
    step: Message
    shorter: int = 0


def _enough(cells: Sequence[str], test: Callable[[str], object]) -> bool:
    """Whether at least four of five cells pass; asked no longer than it is open."""
    failed = 0
    for cell in cells:
        if not test(cell):
            failed += 1
            if (len(cells) - failed) / len(cells) < ENOUGH:
                return False
    return bool(cells)


def unit_of(cell: str) -> str:
    """The unit behind a number, in plain characters; empty when there is none."""
    found = WITH_UNIT.fullmatch(half_width(cell))
    return found[2] if found else ""


def _is_quantity(cell: str) -> bool:
    return is_number(cell) or bool(unit_of(cell))


def holds_quantities(_label: str, cells: Sequence[str]) -> str | None:
    """Quantities in at least four of five filled cells of the sample."""
    return "" if _enough(cells, _is_quantity) else None


def _one_unit(_label: str, cells: Sequence[str]) -> str | None:
    units = {unit for unit in map(unit_of, cells) if unit}
    if len(units) != 1 or not _enough(cells, unit_of):
        return None
    return units.pop()


def _without_unit(cell: str, unit: str) -> str:
    found = WITH_UNIT.fullmatch(half_width(cell))
    return found[1] if found and found[2] == unit else cell


def _ungrouped(cell: str, _parameter: str) -> str:
    if GROUPED.fullmatch(cell):
        return cell.replace(",", "")
    found = WITH_UNIT.fullmatch(cell)
    if found:
        return found[1].replace(",", "") + cell[found.end(1) :]
    return plain_number(cell, grouped=True, wide=False)


def _narrow(cell: str, _parameter: str) -> str:
    narrow = half_width(cell)
    return narrow if _is_quantity(narrow) else cell


def iso_date(cell: str, _parameter: str = "") -> str:
    """Write a date as ISO 8601 as far as it goes: 2024-03-05, 2024-03, 2024; else the cell as it is."""
    text = half_width(cell).strip()
    for form in DATE_FORMS:
        found = form.fullmatch(text)
        if found:
            return _assembled(found.groups(), cell)
    return cell


def _assembled(parts: Sequence[str | None], cell: str) -> str:
    year, month, day = (_figure(part) for part in parts[:3])
    if month is None:
        return f"{year:04}"
    try:
        hour, minute, second = (int(part or 0) for part in (*parts[3:], *"000")[:3])
        moment = dt.datetime(year or 0, month, day or 1, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        return cell
    if day is None:
        return f"{moment:%Y-%m}"
    return moment.isoformat() if any(parts[3:]) else f"{moment:%Y-%m-%d}"


def _figure(part: str | None) -> int | None:
    """The number of a part of a date, in digits or in Chinese: 二〇二四, 十二, 三十一."""
    if part is None:
        return None
    if part.isdigit() and part.isascii():
        return int(part)
    if "十" in part:
        tens, _, ones = part.partition("十")
        return int(HANZI_DIGITS.get(tens, "1")) * 10 + int(HANZI_DIGITS.get(ones, "0"))
    return int("".join(HANZI_DIGITS[char] for char in part))


def _is_date(cell: str) -> bool:
    return bool(ISO_DATE.fullmatch(cell)) or iso_date(cell) != cell


def _dated(_label: str, cells: Sequence[str]) -> str | None:
    return "" if _enough(cells, _is_date) else None


def _serial_label(label: str, cells: Sequence[str]) -> str | None:
    if not DATE_LABEL.search(label):
        return None
    either = _enough(cells, lambda cell: SERIAL.fullmatch(cell) or _is_date(cell))
    return "" if either else None


def _from_serial(cell: str, _parameter: str) -> str:
    if not SERIAL.fullmatch(cell):
        return cell
    seconds = round(Decimal(cell) * DAY_SECONDS)
    moment = FIRST_DAY + dt.timedelta(seconds=seconds)
    return moment.isoformat() if seconds % DAY_SECONDS else f"{moment:%Y-%m-%d}"


def _codes(_label: str, cells: Sequence[str]) -> str | None:
    if not _enough(cells, lambda cell: CODE.fullmatch(half_width(cell))):
        return None
    return None if holds_quantities("", cells) == "" else ""


def _narrow_code(cell: str, _parameter: str) -> str:
    narrow = half_width(cell)
    return narrow if CODE.fullmatch(narrow) else cell


def _zero_code(label: str, cells: Sequence[str]) -> str | None:
    size = next((size for pattern, size in ZERO_CODES if pattern.search(label)), 0)
    if not size or any(cell.isdigit() and len(cell) > size for cell in cells):
        return None
    return str(size) if _enough(cells, str.isdigit) else None


def _padded(cell: str, size: str) -> str:
    short = cell.isascii() and cell.isdigit() and len(cell) < int(size)
    return cell.zfill(int(size)) if short else cell


MENDS: dict[str, Mend] = {
    "full-width-digits": Mend(
        holds_quantities,
        (b"\xef", b"\xe3"),
        r"[\x{ff01}-\x{ff5e}\x{3000}]",
        _narrow,
        Message(
            "In column %(column)s %(count)d row(s) hold numbers with full-width digits. Accepting "
            "writes them plainly."
        ),
        Message("In column %(column)s, write numbers with plain digits."),
    ),
    "thousands-separators": Mend(
        holds_quantities,
        (b",",),
        r"[0-9],[0-9]{3}",
        _ungrouped,
        Message(
            "In column %(column)s %(count)d row(s) hold numbers with thousands separators. "
            "Accepting takes the commas out."
        ),
        Message("In column %(column)s, take the thousands separators out of numbers."),
    ),
    "number-units": Mend(
        _one_unit,
        (b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"0", b"\xef"),
        r"[0-9\x{ff10}-\x{ff19}]\s*[^0-9., ]+$",
        _without_unit,
        Message(
            "In column %(column)s %(count)d row(s) carry the unit %(unit)s behind the number. "
            "Accepting leaves the numbers alone in the cells and names the unit in the header."
        ),
        Message("In column %(column)s, move the unit behind the numbers into the header."),
    ),
    "date-forms": Mend(
        _dated,
        (b"/", b".", b" ", b"\xe5", b"\xef"),
        r"年|[/.]|^\d{4}-(?:\d-|\d\d-\d(?:$|[T ]))|\d [\d ]|[\x{ff10}-\x{ff19}]",
        iso_date,
        Message(
            "In column %(column)s %(count)d row(s) write dates with slashes, full stops, spaces or "
            "Chinese characters. Accepting writes them as 2024-03-05."
        ),
        Message("In column %(column)s, write dates as 2024-03-05."),
        shorter=10,
    ),
    "serial-dates": Mend(
        _serial_label,
        (b".",),
        r"^[2-6][0-9]{4}(?:\.[0-9]+)?$",
        _from_serial,
        Message(
            "In column %(column)s %(count)d row(s) hold dates as a spreadsheet counts days (45356 "
            "is 2024-03-05). Accepting writes them as dates."
        ),
        Message("In column %(column)s, turn a spreadsheet's day numbers into dates."),
        shorter=10,
    ),
    "full-width-codes": Mend(
        _codes,
        (b"\xef",),
        r"[\x{ff01}-\x{ff5e}]",
        _narrow_code,
        Message(
            "In column %(column)s %(count)d row(s) hold codes with full-width letters or digits. "
            "Accepting writes them plainly."
        ),
        Message("In column %(column)s, write codes with plain letters and digits."),
    ),
    "leading-zeros": Mend(
        _zero_code,
        (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9"),
        r"^[0-9]{1,8}$",
        _padded,
        Message(
            "In column %(column)s %(count)d code(s) are too short: a spreadsheet has taken the zeros "
            "at their beginning away. Accepting puts the zeros back; compare with the source first."
        ),
        Message("In column %(column)s, put the lost zeros back before codes that are too short."),
    ),
}
"""Kind of repair -> how it works; in the order in which the mends are applied to a cell."""


def mends_of(label: str, cells: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Name the kinds that a column is looked at for, each with its parameter.

    ``cells`` are the filled cells of the first rows.
    """
    plain = [cell.strip(EDGES) for cell in cells]
    asked = {mend.parameter for mend in MENDS.values()}
    told = {parameter: parameter(label, plain) for parameter in asked}
    found = ((kind, told[mend.parameter]) for kind, mend in MENDS.items())
    return tuple((kind, parameter) for kind, parameter in found if parameter is not None)


def with_unit(label: str, unit: str) -> str:
    """Name the unit in a column name that does not name it yet."""
    return label if unit in label else f"{label}（{unit}）"


def without_unit(label: str) -> str:
    """A column name without the unit that ``with_unit`` put there."""
    return UNIT_SUFFIX.sub("", label)
