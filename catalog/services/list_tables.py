"""The negative list as a table: reading what clerks keep in workbooks, writing the public wording.

Real lists merge cells (a category spans its rows), put several circumstances on rows of their own and
several citations in one cell. Nothing read is dropped: what does not fit is reported by row.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from catalog.models import ExemptionItem
from catalog.services import small_tables
from catalog.services.citations import read_citations
from catalog.services.editions import in_force, public_view
from catalog.services.list_changes import citation_values
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind, Ground

COLUMNS = {
    "number": "编号",
    "category": "事项类别",
    "name": "事项名称",
    "circumstances": "情形",
    "citations": "依据",
    "ground": "不予公开理由代码",
    "reason": "理由说明",
    "public_wording": "公开表述",
    "units": "适用单位",
    "themes": "适用领域",
    "fields": "适用信息项",
    "elements": "适用数据元",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
    "review_by": "复审日期",
}
"""Columns written, by the value they hold; reading knows other spellings of them, too."""
_SPELLINGS = {
    **{label: key for key, label in COLUMNS.items()},
    "事项编号": "number",
    "类别": "category",
    "信息事项类别": "category",
    "事项": "name",
    "名称": "name",
    "信息事项内容": "name",
    "信息事项名称": "name",
    "具体情形": "circumstances",
    "不予公开情形": "circumstances",
    "情形说明": "circumstances",
    "法律依据": "citations",
    "政策依据": "citations",
    "设定依据": "citations",
    "不予公开依据": "citations",
    "不予主动公开法律政策依据": "citations",
    "理由代码": "ground",
    "不予公开理由": "ground",
    "内部表述": "internal_wording",
    "评估日期": "review_by",
    "下次复审日期": "review_by",
}
_SCOPE = ("units", "themes", "fields", "elements")
_IGNORED = {"序号", ""}
_GROUND_WORDS = (
    ("国家秘密", Ground.STATE_SECRET),
    ("禁止公开", Ground.FORBIDDEN_BY_LAW),
    ("国家安全", Ground.NATIONAL_SECURITY),
    ("公共安全", Ground.PUBLIC_SECURITY),
    ("经济安全", Ground.ECONOMIC_SECURITY),
    ("社会稳定", Ground.SOCIAL_STABILITY),
    ("商业秘密", Ground.TRADE_SECRET),
    ("个人隐私", Ground.PRIVACY),
    ("个人信息", Ground.PRIVACY),
    ("第三方", Ground.THIRD_PARTY),
    ("执法案卷", Ground.ENFORCEMENT_FILES),
    ("过程性", Ground.PROCESS_INFORMATION),
    ("内部事务", Ground.INTERNAL_AFFAIRS),
    ("内部管理", Ground.INTERNAL_AFFAIRS),
)
UnitCodes = Callable[[Sequence[str]], tuple[list[str], list[str]]]
_MARKS = re.compile(r"^\s*(?:[(（]?[0-9一二三四五六七八九十]+[)）、.．]|[①-⑳])\s*")
_NOTE = re.compile(r"^(?:注|备注|说明|填表说明|填报说明|制表)[:：]|^注\d")
_HEADER_SEARCH = 20
_LEAST_LABELS = 2


@dataclass(frozen=True, slots=True)
class RowReport:
    """What was noticed in a row, counted from 1 as in the file; ``problems`` need a person. ``sheet`` is
    the name of its table where the file has several."""

    row: int
    name: str
    problems: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class TableReport:
    """Changes for a draft and what was noticed; ``same`` items stand in the list as they are, ``at`` is
    the row in which each change begins, ``sheets`` the table of each, ``tables`` those of the file in
    their order, ``heading`` the row that was taken for the header, empty when there is none."""

    changes: tuple[dict[str, Any], ...]
    rows: tuple[RowReport, ...]
    same: int = 0
    at: tuple[int, ...] = ()
    heading: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()
    tables: tuple[str, ...] = ("",)

    @property
    def good(self) -> bool:
        """Whether no row needs a person."""
        return not any(row.problems for row in self.rows)


@dataclass(slots=True)
class _Item:
    row: int
    values: dict[str, Any]
    number: str
    problems: list[Message] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)


def rows_from_table(
    rows: Iterable[Sequence[Any]],
    *,
    review_by: date | None = None,
    current: Sequence[ExemptionItem] = (),
    unit_codes: UnitCodes = lambda names: (list(names), []),
) -> TableReport:
    """Draft changes from the rows of a table, its header among the first of them.

    A row without a name carries on the item above. ``review_by`` fills in where the table names no
    review; a row with the number of one of ``current`` amends it, unless nothing differs. ``unit_codes``
    says which units are meant by names, and which names nobody has.
    """
    found: list[_Item] = []
    header: dict[int, str] = {}
    category, notes = "", []
    heading: tuple[str, ...] = ()
    for index, cells in enumerate(rows, 1):
        texts = ["" if cell is None else str(cell).strip() for cell in cells]
        if not header:
            header = _header(texts)
            if header:
                notes, heading = _unknown_columns(index, texts), tuple(texts)
            elif index >= _HEADER_SEARCH:
                break
            continue
        if is_note(texts):
            note = Message("A row of notes was not read: %(text)s", {"text": _first(texts)[:80]})
            notes.append(RowReport(index, "", warnings=(note,)))
            continue
        row = {key: texts[at] for at, key in header.items() if at < len(texts)}
        category = row.get("category") or category
        if row.get("name") and found and _same(found[-1], row, category):
            row["name"] = ""
        if not any(row.values()):
            continue
        if row.get("name"):
            found.append(_begin(index, row, category))
        elif not found:
            problem = Message("The row has no item name, and there is no item above it.")
            notes.append(RowReport(index, "", (problem,)))
            continue
        _carry_on(found[-1], row)
    if not header:
        text = "No header row: name the columns 事项名称, 情形 and 依据."
        return TableReport((), (RowReport(1, "", (Message(text),)),))
    _name_units(found, unit_codes)
    read = _report(found, notes, review_by, {item.number: item for item in current})
    return replace(read, heading=heading)


def _name_units(found: Sequence["_Item"], unit_codes: UnitCodes) -> None:
    """Put codes for the names of units; a name that nobody has is a problem of its row."""
    for item in found:
        scope = item.values["scope"]
        if "units" in scope:
            scope["units"], unknown = unit_codes(scope["units"])
            text = "There is no unit called %(name)s."
            item.problems += [Message(text, {"name": name}) for name in unknown]


def _first(texts: Sequence[str]) -> str:
    return next((one for one in texts if one), "")


def is_note(texts: Sequence[str]) -> bool:
    """Whether a row is a remark of its writer (注：…, 填表说明…), alone or in a merged cell."""
    words = {one for one in texts if one}
    return len(words) == 1 and bool(_NOTE.match(words.pop()))


def _same(item: "_Item", row: Mapping[str, str], category: str) -> bool:
    """A name repeated on every row of a merged cell is one item, unless the row has its own number."""
    values = item.values
    return (
        (values["name"], values["category"]) == (row["name"], category)
        and row.get("number", "") in {"", item.number}
        and bool(row.get("circumstances") or row.get("citations"))
    )


def _plain(label: str) -> str:
    return "".join(label.split()).strip("*：:")


def _header(texts: Sequence[str]) -> dict[int, str]:
    """Which column holds which value; empty when the row is not the header."""
    known = {
        at: _SPELLINGS[_plain(text)] for at, text in enumerate(texts) if _plain(text) in _SPELLINGS
    }
    enough = len(known) >= _LEAST_LABELS and "name" in known.values()
    return known if enough else {}


def _unknown_columns(index: int, texts: Sequence[str]) -> list[RowReport]:
    unknown = [
        text for text in texts if _plain(text) not in _SPELLINGS and _plain(text) not in _IGNORED
    ]
    if not unknown:
        return []
    warning = Message("These columns were not read: %(names)s.", {"names": "、".join(unknown)})
    return [RowReport(index, "", warnings=(warning,))]


def _begin(index: int, row: Mapping[str, str], category: str) -> _Item:
    item = _Item(index, {"circumstances": [], "citations": []}, row.get("number", ""))
    values = item.values
    values["name"], values["category"] = row["name"], category
    for key in ("reason", "public_wording", "internal_wording"):
        if row.get(key):
            values[key] = row[key]
    for key in ("valid_from", "valid_to", "review_by"):
        if row.get(key):
            values[key] = _date(item, row[key])
    scope = {key: split(row[key]) for key in _SCOPE if row.get(key)}
    values["scope"] = scope
    values["ground"] = _ground(item, row.get("ground", ""), f"{category} {row['name']}")
    return item


def _date(item: _Item, text: str) -> str | None:
    found = small_tables.written_day(text)
    if found is not None:
        return found.isoformat()
    item.problems.append(Message("%(text)s is not a date; write YYYY-MM-DD.", {"text": text[:40]}))
    return None


def split(text: str) -> list[str]:
    """Names in one cell, separated by spaces or commas of either script."""
    return [part for part in re.split(r"[\s,，、;；]+", text) if part]


def _ground(item: _Item, code: str, words: str) -> str:
    """The ground as written, or as category and name suggest: a guess is always reported."""
    if code in set(Ground):
        return code
    found = dict.fromkeys(ground for word, ground in _GROUND_WORDS if word in (code or words))
    if len(found) == 1:
        ground = next(iter(found))
        text = "The ground was taken to be %(ground)s from its wording; check it."
        item.warnings.append(Message(text, {"ground": ground.value}))
        return ground.value
    text = "The ground is not clear; give its code, one of: %(grounds)s."
    item.problems.append(Message(text, {"grounds": ", ".join(Ground)}))
    return ""


def _carry_on(item: _Item, row: Mapping[str, str]) -> None:
    """Add the circumstances and citations of a row to its item; repeats of merged cells count once."""
    values = item.values
    for line in row.get("circumstances", "").splitlines():
        text = _MARKS.sub("", line).strip()
        if text and text not in values["circumstances"]:
            values["circumstances"].append(text)
    if not row.get("citations"):
        return
    cited, rest = read_citations(row["citations"])
    for one in map(citation_values, cited):
        if one not in values["citations"]:
            values["citations"].append(one)
    if not cited:
        text = "No citation could be read; write it as 《law》第十四条."
        item.problems.append(Message(text))
    elif rest:
        text = "Beside the citations this was not read: %(text)s"
        item.warnings.append(Message(text, {"text": rest[:200]}))


def _report(
    found: Sequence[_Item],
    notes: Sequence[RowReport],
    review_by: date | None,
    current: Mapping[str, ExemptionItem],
) -> TableReport:
    changes: list[dict[str, Any]] = []
    at: list[int] = []
    reports = list(notes)
    if not found and not notes:
        reports.append(RowReport(1, "", (Message("There are no rows below the header."),)))
    same = 0
    above: _Item | None = None
    for item in found:
        values = item.values
        if not values["circumstances"]:
            values["circumstances"] = [values["name"]]
            item.warnings.append(Message("No circumstance given: the name stands for it."))
        if not values["citations"]:
            _share_basis(item, above)
        above = item
        known = current.get(item.number)
        if item.number and known is None:
            text = "There is no item %(number)s in force; leave the number empty to add it."
            item.problems.append(Message(text, {"number": item.number}))
        elif known is not None and not _differs(values, known):
            same += 1
        elif known is not None:
            changes.append(_amendment(item.number, values))
            at.append(item.row)
        else:
            _fill_review(item, review_by)
            changes.append({"kind": AdjustmentKind.ADD.value, "number": "", "item": values})
            at.append(item.row)
        if item.problems or item.warnings:
            reports.append(
                RowReport(item.row, values["name"], tuple(item.problems), tuple(item.warnings))
            )
    return TableReport(tuple(changes), tuple(reports), same, tuple(at))


def _share_basis(item: _Item, above: _Item | None) -> None:
    """A merged basis cell spans the items of its category: they share it, and the report says so."""
    if above and above.values["citations"] and above.values["category"] == item.values["category"]:
        item.values["citations"] = list(above.values["citations"])
        item.warnings.append(Message("No basis in this row: that of the item above was taken."))
    elif not item.problems:
        item.problems.append(Message("No legal basis (依据) given."))


def _fill_review(item: _Item, review_by: date | None) -> None:
    if item.values.get("review_by"):
        return
    if review_by is None:
        item.problems.append(Message("No review date (复审日期) given."))
    else:
        item.values["review_by"] = review_by.isoformat()


def _amendment(number: str, values: dict[str, Any]) -> dict[str, Any]:
    """An amendment begins when its adjustment does, not when the version before it began."""
    values.pop("valid_from", None)
    return {"kind": AdjustmentKind.AMEND.value, "number": number, "item": values}


def _differs(values: Mapping[str, Any], known: ExemptionItem) -> bool:
    before = public_view(known)
    labels = ";".join(before["citations"])
    before["citations"] = [citation_values(one) for one in read_citations(labels)[0]]
    return any(before.get(key, "") != value for key, value in values.items())


def export_rows(session: Session, on: date, names: Mapping[str, str]) -> list[dict[str, str]]:
    """The list in force on a day, one row an item, public wording only; it can be read back. ``names``
    are those of units by code."""
    return [_row(public_view(row), names) for row in in_force(session, on)]


def _row(shown: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    scope = dict(shown["scope"])
    scope["units"] = [names.get(code, code) for code in scope.get("units", ())]
    values = {
        **shown,
        "circumstances": "\n".join(shown["circumstances"]),
        "citations": "、".join(shown["citations"]),
        **{key: "、".join(scope.get(key, ())) for key in _SCOPE},
    }
    return {label: values[key] or "" for key, label in COLUMNS.items()}
