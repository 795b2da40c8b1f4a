"""Late corrections as a table: a row for each entry, headings in Chinese or English."""

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.errors import Invalid
from catalog.services import small_tables
from schemas.records import Message
from schemas.vocabularies import DatasetState, Openness

HEADINGS: dict[str, str] = {
    "dataset": "目录条目",
    "begins": "起始日期",
    "ends": "截止日期",
    "state": "状态",
    "openness": "开放类型",
    "theme": "领域",
    "opened_by_superior": "上级已开放",
    "duplicate": "重复条目",
    "withheld_by": "负面清单事项",
}
"""The headings of a table by what they hold; the English names do as well."""
_SPELLINGS = {
    **{name: name for name in HEADINGS},
    **{label: name for name, label in HEADINGS.items()},
    "from": "begins", "to": "ends", "条目": "dataset", "资源代码": "dataset", "起": "begins",
    "止": "ends", "自": "begins", "至": "ends", "主题": "theme", "依据事项": "withheld_by",
}  # fmt: skip
_STATES = {
    "编目": DatasetState.DRAFT, "草稿": DatasetState.DRAFT, "待审": DatasetState.SUBMITTED,
    "已发布": DatasetState.PUBLISHED, "中止": DatasetState.SUSPENDED, "中止开放": DatasetState.SUSPENDED,
    "撤回": DatasetState.WITHDRAWN, "下架": DatasetState.RETIRED,
}  # fmt: skip
_OPENNESS = {
    "无条件开放": Openness.UNCONDITIONAL, "有条件开放": Openness.CONDITIONAL,
    "不予开放": Openness.WITHHELD, "未定": Openness.UNASSESSED,
}  # fmt: skip
_FLAGS = {"是": True, "否": False, "yes": True, "no": False, "true": True, "false": False}


def read(rows: Sequence[Sequence[str]]) -> list[tuple[int, dict[str, Any]]]:
    """Rows with their numbers, as ``correction_sets.of_rows`` takes them; empty cells are left out.

    Raises ``Invalid`` where the first row does not name at least the entry and the first day.
    """
    if not rows:
        raise _headless([])
    names = [_SPELLINGS.get(cell.strip().lower(), "") for cell in rows[0]]
    if not {"dataset", "begins"} <= set(names) or len({*names} - {""}) != len(
        [name for name in names if name]
    ):
        raise _headless(rows[0])
    unknown = [cell for cell, name in zip(rows[0], names, strict=True) if cell.strip() and not name]
    if unknown:
        raise Invalid(
            "correction-heading",
            Message("There is no such column: %(names)s.", {"names": ", ".join(unknown)[:200]}),
            Message("Use these: %(names)s.", {"names": ", ".join(HEADINGS.values())}),
        )
    found = []
    for number, row in enumerate(rows[1:], 2):
        named = [*names, *[""] * (len(row) - len(names))]
        held = [
            (name, cell.strip()) for name, cell in zip(named, row, strict=False) if cell.strip()
        ]
        if nameless := [cell for name, cell in held if not name]:
            raise _unheaded(number, nameless[0])
        cells = dict(held)
        if cells:
            found.append((number, _given(cells)))
    return found


def _unheaded(number: int, cell: str) -> Invalid:
    return Invalid(
        "correction-heading",
        Message(
            "Row %(row)s: the cell %(cell)s stands under no heading.",
            {"row": number, "cell": cell[:100]},
        ),
        Message("Use these: %(names)s.", {"names": ", ".join(HEADINGS.values())}),
    )


def _headless(first: Sequence[str]) -> Invalid:
    return Invalid(
        "correction-heading",
        Message(
            "The first row does not name the columns once each: %(row)s",
            {"row": ", ".join(first)[:200]},
        ),
        Message("Use these: %(names)s.", {"names": ", ".join(HEADINGS.values())}),
    )  # fmt: skip


def _given(cells: Mapping[str, str]) -> dict[str, Any]:
    given: dict[str, Any] = dict(cells)
    for name, words in (("state", _STATES), ("openness", _OPENNESS)):
        if name in given:
            given[name] = words.get(given[name], given[name])
    for name in ("opened_by_superior", "duplicate"):
        if name in given:
            given[name] = _FLAGS.get(given[name].lower(), given[name])
    for name in ("begins", "ends"):
        if name in given:
            day = small_tables.written_day(given[name])
            given[name] = given[name] if day is None else day.isoformat()
    if "withheld_by" in given:
        text = given["withheld_by"]
        for sign in "，、；;":
            text = text.replace(sign, ",")
        given["withheld_by"] = [part.strip() for part in text.split(",") if part.strip()]
    return given
