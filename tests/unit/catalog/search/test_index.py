from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import tantivy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from catalog import outbox
from catalog.db import Database
from catalog.models import Dataset, Examination, Resource, Unit, Version
from catalog.search import FACETS, Question, SearchIndex, Way, open_index
from catalog.search.shelf import FORM
from tests.conftest import NOW

TITLES = [
    "养老机构名录", "城市公交站点", "区域水资源公报", "2023年预算执行情况", "企业信用修复名单",
    "Hospital beds 2024", "北京上海海滩", "信用代码对照表", "桥梁检测", "政务資料開放目錄", "重庆银行网点",
    "怎么办事",
]  # fmt: skip


def entry(unit: Unit, title: str, *, public: bool = True, state: str = "published") -> Dataset:
    return Dataset(
        slug=f"s-{abs(hash((title, unit.code)))}", code=f"1/{abs(hash((title, unit.code)))}", title=title, state=state,
        state_changed_at=NOW, openness="unconditional", update_cycle="yearly", keywords=[], formats=[],
        related_codes=[], created_at=NOW, created_by="t", updated_at=NOW, unit=unit, theme="社会保障",
        published_at=NOW if public else None,
    )  # fmt: skip


def _table_of(session: Session, dataset: Dataset) -> None:
    """A table of the entry that was examined and is there."""
    resource = Resource(
        dataset_id=dataset.id, name="table", public=True, created_at=NOW, table_schema=None
    )
    session.add(resource)
    session.flush()
    version = Version(resource_id=resource.id, number=1, state="examined", file_name="t.csv", repairs=[],
                      created_at=NOW)  # fmt: skip
    session.add(version)
    session.flush()
    found = Examination(
        version_id=version.id, request_digest="", finished_at=NOW, valid=True, members=[], table_schema={},
        public_schema={}, report={}, repairs=[], findings=[], profile={}, preview=[],
        artefacts={"parquet": {}}, problems=[],
    )  # fmt: skip
    session.add(found)
    session.flush()
    resource.current_version_id, resource.current_examination_id = version.id, found.id


@pytest.fixture
def index(database: Database, tmp_path: Path) -> SearchIndex:
    with database.write() as session:
        unit = Unit(
            code="u1",
            name="市民政局",
            kind="department",
            roster_from=date(2020, 1, 1),
            created_at=NOW,
        )
        for title in TITLES:
            session.add(entry(unit, title))
        session.add(entry(unit, "未公开养老草稿", public=False, state="draft"))
        session.flush()
        for dataset in session.query(Dataset):
            outbox.touch_search(session, dataset.id, NOW)
    opened = open_index(tmp_path)
    assert opened.catch_up(database) == len(TITLES) + 1
    return opened


def titles(database: Database, index: SearchIndex, question: Question) -> list[str]:
    with database.read() as session:
        return [session.get(Dataset, one).title for one in index.ask(question).dataset_ids]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("养老", ["养老机构名录"]),
        ("公交", ["城市公交站点"]),
        ("水", ["区域水资源公报"]),
        ("桥", ["桥梁检测"]),
        ("上海", ["北京上海海滩"]),
        ("２０２３年 预算", ["2023年预算执行情况"]),
        ("hosp", ["Hospital beds 2024"]),
        ("HOSPITAL", ["Hospital beds 2024"]),
        ("上滩", []),
        ("海滩浴", []),
        ("资料开放", ["政务資料開放目錄"]),
        ("資料", ["政务資料開放目錄"]),
        ("養老機構", ["养老机构名录"]),
        ("怎麼", ["怎么办事"]),
        ("怎么", ["怎么办事"]),
        ("yanglao", ["养老机构名录"]),
        ("yljg", ["养老机构名录"]),
        ("laojig", ["养老机构名录"]),
        ("chongqingyinhang", ["重庆银行网点"]),
        ("hosptial", ["Hospital beds 2024"]),
        ("gongjiao 城市", ["城市公交站点"]),
    ],
)
def test_words_of_one_two_and_more_characters_are_found_exactly(
    database: Database, index: SearchIndex, text: str, found: list[str]
) -> None:
    assert titles(database, index, Question(text)) == found


