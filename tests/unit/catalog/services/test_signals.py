"""Signals of gaming: each with its evidence, and shown only to those who may know all of it."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from catalog.auth import ANONYMOUS
from catalog.models import AvailabilityFact, Dataset, Examination, Resource, Unit, Version
from catalog.services import facts, signals
from catalog.services.signals import Sign
from catalog.services.signals_found import quarter_ends
from catalog.services.signals_of_files import stem
from schemas.vocabularies import DatasetState, Openness, Role, VersionState
from tests.common import lists
from tests.common.lists import World, add_dataset, add_item, add_unit

PUBLISHED = {"state": DatasetState.PUBLISHED}
COLUMNS = {"名称": "unconditional", "代码": "unconditional", "地址": "unconditional"}
TODAY = date(2026, 11, 23)


def found(world: World, sign: Sign, actor=None, **narrow) -> list[signals.Signal]:
    given = {"since": TODAY - timedelta(days=365), "day": TODAY} | narrow
    shown = signals.find(world.session, actor or world.administrator, kinds=[sign], **given)
    return list(shown.items)


def table(session: Session, dataset: Dataset, now: datetime, rows: list[list[str]]) -> None:
    """A published table with these rows, the header not counted."""
    resource = Resource(dataset_id=dataset.id, name="table", created_at=now, proposed={})
    session.add(resource)
    session.flush()
    version = Version(
        resource_id=resource.id, number=1, state=VersionState.EXAMINED, file_name="a.csv",
        repairs=[], created_at=now,
    )  # fmt: skip
    session.add(version)
    session.flush()
    examination = Examination(
        version_id=version.id, request_digest="", finished_at=now, valid=True, members=[],
        rows=len(rows), table_schema={}, public_schema={}, report={}, repairs=[], findings=[],
        profile={}, preview=[["序号", "名称"], *rows], artefacts={}, problems=[],
    )  # fmt: skip
    session.add(examination)
    session.flush()
    version.examination_id = resource.current_examination_id = examination.id
    resource.current_version_id = version.id
    session.flush()


def opened(world: World, unit: Unit, begins: datetime, ends: datetime | None = None) -> Dataset:
    """An entry open from a moment on, withdrawn at another."""
    dataset = add_dataset(world.session, unit, begins, **PUBLISHED)
    if ends is not None:
        dataset.state = DatasetState.WITHDRAWN
        facts.record(world.session, dataset, ends)
    return dataset


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("行政处罚信息（2024年）", "行政处罚信息"),
        ("行政处罚信息2025年第一季度", "行政处罚信息"),
        ("公交站点 第3批", "公交站点"),
        ("公共图书馆名录", "公共图书馆名录"),
    ],
)
def test_a_title_without_what_counts_parts_is_the_same_for_all_parts(title, bare):
    assert stem(title) == bare


def test_five_open_entries_of_a_unit_with_the_same_columns_look_like_one_table_split(world):
    session, now = world.session, world.now
    parts = [add_dataset(session, world.unit, now, **PUBLISHED, fields=COLUMNS) for _ in range(5)]
    other = add_unit(session, now)
    for _ in range(4):
        add_dataset(session, other, now, **PUBLISHED, fields=COLUMNS)
    (one,) = found(world, Sign.SPLIT)
    assert (one.unit.id, one.day) == (world.unit.id, None)
    assert {held.dataset.id for held in one.evidence} == {part.id for part in parts}
    assert found(world, Sign.SPLIT, unit=other.code) == []


def test_where_no_columns_are_known_titles_that_differ_in_numbers_only_are_told(world):
    for year in range(2020, 2026):
        add_dataset(world.session, world.unit, world.now, **PUBLISHED, title=f"{year}年预算公开")
    add_dataset(world.session, world.unit, world.now, **PUBLISHED, title="权力清单")
    (one,) = found(world, Sign.SPLIT)
    assert len(one.evidence) == 6


def test_empty_files_and_files_of_placeholders_are_told_but_not_short_tables_with_content(world):
    session, now = world.session, world.now
    held = {
        name: add_dataset(session, world.unit, now, **PUBLISHED, title=name)
        for name in ("nothing", "one row", "placeholders", "short", "page elsewhere")
    }
    held["page elsewhere"].landing_page = "https://data.example.cn/1"
    table(session, held["one row"], now, [["1", "市图书馆"]])
    table(session, held["placeholders"], now, [["1", "暂无"], ["2", "测试"]])
    table(session, held["short"], now, [["1", "市图书馆"], ["2", "市档案馆"]])
    (one,) = found(world, Sign.EMPTY)
    assert {evidence.dataset.title for evidence in one.evidence} == {
        "nothing", "one row", "placeholders",
    }  # fmt: skip


def test_closings_in_bulk_in_the_last_fortnight_of_a_quarter_are_told_and_spread_ones_are_not(
    world,
):
    session = world.session
    number = add_item(world, now=datetime(2026, 1, 5, tzinfo=world.now.tzinfo))
    early = datetime(2026, 2, 1, 3, tzinfo=world.now.tzinfo)
    late = datetime(2026, 9, 25, 3, tzinfo=world.now.tzinfo)
    steady = add_unit(session, early)
    for unit, moments in (
        (world.unit, [late] * 5),
        (steady, [late - timedelta(days=10 * n) for n in range(6)]),
    ):
        for at in moments:
            dataset = add_dataset(session, unit, early)
            dataset.openness = Openness.WITHHELD
            facts.link(session, dataset.id, "", {number}, at)
            facts.record(session, dataset, at)
    (one,) = found(world, Sign.BULK)
    assert (one.unit.id, one.day, len(one.evidence)) == (world.unit.id, date(2026, 9, 30), 5)
    assert one.evidence[0].says.params == {"day": "2026-09-25", "item": number}


def test_an_entry_open_for_the_day_of_the_report_only_is_told_and_a_lasting_one_is_not(world):
    zone = world.now.tzinfo
    before = datetime(2026, 9, 20, 3, tzinfo=zone)
    after = datetime(2026, 10, 15, 3, tzinfo=zone)
    brief = opened(world, world.unit, before, after)
    opened(world, world.unit, before)
    opened(world, world.unit, datetime(2026, 3, 1, 3, tzinfo=zone), after)
    (one,) = found(world, Sign.BRIEF)
    assert [held.dataset.id for held in one.evidence] == [brief.id]
    assert one.evidence[0].says.params == {"begins": "2026-09-20", "ends": "2026-10-15"}


def test_a_change_while_open_does_not_make_a_lasting_opening_brief(world):
    zone = world.now.tzinfo
    dataset = add_dataset(
        world.session, world.unit, datetime(2026, 3, 1, 3, tzinfo=zone), **PUBLISHED
    )
    dataset.theme = "交通运输"
    facts.record(world.session, dataset, datetime(2026, 9, 20, 3, tzinfo=zone))
    dataset.state = DatasetState.WITHDRAWN
    facts.record(world.session, dataset, datetime(2026, 10, 15, 3, tzinfo=zone))
    assert found(world, Sign.BRIEF) == []


def test_a_link_that_answers_with_a_page_is_told(world):
    dataset = opened(world, world.unit, world.now)
    world.session.add(
        AvailabilityFact(
            dataset_id=dataset.id, available=False, reason="page-instead-of-data",
            valid_from=TODAY, recorded_at=world.now, checked_at=world.now,
        )
    )  # fmt: skip
    world.session.flush()
    (one,) = found(world, Sign.PAGE)
    assert [held.dataset.id for held in one.evidence] == [dataset.id]


def test_a_signal_is_shown_only_to_those_who_may_know_every_entry_it_rests_on(world):
    session, now = world.session, world.now
    parts = [add_dataset(session, world.unit, now, **PUBLISHED, fields=COLUMNS) for _ in range(5)]
    assert len(found(world, Sign.SPLIT, ANONYMOUS)) == 1
    parts[0].published_at = None
    session.flush()
    assert found(world, Sign.SPLIT, ANONYMOUS) == []
    assert len(found(world, Sign.SPLIT, world.editor)) == 1
    stranger = lists.person(session, "stranger", Role.EDITOR, now, add_unit(session, now))
    assert found(world, Sign.SPLIT, stranger) == []


def test_quarters_end_four_times_a_year():
    ends = quarter_ends(date(2025, 12, 31), date(2026, 9, 29))
    assert ends == [date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30)]
