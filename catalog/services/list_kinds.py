"""The kinds of lists that one machinery keeps: their columns, numbers and notice deadlines.

京人社办发〔2016〕179号: negative list 四(一)1, power and responsibility lists 一(三)11-12, intermediary
services 一(三)14, service items 一(二)10 and 三(二)6-8 (eight fields of a guide), list of what is
disclosed proactively 二(三)5. The ten working days of 一(三)12 are a setting of each kind.
"""

from dataclasses import dataclass

from schemas import tables
from schemas.records import Message
from schemas.vocabularies import ListKind

NAME, CATEGORY = Message("Item name"), Message("Category of the item")
UNITS, BASIS = Message("Unit in charge"), Message("Legal basis")


def _words(standard: str, name: str) -> tuple[str, ...]:
    """The words that a table standard allows in one of its fields."""
    fields = {one["name"]: one for one in tables.load(standard)["fields"]}
    return tuple(fields[name]["constraints"]["enum"])


@dataclass(frozen=True, slots=True)
class Column:
    """One column beside number, name, category, units and basis; ``label`` is its Chinese heading,
    ``usual`` are words offered to whoever fills it in, others are taken too."""

    key: str
    label: str
    title: Message
    required: bool = False
    spellings: tuple[str, ...] = ()
    usual: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListType:
    """A kind of list with its own headings: the labels as they stand in its tables, and the same as
    sentences of the interface."""

    kind: ListKind
    prefix: str
    name: str
    columns: tuple[Column, ...] = ()
    name_label: str = "事项名称"
    category_label: str = "事项类别"
    units_label: str = "实施主体"
    basis_label: str = "依据"
    name_title: Message = NAME
    category_title: Message = CATEGORY
    units_title: Message = UNITS
    basis_title: Message = BASIS


LIST_TYPES: dict[ListKind, ListType] = {
    ListKind.NEGATIVE: ListType(ListKind.NEGATIVE, "NL", "负面清单", units_label="适用单位",
                                 units_title=Message("Units it applies to")),
    ListKind.DISCLOSURE: ListType(
        ListKind.DISCLOSURE,
        "DL",
        "主动公开清单",
        (
            Column("content", "公开内容", Message("What is disclosed"), required=True,
                   spellings=("公开内容（要素）", "公开要素")),
            Column("deadline", "公开时限", Message("When"), required=True),
            Column("channel", "公开渠道", Message("Where"), spellings=("公开渠道和载体", "公开方式")),
            Column("audience", "公开对象", Message("To whom")),
        ),
        name_label="公开事项",
        category_label="公开类别",
        units_label="公开主体",
        basis_label="公开依据",
        name_title=Message("Matter disclosed"),
        category_title=Message("Kind of disclosure"),
        units_title=Message("Unit that discloses"),
        basis_title=Message("Basis of disclosure"),
    ),
    ListKind.POWER: ListType(
        ListKind.POWER,
        "PL",
        "权力清单",
        (
            Column("power_type", "职权类型", Message("Kind of power"), required=True,
                   spellings=("权力类型", "职权类别", "职权种类"), usual=_words("power-list", "权力类型")),
            Column("code", "职权编码", Message("Code"), spellings=("事项编码", "权力编码")),
            Column("level", "行使层级", Message("Level")),
            Column("office", "承办机构", Message("Office in charge"), spellings=("责任处室",)),
        ),
        name_label="职权名称",
        units_label="行使主体",
        basis_label="设定依据",
        name_title=Message("Name of the power"),
        units_title=Message("Unit that exercises it"),
        basis_title=Message("Basis that creates it"),
    ),
    ListKind.RESPONSIBILITY: ListType(
        ListKind.RESPONSIBILITY,
        "RL",
        "责任清单",
        (
            Column("duties", "责任内容", Message("Duties"), required=True, spellings=("责任事项内容",)),
            Column("accountability", "追责情形", Message("Grounds for being held to account"),
                   required=True, spellings=("追责情形及依据",)),
            Column("supervision", "监督方式", Message("Supervision"), spellings=("监督电话",)),
        ),
        name_label="责任事项",
        units_label="责任主体",
        name_title=Message("Matter of responsibility"),
        units_title=Message("Unit responsible"),
    ),
    ListKind.SERVICE_ITEM: ListType(
        ListKind.SERVICE_ITEM,
        "SI",
        "政务服务事项目录",
        (
            Column("process", "基本流程", Message("Steps"), required=True, spellings=("办理流程",)),
            Column("documents", "申请材料", Message("Documents to hand in"), required=True,
                   spellings=("申报材料",)),
            Column("fees", "收费依据及标准", Message("Fees and their basis"), required=True,
                   spellings=("收费标准", "收费依据")),
            Column("time_limit", "办理时限", Message("Time limit"), required=True,
                   spellings=("承诺办结时限",)),
            Column("contact", "咨询方式", Message("Where to ask"), required=True,
                   spellings=("咨询电话",)),
        ),
        category_label="事项类型",
        units_label="受理单位",
        basis_label="办理依据",
        category_title=Message("Kind of service item"),
        units_title=Message("Unit that receives applications"),
        basis_title=Message("Basis for handling"),
    ),
    ListKind.INTERMEDIARY: ListType(
        ListKind.INTERMEDIARY,
        "IS",
        "行政审批中介服务清单",
        (
            Column("approval", "涉及的审批事项", Message("Approval that needs it"), required=True,
                   spellings=("对应审批事项", "行政审批事项名称")),
            Column("provider", "服务机构要求", Message("Who may provide it"),
                   spellings=("中介服务实施机构", "服务机构资质要求")),
            Column("result", "服务成果", Message("What comes of it"), spellings=("中介服务结果",)),
            Column("fees", "收费依据及标准", Message("Fees and their basis"), spellings=("收费标准",)),
            Column("time_limit", "服务时限", Message("Time limit")),
        ),
        name_label="中介服务事项",
        units_label="审批部门",
        basis_label="设定依据",
        name_title=Message("Intermediary service"),
        units_title=Message("Approving department"),
        basis_title=Message("Basis that creates it"),
    ),
}  # fmt: skip
"""Every kind of list."""

OTHERS = tuple(kind for kind in LIST_TYPES if kind != ListKind.NEGATIVE)
"""Lists that close nothing: items, editions and notices without consequences for entries."""


def sequence(kind: str, what: str) -> str:
    """The name of a sequence of numbers of a list: its items, or its editions."""
    return f"list-{kind}-{what}"