def test_without_words_open_tables_stand_before_links_closed_entries_and_what_was_taken_away(
    database: Database, tmp_path: Path
) -> None:
    with database.write() as session:
        unit = Unit(
            code="u1", name="市民政局", kind="department", roster_from=NOW.date(), created_at=NOW
        )
        for title, state, openness, day in (
            ("已撤回", "withdrawn", "unconditional", 20), ("不予开放", "published", "withheld", 19),
            ("链接", "published", "unconditional", 18), ("新链接", "published", "conditional", 21),
            ("旧表", "published", "unconditional", 1), ("新表", "published", "conditional", 2),
        ):  # fmt: skip
            made = entry(unit, title, state=state)
            made.openness, made.modified = openness, date(2026, 11, day)
            session.add(made)
            session.flush()
            if title.endswith("表"):
                _table_of(session, made)
            outbox.touch_search(session, made.id, NOW)
    index = open_index(tmp_path)
    index.catch_up(database)
    assert titles(database, index, Question()) == [
        "新表",
        "旧表",
        "新链接",
        "链接",
        "不予开放",
        "已撤回",
    ]
    newest = titles(database, index, Question(sort="modified"))
    assert newest == ["新链接", "已撤回", "不予开放", "链接", "新表", "旧表"]


@pytest.mark.parametrize(
    ("text", "found", "searched"),
    [
        ("公交站在哪里", ["城市公交站点"], "公交站"),
        ("where are hospital beds", ["Hospital beds 2024"], "hospital beds"),
        ("yanglao 在哪里", ["养老机构名录"], "yanglao"),
        ("养老 OR 桥梁", ["养老机构名录", "桥梁检测"], ""),
        ("养老 | yljg | 桥梁", ["养老机构名录", "桥梁检测"], ""),
        ("信用 -修复", ["信用代码对照表"], ""),
        ("信用 -修复 -代码", [], ""),
        ('"信用代码"', ["信用代码对照表"], ""),
        ("飞机场在哪里", [], ""),
    ],
)
def test_what_a_person_types_may_ask_choose_and_leave_out(
    database: Database, index: SearchIndex, text: str, found: list[str], searched: str
) -> None:
    asked = Question(text, typed=True)
    assert sorted(titles(database, index, asked)) == found
    assert index.ask(asked).searched == searched
    assert index.ask(asked).total == len(found)


def test_a_word_left_out_alone_leaves_everything_else(index: SearchIndex) -> None:
    assert index.ask(Question("-信用", typed=True)).total == len(TITLES) - 2


def test_what_a_program_asks_is_taken_word_for_word(index: SearchIndex) -> None:
    for text in ("公交站在哪里", "养老 OR 桥梁", "信用 -修复名册"):
        assert index.ask(Question(text)).total == 0, text


def test_words_fall_away_by_what_the_asker_may_see_alone(index: SearchIndex) -> None:
    assert index.ask(Question("未公开养老草稿在哪里", typed=True)).searched == ""
    own = Question("未公开养老草稿在哪里", typed=True, unit_ids=frozenset({1}))
    assert index.ask(own).searched == "未公开养老草稿"


def test_nobody_finds_counts_or_facets_the_drafts_of_another_unit(index: SearchIndex) -> None:
    everybody = index.ask(Question("养老", facets=FACETS))
    assert everybody.total == 1
    assert everybody.facets["state"] == [("published", 1)]
    own = index.ask(Question("养老", unit_ids=frozenset({1}), facets=FACETS))
    assert own.total == 2
    assert dict(own.facets["state"]) == {"published": 1, "draft": 1}


def test_an_entry_that_is_withdrawn_or_retired_leaves_the_index(
    database: Database, index: SearchIndex
) -> None:
    with database.write() as session:
        dataset = session.query(Dataset).filter_by(title="桥梁检测").one()
        dataset.state = "retired"
        outbox.touch_search(session, dataset.id, NOW)
    assert index.catch_up(database) == 1
    assert index.ask(Question("桥梁")).total == 0
    assert index.catch_up(database) == 0


def test_a_rebuilt_index_answers_like_the_followed_one(
    database: Database, index: SearchIndex
) -> None:
    before = titles(database, index, Question("信用"))
    index.rebuild(database)
    assert titles(database, index, Question("信用")) == before
    assert len(before) == 2


def test_no_word_goes_from_one_keyword_to_the_next(database: Database, index: SearchIndex) -> None:
    with database.write() as session:
        dataset = session.query(Dataset).filter_by(title="桥梁检测").one()
        dataset.keywords = ["蓝藻", "赤潮 Red Tide", "蓝藻"]
        outbox.touch_search(session, dataset.id, NOW)
    index.catch_up(database)
    for text, total in (("蓝藻", 1), ("藻赤", 0), ("蓝", 1), ("潮", 1), ("tide", 1), ("潮蓝", 0)):
        assert index.ask(Question(text)).total == total, text
    assert index.terms("蓝", Question(), 5) == [("蓝藻", 1)]


