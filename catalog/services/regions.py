"""Names of administrative divisions: provinces by GB/T 2260, all others as the city has entered them.

Divisions below the province change every year, so no list of them is shipped: whoever keeps the roster
names those that its units belong to. A code without a name is shown as it is.
"""

import re
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.auth import Identity, Permission, require
from catalog.models import Region, Unit
from catalog.services import audit, values
from datasets.identifiers import PROVINCES
from schemas.records import Message

LONGEST = 60
_CODE = re.compile(r"\d{2,12}")
_SHIPPED = {code: name for short, name in PROVINCES.items() for code in (short, f"{short}0000")}


def names(session: Session) -> dict[str, str]:
    """Every name that is known, by code; what the city has entered counts."""
    return _SHIPPED | dict(session.execute(select(Region.code, Region.name)).all())


def name_of(session: Session, code: str) -> str:
    """The name of a division, or its code."""
    found = session.get(Region, code)
    return found.name if found else _SHIPPED.get(code, code)


def listed(session: Session) -> list[tuple[str, str]]:
    """Code and name of every division that units belong to or that was named; "" for no name."""
    known = names(session)
    used = session.scalars(select(Unit.region).distinct()).all()
    entered = session.scalars(select(Region.code)).all()
    return [(code, known.get(code, "")) for code in sorted({*used, *entered} - {""})]


def enter(session: Session, actor: Identity, code: str, name: str, *, now: datetime) -> None:
    """Name a division, or with an empty name forget the name that was entered."""
    require(actor, Permission.UNIT_MANAGE)
    code, name = code.strip(), name.strip()
    wrong: dict[str, list[Message]] = {}
    if not _CODE.fullmatch(code):
        wrong["code"] = [Message("must be an administrative division code")]
    if len(name) > LONGEST:
        wrong["name"] = [Message("At most %(most)s characters.", {"most": LONGEST})]
    if wrong:
        raise values.refusal(wrong)
    held = session.get(Region, code)
    if held is not None and not name:
        session.delete(held)
    elif name:
        session.merge(Region(code=code, name=name))
    session.flush()
    outbox.touch_names(session, now)
    audit.record(session, actor, audit.AuditTag.REGION_NAMED, "region", code, now=now, name=name)
