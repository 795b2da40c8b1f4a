"""Where people live, stay and were born: sensitive together with a person, harmless without."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import polars as pl

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    BLANK,
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    always,
    filling,
    hide_all,
    mask_all_but_first,
    plain_label,
    whole,
)
from datasets.sensitive.identity import MINOR_YEARS, age
from schemas.records import Message
from schemas.vocabularies import Severity

HOME_HEADER: Final = re.compile(r"住址|家庭|户籍|居住|通讯地址|通信地址|户口")
BODY_HEADER: Final = re.compile(
    r"企业|单位|机构|公司|经营|生产|注册|办公|场所|门店|学校|医院|网点|项目|建设|工程|仓库|库区|养殖|基地"
)
POSITION_HEADER: Final = re.compile(
    r"经度|纬度|经纬|坐标|\blng\b|\blat\b|\blon\b|longitude|latitude", re.IGNORECASE
)
BIRTH_HEADER: Final = re.compile(r"出生|生日|birth", re.IGNORECASE)
AGE_HEADER: Final = re.compile(r"年龄|周岁|^age$", re.IGNORECASE)

_HOUSE_END: Final = "[0-9一二三四五六七八九十](?:号|栋|幢|座|单元|室|层|户)"
_HOUSE_SHAPE: Final = (
    r"(?:路|街|道|巷|胡同|弄|村|小区|社区|苑|园|里|庄|组)[^\n]{0,24}?" + _HOUSE_END
)
_HOUSE: Final = re.compile(_HOUSE_SHAPE)
# Before the name of a district stands nothing of a street, a house or a neighbourhood; and no quarter
# of an estate is one (北区, 七区, 生活区), but for the districts that are called so.
_DISTRICT: Final = re.compile(
    r"^(?:(?!胡同)[^0-9号路街巷弄村院苑楼栋幢座室里\n]){0,24}?"
    r"(?:[市江河城海桥关][东西南北中]区|[道湖]里区"
    r"|[^0-9A-Za-z号路街巷弄村院苑里小社园校厂活宅墅属舍东西南北中一二三四五六七八九十甲乙丙丁]区"
    r"|[^0-9号路街里]县|.旗(?![路街大村小])|.{2}市(?![场口])(?![^路街号]{0,12}[区县旗]))"
)

# Mainland, Hong Kong, Macao, Taiwan and the sea around, which WGS 84, GCJ-02 and BD-09 share
# within a kilometre; four decimals are ten metres.
_EAST: Final = r"(?:7[3-9]|[89][0-9]|1[0-2][0-9]|13[0-5])\.[0-9]{4,}"
_NORTH: Final = r"(?:[3-9]|[1-4][0-9]|5[0-4])\.[0-9]{4,}"
_BETWEEN: Final = r" ?[,，;； /] ?"
_PAIR_SHAPE: Final = f"(?:{_EAST}{_BETWEEN}{_NORTH}|{_NORTH}{_BETWEEN}{_EAST})"
_PAIR: Final = re.compile(rf"(?<![0-9.])(?:{_PAIR_SHAPE})(?![0-9])")
_PAIR_GATE: Final = rf"(?:^|[^0-9.]){_PAIR_SHAPE}"
_COORDINATE, _COORDINATE_GATE = filling(
    r"-?[0-9]{1,3}\.[0-9]{4,}(?: ?[,，] ?-?[0-9]{1,3}\.[0-9]{4,})?"
)
_DEGREES: Final = r"(?:[东西]经|[南北]纬|[EWNS])?-?[0-9]{1,3}(?:\.[0-9]+)?[°度]?[EWNS]?"
_PLAIN_POSITION: Final = re.compile(
    rf"{BLANK}{_DEGREES}(?:{BLANK}[,，;；、/ ]{BLANK}{_DEGREES})?{BLANK}", re.IGNORECASE
)
_DECIMALS: Final = re.compile(r"(\d\.\d\d)\d+", re.ASCII)

_BIRTH, _BIRTH_GATE = filling(
    r"(?:18|19|20)[0-9]{2}(?:[-/.年]?[0-9]{1,2}(?:[-/.月]?[0-9]{1,2}日?)?[^\n]*)?"
)
BORN_HEADER: Final = re.compile(
    r"(?:出生(?:日期|年月日?|时间|日)?|生日)$|birth[ _]?(?:date|day)|date[ _]of[ _]birth|^dob$",
    re.IGNORECASE,
)
"""Headers under which every cell tells a birth, however it is written."""
_ANY_BIRTH: Final = r"[0-9〇○零一二三四五六七八九十]"
_HIDDEN_BIRTH: Final = r"[*＊×]"
_BIRTH_PARTS: Final = re.compile(
    r"\s*((?:18|19|20)[0-9]{2})(?:[-/.年]?(0?[1-9]|1[0-2])(?![0-9]{3})"
    r"(?:[-/.月]?(0?[1-9]|[12][0-9]|3[01])(?![0-9]))?)?"
)
_CHILD, _CHILD_GATE = filling("(?:[0-9]|1[0-3])(?:周?岁)?")


def find_addresses(text: str) -> Iterator[Hit]:
    """Cells with a street or village and a house, building or room number."""
    if _HOUSE.search(fold(text)):
        yield whole(text)


def weigh_addresses(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning for homes: by the header, or for a column of addresses in a table about people.

    Lighter where the header speaks of bodies, whose addresses are public: a family's shop has one
    address for both, so it is recorded all the same.
    """
    if not tally.rows:
        return None
    label = plain_label(column.label)
    if HOME_HEADER.search(label):
        return Severity.MEDIUM
    if not (column.table_has_people and tally.rows * 5 >= column.filled):
        return None
    return Severity.LOW if BODY_HEADER.search(label) else Severity.MEDIUM


