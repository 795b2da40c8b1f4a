"""Names of administrative divisions: provinces are known, all others are entered by the city."""

from datetime import datetime

import pytest
from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.errors import Forbidden, Invalid
from catalog.services import openness, regions
from tests.common.lists import World, add_unit


def test_a_province_is_known_and_an_entered_name_counts_until_it_is_forgotten(
    session: Session, now: datetime
) -> None:
    assert regions.name_of(session, "340000") == "安徽省"
    assert regions.name_of(session, "340300") == "340300"
    regions.enter(session, SYSTEM, "340300", "蚌埠市", now=now)
    assert regions.names(session)["340300"] == "蚌埠市"
    regions.enter(session, SYSTEM, "340300", "", now=now)
    assert regions.listed(session) == []
    assert regions.name_of(session, "340300") == "340300"


def test_rates_by_region_say_the_name_and_keep_the_code(session: Session, now: datetime) -> None:
    add_unit(session, now, region="340300")
    regions.enter(session, SYSTEM, "340300", "蚌埠市", now=now)
    session.flush()
    found = openness.by_region(session, now.date())
    assert [(one.key, one.name) for one in found] == [("340300", "蚌埠市")]
    assert regions.listed(session) == [("340300", "蚌埠市")]


@pytest.mark.parametrize(
    ("code", "name", "field"),
    [("3403a", "甲", "code"), ("", "甲", "code"), ("34", "甲" * 61, "name")],
)
def test_what_is_no_code_or_name_is_refused(
    session: Session, now: datetime, code: str, name: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        regions.enter(session, SYSTEM, code, name, now=now)
    assert set(refused.value.fields) == {field}


def test_only_who_keeps_the_roster_names_them(world: World) -> None:
    with pytest.raises(Forbidden):
        regions.enter(world.session, world.editor, "340300", "蚌埠市", now=world.now)
