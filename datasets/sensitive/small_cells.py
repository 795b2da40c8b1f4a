"""Counts of people so small that the people can be told: statistics with cells of one or two.

A count of one tells all about one person; in a count of two each knows the other. Three is the
least that the minimum frequency rule allows (Hundepool et al., Statistical Disclosure Control,
2012, section 5.2; Eurostat's usual threshold). The statistics law forbids publishing what lets
single respondents be told (《统计法》第二十八条). Totals are left out: theirs are not the risk.
"""

import re
from collections.abc import Iterator
from typing import Final

from datasets import total_words
from datasets.identifiers import fold
from datasets.sensitive.detector import (
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    filling,
    matching,
    whole,
)
from schemas.records import Message
from schemas.vocabularies import Severity

SMALLEST_SAFE: Final = 3
"""Non-zero counts below this tell who is counted, so they are reported."""
THRESHOLD: Final = 5
"""Non-zero counts below this are hidden once that is agreed to: what is left must tell of nobody even to
a reader who knows one of the people counted."""

COUNT_HEADER: Final = re.compile(
    rf"^(?!.*(?:{total_words.COLUMN}|比例|占比|率|金额|编号|代码|时长|平均)).*(?:人数|人次|例数|件数|户数|病例|"
    r"死亡|确诊|感染|患者|出生数|婴儿|残疾人|受害|涉案|学生数|职工数|[0-9]岁|岁以[上下])|^[男女]性?$"
)
GROUP_HEADER: Final = re.compile(
    r"^区$|区县|区划|市区|辖区|地区|区域|街道|乡镇|镇街|社区|村$|年龄|性别|民族|职业|工种|病种|疾病|病因|死因|"
    r"学历|文化程度|户籍|国籍|籍贯|婚姻|残疾类|班级|年级"
)
UNIT: Final = "(?: ?(?:人次|人|例|件|户|名|起|宗|次|个))?"
"""What may stand behind a count in its cell."""

_INTEGER, _INTEGER_GATE = filling(f"[0-9]{{1,3}}(?:,?[0-9]{{3}})*(?:\\.0+)?{UNIT}")
_SMALL, _SMALL_GATE = filling(f"[1-{SMALLEST_SAFE - 1}](?:\\.0+)?{UNIT}")


def find_small(text: str) -> Iterator[Hit]:
    """Cells with a count from one to below the smallest safe one."""
    if _SMALL.fullmatch(fold(text)):
        yield whole(text)


def weigh_small(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning in a table of counts by groups; a table that names people is no statistics."""
    if not tally.rows or column.table_has_people or not column.table_has_groups:
        return None
    counts = tally.counts.get("integer", 0) * 5 >= column.filled * 3
    return Severity.MEDIUM if counts else None


SMALL_CELL: Final = Detector(
    name="small-cell",
    gate=_INTEGER_GATE,
    find=find_small,
    judge=matching(_SMALL_GATE),
    patterns={"integer": _INTEGER_GATE},
    weigh=weigh_small,
    message=Message(
        "Counts below %(least)s in statistics by groups; the people counted may be told. Hiding them "
        "hides every count below %(hidden)s.",
        {"least": SMALLEST_SAFE, "hidden": THRESHOLD},
    ),
    coarsen=lambda _value: f"<{SMALLEST_SAFE}",
    show=lambda _value: f"<{SMALLEST_SAFE}",
    headers=COUNT_HEADER,
    parts=True,
)
