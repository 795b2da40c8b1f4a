"""Period results, frozen: counted as known at a moment, bundled, signed, and never changed.

A correction that comes late makes a restatement: a new snapshot that names the old one, with the
difference and the reason (domain.md, section 5). The bytes of the bundle are stored by the caller,
between ``freeze`` and ``keep``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from catalog.auth import Identity, Permission, require
from catalog.db import new_id
from catalog.errors import Conflict, Invalid, missing
from catalog.models import AuditHead, Edition, Snapshot
from catalog.services import (
    audit,
    facts,
    openness,
    periods,
    snapshot_history,
    snapshot_lines,
    trail,
)
from catalog.services.editions import edition_on
from catalog.services.periods import Period
from datasets import proof
from datasets.proof.signing import text_of
from datasets.proof.tally import PLATFORM, Difference, from_json
from datasets.storage import Blob
from schemas.records import Message

MEDIA_TYPE = "application/zip"
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants frozen: a period, or the correction of a snapshot with its reason; and the id
    that the new snapshot will have."""

    period: str = ""
    restates: str = ""
    reason: str = ""
    snapshot_id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Download:
    """The bundle of a snapshot as it is handed out."""

    sha256: str
    bytes: int
    file_name: str
    media_type: str
    modified: datetime


@dataclass(frozen=True, slots=True)
class Frozen:
    """A written bundle and the row that will stand for it once its bytes are stored."""

    row: Mapping[str, Any]
    before: str


def freeze(
    session: Session,
    actor: Identity,
    wish: Wish,
    *,
    key: proof.Signer,
    target: Path,
    public_url: str,
    now: datetime,
) -> Frozen:
    """Count a period, check the count against the entries themselves, and write the signed bundle.

    Nothing is saved yet. Raises ``Invalid`` for a period that is none, is not over or has nothing in
    it, ``Conflict`` for one that is frozen already or whose figures have not changed.
    """
    require(actor, Permission.OPENNESS_FREEZE)
    period, old = _wanted(session, wish, now)
    figures = snapshot_lines.figures(session, period.end, now)
    units = snapshot_lines.unit_lines(session, period.end, now)
    if not (units or figures["theme"]):
        raise _empty(period)
    changed = _changes(old, figures) if old else []
    known = _header(session, period, old, wish, now)
    header = {**known, "roster": figures[PLATFORM][""]["unit_rate.all"][1],
              "address": f"{public_url.rstrip('/')}/openness/snapshots/{known['id']}"}  # fmt: skip
    edition = edition_on(session, period.end, now)
    bundle = proof.write_bundle(
        proof.Asked(
            header,
            units,
            lambda: snapshot_lines.lines(session, period.end, now),
            _edition(edition),
            (lambda _: changed) if old else None,
        ),
        key,
        target,
    )  # fmt: skip
    _check_agreement(figures, bundle.figures)
    row = _values(period, wish, figures, changed) | {
        "known_at": now,
        "edition": edition.number if edition else None,
        "unit_names": {code: one.name for code, one in units.items()},
        "restates_id": old.id if old else None,
        "history": snapshot_history.counted(session, period),
    }
    return Frozen(row | _proof(header, bundle, key), old.id if old else "")


def check(session: Session, actor: Identity, wish: Wish, now: datetime) -> Period:
    """Refuse what ``freeze`` would refuse, by the ledger alone: quick enough to be asked at a door."""
    require(actor, Permission.OPENNESS_FREEZE)
    period, old = _wanted(session, wish, now)
    figures = snapshot_lines.figures(session, period.end, None)
    if not (figures["unit"] or figures["theme"]):
        raise _empty(period)
    if old:
        _changes(old, figures)
    return period


def _changes(old: Snapshot, figures: proof.Figures) -> list[Difference]:
    """What a restatement would change; ``Conflict`` when that is nothing."""
    changed = proof.differences(held(old), figures)
    if changed:
        return changed
    raise Conflict(
        "nothing-to-restate",
        Message("The figures are those of the snapshot; there is nothing to correct."),
        Message("A restatement is made when a correction was recorded after the freezing."),
    )


