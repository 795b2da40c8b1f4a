"""Whether an adjustment is still as its reader saw it: a draft may be revised before it is decided."""

import json
from hashlib import sha256

from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import stale
from catalog.models import Adjustment
from catalog.services import negative_list


def of(adjustment: Adjustment) -> int:
    """A number for what the adjustment says, on what it rests and how it stands: another one whenever
    any of it is another."""
    said = [
        adjustment.state, adjustment.reason, adjustment.approval_document, adjustment.changes,
        str(adjustment.effective_on), adjustment.base_edition, adjustment.policy,
    ]  # fmt: skip
    written = json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
    return 1 + int.from_bytes(sha256(written).digest()[:6])


def check_seen(session: Session, actor: Identity, adjustment_id: str, expected: int | None) -> None:
    """Refuse an act on an adjustment that is not any more as the actor last saw it; None asks nothing."""
    if expected is None:
        return
    if of(negative_list.adjustment(session, actor, adjustment_id)) != expected:
        raise stale()
