"""Reading an official calendar notice: the text that the State Council publishes, or lines of CSV.

The text says for each holiday which days are free and which weekend days are worked (国务院办公厅关于…年
部分节假日安排的通知). Days are written as 10月1日, ranges with 至, months left out when they repeat.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from catalog.errors import Invalid
from schemas.records import Message

LARGEST = 100_000
"""Characters of a notice that are read."""
_YEAR = re.compile(r"((?:19|20|21)\d\d)年")
_HOLIDAY = re.compile(r"^\s*[一二三四五六七八九十]+、\s*([^：:]{1,20})[：:](.*)$", re.MULTILINE)
_NOTE = re.compile(r"[（(][^（）()]{0,30}[）)]")
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
_SPAN = re.compile(rf"{_DAY}(?:(?:至|到|-|—|~|～){_DAY})?")
_WORDS = {"放假": "rest", "上班": "work"}
_LONGEST = 31


def rows(text: str) -> list[dict[str, str]]:
    """The days of a notice as ``date``, ``kind`` (work or rest), ``name``; CSV lines as they are.

    Raises ``Invalid`` for a text that names no day, or a day that does not exist.
    """
    if len(text) > LARGEST:
        raise _refused(Message("The text is too long for a calendar notice."))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not _HOLIDAY.search(text):
        return list(_table(lines))
    year = _YEAR.search(text)
    if year is None:
        raise _refused(Message("The text does not say for which year it is."))
    try:
        found = [
            row
            for name, said in _HOLIDAY.findall(text)
            for row in _holiday(int(year[1]), name, said)
        ]
    except ValueError:
        raise _refused(Message("The text names a day that does not exist.")) from None
    if not found:
        raise _refused(Message("The text names no day that is free or worked."))
    return found


def _table(lines: list[str]) -> Iterator[dict[str, str]]:
    for line in lines:
        cells = [cell.strip().strip('"') for cell in line.replace("，", ",").split(",")]
        if cells[0].lower().lstrip("\ufeff") in {"date", "日期"}:
            continue
        yield dict(zip(("date", "kind", "name"), [*cells, "", ""], strict=False))


def _holiday(year: int, name: str, said: str) -> Iterator[dict[str, str]]:
    """Each clause up to 放假 or 上班 names days of one kind."""
    plain = _NOTE.sub("", said)
    begin = 0
    for found in re.finditer("放假|上班", plain):
        clause, kind = plain[begin : found.start()], _WORDS[found[0]]
        begin = found.end()
        title = name.strip() + ("调休上班" if kind == "work" else "")
        for day in _days(year, clause):
            yield {"date": day.isoformat(), "kind": kind, "name": title}


def _days(year: int, clause: str) -> Iterator[date]:
    month = 0
    for found in _SPAN.finditer(clause):
        first_year, first_month, first_day, last_year, last_month, last_day = found.groups()
        month = int(first_month or month)
        first = date(int(first_year or year), month, int(first_day))
        if last_day is None:
            yield first
            continue
        month = int(last_month or month)
        last = date(int(last_year or first.year), month, int(last_day))
        length = (last - first).days + 1
        if not 1 <= length <= _LONGEST:
            raise ValueError(clause)
        yield from (first + timedelta(days=n) for n in range(length))


def _refused(cause: Message) -> Invalid:
    return Invalid(
        "calendar-rows",
        cause,
        Message("Paste the whole notice, or lines with a date, work or rest, and a name."),
        fields={"rows": [cause]},
    )
