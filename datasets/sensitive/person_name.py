"""Names of people: a surname and one or two characters more, judged by column, never by cell.

A name after a word that announces one (联系人：…) is told from its cell alone.
"""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import (
    ColumnFacts,
    Detector,
    Hit,
    Tally,
    always,
    filling,
    filling_gate,
    mask_all_but_first,
    plain_label,
)
from schemas.records import Message
from schemas.vocabularies import Severity

NAME_HEADER: Final = re.compile(
    r"姓名|法定代表人|法人代表|负责人|联系人|经办人|申请人|当事人|持证人|户主|监护人|经营者|"
    r"从业人员|执法人员|承办人|育种者|项目经理|\bname\b",
    re.IGNORECASE,
)

PEOPLE_HEADER: Final = re.compile(
    r"(?:姓名|法定代表人|法人代表|负责人|联系人|经办人|持证人|户主|监护人|执法人员|承办人|育种者|项目经理)"
    r"(?:姓名|名字)?$|\b(?:full|first|last|given|family|person|contact)[ _]?name\b",
    re.IGNORECASE,
)
"""Headers under which every cell names somebody, whatever the shape of the name."""
# Letters, but no name that is masked already, no code in its place, and no word for nobody.
_ANY_NAME: Final = r"\p{L}"
NOBODY: Final = (
    r"[*＊×●•■○某Ｘ]"
    r"|^[ \t]*(?:无|暂无|不详|未知|空|略|没有|(?i:null|none|nan|n/?a)|[A-Z]{16})[ \t]*$"
)
"""A whole cell that stands for nobody, for a value masked already, or is a pseudonym."""

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕"
    "丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史贺陶毛郝顾龚邵万覃武钱"
    "戴严莫孔向常汤康易乔赖文庞樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦岳齐梅庄辛管祝左涂"
    "谷耿关苗凌费纪欧路甘游裴詹曲鲍霍翁柳靳华祁邢盛单柯舒卜阮骆童闵解车邬娄谌窦冉褚宁米卫时"
    "滕荣屈栾隋鞠戚宫桑甄蔺巫臧卓苟佟冼匡敖晁岑蒲寇粟邝艾鄢芮缪仝亓"
)
"""The most frequent surnames, nineteen people in twenty."""

COMPOUND_SURNAMES: Final = "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|端木|东方|西门"

# Names end with no character that ends places, bodies and posts; 某 stands for one left out.
_NO_END: Final = (
    "省市区县旗州盟镇乡村街路巷里桥河湖山江岛湾坡庄屯港站园场厂店院校"
    "所局部科处室级类型组队会社业司馆库某"
)
_HAN: Final = r"\u3400-\u9fff"
_LAST: Final = rf"(?:(?![{_NO_END}])[{_HAN}])"
_LAST_GATE: Final = rf"[{_HAN}&&[^{_NO_END}]]"


def _name(last: str) -> str:
    """Two or three characters after a surname of one, or of two; short names may be spaced out."""
    return (
        rf"(?:[{SURNAMES}][{_HAN}]?{last}|[{SURNAMES}] {{1,4}}{last}"
        rf"|(?:{COMPOUND_SURNAMES})[{_HAN}]?{last})"
    )


def _names(last: str) -> str:
    return rf"{_name(last)}(?: ?[、,，;；/ ] ?{_name(last)})*"


_CELL: Final = filling(_names(_LAST))[0]
_CELL_GATE: Final = filling_gate(_names(_LAST_GATE))

_ANNOUNCED_BY: Final = (
    r"(?:姓名|联系人|负责人|法定代表人|法人代表|当事人|申请人|被申请人|经办人|监护人|户主|患者|学生|家长|死者|伤者)"
    r"(?:[:：] ?|(?:为|是|叫) ?)"
)
_AFTER: Final = r"[ ,，。;；、()（）:：0-9]|男|女|$"
_TOLD: Final = re.compile(rf"{_ANNOUNCED_BY}({_name(_LAST)})(?={_AFTER})")
_TOLD_GATE: Final = rf"{_ANNOUNCED_BY}{_name(_LAST_GATE)}(?:{_AFTER})"


def find_names(text: str) -> Iterator[Hit]:
    """The whole cell, when it is a name, or names, by its shape and ends like no place or body."""
    found = _CELL.fullmatch(fold(text))
    if found:
        yield Hit(*found.span(1))


def find_told(text: str) -> Iterator[Hit]:
    """Names after a word that announces one."""
    return (Hit(*found.span(1)) for found in _TOLD.finditer(fold(text)))


def weigh_names(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning under a header of people, or where three in five cells are names of five people.

    Never more: names of officials and representatives are published by law, and only a person
    can tell them from others.
    """
    if not tally.rows:
        return None
    label = plain_label(column.label)
    if NAME_HEADER.search(label) or PEOPLE_HEADER.search(label):
        return Severity.MEDIUM
    many = tally.distinct >= 5 and tally.rows * 5 >= column.filled * 3
    return Severity.MEDIUM if many else None


def coarsen_name(value: str) -> str:
    """The surname, as notices of administrative bodies print it; a letter of a name in others."""
    first = value.strip()[:1]
    return f"{first}某" if first > "\u2e7f" else f"{first}*"


PERSON_NAME: Final = Detector(
    name="person-name",
    gate=_CELL_GATE,
    exact=True,
    find=find_names,
    weigh=weigh_names,
    message=Message("Names of people."),
    coarsen=coarsen_name,
    show=mask_all_but_first,
    sure=PEOPLE_HEADER,
    sure_gate=_ANY_NAME,
    sure_not=NOBODY,
    whole_cells=True,
    people=True,
)
NAME_IN_TEXT: Final = Detector(
    name="name-in-text",
    gate=_TOLD_GATE,
    exact=True,
    find=find_told,
    weigh=always(Severity.MEDIUM),
    message=Message("Names of people in running text."),
    coarsen=coarsen_name,
    show=mask_all_but_first,
    people=True,
)