def _values(
    period: Period, wish: Wish, figures: proof.Figures, changed: list[Difference]
) -> dict[str, Any]:
    return {
        "period": period.name, "begins_on": period.start, "as_of": period.end, "figures": figures,
        "reason": wish.reason if wish.restates else "",
        "difference": [_plain(one) for one in changed],
    }  # fmt: skip


def _proof(header: Mapping[str, Any], bundle: proof.Bundle, key: proof.Signer) -> dict[str, Any]:
    """What names the bundle in the row."""
    return {
        **{name: header[name] for name in ("id", "revision", "definition", "roster")},
        "input_sha256": bundle.input_sha256,
        "manifest_sha256": bundle.manifest_sha256,
        "signature": text_of(bundle.signature),
        "public_key": text_of(key.public),
    }


def _edition(edition: Edition | None) -> dict[str, Any] | None:
    if edition is None:
        return None
    return {
        "number": edition.number,
        "effective_on": edition.effective_on.isoformat(),
        "sha256": edition.sha256,
        "content": edition.content,
    }


def _wanted(session: Session, wish: Wish, now: datetime) -> tuple[Period, Snapshot | None]:
    if wish.restates:
        return _to_restate(session, wish)
    period = periods.read(wish.period)
    if not periods.over(period, facts.day(now)):
        raise Invalid(
            "period-not-over",
            Message("The period %(name)s ends on %(day)s; it can be frozen after that day.",
                    {"name": period.name, "day": period.end.isoformat()}),
            Message("Choose a period that has ended, or freeze a single day."),
            fields={"period": [Message("has not ended yet")]},
        )  # fmt: skip
    frozen = newest(session, period.name)
    if frozen is not None:
        raise _frozen_already(frozen)
    return period, None


def _frozen_already(frozen: Snapshot) -> Conflict:
    return Conflict(
        "period-frozen",
        Message("The period %(name)s was frozen on %(day)s.",
                {"name": frozen.period, "day": facts.day(frozen.made_at).isoformat()}),
        Message("A frozen result stays as it is; make a restatement of it when its figures change."),
    )  # fmt: skip


def _to_restate(session: Session, wish: Wish) -> tuple[Period, Snapshot]:
    old = get(session, wish.restates)
    if not wish.reason.strip() or len(wish.reason) > LONGEST_REASON:
        raise Invalid(
            "reason-needed",
            Message("A restatement needs its reason: what was corrected, and why so late."),
            Message("Write it in at most %(limit)s characters; it is published.",
                    {"limit": LONGEST_REASON}),
            fields={"reason": [Message("is needed")]},
        )  # fmt: skip
    if wish.period and periods.read(wish.period).name != old.period:
        raise Invalid(
            "other-period",
            Message("The snapshot is of the period %(name)s.", {"name": old.period}),
            Message("Leave the period out, or name the snapshot of that period."),
            fields={"period": [Message("is not the period of the snapshot")]},
        )
    if newest(session, old.period) is not old:
        raise Conflict(
            "restated-already",
            Message("This snapshot has been restated already."),
            Message("Restate the newest snapshot of the period."),
        )
    return periods.read(old.period), old


def _empty(period: Period) -> Invalid:
    return Invalid(
        "period-empty",
        Message("On %(day)s there was no unit on the roster and no entry in the directory.",
                {"day": period.end.isoformat()}),
        Message("Choose a period that ends after the first unit was put on the roster."),
        fields={"period": [Message("has nothing to count")]},
    )  # fmt: skip


def _header(
    session: Session, period: Period, old: Snapshot | None, wish: Wish, now: datetime
) -> dict[str, Any]:
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    return {
        "id": wish.snapshot_id,
        "period": {"name": period.name, "from": period.start.isoformat(), "to": period.end.isoformat()},
        "as_of": period.end.isoformat(),
        "known_at": now.isoformat(),
        "revision": old.revision + 1 if old else 1,
        "definition": openness.DEFINITION,
        "audit": {"sequence": head.sequence, "hash": head.hash} if head else None,
        "restates": {"id": old.id, "manifest_sha256": old.manifest_sha256, "reason": wish.reason}
        if old else None,
    }  # fmt: skip


