"""Standard elements: what a column means, whatever its header says.

An element is one of ``ELEMENTS`` (personal and business data that lists speak of) or a field of a
published table standard as ``standard/field``. Lists name elements in their scopes; a column is of an
element when its name or title is one of the element's names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from unicodedata import normalize

from schemas import tables
from schemas.vocabularies import Ground


@dataclass(frozen=True, slots=True)
class Element:
    """What headers mean it, which detectors find it, and the ground that usually closes it."""

    title: str
    names: tuple[str, ...]
    detectors: tuple[str, ...] = ()
    ground: str = Ground.PRIVACY.value


ELEMENTS: dict[str, Element] = {
    "person-name": Element(
        "自然人姓名",
        ("姓名", "当事人姓名", "申请人姓名", "联系人姓名", "患者姓名", "学生姓名", "参保人姓名"),
        ("person-name", "name-in-text"),
    ),
    "citizen-id": Element(
        "公民身份号码",
        ("身份证号", "身份证号码", "居民身份证号", "居民身份证号码", "公民身份号码", "身份证件号码",
         "证件号码", "证件号"),
        ("citizen-id", "citizen-id-or-credit-code", "citizen-id-damaged", "citizen-id-15",
         "citizen-id-destroyed"),
    ),
    "travel-document": Element(
        "护照和通行证号码",
        ("护照号", "护照号码", "通行证号码", "军官证号", "台胞证号", "回乡证号"),
        ("passport", "foreign-passport", "travel-permit", "taiwan-permit", "military-id"),
    ),
    "phone": Element(
        "个人电话号码",
        ("手机号", "手机号码", "移动电话", "联系人电话", "个人电话"),
        ("mobile",),
    ),
    "email": Element("个人电子邮箱", ("个人邮箱", "电子邮箱", "邮箱"), ("email",)),
    "network-account": Element(
        "个人网络账号", ("微信号", "QQ号", "QQ号码"), ("messenger",)
    ),
    "home-address": Element(
        "家庭住址",
        ("家庭住址", "家庭地址", "住址", "户籍地址", "户籍所在地", "现住址", "居住地址"),
        ("address",),
    ),
    "birth-date": Element(
        "出生日期", ("出生日期", "出生年月", "生日"), ("birth-date", "minor-birth-date")
    ),
    "bank-account": Element(
        "银行账号",
        ("银行卡号", "银行账号", "银行账户", "开户账号", "收款账号", "卡号"),
        ("bank-card",),
    ),
    "social-security": Element(
        "社会保障号码", ("社保号", "社保卡号", "社会保障号码", "医保号"), ("social-security",)
    ),
    "health": Element(
        "个人健康信息", ("诊断", "病历号", "疾病名称", "残疾类别", "过敏史"), ("patient",)
    ),
    "sensitive-attribute": Element(
        "民族、宗教和政治面貌",
        ("民族", "宗教信仰", "政治面貌", "婚姻状况"),
        ("sensitive-attribute",),
    ),
    "minor": Element("未成年人信息", ("监护人", "学籍号"), ("minor", "minor-age")),
    "whereabouts": Element("个人行踪轨迹", ("轨迹", "行踪"), ("position", "position-pair")),
    "plate": Element("机动车号牌", ("车牌号", "车牌号码", "号牌号码"), ("plate",)),
    "small-counts": Element(
        "可识别单个统计调查对象的数据", (), ("small-cell",), Ground.OTHER_LAW.value
    ),
    "trade-secret": Element(
        "商业秘密", ("成本价", "工艺参数", "客户名单", "配方"), (), Ground.TRADE_SECRET.value
    ),
}  # fmt: skip
"""Code -> element. Names are headers in use; GB/T 35273-2020, annexes A and B, says what is personal."""


def _plain(text: str) -> str:
    return "".join(normalize("NFKC", text).split()).casefold()


@cache
def _standard_fields() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in tables.names():
        for field in tables.load(name)["fields"]:
            words = (field["name"], field.get("title", ""), field.get("gongkai:nameEn", ""))
            words += tuple(field.get("gongkai:aliases", ()))
            found[f"{name}/{field['name']}"] = tuple(dict.fromkeys(filter(None, words)))
    return found


def names(element: str) -> tuple[str, ...]:
    """The headers that mean an element; empty for one that is not known or has none."""
    if element in ELEMENTS:
        return ELEMENTS[element].names
    return _standard_fields().get(element, ())


def find(text: str) -> str:
    """The element that somebody means by a code, a Chinese title or ``standard/field``; else empty."""
    plain = text.strip()
    if plain in ELEMENTS or plain in _standard_fields():
        return plain
    return next((code for code, one in ELEMENTS.items() if one.title == plain), "")


def title(element: str) -> str:
    """An element as Chinese pages call it."""
    return ELEMENTS[element].title if element in ELEMENTS else element


def every() -> list[str]:
    """Every element, the general ones first."""
    return [*ELEMENTS, *_standard_fields()]


@cache
def _plain_names(element: str) -> frozenset[str]:
    return frozenset(_plain(one) for one in names(element))


def matches(element: str, name: str, label: str = "") -> bool:
    """Whether a column of this name and title is of an element."""
    known = _plain_names(element)
    return _plain(name) in known or bool(label and _plain(label) in known)


def of_column(name: str, label: str = "") -> set[str]:
    """The general elements that a column is of by its headers."""
    return {code for code in ELEMENTS if matches(code, name, label)}


def of_detectors(detectors: Iterable[str]) -> set[str]:
    """The general elements that detectors have found."""
    seen = set(detectors)
    return {code for code, one in ELEMENTS.items() if seen.intersection(one.detectors)}
