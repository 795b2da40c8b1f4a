"""Labels under which catalogues of cities, provinces and ministries hold their metadata.

Each canonical element lists its spellings, the most specific first: when a record carries several of
them, the first that is filled counts. The facts come from the metadata pages of 138 portals in 26
provinces and from the workbook of the compilation guide (发改高技术〔2017〕1272号).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.interop.values import plain

_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_NOISE = re.compile(r"[\s*:;,.、。'\"]+")

ENTRY_LABELS: Mapping[str, str] = {
    "remote_id": "remote_id identifier 信息资源代码 资源代码 资源编码 目录代码 目录编码 数据集编码 数据集id"
    " 资源id datasetid resourceid cataid dataid id",
    "title": "title 信息资源名称 数据集名称 数据资源名称 资源名称 资源信息名称 资源标题 数据目录名称 目录名称"
    " 标题 名称 数据名称 resourcename subjectbasename",
    "name": "name 信息资源英文名称 资源英文名称 数据集英文名称 英文名称",
    "description": "description 信息资源摘要 数据集摘要 数据摘要 资源摘要 目录摘要 摘要信息 摘要描述 摘要"
    " 资源描述 数据描述 数据集描述 内容简介 简介 描述 说明 remark tableremark abstract notes",
    "publisher": "publisher 信息资源提供方名称 信息资源提供方 数源单位/数据提供单位 数源单位 数据提供方单位"
    " 数据提供单位 数据提供方 数据提供部门 资源提供单位信息 资源提供单位 资源提供方 提供单位 提供机构"
    " 提供部门 提供方 来源部门 数据来源 资源来源 来源单位 发布部门 发布单位 所属部门 所属单位 所属机构"
    " 部门名称 机构名称 资源所有权单位 资源提供方内部部门 orgname datasource department organization",
    "publisher_code": "publisher_code 信息资源提供方代码 资源提供方代码 提供方代码 单位代码 统一社会信用代码",
    "theme": "theme 数据领域 重点领域分类 重点领域 所属领域 领域名称 领域分类 主题领域 领域 数据主题 所属主题"
    " 主题名称 主题分类 主题标签 主题 专题 服务分类 资源分类 数据分类 信息资源分类 fieldname"
    " industrycategory category",
    "industry": "industry 行业分类 所属行业 行业名称 行业类型 数据行业 国家主题分类 industryfield",
    "keywords": "keywords 关键字 关键词 数据标签 资源标签 标签 label tags keyword",
    "openness": "openness 开放属性 开放类型 开放方式 开放等级 开放级别 开放状态 公开属性 公开类型 条件开放"
    " opentypename opentype",
    "is_open": "is_open 是否向社会开放 是否开放 是否公开",
    "openness_condition": "openness_condition 开放条件",
    "sharing": "sharing 共享类型 共享属性",
    "sharing_condition": "sharing_condition 共享条件",
    "update_cycle": "update_cycle 更新周期 更新频率 更新频度 更新时限 数据更新频率 数据更新周期 资源更新频率"
    " 资源更新周期 dataupdateperiod frequency accrualperiodicity",
    "issued": "issued 首次发布时间 首次发布日期 资源发布日期 资源出版日期 目录发布时间 数据发布时间 发布时间"
    " 发布日期 上线日期 上线时间 上架日期 上传时间 创建日期 创建时间 publishtime releasetime",
    "modified": "modified 数据更新时间 数据更新日期 资源更新日期 资源更新时间 资源发布/更新时间 最后更新时间"
    " 最后更新日期 最后更新 最近更新时间 最近更新 更新时间 更新日期 updatetime",
    "licence": "licence license 开放协议 许可协议 授权协议 license_title",
    "contact": "contact 联系方式 提供方联系方式",
    "contact_name": "contact_name 联系人 联系人姓名",
    "contact_phone": "contact_phone 联系电话 部门电话 技术支持电话 咨询电话 departmentcontacttel orgphone"
    " telephone phone",
    "contact_email": "contact_email 电子邮箱 电子邮件 联系邮箱 部门邮箱 技术支持邮箱 邮箱地址 邮箱"
    " orgemail email",
    "landing_page": "landing_page 详情页网址 详情页 详情链接 数据集链接 访问地址 网址 landingpage url",
    "spatial": "spatial 空间范围 空间覆盖范围 数据区域范围 行政区域 所属区域",
    "temporal": "temporal 时间范围 时间覆盖范围 数据时间范围",
    "formats": "formats 数据格式 资源格式 文件格式 信息资源格式 格式类型 文件类型 资源类型 数据类型 数据下载"
    " resourcetype data_formats format",
    "rows": "rows 数据条数 资源记录数 结构化信息记录总数 记录数 数据量 数据容量"
    " datanumsum datavolume data_volume",
}  # fmt: skip

FIELD_LABELS: Mapping[str, str] = {
    "name": "字段英文名称 字段英文名 英文信息项名 信息项英文名称 字段代码",
    "title": "字段名称 字段中文名称 字段中文名 信息项名称 中文信息项名 信息项中文名称 数据项名称",
    "type": "数据类型 字段类型 字段数据类型 信息项类型 信息项数据类型",
    "length": "长度 数据长度 字段长度",
    "description": "字段描述 信息项描述 中文描述 字段说明 描述",
    "openness": "字段开放类型 字段开放属性 信息项开放类型",
    "is_open": "字段是否向社会开放 字段是否开放 信息项是否向社会开放",
    "openness_condition": "字段开放条件 信息项开放条件",
    "sharing": "字段共享类型 信息项共享类型",
    "nullable": "是否为空 是否可为空 是否可空",
    "primary_key": "是否主键 主键",
    "dictionary": "是否字典项",
    "object_type": "对象类型",
    "default": "默认值",
    "sharing_condition": "字段共享条件",
    "sharing_manner": "字段共享方式分类 字段共享方式类型 字段共享方式",
}  # fmt: skip
"""Labels that speak of one field, in workbooks with one row per field."""


def plain_label(label: str) -> str:
    """A label without spaces, remarks in brackets such as （必填）, colons and asterisks; lower case."""
    text = unicodedata.normalize("NFKC", label)
    while (shorter := _BRACKETS.sub("", text)) != text:
        text = shorter
    # Taking out a space may let an accent fall on the letter before it, so it is composed again.
    return unicodedata.normalize("NFKC", _NOISE.sub("", text).lower())


@dataclass(frozen=True, slots=True)
class Placed:
    """A document sorted by canonical element: value and the label it stood under.

    ``others`` holds what has no element, or lost to a more specific label, under its own label.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)


