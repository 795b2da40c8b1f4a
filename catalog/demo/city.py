"""What the made-up city has: units, themes, entries. No real body, person or place is meant."""

from dataclasses import dataclass

CITY = "云澜市（演示）"
REGION = "990100"
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_INNER = (3, 7, 9, 10, 5, 8, 4, 2)


def credit_code(prefix: str, serial: int) -> str:
    """A well-formed unified social credit code of a region that does not exist (GB 32100-2015)."""
    body = f"{serial:08d}"
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(body, _INNER, strict=True)) % 11
    inner = {10: "X", 11: "0"}.get(rest, str(rest))
    code = f"{prefix}{REGION}{body}{inner}"
    total = sum(_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code))
    return code + _ALPHABET[(31 - total % 31) % 31]


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """A unit, when it registers its directory (months after the start, 99: it opens nothing), and how
    eagerly it opens."""

    name: str
    kind: str
    theme: str
    joins: int
    eager: int


UNITS: tuple[DemoUnit, ...] = (
    DemoUnit("云澜市人力资源和社会保障局", "department", "社会保障", 0, 9),
    DemoUnit("云澜市市场监督管理局", "department", "市场监管", 0, 8),
    DemoUnit("云澜市交通运输局", "department", "交通运输", 1, 9),
    DemoUnit("云澜市生态环境局", "department", "资源环境", 2, 8),
    DemoUnit("云澜市教育局", "department", "教育科技", 3, 7),
    DemoUnit("云澜市卫生健康委员会", "department", "医疗卫生", 5, 6),
    DemoUnit("云澜市民政局", "department", "社会保障", 6, 7),
    DemoUnit("云澜市文化和旅游局", "department", "文化休闲", 8, 8),
    DemoUnit("云澜市农业农村局", "department", "农业农村", 9, 7),
    DemoUnit("云澜市水务局", "department", "资源环境", 11, 6),
    DemoUnit("云澜市住房和城乡建设局", "department", "城建住房", 13, 6),
    DemoUnit("云澜市应急管理局", "department", "安全生产", 15, 5),
    DemoUnit("云澜市财政局", "department", "财税金融", 17, 7),
    DemoUnit("云澜市统计局", "department", "经济建设", 18, 8),
    DemoUnit("云澜市气象服务中心", "institution", "气象服务", 20, 9),
    DemoUnit("云澜市图书馆", "institution", "文化休闲", 22, 8),
    DemoUnit("云澜市第一人民医院", "institution", "医疗卫生", 25, 4),
    DemoUnit("云澜市公共资源交易中心", "institution", "商贸流通", 28, 6),
    DemoUnit("云澜市档案馆", "institution", "文化休闲", 99, 0),
    DemoUnit("云澜市公安局", "department", "公共安全", 99, 0),
    DemoUnit("云澜市市政工程管理处", "institution", "城建住房", 4, 5),
    DemoUnit("云澜市地震监测中心", "institution", "公共安全", 99, 0),
)
PARENTS = {15: 7, 16: 5, 20: 10, 21: 11}
"""Units that stand under another one."""
REGION_NAMES = {REGION: "云澜市", "990101": "云澜市东区", "990102": "云澜市西区"}
DISTRICTS = {15: "990102", 16: "990101", 17: "990101", 20: "990102"}
"""Units of a district; the others are of the city."""
MERGED, SUCCESSOR = 20, 10
"""The unit that is merged into another after two years."""

SUBJECTS: tuple[tuple[str, str, str], ...] = (
    (
        "机构名录",
        "institutions",
        "本单位管理或登记的机构名称、代码、地址和服务时间，每季度核对一次",
    ),
    (
        "行政许可信息",
        "permits",
        "按双公示要求归集的行政许可决定，含许可编号、内容、有效期和决定日期",
    ),
    (
        "行政处罚信息",
        "penalties",
        "按双公示要求归集的行政处罚决定，含文书号、违法事实摘要和处罚金额",
    ),
    ("公共设施清单", "facilities", "对公众开放的设施名称、位置坐标、开放时间和无障碍情况"),
    ("年度统计数据", "statistics", "主管领域主要指标的年度数值，口径见字段说明"),
    ("办事指南", "guides", "政务服务事项的办理依据、受理单位、流程、材料、收费和时限"),
    ("监测结果", "readings", "监测点按日发布的结果，含点位、项目、数值和单位"),
    ("部门预算公开表", "budget", "部门预算收支总表，金额单位为万元"),
    ("权力清单", "powers", "本单位行使的行政权力事项、类别和实施依据"),
)

LINKED: tuple[tuple[str, str], ...] = (
    ("公示公告目录", "本单位门户公示公告的目录，链接到本单位网站"),
    ("政策文件目录", "现行有效的政策文件目录，链接到本单位网站"),
    ("预约服务时段", "对外服务的可预约时段，链接到本单位接口"),
    ("服务网点地图", "服务网点的位置图层，链接到本单位接口"),
)
"""Open entries that are served by the unit's own site."""

UNDECIDED: tuple[tuple[str, str], ...] = (
    ("专项资金项目明细", "专项资金支持项目的名称、金额和进度，尚未评估开放属性"),
    ("检查计划和结果", "年度检查计划及结果，尚未评估开放属性"),
    ("咨询投诉办理台账", "咨询投诉的类别和办理情况，尚未评估开放属性"),
)
"""Entries of which nobody has decided yet how open they are."""

CLOSED: tuple[tuple[str, str], ...] = (
    ("执法办案卷宗目录", "执法案件的卷宗目录"),
    ("内部值班和部署安排", "值班力量和部署安排"),
    ("工作会议记录", "内部会议记录和过程性材料"),
    ("检查方案底稿", "尚未实施的检查方案"),
    ("案件线索登记", "案件线索的登记和流转"),
)
"""Entries that stay closed under an item of the negative list."""

THEMES: dict[str, str] = {
    "permits": "信用服务",
    "penalties": "信用服务",
    "budget": "财税金融",
    "statistics": "经济建设",
    "powers": "机构团体",
    "guides": "机构团体",
    "": "机构团体",
}
"""Themes of entries that are not about what their unit is for; the others have that of the unit."""