def coarsen_address(value: str) -> str:
    """The address down to the district or county; a star where that cannot be told for sure."""
    found = _DISTRICT.match(fold(value).strip())
    return found[0] if found else "*"


def find_positions(text: str) -> Iterator[Hit]:
    """Coordinates to ten metres or finer, alone in their cell."""
    if _COORDINATE.fullmatch(fold(text)):
        yield whole(text)


def find_pairs(text: str) -> Iterator[Hit]:
    """Longitude and latitude side by side, in China, to ten metres or finer."""
    return (Hit(*found.span()) for found in _PAIR.finditer(fold(text)))


def weigh_positions(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning where people stand in the same table: whereabouts are sensitive (article 28).

    Lighter where only moments do: a trace of a vehicle or a telephone, or a measuring station.
    """
    if tally.rows and column.table_has_people:
        return Severity.MEDIUM
    return Severity.LOW if tally.rows and column.table_has_times and tally.distinct > 1 else None


def coarsen_position(value: str) -> str:
    """Two decimals of degrees, about a kilometre; a star for any other notation."""
    plain = fold(value)
    return _DECIMALS.sub(r"\1", plain) if _PLAIN_POSITION.fullmatch(plain) else "*"


def find_birth_dates(text: str) -> Iterator[Hit]:
    """Cells that begin with a year and look like a date."""
    if _BIRTH.fullmatch(fold(text)):
        yield whole(text)


def coarsen_birth_date(value: str) -> str:
    """The year."""
    found = _BIRTH_PARTS.match(fold(value))
    return found[1] if found else "*"


def _judge_children(cells: pl.Series, on: date | None) -> pl.Series:
    young = [text for text in cells.unique() if on and _is_child(text, on)]
    return cells.is_in(young)


def _is_child(text: str, on: date) -> bool:
    """Whether every day that the cell may mean makes its person younger than 14 on ``on``."""
    found = _BIRTH_PARTS.match(text)
    if not found:
        return False
    try:
        earliest = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return False
    return earliest <= on and age(earliest, on) < MINOR_YEARS


def find_ages(text: str) -> Iterator[Hit]:
    """Ages under 14."""
    if _CHILD.fullmatch(fold(text)):
        yield whole(text)


def weigh_ages(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning where people stand in the same table; statistics by age have none."""
    return Severity.MEDIUM if tally.rows and column.table_has_people else None


ADDRESS: Final = Detector(
    name="address",
    gate=_HOUSE_SHAPE,
    trigger=_HOUSE_END,
    exact=True,
    find=find_addresses,
    weigh=weigh_addresses,
    message=Message("Detailed addresses of people."),
    coarsen=coarsen_address,
    show=mask_all_but_first,
    whole_cells=True,
)
POSITION: Final = Detector(
    name="position",
    gate=_COORDINATE_GATE,
    exact=True,
    find=find_positions,
    weigh=weigh_positions,
    message=Message("Exact coordinates in a table about people or with times."),
    coarsen=coarsen_position,
    headers=POSITION_HEADER,
    whole_cells=True,
)
POSITION_PAIR: Final = Detector(
    name="position-pair",
    gate=_PAIR_GATE,
    exact=True,
    find=find_pairs,
    weigh=weigh_positions,
    message=Message("Exact coordinates in pairs in a table about people or with times."),
    coarsen=coarsen_position,
)
BIRTH_DATE: Final = Detector(
    name="birth-date",
    gate=_BIRTH_GATE,
    exact=True,
    find=find_birth_dates,
    weigh=always(Severity.MEDIUM),
    message=Message("Dates of birth."),
    coarsen=coarsen_birth_date,
    headers=BIRTH_HEADER,
    whole_cells=True,
    sure=BORN_HEADER,
    sure_gate=_ANY_BIRTH,
    sure_not=_HIDDEN_BIRTH,
    people=True,
)
MINOR_BIRTH_DATE: Final = Detector(
    name="minor-birth-date",
    gate=_BIRTH_GATE,
    judge=_judge_children,
    find=find_birth_dates,
    weigh=always(Severity.MEDIUM),
    message=Message("Dates of birth of children under 14, whose data are sensitive by law."),
    coarsen=coarsen_birth_date,
    headers=BIRTH_HEADER,
    whole_cells=True,
)
MINOR_AGE: Final = Detector(
    name="minor-age",
    gate=_CHILD_GATE,
    exact=True,
    find=find_ages,
    weigh=weigh_ages,
    message=Message(
        "Ages under 14 in a table about people; data of children are sensitive by law."
    ),
    coarsen=lambda _value: "<14",
    hide=hide_all,
    show=lambda _value: "<14",
    headers=AGE_HEADER,
    whole_cells=True,
)