def _check_agreement(ledger: proof.Figures, counted: proof.Figures) -> None:
    """The ledger and a count of the entries give the same, or nothing is signed."""
    wrong = proof.differences(ledger, counted)
    if wrong:
        one = wrong[0]
        raise Conflict(
            "counts-differ",
            Message("The ledger and the entries do not give the same figures (%(count)s differ, first "
                    "%(figure)s); nothing was frozen.",
                    {"count": len(wrong), "figure": f"{one.scope} {one.key} {one.figure}"}),
            Message("Have an administrator recompute the ledger, then freeze again."),
        )  # fmt: skip


def keep(
    session: Session, actor: Identity, frozen: Frozen, blob: Blob, *, now: datetime
) -> Snapshot:
    """Save what was frozen, its bundle being stored. ``Conflict`` when another was faster."""
    require(actor, Permission.OPENNESS_FREEZE)
    row = Snapshot(
        **frozen.row,
        bundle_sha256=blob.sha256,
        bundle_bytes=blob.size,
        made_at=now,
        made_by=actor.name,
    )
    latest = newest(session, row.period)
    if (latest.id if latest else "") != frozen.before:
        raise _frozen_already(latest) if latest else missing("snapshot")
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        latest = newest(session, row.period)
        if latest is None:
            raise
        raise _frozen_already(latest) from None
    tag = audit.AuditTag.SNAPSHOT_RESTATED if frozen.before else audit.AuditTag.SNAPSHOT_FROZEN
    audit.record(
        session, actor, tag, "snapshot", row.id, now=now, period=row.period,
        manifest_sha256=row.manifest_sha256, bundle_sha256=row.bundle_sha256,
        restates=row.restates_id,
    )  # fmt: skip
    return row


def get(session: Session, snapshot_id: str) -> Snapshot:
    """One snapshot; all of them are public."""
    found = session.get(Snapshot, snapshot_id)
    if found is None:
        raise missing("snapshot")
    return found


def recorded(session: Session, snapshot: Snapshot) -> dict[str, Any]:
    """What the trail says of a snapshot that was frozen; empty when it knows nothing of it."""
    tags = {audit.AuditTag.SNAPSHOT_FROZEN.value, audit.AuditTag.SNAPSHOT_RESTATED.value}
    events = trail.of_subject(session, "snapshot", snapshot.id)
    return next((dict(one.data) for one in events[::-1] if one.tag in tags), {})


def newest(session: Session, period: str) -> Snapshot | None:
    """The snapshot that stands for a period: the last restatement, or the first freezing."""
    query = select(Snapshot).where(Snapshot.period == period).order_by(Snapshot.revision.desc())
    return session.scalar(query.limit(1))


def restatements(session: Session, some: Sequence[Snapshot]) -> dict[str, str]:
    """Ids of snapshots that were restated -> the id of what restates them."""
    query = select(Snapshot.restates_id, Snapshot.id).where(
        Snapshot.restates_id.in_([one.id for one in some])
    )
    return {str(old): new for old, new in session.execute(query)}


def headline(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    """The figures of the platform: name -> (n, d)."""
    return {name: (n, d) for name, (n, d) in snapshot.figures[PLATFORM][""].items()}


def listed(session: Session, *, offset: int = 0, limit: int = 50) -> tuple[list[Snapshot], int]:
    """Snapshots by the day they count, newest first, and how many there are."""
    total = session.scalar(select(func.count()).select_from(Snapshot)) or 0
    query = select(Snapshot).order_by(
        Snapshot.as_of.desc(), Snapshot.period, Snapshot.revision.desc()
    )
    return list(session.scalars(query.offset(offset).limit(limit))), total


def corrected_since(session: Session, snapshot: Snapshot) -> list[Difference]:
    """Figures, of whatever group, that corrections recorded since have changed: a restatement is due."""
    if restatements(session, [snapshot]):
        return []
    return proof.differences(held(snapshot), snapshot_lines.figures(session, snapshot.as_of, None))


def held(snapshot: Snapshot) -> proof.Figures:
    """Every figure as it was frozen."""
    return from_json(snapshot.figures)


def _plain(one: Difference) -> list[Any]:
    return [one.scope, one.key, one.figure, one.before, one.after]
