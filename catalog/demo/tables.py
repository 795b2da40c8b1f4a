"""Files of the made-up city, some as ugly as real ones: title rows, GB18030, workbooks."""

import csv
import io
from collections.abc import Callable
from random import Random

import xlsxwriter

from catalog.demo.city import credit_code

Rows = list[list[str]]


def _institutions(random: Random, place: str) -> Rows:
    kinds = ("服务中心", "服务站", "管理所", "培训学校", "检测站")
    return [
        ["序号", "机构名称", "统一社会信用代码", "地址", "服务时间"],
        *(
            [
                str(number),
                f"云澜市{place}{random.choice(kinds)}{number}号",
                credit_code("12", random.randrange(10**8)),
                f"云澜市{random.choice('东西南北')}区演示路{random.randrange(1, 400)}号",
                random.choice(("周一至周五 9:00-17:00", "每日 8:30-18:00")),
            ]
            for number in range(1, random.randrange(30, 90))
        ),
    ]


def _permits(random: Random, place: str) -> Rows:
    return [
        ["许可编号", "行政相对人名称", "统一社会信用代码", "许可内容", "许可决定日期", "有效期至"],
        *(
            [
                f"云许〔2026〕{number:04d}号",
                f"云澜{place}演示企业{number}有限公司",
                credit_code("91", random.randrange(10**8)),
                random.choice(("准予设立", "准予变更", "准予延续")),
                f"2026-{random.randrange(1, 11):02d}-{random.randrange(1, 28):02d}",
                f"2029-{random.randrange(1, 13):02d}-{random.randrange(1, 28):02d}",
            ]
            for number in range(1, random.randrange(80, 200))
        ),
    ]


def _penalties(random: Random, place: str) -> Rows:
    return [
        [
            "处罚决定书文号",
            "行政相对人名称",
            "统一社会信用代码",
            "处罚类别",
            "罚款金额（万元）",
            "处罚决定日期",
        ],
        *(
            [
                f"云罚字〔2026〕第{number}号",
                f"云澜{place}演示企业{random.randrange(1, 400)}有限公司",
                credit_code("91", random.randrange(10**8)),
                random.choice(("警告", "罚款", "没收违法所得", "责令停产停业")),
                f"{random.randrange(0, 300) / 10:.1f}",
                f"2026-{random.randrange(1, 11):02d}-{random.randrange(1, 28):02d}",
            ]
            for number in range(1, random.randrange(40, 120))
        ),
    ]


def _facilities(random: Random, place: str) -> Rows:
    return [
        ["设施名称", "类别", "所在区", "经度", "纬度", "开放时间", "无障碍"],
        *(
            [
                f"{random.choice('东西南北')}区{place}设施{number}",
                random.choice(("场馆", "公园", "站点", "服务点")),
                f"{random.choice('东西南北')}区",
                f"{100 + random.random():.6f}",
                f"{30 + random.random():.6f}",
                random.choice(("全天", "6:00-22:00", "9:00-17:00")),
                random.choice(("是", "否")),
            ]
            for number in range(1, random.randrange(50, 150))
        ),
    ]


def _statistics(random: Random, place: str) -> Rows:
    names = ("总量", "新增数", "办结数", "覆盖率", "投入金额", "从业人员")
    return [
        ["年份", "指标", "数值", "单位"],
        *(
            [
                str(year),
                f"{place}{name}",
                f"{random.randrange(100, 90_000) / 10:.1f}",
                random.choice(("个", "万元", "%")),
            ]
            for year in range(2016, 2026)
            for name in names
        ),
    ]


def _guides(random: Random, place: str) -> Rows:
    return [
        ["事项名称", "办理依据", "受理单位", "办理时限（工作日）", "收费标准", "咨询方式"],
        *(
            [
                f"{place}事项{number}办理",
                f"《云澜市{place}管理办法》第{random.randrange(1, 40)}条",
                f"云澜市{place}服务窗口",
                str(random.randrange(1, 20)),
                "不收费",
                f"0990-{random.randrange(1_000_000, 9_999_999)}",
            ]
            for number in range(1, random.randrange(20, 60))
        ),
    ]


def _readings(random: Random, place: str) -> Rows:
    return [
        ["点位编号", "点位名称", "监测日期", "项目", "数值", "计量单位"],
        *(
            [
                f"{station:04d}",
                f"{place}{station}号点位",
                f"2026-10-{day:02d}",
                item,
                f"{random.randrange(5, 900) / 10:.1f}",
                unit,
            ]
            for station in range(1, 25)
            for day in range(1, 29)
            for item, unit in (("PM2.5", "μg/m3"), ("流量", "m3/s"))
        ),
    ]


def _budget(random: Random, place: str) -> Rows:
    return [
        ["科目编码", "科目名称", "本年预算（万元）", "上年执行（万元）"],
        *(
            [
                f"20{number:03d}",
                f"{place}支出{number}",
                f"{random.randrange(10, 9_000):,}",
                f"{random.randrange(10, 9_000):,}",
            ]
            for number in range(1, 36)
        ),
    ]


def _powers(random: Random, place: str) -> Rows:
    return [
        ["序号", "职权名称", "职权类别", "实施依据"],
        *(
            [
                str(number),
                f"对违反{place}管理规定行为{number}的处理",
                random.choice(("行政许可", "行政处罚", "行政检查", "行政确认")),
                f"《云澜市{place}管理办法》第{random.randrange(1, 40)}条",
            ]
            for number in range(1, random.randrange(40, 140))
        ),
    ]


MAKERS: dict[str, Callable[[Random, str], Rows]] = {
    "institutions": _institutions,
    "permits": _permits,
    "penalties": _penalties,
    "facilities": _facilities,
    "statistics": _statistics,
    "guides": _guides,
    "readings": _readings,
    "budget": _budget,
    "powers": _powers,
}


def _delimited(rows: Rows, encoding: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def _workbook(rows: Rows) -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("数据")
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    return held.getvalue()


def make(subject: str, place: str, seed: int) -> tuple[str, bytes]:
    """A file of a subject: its name and bytes. Every third is a workbook, every second GB18030, every
    fourth carries a title row, as real ones do."""
    random = Random(f"{subject}{place}{seed}")  # noqa: S311  (made-up data must come out the same again)
    rows = MAKERS[subject](random, place)
    if seed % 4 == 1:
        rows = [[f"云澜市{place}{subject}（演示数据）", *[""] * (len(rows[0]) - 1)], *rows]
    if seed % 3 == 0:
        return f"{place}.xlsx", _workbook(rows)
    return f"{place}.csv", _delimited(rows, "gb18030" if seed % 2 else "utf-8-sig")


def with_identity_numbers() -> bytes:
    """A table whose organisation-code column holds made-up citizen ID numbers: it has to be stopped."""
    rows = [["经营者", "统一社会信用代码", "经营地址"]]
    for number in range(1, 9):
        stem = f"110101199{number % 10}0{number}1{number}{number:03d}"[:17]
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        total = sum(int(digit) * weight for digit, weight in zip(stem, weights, strict=True))
        rows.append([f"演示商户{number}", stem + "10X98765432"[total % 11], f"演示路{number}号"])
    return _delimited(rows, "utf-8")
