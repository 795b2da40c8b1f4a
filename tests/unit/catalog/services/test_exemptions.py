"""What exceptions have opened is read at once, for however many entries."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from catalog.models import ItemException
from catalog.services import exemptions
from tests.common.lists import World, add_dataset
from tests.common.statements import told


def _opened(
    world: World, dataset_id: int, *, confirmed_at: datetime | None, **values: Any
) -> Mapping[int, set[tuple[str, str]]]:
    """Record an exception; what it opens when it is in effect."""
    given: dict[str, Any] = {
        "dataset_id": dataset_id, "item_number": "NL-001", "kind": "consent", "given_by": "第三方",
        "given_on": world.now.date(), "reason": "同意公开", "drafted_by": world.keeper.user_id,
        "drafted_by_name": world.keeper.name, "recorded_at": world.now,
        "confirmed_at": confirmed_at, **values,
    }  # fmt: skip
    made = ItemException(**given)
    world.session.add(made)
    world.session.flush()
    return {dataset_id: {(made.field, made.item_number)}}


def test_exceptions_of_thousands_of_entries_are_one_question(world: World) -> None:
    session: Session = world.session
    one, other, third, fourth = (add_dataset(session, world.unit, world.now).id for _ in range(4))
    wanted = _opened(world, one, confirmed_at=world.now) | _opened(
        world, other, confirmed_at=world.now, field="姓名"
    )
    _opened(world, third, confirmed_at=None)
    _opened(world, fourth, confirmed_at=world.now, ended_at=world.now + timedelta(hours=1))
    with told(session) as statements:
        assert exemptions.excepted(session, [one, other, third, fourth, *range(10_000)]) == wanted
        assert exemptions.excepted(session, [third]) == {}
    assert len(statements) == 2, statements
