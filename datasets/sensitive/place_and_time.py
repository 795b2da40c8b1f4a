"""Where people live, stay and were born: sensitive together with a person, harmless without."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import ColumnFacts, Detector, Hit, Tally, always, plain_label
from schemas.records import Message
from schemas.vocabularies import Severity

HOME_HEADER = re.compile(r"住址|家庭|户籍|居住|通讯地址|通信地址|户口")
POSITION_HEADER = re.compile(
    r"经度|纬度|经纬|坐标|\blng\b|\blat\b|\blon\b|longitude|latitude", re.IGNORECASE
)
BIRTH_HEADER = re.compile(r"出生|生日|birth", re.IGNORECASE)

_HOUSE_GATE: Final = (
    r"(?:路|街|道|巷|胡同|弄|村|小区|社区|苑|园|里|庄|组).{0,24}"
    r"[\p{Nd}一二三四五六七八九十](?:号|栋|幢|座|单元|室|层|户)"
)
_HOUSE = re.compile(
    r"(?:路|街|道|巷|胡同|弄|村|小区|社区|苑|园|里|庄|组).{0,24}?"
    r"[\d一二三四五六七八九十](?:号|栋|幢|座|单元|室|层|户)"
)
_DISTRICT = re.compile(r"^.{0,24}?(?:[^小社园校厂]区|县|旗|(?<=.{2})市(?!.{0,12}[区县旗]))")
_COORDINATE = re.compile(r"\s*-?\d{1,3}\.\d{4,}(?:\s*[,，]\s*-?\d{1,3}\.\d{4,})?\s*", re.ASCII)
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
_BIRTH = re.compile(
    r"\s*((?:18|19|20)\d{2})(?:[-/.年]?\d{1,2}(?:[-/.月]?\d{1,2}日?)?.*)?\s*", re.ASCII
)


def _whole(text: str) -> Hit:
    plain = text.strip()
    start = text.index(plain)
    return Hit(start, start + len(plain))


def find_addresses(text: str) -> Iterator[Hit]:
    """Cells with a street or village and a house, building or room number."""
    if _HOUSE.search(fold(text)):
        yield _whole(text)


def weigh_addresses(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning for homes: by the header, or for a column of addresses in a table about people."""
    if not tally.rows:
        return None
    if HOME_HEADER.search(plain_label(column.label)):
        return Severity.MEDIUM
    column_of_addresses = tally.rows * 5 >= column.filled
    return Severity.MEDIUM if column.table_has_people and column_of_addresses else None


def coarsen_address(value: str) -> str:
    """The address down to the district or county."""
    found = _DISTRICT.match(fold(value).strip())
    return found[0] if found else "*"


def find_positions(text: str) -> Iterator[Hit]:
    """Coordinates to ten metres or finer."""
    if _COORDINATE.fullmatch(fold(text)):
        yield _whole(text)


def weigh_positions(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning where people stand in the same table: whereabouts are sensitive (article 28)."""
    return Severity.MEDIUM if tally.rows and column.table_has_people else None


def coarsen_position(value: str) -> str:
    """Two decimals, about a kilometre."""
    return _DECIMALS.sub(r"\1", fold(value))


def find_birth_dates(text: str) -> Iterator[Hit]:
    """Cells that begin with a year and look like a date."""
    if _BIRTH.fullmatch(fold(text)):
        yield _whole(text)


def coarsen_birth_date(value: str) -> str:
    """The year."""
    found = _BIRTH.fullmatch(fold(value))
    return found[1] if found else "*"


ADDRESS: Final = Detector(
    name="address",
    gate=_HOUSE_GATE,
    find=find_addresses,
    weigh=weigh_addresses,
    message=Message("Detailed addresses of people."),
    coarsen=coarsen_address,
    whole_cells=True,
)
POSITION: Final = Detector(
    name="position",
    gate=r"^\s*-?\p{Nd}{1,3}\.\p{Nd}{4}",
    find=find_positions,
    weigh=weigh_positions,
    message=Message("Exact coordinates in a table about people."),
    coarsen=coarsen_position,
    headers=POSITION_HEADER,
    whole_cells=True,
)
BIRTH_DATE: Final = Detector(
    name="birth-date",
    gate=r"^\s*(?:18|19|20|１８|１９|２０)\p{Nd}{2}",
    find=find_birth_dates,
    weigh=always(Severity.MEDIUM),
    message=Message("Dates of birth."),
    coarsen=coarsen_birth_date,
    headers=BIRTH_HEADER,
    whole_cells=True,
    people=True,
)
