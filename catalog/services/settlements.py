"""Decisions about personal data: which finding each is about, and how they go on to the next delivery.

A decision belongs to a column of a table (``datasets.settling``). Repairs rename and move columns, and
next month's file may have others: a decision follows its column through all of it, and one that finds
no column any more shuts the gate until somebody takes it back.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from catalog.models import Settlement, Version
from datasets import masking, settling
from schemas.vocabularies import SettlementAction


def about(version: Version, finding: str) -> Settlement | None:
    """The decision about a finding of a delivery, made under its present id or an earlier one."""
    exact = [held for held in version.settlements if held.finding == finding]
    fitting = (held for held in version.settlements if settling.same(held.finding, finding))
    return exact[0] if exact else next(fitting, None)


def decided(version: Version) -> dict[str, Settlement]:
    """The decision about each finding of the newest examination, by the finding's id."""
    found = version.examination.findings if version.examination is not None else []
    held = {finding["id"]: about(version, finding["id"]) for finding in found}
    return {name: one for name, one in held.items() if one is not None}


def actions(version: Version, finding: str) -> tuple[SettlementAction, ...]:
    """What may be decided about a finding now; nothing for an id that no finding has.

    A decision that was made can be taken back, and one that fits no column can only be.
    """
    held = about(version, finding)
    withdraw = () if held is None else (SettlementAction.WITHDRAW,)
    found = version.examination.findings if version.examination is not None else []
    told = next((one for one in found if one["id"] == finding), None)
    if told is not None and settling.is_lost(told):
        return withdraw
    if told is None and held is None:
        return ()
    return (*masking.actions_for(settling.taken_apart(finding).detector), *withdraw)


def decide(
    session: Session,
    version: Version,
    finding: str,
    *,
    action: str,
    ground: str,
    by: int,
    at: datetime,
) -> None:
    """Note a decision in the place of the one about the same column, or take that one back."""
    held = about(version, finding)
    if action == SettlementAction.WITHDRAW:
        if held is not None:
            version.settlements.remove(held)
            session.delete(held)
        return
    if held is None:
        held = Settlement(version_id=version.id, finding=finding)
        session.add(held)
        version.settlements.append(held)
    held.finding = finding
    held.action, held.ground = action, ground
    held.by, held.at, held.consent_by, held.consent_at = by, at, None, None


def carry_on(session: Session, before: Version, version: Version) -> None:
    """Copy the decisions of the delivery before to ``version``, each for the column of its name.

    Who decided stays; a second person consented to the values of that delivery and to no others.
    """
    for name, held in _named(before):
        made = Settlement(
            version_id=version.id, finding=name, action=held.action, ground=held.ground,
            by=held.by, at=held.at,
        )  # fmt: skip
        session.add(made)
        version.settlements.append(made)
    session.flush()


def go_by_name(session: Session, version: Version) -> None:
    """Let the decisions of a delivery hold for the columns of their names in another of its tables."""
    named = _named(version)
    kept = {held.id for _, held in named}
    for held in [one for one in version.settlements if one.id not in kept]:
        version.settlements.remove(held)
        session.delete(held)
    session.flush()
    for name, held in named:
        held.finding, held.consent_by, held.consent_at = name, None, None
    session.flush()


def _named(version: Version) -> list[tuple[str, Settlement]]:
    """The decisions with their names for other tables; of several for one name the strictest."""
    found = version.examination.findings if version.examination is not None else []
    result: dict[str, Settlement] = {}
    for held in sorted(version.settlements, key=lambda one: settling.strictness(one.action)):
        result.setdefault(settling.by_name(held.finding, _label(held, found)), held)
    return list(result.items())


def _label(held: Settlement, findings: Iterable[dict[str, str]]) -> str:
    """What the column of a decision is called now; as the decision calls it where nothing is known."""
    seen = [one["field"] for one in findings if settling.same(held.finding, one["id"])]
    return seen[0] if seen else settling.taken_apart(held.finding).label


def forget_what_was_kept(session: Session, version: Version) -> None:
    """Leave out decisions to keep values that come from an earlier delivery and find none here.

    They take nothing away and wait for a consent to nothing; every other decision stays.
    """
    found = decided(version).values()
    for held in list(version.settlements):
        carried = settling.taken_apart(held.finding).place == settling.BY_NAME
        if held.action == SettlementAction.KEEP and carried and held not in found:
            version.settlements.remove(held)
            session.delete(held)
