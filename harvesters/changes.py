"""What a harvest run means for the directory: a pure comparison of what was seen with what is known.

Vanishing is a claim that needs proof: a source that is empty, broken or cut short once must not
cost a single entry, and even a whole and healthy one may only take away so much without a person.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import orjson

from schemas.records import DatasetRecord

Ids = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """What is remembered of a record: the digest last taken over, and since when it is missing.

    An empty ``digest`` means that it was never taken over (an error each time so far).
    """

    digest: str
    missing_since: dt.date | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, as remote identifiers in the order of the source (known ones: of the memory).

    new, changed, same: take over, take over again, leave alone. unreadable: present, but an error.
    missing: not seen for the first time: remember today. back: was missing or archived and is
    there again. waiting: missing, grace not over. gone: to be archived. held: would be archived,
    but a person must approve.
    """

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


def digest(record: DatasetRecord) -> str:
    """SHA-256 over what the source said, independent of key order and of our own warnings."""
    said = replace(record, warnings=()) if record.warnings else record
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def plan(
    seen: Iterable[tuple[str, str]],
    known: Mapping[str, KnownRecord],
    *,
    complete: bool,
    today: dt.date,
    grace_days: int,
    max_gone_share: float,
    max_gone: int,
    approved: bool = False,
) -> Plan:
    """Compare identifiers and digests of one run with the memory of the source.

    ``seen`` may repeat an identifier (the first counts); an empty digest means that the record is
    there but could not be read. ``complete`` is True only if the source was read to its end and
    every record had an identifier; otherwise, or if nothing was seen, nothing goes missing.
    A record is gone once it has been missing for ``grace_days``. If more than ``max_gone`` records,
    or more than the share ``max_gone_share`` of the living ones, would go, all are held, unless
    a person ``approved``.
    """
    digests: dict[str, str] = {}
    for remote_id, value in seen:
        digests.setdefault(remote_id, value)
    new, changed, same, unreadable, back = _present(digests, known)
    missing: Ids = ()
    waiting: Ids = _absent(digests, known)
    due: Ids = ()
    if complete and digests:
        missing, waiting, due = _vanished(digests, known, today, grace_days)
    # With those seen for the first time: else the same run said twice would find other shares.
    living = len(digests.keys() | {key for key, record in known.items() if not record.archived})
    too_many = len(due) > max_gone or len(due) > max_gone_share * living
    held = due if too_many and not approved else ()
    gone = () if held else due
    return Plan(new, changed, same, unreadable, missing, back, waiting, gone, held)


def _present(
    digests: Mapping[str, str], known: Mapping[str, KnownRecord]
) -> tuple[Ids, Ids, Ids, Ids, Ids]:
    new: list[str] = []
    changed: list[str] = []
    same: list[str] = []
    unreadable: list[str] = []
    back: list[str] = []
    for remote_id, value in digests.items():
        record = known.get(remote_id)
        if record is not None and (record.archived or record.missing_since is not None):
            back.append(remote_id)
        if not value:
            unreadable.append(remote_id)
        elif record is None:
            new.append(remote_id)
        elif record.digest == value:
            same.append(remote_id)
        else:
            changed.append(remote_id)
    return tuple(new), tuple(changed), tuple(same), tuple(unreadable), tuple(back)


def _absent(digests: Mapping[str, str], known: Mapping[str, KnownRecord]) -> Ids:
    return tuple(
        remote_id
        for remote_id, record in known.items()
        if remote_id not in digests and not record.archived
    )


def _vanished(
    digests: Mapping[str, str],
    known: Mapping[str, KnownRecord],
    today: dt.date,
    grace_days: int,
) -> tuple[Ids, Ids, Ids]:
    missing: list[str] = []
    waiting: list[str] = []
    due: list[str] = []
    for remote_id in _absent(digests, known):
        since = known[remote_id].missing_since
        if since is None:
            missing.append(remote_id)
        elif (today - since).days < grace_days:
            waiting.append(remote_id)
        else:
            due.append(remote_id)
    return tuple(missing), tuple(waiting), tuple(due)
