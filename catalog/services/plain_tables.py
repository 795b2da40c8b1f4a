"""Tables of the lists that close nothing: powers, responsibilities, service items, and the like."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from catalog.models import ExemptionItem, Unit
from catalog.services.citations import read_citations
from catalog.services.editions import public_view
from catalog.services.list_changes import citation_values
from catalog.services.list_kinds import ListType
from catalog.services.list_tables import RowReport, TableReport, is_note, split
from schemas.records import Message
from schemas.vocabularies import AdjustmentKind

_HEADER_SEARCH = 20


def labels(listing: ListType) -> dict[str, str]:
    """The headings of a list, by the value they hold, in the order they are written."""
    return {
        "number": "编号",
        "category": listing.category_label,
        "name": listing.name_label,
        **{one.key: one.label for one in listing.columns},
        "citations": listing.basis_label,
        "units": listing.units_label,
    }


def titles(listing: ListType) -> dict[str, Message]:
    """The same headings as sentences of the interface."""
    return {
        "number": Message("No."),
        "category": listing.category_title,
        "name": listing.name_title,
        **{one.key: one.title for one in listing.columns},
        "citations": listing.basis_title,
        "units": listing.units_title,
    }


def _spellings(listing: ListType) -> dict[str, str]:
    found = {label: key for key, label in labels(listing).items()}
    for one in listing.columns:
        found |= dict.fromkeys(one.spellings, one.key)
    plain = {"依据": "citations", "设定依据": "citations", "事项名称": "name", "名称": "name",
             "类别": "category", "事项编号": "number", "实施主体": "units"}  # fmt: skip
    return {**plain, **found}


def rows_from_list(
    session: Session,
    rows: Iterable[Sequence[str]],
    listing: ListType,
    current: Sequence[ExemptionItem] = (),
) -> TableReport:
    """Draft changes from the rows of a table, its header among the first of them.

    A row without a name carries on the item above; a row that lacks what its list demands is reported,
    and then nothing is drafted from any.
    """
    spellings = _spellings(listing)
    header: dict[int, str] = {}
    items: list[tuple[int, dict[str, str]]] = []
    reports: list[RowReport] = []
    category = ""
    heading: tuple[str, ...] = ()
    for index, cells in enumerate(rows, 1):
        texts = [str(cell or "").strip() for cell in cells]
        if not header:
            known = {at: spellings["".join(one.split())] for at, one in enumerate(texts)
                     if "".join(one.split()) in spellings}  # fmt: skip
            header = known if "name" in known.values() and len(known) > 1 else {}
            heading = tuple(texts) if header else ()
            if not header and index >= _HEADER_SEARCH:
                break
            continue
        if is_note(texts):
            text = "A row of notes was not read: %(text)s"
            note = Message(text, {"text": next(one for one in texts if one)[:80]})
            reports.append(RowReport(index, "", warnings=(note,)))
            continue
        row = {key: texts[at] for at, key in header.items() if at < len(texts)}
        category = row.get("category") or category
        if row.get("name"):
            items.append((index, {**row, "category": category}))
        elif items and any(row.values()):
            _append(items[-1][1], row)
        elif any(row.values()):
            problem = Message("The row has no item name, and there is no item above it.")
            reports.append(RowReport(index, "", (problem,)))
    if not header:
        text = "No header row: name the columns %(names)s."
        names = "、".join(labels(listing).values())
        return TableReport((), (RowReport(1, "", (Message(text, {"names": names}),)),))
    if not items and not reports:
        reports.append(RowReport(1, "", (Message("There are no rows below the header."),)))
    held = {one.number: one for one in current}
    return replace(_changes(session, items, reports, listing, held), heading=heading)


def _append(item: dict[str, str], row: Mapping[str, str]) -> None:
    for key, text in row.items():
        if text and text not in item.get(key, "").splitlines():
            item[key] = "\n".join(part for part in (item.get(key, ""), text) if part)


def _changes(
    session: Session,
    items: Sequence[tuple[int, dict[str, str]]],
    reports: list[RowReport],
    listing: ListType,
    held: Mapping[str, ExemptionItem],
) -> TableReport:
    changes: list[dict[str, Any]] = []
    at: list[int] = []
    same = 0
    for index, row in items:
        problems: list[Message] = []
        values = _values(session, row, listing, problems)
        number = row.get("number", "")
        if number and number not in held:
            text = "There is no item %(number)s in force; leave the number empty to add it."
            problems.append(Message(text, {"number": number}))
        elif number and not _differs(values, held[number]):
            same += 1
        else:
            kind = AdjustmentKind.AMEND if number else AdjustmentKind.ADD
            changes.append({"kind": kind.value, "number": number, "item": values})
            at.append(index)
        if problems:
            reports.append(RowReport(index, row["name"], tuple(problems)))
    return TableReport(tuple(changes), tuple(reports), same, tuple(at))


def _values(
    session: Session, row: Mapping[str, str], listing: ListType, problems: list[Message]
) -> dict[str, Any]:
    cited, _rest = read_citations(row.get("citations", ""))
    if not cited:
        problems.append(Message("No legal basis (依据) given."))
    details = {one.key: row[one.key] for one in listing.columns if row.get(one.key)}
    problems += [
        Message("Fill in the column %(label)s.", {"label": one.label})
        for one in listing.columns
        if one.required and one.key not in details
    ]
    codes, unknown = unit_codes(session, split(row.get("units", "")))
    problems += [Message("There is no unit called %(name)s.", {"name": name}) for name in unknown]
    return {
        "name": row["name"],
        "category": row.get("category", ""),
        "details": details,
        "citations": [citation_values(one) for one in cited],
        "scope": {"units": codes} if codes else {},
    }


def unit_codes(session: Session, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Codes of units named by code, name or short name, and the names nobody has."""
    if not names:
        return [], []
    wanted = set(names)
    query = select(Unit.code, Unit.name, Unit.short_name).where(
        or_(Unit.code.in_(wanted), Unit.name.in_(wanted), Unit.short_name.in_(wanted))
    )
    found: set[str] = set()
    known: set[str] = set()
    for code, name, short in session.execute(query):
        found.add(code)
        known |= {code, name, short}
    return sorted(found), [name for name in names if name not in known]


def _differs(values: Mapping[str, Any], known: ExemptionItem) -> bool:
    before = public_view(known)
    cited = read_citations(";".join(before["citations"]))[0]
    before["citations"] = [citation_values(one) for one in cited]
    return any(before.get(key, "") != value for key, value in values.items())


def written(
    shown: Mapping[str, Any], listing: ListType, names: Mapping[str, str]
) -> dict[str, str]:
    """An item as a row under the headings of its list; units by their names."""
    units = [names.get(code, code) for code in shown["scope"].get("units", ())]
    values = {
        **shown["details"],
        "number": shown["number"],
        "category": shown["category"],
        "name": shown["name"],
        "citations": "、".join(shown["citations"]),
        "units": "、".join(units),
    }
    return {label: str(values.get(key) or "") for key, label in labels(listing).items()}
