"""Spellings of closed lists met in real catalogues, read into the words of ``vocabularies``.

Codes without words (01, 02) are not read: their meaning differs between systems.
"""

import re
import unicodedata
from collections.abc import Mapping

from schemas.vocabularies import ConditionalMode, FieldType, Openness, Sharing, UpdateCycle

_NOISE = re.compile(r"[\s'\"‘’“”`《》【】\[\]()。.]+")
_CYCLE_TAIL = re.compile(r"(更新)?(一次|1次|/次)?(更新)?$")
_TYPE_TAIL = re.compile(r"(?<=型)[a-z]$|\d+(,\d+)?$")


def plain_word(text: str) -> str:
    """A word without spaces, quotes and brackets, full-width forms made narrow, in lower case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).lower()


def _table(spellings: Mapping[str, str]) -> dict[str, str]:
    return {
        plain_word(word): str(code) for code, words in spellings.items() for word in words.split()
    }


_OPENNESS = _table({
    Openness.UNCONDITIONAL: "unconditional 无条件开放 无条件 无条件公开 完全开放 普遍开放 全部开放 主动开放"
    " 开放 已开放 向社会开放 社会公开 公开 public open",
    Openness.CONDITIONAL: "conditional 有条件开放 有条件 有条件公开 条件开放 受限开放 部分开放 依申请开放"
    " 依申请公开 申请开放 申请后开放 授权开放 审核开放 需申请 需审核 实名开放 实名认证开放 实名认证"
    " 登录开放 注册开放 restrictedpublic restricted",
    Openness.WITHHELD: "withheld 不予开放 不开放 不予公开 不公开 禁止开放 非开放 non-public non_public",
    Openness.UNASSESSED: "unassessed 未定 待定",
})  # fmt: skip
_MODES = _table({
    ConditionalMode.APPROVAL: "依申请开放 依申请公开 申请开放 申请后开放 授权开放 审核开放 需申请 需审核",
    ConditionalMode.REAL_NAME: "实名开放 实名认证开放 实名认证 登录开放 注册开放",
})  # fmt: skip
_SHARING = _table({
    Sharing.UNCONDITIONAL: "unconditional 无条件共享 无条件 普遍共享",
    Sharing.CONDITIONAL: "conditional 有条件共享 有条件 授权共享 依申请共享",
    Sharing.NONE: "none 不予共享 不共享 非共享",
})  # fmt: skip
_CYCLES = _table({
    UpdateCycle.REALTIME: "realtime 实时 即时 动态 实时动态 continuous continuouslyupdated update_cont cont"
    " r/pt1s",
    UpdateCycle.DAILY: "daily 每日 每天 按日 按天 日 天 逐日 每小时 每个工作日 每工作日 r/p1d r/pt1h hourly",
    UpdateCycle.WEEKLY: "weekly 每周 按周 周 每星期 一周 r/p1w r/p7d",
    UpdateCycle.MONTHLY: "monthly 每月 按月 月 月度 一个月 每个月 r/p1m",
    UpdateCycle.QUARTERLY: "quarterly 每季度 每季 按季 按季度 季 季度 三个月 每三个月 r/p3m",
    UpdateCycle.HALF_YEARLY: "half-yearly 每半年 按半年 半年 半年度 六个月 每六个月 semiannual"
    " semi-annual biannual annual_2 r/p6m r/p05y",
    UpdateCycle.YEARLY: "yearly 每年 按年 年 年度 一年 每一年 每年度 逐年 annual annually r/p1y r/p12m",
    UpdateCycle.BIENNIAL: "biennial 每两年 每二年 每2年 两年 二年 按两年 隔年 r/p2y r/p24m",
    UpdateCycle.IRREGULAR: "irregular 不定期 不定时 其他 其它 按需 按需更新 适时 irreg other unknown"
    " as_needed asneeded unplanned notplanned",
})  # fmt: skip
_TYPES = _table({
    FieldType.STRING: "string 字符型 字符串型 字符串 字符 文本 文本型 备注型 备注 char varchar varchar2"
    " nvarchar text clob longtext c m",
    FieldType.INTEGER: "integer 整型 整数型 整数 长整型 int bigint smallint tinyint long i",
    FieldType.NUMBER: "number 数值型 数值 数字型 数字 货币型 双精度型 浮点型 小数 numeric decimal double"
    " float real money n y b f",
    FieldType.BOOLEAN: "boolean 逻辑型 布尔型 布尔 bool l",
    FieldType.DATE: "date 日期型 日期 d",
    FieldType.DATETIME: "datetime 日期时间型 日期时间 时间戳 timestamp t",
    FieldType.TIME: "time 时间型",
    FieldType.YEAR: "year 年份",
    FieldType.ANY: "any 通用型 g",
})  # fmt: skip
_YES = frozenset({"是", "1", "y", "yes", "true", "√", "✓", "有", "开放"})
_NO = frozenset({"否", "0", "n", "no", "false", "×", "x", "不是"})


def openness(text: str) -> str:
    """The Openness meant by a label, or nothing."""
    return _OPENNESS.get(plain_word(text), "")


def openness_mode(text: str) -> str:
    """The ConditionalMode a label of conditional opening speaks of, or nothing."""
    return _MODES.get(plain_word(text), "")


def sharing(text: str) -> str:
    """The Sharing (between agencies) meant by a label, or nothing."""
    return _SHARING.get(plain_word(text), "")


def update_cycle(text: str) -> str:
    """The UpdateCycle meant by a label, an ISO 8601 repetition or a frequency URI, or nothing."""
    word = plain_word(text.rpartition("/")[2] if "://" in text else text)
    return _CYCLES.get(word) or _CYCLES.get(_CYCLE_TAIL.sub("", word), "")


def field_type(text: str) -> str:
    """The FieldType meant by a data type of the compilation guide or of a database, or nothing."""
    word = plain_word(text)
    return _TYPES.get(word) or _TYPES.get(_TYPE_TAIL.sub("", word), "")


def yes_or_no(text: str) -> bool | None:
    """是 or 否 in their usual spellings; None for anything else."""
    word = plain_word(text)
    if word in _YES:
        return True
    return False if word in _NO else None