def test_entries_are_narrowed_by_the_day_of_their_data(
    database: Database, index: SearchIndex
) -> None:
    with database.write() as session:
        dataset = session.query(Dataset).filter_by(title="桥梁检测").one()
        dataset.modified = date(2025, 1, 1)
        outbox.touch_search(session, dataset.id, NOW)
    index.catch_up(database)
    for day, found in ((date(2024, 12, 31), ["桥梁检测"]), (date(2025, 1, 1), [])):
        assert titles(database, index, Question(data_after=day)) == found
        assert titles(database, index, Question("桥梁", data_after=day)) == found


def test_the_question_is_narrowed_by_facet_values(database: Database, index: SearchIndex) -> None:
    assert index.ask(Question(narrow={"theme": ["社会保障"]})).total == len(TITLES)
    assert index.ask(Question(narrow={"theme": ["交通运输"]})).total == 0


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_every_part_of_a_title_finds_that_title(
    database: Database, index: SearchIndex, data: st.DataObject
) -> None:
    title = data.draw(st.sampled_from([t for t in TITLES if " " not in t and not t[0].isdigit()]))
    start = data.draw(st.integers(0, len(title) - 1))
    end = data.draw(st.integers(start + 1, len(title)))
    assert title in titles(database, index, Question(title[start:end]))


@given(st.text(max_size=60), st.booleans())
@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_no_question_breaks_the_index(index: SearchIndex, text: str, typed: bool) -> None:
    assert index.ask(Question(text, typed=typed)).total >= 0


@pytest.mark.parametrize("units", [frozenset(), None])
def test_far_behind_the_last_hit_there_is_nothing_and_no_room_is_made_for_it(
    index: SearchIndex, units: frozenset[int] | None
) -> None:
    for place in (10**6, 10**12, 2**63, 2**64):
        for asked in (Question(offset=place), Question(offset=place, limit=place)):
            assert index.ask(replace(asked, unit_ids=units)).dataset_ids == []


def test_the_answer_says_how_the_words_were_found(index: SearchIndex) -> None:
    ways = [index.ask(Question(text)).way for text in ("养老", "yljg", "hosptial", "没有的词")]
    assert ways == [Way.AS_WRITTEN, Way.BY_SOUND, Way.NEARLY, Way.AS_WRITTEN]


def test_the_entry_of_exactly_that_title_comes_first(
    database: Database, index: SearchIndex
) -> None:
    with database.write() as session:
        unit = session.query(Unit).one()
        for number in range(30):
            session.add(entry(unit, f"信用{'信用' * (number % 3)}名单{number}"))
        session.flush()
        session.add(entry(unit, "信用"))
        session.flush()
        for dataset in session.query(Dataset):
            outbox.touch_search(session, dataset.id, NOW)
    index.catch_up(database)
    assert titles(database, index, Question("信用"))[0] == "信用"


def test_processes_of_one_node_apply_a_change_once_between_them(
    database: Database, index: SearchIndex, tmp_path: Path
) -> None:
    beside = open_index(tmp_path)
    assert beside.catch_up(database) == 0
    with database.write() as session:
        dataset = session.query(Dataset).filter_by(title="桥梁检测").one()
        dataset.title = "隧道检测"
        outbox.touch_search(session, dataset.id, NOW)
    assert index.catch_up(database) == 1
    assert beside.catch_up(database) == 0
    assert titles(database, beside, Question("隧道")) == ["隧道检测"]


def test_an_index_of_another_release_is_made_anew(database: Database, tmp_path: Path) -> None:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("old")
    form = builder.build()
    folder = tmp_path / "other"
    for place in (folder / "public", folder / FORM / "public"):
        place.mkdir(parents=True)
        tantivy.Index(form, path=str(place))
    opened = open_index(folder)
    opened.catch_up(database)
    assert not (folder / "public").exists()
    assert opened.digests() == {}


def test_late_and_timely_entries_are_told_apart_by_the_day(
    database: Database, index: SearchIndex
) -> None:
    with database.write() as session:
        dataset = session.query(Dataset).filter_by(title="桥梁检测").one()
        dataset.modified = date(2025, 1, 1)
        outbox.touch_search(session, dataset.id, NOW)
    index.catch_up(database)
    for day, word in ((date(2026, 1, 2), "on-time"), (date(2026, 1, 3), "late")):
        asked = Question(facets=("freshness",), on=day)
        assert index.ask(asked).facets == {"freshness": [(word, 1)]}
        narrowed = Question(narrow={"freshness": [word]}, on=day)
        assert titles(database, index, narrowed) == ["桥梁检测"]
