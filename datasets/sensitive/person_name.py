"""Names of people: a surname and one or two characters more, judged by column, never by cell."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.sensitive.detector import ColumnFacts, Detector, Hit, Tally, plain_label
from schemas.records import Message
from schemas.vocabularies import Severity

NAME_HEADER = re.compile(
    r"姓名|法定代表人|法人代表|负责人|联系人|经办人|申请人|当事人|持证人|户主|监护人|经营者|"
    r"从业人员|执法人员|承办人|育种者|项目经理|\bname\b",
    re.IGNORECASE,
)

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕"
    "丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史贺陶毛郝顾龚邵万覃武钱"
    "戴严莫孔向常汤康易乔赖文庞樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍申尤毕聂柴焦岳齐梅庄辛管祝左涂"
    "谷耿关苗凌费纪欧路甘游裴詹曲鲍霍翁柳靳华祁邢盛单柯舒卜阮骆童闵解车邬娄谌窦冉褚宁米卫时"
)
"""The two hundred most frequent surnames, nine people in ten and more."""

COMPOUND_SURNAMES: Final = "欧阳|司马|上官|诸葛|夏侯|皇甫|尉迟|公孙|慕容|令狐|司徒|端木|东方|西门"

NAME_SHAPE: Final = rf"(?:[{SURNAMES}]\p{{Han}}{{1,2}}|(?:{COMPOUND_SURNAMES})\p{{Han}}{{1,2}})"

_NAME = re.compile(
    rf"\s*(?:[{SURNAMES}][\u3400-\u9fff]{{1,2}}|(?:{COMPOUND_SURNAMES})[\u3400-\u9fff]{{1,2}})\s*"
)
_PLACE_OR_THING = re.compile(
    r"(?:[省市区县旗州盟镇乡村街路巷里桥河湖山江岛湾坡庄屯港站园场厂店院校所局部科处室级类型组队"
    r"会社业司馆库]|公司)$"
)


def find_names(text: str) -> Iterator[Hit]:
    """The whole cell, when it is a name by its shape and does not end like a place or a body."""
    plain = text.strip()
    if _NAME.fullmatch(text) and not _PLACE_OR_THING.search(plain):
        start = text.index(plain)
        yield Hit(start, start + len(plain))


def weigh_names(tally: Tally, column: ColumnFacts) -> Severity | None:
    """A warning under a header of people, or where three in five cells are names of five people.

    Never more: names of officials and representatives are published by law, and only a person
    can tell them from others.
    """
    if not tally.rows:
        return None
    if NAME_HEADER.search(plain_label(column.label)):
        return Severity.MEDIUM
    many = tally.distinct >= 5 and tally.rows * 5 >= column.filled * 3
    return Severity.MEDIUM if many else None


def coarsen_name(value: str) -> str:
    """The surname, as notices of administrative bodies print it."""
    return f"{value.strip()[:1]}某"


PERSON_NAME: Final = Detector(
    name="person-name",
    gate=rf"^\s*{NAME_SHAPE}\s*$",
    find=find_names,
    weigh=weigh_names,
    message=Message("Names of people."),
    coarsen=coarsen_name,
    whole_cells=True,
    people=True,
)