def _ranks(table: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    return {
        plain_label(spelling): (element, rank)
        for element, spellings in table.items()
        for rank, spelling in enumerate(spellings.split())
    }


_ENTRY_RANKS = _ranks(ENTRY_LABELS)
_FIELD_RANKS = _ranks(FIELD_LABELS)


def entry_element(label: str) -> str:
    """The canonical element of an entry that a label means, or nothing."""
    return _ENTRY_RANKS.get(plain_label(label), ("", 0))[0]


def field_element(label: str) -> str:
    """The canonical element of a field that a label means, or nothing."""
    return _FIELD_RANKS.get(plain_label(label), ("", 0))[0]


def place_entry(document: Mapping[str, Any]) -> Placed:
    """Sort the metadata of one entry."""
    return _place(document, _ENTRY_RANKS)


def place_field(document: Mapping[str, Any]) -> Placed:
    """Sort what a workbook row says of one field."""
    return _place(document, _FIELD_RANKS)


def _place(document: Mapping[str, Any], ranks: Mapping[str, tuple[str, int]]) -> Placed:
    best: dict[str, tuple[int, str]] = {}
    for label, value in document.items():
        element, rank = ranks.get(plain_label(label), ("", 0))
        if element and not _empty(value) and (element not in best or rank < best[element][0]):
            best[element] = rank, label
    labels = {element: label for element, (_, label) in best.items()}
    taken = set(labels.values())
    others = {
        plain(label): plain(value)
        for label, value in document.items()
        if label not in taken and not _empty(value)
    }
    return Placed({element: document[label] for element, label in labels.items()}, labels, others)


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())
