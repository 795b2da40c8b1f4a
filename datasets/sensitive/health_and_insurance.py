"""Numbers of insured people and of patients, and what is told of their bodies and beliefs.

None of the numbers has a form of its own: the header or the words before them make them what they
are. Numbers of insured bodies (单位社保登记证) are no person's.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    WHITE,
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    announced,
    bounded,
    hide_all,
    plain_label,
    whole,
)
from schemas.records import Message
from schemas.vocabularies import Severity

INSURANCE_WORDS: Final = re.compile(
    r"社保卡|社会保障卡|社会保障号|社保号|社保编号|医保卡|医保号|医保编号|医疗保险号|医疗证号|参保号|参保编号|"
    r"个人社保|公积金账号|公积金号"
)
PATIENT_WORDS: Final = re.compile(
    r"病历号|病案号|住院号|门诊号|就诊号|就诊卡|诊疗卡|健康卡号|患者编号|患者ID", re.IGNORECASE
)
BODY_WORDS: Final = re.compile(r"单位|登记证|机构|企业|公司")
SENSITIVE_HEADER: Final = re.compile(
    r"疾病|病种|病名|诊断|病情|病史|残疾类|残疾等|残疾级|血型|过敏|传染|精神障碍|孕产|宗教|信仰|"
    r"犯罪|前科|服刑|戒毒|矫正|信用分|贫困类|低保类"
)

_SHAPE: Final = "[A-Z]{0,3}[0-9][0-9A-Z]{5,19}"
_NUMBER, _NUMBER_GATE = bounded(_SHAPE)


def find_numbers(text: str) -> Iterator[Hit]:
    """Numbers of 6 digits and more, letters in front or among them."""
    return (Hit(*found.span()) for found in _NUMBER.finditer(fold(text)))


def _weigh(words: re.Pattern[str]) -> Callable[[Tally, ColumnFacts], Severity | None]:
    def weigh(tally: Tally, column: ColumnFacts) -> Severity | None:
        if not tally.rows:
            return None
        label = plain_label(column.label)
        body = BODY_WORDS.search(label) is not None and words.search(label) is not None
        return Severity.MEDIUM if body else Severity.HIGH

    return weigh


def find_anything(text: str) -> Iterator[Hit]:
    """Every cell that says something."""
    if fold(text).strip(WHITE):
        yield whole(text)


def weigh_attributes(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning where people stand in the same table; statistics have none."""
    return Severity.MEDIUM if tally.rows and column.table_has_people else None


SOCIAL_SECURITY: Final = Detector(
    name="social-security",
    gate=_NUMBER_GATE,
    exact=True,
    find=find_numbers,
    weigh=_weigh(INSURANCE_WORDS),
    words=INSURANCE_WORDS,
    announced=announced(INSURANCE_WORDS, _SHAPE),
    message=Message("Numbers of insured people: social security, medical insurance, housing fund."),
    people=True,
)
PATIENT: Final = Detector(
    name="patient",
    gate=_NUMBER_GATE,
    exact=True,
    find=find_numbers,
    weigh=_weigh(PATIENT_WORDS),
    words=PATIENT_WORDS,
    announced=announced(PATIENT_WORDS, _SHAPE),
    message=Message("Numbers of patients and of their records."),
    people=True,
)
SENSITIVE_ATTRIBUTE: Final = Detector(
    name="sensitive-attribute",
    gate=r"[^ \t\n\r\f\v]",
    exact=True,
    find=find_anything,
    weigh=weigh_attributes,
    message=Message(
        "What is told of people's health, beliefs, offences or need; sensitive by law where the "
        "person can be told."
    ),
    hide=hide_all,
    show=hide_all,
    headers=SENSITIVE_HEADER,
    whole_cells=True,
)
