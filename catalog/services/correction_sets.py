"""Late corrections of many entries at once: drafted by one, shown with their rates before and after,
approved by another. All of a set is recorded in one transaction, or nothing of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer, selectinload

from catalog.auth import Identity, Permission, require
from catalog.errors import Conflict, Forbidden, Invalid, RuleError, missing
from catalog.models import CorrectionSet, Dataset
from catalog.services import (
    audit,
    correction_effects,
    corrections,
    exemptions,
    openness_entries,
    openness_intervals,
    row_sets,
    units,
    values,
)
from catalog.services.audit import AuditTag
from catalog.services.correction_effects import Effects
from catalog.services.corrections import Asked, Line
from catalog.services.exemptions import Known
from catalog.services.openness_entries import Narrow
from schemas.records import Message
from schemas.vocabularies import CorrectionState

MOST = 5_000
"""Entries that one set may correct."""
_REASON: dict[str, values.Cleaner] = {"reason": values.line(1_000, required=True)}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be taken; rows are counted from 1 as a spreadsheet shows them."""

    row: int
    entry: str
    text: Message


@dataclass(frozen=True, slots=True)
class Read:
    """Corrections that were read, and every row that could not be."""

    lines: tuple[Line, ...]
    problems: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Which:
    """Entries as the first day of a correction counted them: of a unit, a theme, a class (empty: any)."""

    unit: str = ""
    theme: str = ""
    klass: str = ""


def of_filter(
    session: Session, actor: Identity, which: Which, given: Mapping[str, Any], *, now: datetime
) -> Read:
    """The same correction of every entry that a filter finds. Raises ``Invalid``."""
    require(actor, Permission.FACT_CORRECT)
    asked = corrections.read(given, now, reasoned=False)
    if which == Which():
        raise values.refusal(
            {"unit": [Message("Name a unit, a theme or a class: not the whole city at once.")]}
        )
    if which.unit:
        units.get(session, which.unit)
    ids = openness_entries.ids(
        session, as_of=asked.begins, unit=which.unit, klass=which.klass,
        narrow=Narrow(theme=which.theme), limit=MOST + 1,
    )  # fmt: skip
    if not ids:
        day = {"day": asked.begins.isoformat()}
        raise values.refusal({"unit": [Message("No entry was counted so on %(day)s.", day)]})
    _check_size(len(ids))
    found = _by_id(session, ids)
    return _checked(session, [Line(at, found[one], asked) for at, one in enumerate(ids, 1)])


def of_rows(
    session: Session,
    actor: Identity,
    rows: Iterable[tuple[int, Mapping[str, Any]]],
    *,
    now: datetime,
) -> Read:
    """Corrections of entries row by row; ``dataset`` is an address, a short name or a resource code."""
    require(actor, Permission.FACT_CORRECT)
    held = list(rows)
    _check_size(len(held))
    named = correction_effects.find_all(
        session, actor, {str(row.get("dataset", "")) for _number, row in held}
    )
    lines: list[Line] = []
    problems: list[RowProblem] = []
    for number, row in held:
        given = dict(row)
        name = str(given.pop("dataset", ""))
        if name not in named:
            problems.append(RowProblem(number, name[:100], missing("dataset").cause))
            continue
        try:
            asked = corrections.read(given, now, reasoned=False)
            lines.append(Line(number, named[name], asked))
        except RuleError as error:
            problems += [RowProblem(number, name[:100], text) for text in _texts(error)]
    read = _checked(session, lines)
    every = sorted((*problems, *read.problems), key=lambda one: one.row)
    return Read(read.lines, tuple(every))


def _texts(error: RuleError) -> list[Message]:
    """What was wrong with a row, each with the name of its column."""
    found = [
        Message("%(field)s: %(text)s", {"field": name, "text": text})
        for name, texts in error.fields.items()
        for text in texts
    ]
    return found or [error.cause]


def _check_size(count: int) -> None:
    if count > MOST:
        raise Invalid(
            "too-many-corrections",
            Message("A set corrects at most %(most)s entries.", {"most": MOST}),
            Message("Divide it into several sets."),
        )


def _by_id(session: Session, ids: Sequence[int]) -> dict[int, Dataset]:
    found: dict[int, Dataset] = {}
    loading = selectinload(Dataset.fields), selectinload(Dataset.unit)
    for some in row_sets.batches(ids):
        query = select(Dataset).where(Dataset.id.in_(some)).options(*loading)
        found |= {one.id: one for one in session.scalars(query)}
    return found


