"""The end of the audit trail, published once a day: what nobody can take back once it was copied."""

import csv
import io
import json
from base64 import b64decode
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.errors import Invalid
from catalog.models import AuditHead, PublishedHead
from catalog.services import audit, facts
from catalog.services.audit import Kept
from datasets import proof
from datasets.proof.signing import text_of
from schemas.records import Message

LARGEST_FILE = 16 * 2**20
"""Bytes of a list of heads that are read: more than a hundred years of days."""


def message(day: date, sequence: int, hash_: str) -> bytes:
    """What is signed: the day in Shanghai, the number of the last event, its hash."""
    return f"gongkai-head-1\n{day.isoformat()}\n{sequence}\n{hash_}\n".encode("ascii")


def publish(session: Session, key: proof.Signer, *, now: datetime) -> PublishedHead | None:
    """Publish today's head once; None when the trail is empty or today's stands already."""
    today = facts.day(now)
    head = session.scalar(select(AuditHead).where(AuditHead.id == 1))
    if head is None or head.sequence == 0 or session.get(PublishedHead, today) is not None:
        return None
    row = PublishedHead(
        day=today,
        sequence=head.sequence,
        hash=head.hash,
        at=now,
        signature=text_of(key.sign(message(today, head.sequence, head.hash))),
        public_key=text_of(key.public),
    )
    session.add(row)
    session.flush()
    return row


def listed(
    session: Session, *, offset: int = 0, limit: int = 50
) -> tuple[list[PublishedHead], int]:
    """Published heads, newest first, and how many there are."""
    total = session.scalar(select(func.count()).select_from(PublishedHead)) or 0
    query = select(PublishedHead).order_by(PublishedHead.day.desc()).offset(offset).limit(limit)
    return list(session.scalars(query)), total


def signed(row: PublishedHead) -> bool:
    """Whether the signature of a published head is of what the row says."""
    try:
        key, signature = b64decode(row.public_key), b64decode(row.signature)
        said = message(row.day, row.sequence, row.hash)
    except ValueError:
        return False
    return proof.verified(key, said, signature)


def unsigned(session: Session) -> list[date]:
    """The days whose published head does not carry its signature; nothing when they cannot be read,
    which ``audit.verify`` says."""
    try:
        rows = session.scalars(select(PublishedHead).order_by(PublishedHead.day)).all()
    except audit.UNREADABLE:
        return []
    return [one.day for one in rows if not signed(one)]


def read_kept(text: bytes) -> list[Kept]:
    """Heads from a copy of the public list, as JSON or as CSV. ``Invalid`` when it is neither."""
    refused = Invalid(
        "heads-unreadable",
        Message("The file is not a list of published heads."),
        Message("Give the JSON or CSV that the page of published heads offers."),
    )
    if len(text) > LARGEST_FILE:
        raise refused
    try:
        return [_kept(row) for row in _rows(text.decode("utf-8-sig"))]
    except (ValueError, KeyError, TypeError, RecursionError, csv.Error):
        raise refused from None


def _rows(text: str) -> list[Mapping[str, Any]]:
    if text.lstrip().startswith(("{", "[")):
        held = json.loads(text)
        return list(held["items"] if isinstance(held, dict) else held)
    return list(csv.DictReader(io.StringIO(text), strict=True))


def _kept(row: Mapping[str, Any]) -> Kept:
    found = Kept(date.fromisoformat(row["day"]), int(row["sequence"]), str(row["hash"]))
    if found.sequence < 1 or len(found.hash) != 64:
        raise ValueError(found)
    return found