def _checked(session: Session, lines: Sequence[Line]) -> Read:
    """Lines that may be applied together, and why the others may not."""
    opened = exemptions.excepted(session, [line.dataset.id for line in lines])
    good: list[Line] = []
    problems: list[RowProblem] = []
    spans: dict[int, list[Asked]] = {}
    known: dict[date, Known] = {}
    for line in lines:
        begins = line.asked.begins
        if begins not in known:
            known[begins] = Known(exemptions.scopes_in_force(session, begins), opened)
        try:
            corrections.check(session, line, known[begins])
        except RuleError as error:
            told = [text for texts in error.fields.values() for text in texts]
            problems += [RowProblem(line.row, line.dataset.slug, text) for text in told]
            continue
        others = spans.setdefault(line.dataset.id, [])
        if any(_overlap(line.asked, one) for one in others):
            text = Message("Another row corrects the same entry on some of these days.")
            problems.append(RowProblem(line.row, line.dataset.slug, text))
            continue
        others.append(line.asked)
        good.append(line)
    return Read(tuple(good), tuple(problems))


def _overlap(one: Asked, other: Asked) -> bool:
    return one.begins < other.ends and other.begins < one.ends


def draft(
    session: Session, actor: Identity, read: Read, reason: str, *, now: datetime
) -> CorrectionSet:
    """Draft what was read, all of it or nothing; nothing is recorded before another person approves."""
    require(actor, Permission.FACT_CORRECT)
    checked = values.check({"reason": reason}, _REASON)
    _check_read(read)
    made = CorrectionSet(
        state=CorrectionState.DRAFT, reason=checked["reason"],
        lines=[_kept(line) for line in read.lines],
        drafted_by=actor.user_id, drafted_by_name=actor.name, drafted_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(session, actor, AuditTag.CORRECTIONS_DRAFTED, made, now, reason=made.reason)
    return made


def _check_read(read: Read) -> None:
    if read.problems:
        fields: dict[str, list[Message]] = {}
        for one in read.problems:
            fields.setdefault(f"rows.{one.row}", []).append(one.text)
        raise Invalid(
            "corrections-invalid",
            Message("%(rows)s rows cannot be taken; nothing was drafted.", {"rows": len(fields)}),
            Message("Correct the rows named and hand all of them in again."),
            fields=fields,
        )
    if not read.lines:
        raise Invalid(
            "nothing-to-correct",
            Message("There is no correction in it."),
            Message("Hand in a row for each entry, or choose entries that exist on that day."),
        )


def _kept(line: Line) -> dict[str, Any]:
    """A line as the set keeps it."""
    asked = line.asked
    return {
        "row": line.row,
        "dataset": line.dataset.slug,
        "begins": asked.begins.isoformat(),
        "ends": asked.ends.isoformat(),
        "values": asked.values,
        "withheld_by": None if asked.items is None else list(asked.items),
    }


def shown(found: CorrectionSet) -> dict[str, Any]:
    """A set as plain values, without its lines."""
    return {
        "id": found.id,
        "state": found.state,
        "reason": found.reason,
        "entries": found.entries,
        "days": found.days,
        "refusal": found.refusal,
        "drafted_by": found.drafted_by_name,
        "drafted_at": found.drafted_at.isoformat(),
        "decided_by": found.decided_by_name,
        "decided_at": found.decided_at.isoformat() if found.decided_at else None,
    }


def listing(
    session: Session, actor: Identity, *, state: str = "", limit: int = 1_000
) -> list[CorrectionSet]:
    """The sets, or those in a state, the newest first; their lines are not read."""
    require(actor, Permission.AUDIT_READ)
    query = select(CorrectionSet).order_by(CorrectionSet.drafted_at.desc(), CorrectionSet.id)
    if state:
        query = query.where(CorrectionSet.state == state)
    return list(session.scalars(query.options(defer(CorrectionSet.lines)).limit(limit)))


def get(session: Session, actor: Identity, set_id: str) -> CorrectionSet:
    """One set."""
    require(actor, Permission.AUDIT_READ)
    found = session.get(CorrectionSet, set_id)
    if found is None:
        raise missing("corrections")
    return found


def preview(session: Session, actor: Identity, set_id: str, *, now: datetime) -> Effects:
    """What approving a draft now would change; the caller throws this transaction away.

    Raises ``Invalid`` where a row cannot be applied any more.
    """
    require(actor, Permission.FACT_CORRECT)
    read = _again(session, get(session, actor, set_id))
    _check_read(read)
    return correction_effects.tried(session, read.lines, now)


def _again(session: Session, found: CorrectionSet) -> Read:
    """The lines of a set, checked against what is known now."""
    slugs = [one["dataset"] for one in found.lines]
    held: dict[str, Dataset] = {}
    loading = selectinload(Dataset.fields), selectinload(Dataset.unit)
    for some in row_sets.batches(slugs):
        query = select(Dataset).where(Dataset.slug.in_(some)).options(*loading)
        held |= {one.slug: one for one in session.scalars(query)}
    gone = [
        RowProblem(one["row"], one["dataset"], Message("There is no such entry any more."))
        for one in found.lines
        if one["dataset"] not in held
    ]
    lines = [
        Line(one["row"], held[one["dataset"]], _asked(one, found.reason))
        for one in found.lines
        if one["dataset"] in held
    ]
    read = _checked(session, lines)
    return Read(read.lines, (*gone, *read.problems))


def _asked(kept: Mapping[str, Any], reason: str) -> Asked:
    items = kept["withheld_by"]
    begins, ends = (date.fromisoformat(kept[name]) for name in ("begins", "ends"))
    return Asked(begins, ends, kept["values"], None if items is None else tuple(items), reason)


def approve(session: Session, actor: Identity, set_id: str, *, now: datetime) -> CorrectionSet:
    """Record a set that another person drafted. What was known before stays to be asked for."""
    found = _pending(session, actor, set_id)
    if found.drafted_by == actor.user_id:
        raise Forbidden(
            "own-draft",
            Message("Whoever drafts corrections does not approve them."),
            Message("Ask another administrator."),
        )
    read = _again(session, found)
    _check_read(read)
    known = openness_intervals.load(session, {line.dataset.id for line in read.lines})
    found.days = corrections.apply(session, read.lines, now)
    _decide(found, actor, CorrectionState.APPROVED, now)
    noted = [
        corrections.noted(line, found.reason, _days(line.asked, known[line.dataset.id]))
        for line in read.lines
    ]
    audit.record_all(session, actor, AuditTag.FACT_CORRECTED, "dataset", noted, now=now)
    _note(session, actor, AuditTag.CORRECTIONS_APPROVED, found, now, days=found.days)
    return found


def _days(asked: Asked, held: openness_intervals.Held) -> int:
    """On how many days of a correction its entry was in the directory."""
    begins, ends = asked.begins.toordinal(), asked.ends.toordinal()
    return sum(max(0, min(fact.ends, ends) - max(fact.begins, begins)) for fact in held.facts)


def refuse(
    session: Session, actor: Identity, set_id: str, *, reason: str, now: datetime
) -> CorrectionSet:
    """Turn a draft down with the reason; nothing was recorded."""
    found = _pending(session, actor, set_id)
    if found.drafted_by == actor.user_id:
        raise Forbidden(
            "own-draft",
            Message("Whoever drafts corrections does not decide about them."),
            Message("Take the draft back, or ask another administrator."),
        )
    found.refusal = values.check({"reason": reason}, _REASON)["reason"]
    _decide(found, actor, CorrectionState.REFUSED, now)
    _note(session, actor, AuditTag.CORRECTIONS_REFUSED, found, now, reason=found.refusal)
    return found


def withdraw(session: Session, actor: Identity, set_id: str, *, now: datetime) -> CorrectionSet:
    """Take one's own draft back before anybody has decided about it."""
    found = _pending(session, actor, set_id)
    if found.drafted_by != actor.user_id:
        raise Forbidden(
            "not-own-draft",
            Message("Whoever drafted corrections takes them back."),
            Message("Refuse them with a reason."),
        )
    _decide(found, actor, CorrectionState.WITHDRAWN, now)
    _note(session, actor, AuditTag.CORRECTIONS_WITHDRAWN, found, now)
    return found


def _decide(found: CorrectionSet, actor: Identity, state: CorrectionState, now: datetime) -> None:
    found.state = state
    found.decided_by_name, found.decided_at = actor.name, now


def _pending(session: Session, actor: Identity, set_id: str) -> CorrectionSet:
    """A draft, locked: of two decisions at once the second one sees the first."""
    require(actor, Permission.FACT_CORRECT)
    found = get(session, actor, set_id)
    session.refresh(found, with_for_update=True)
    if found.state != CorrectionState.DRAFT:
        raise Conflict(
            "corrections-decided",
            Message(
                "These corrections have been decided already: %(state)s.",
                {"state": Message(found.state)},
            ),
            Message("Draft a new set."),
        )
    return found


def _note(
    session: Session,
    actor: Identity,
    tag: AuditTag,
    found: CorrectionSet,
    now: datetime,
    **more: Any,
) -> None:
    audit.record(
        session, actor, tag, "corrections", found.id, now=now, entries=len(found.lines), **more
    )
