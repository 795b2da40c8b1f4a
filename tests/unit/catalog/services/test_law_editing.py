"""Keeping the library: revisions that do not overlap, texts under the right one, no circles."""

from datetime import date

import pytest
from sqlalchemy import func, select

from catalog.auth import ANONYMOUS
from catalog.errors import Forbidden, Invalid, NotFound, Unauthenticated
from catalog.models import Article, Law, LawVersion
from catalog.services import law_editing, laws, stale_bases
from catalog.services.citations import parse_citation
from tests.common.lists import World, add_item

TODAY = date(2026, 11, 23)
TEXT = "某市公共数据条例\n第一条 甲\n第二条 乙\n第三条 本条例自2020年5月1日起施行。\n"


def add(world: World, label: str, begins: str = "", ends: str = "", **more: str) -> LawVersion:
    days = tuple(date.fromisoformat(day) if day else None for day in (begins, ends))
    given = {"title": "某市公共数据条例", "level": "local-regulation", **more}
    return law_editing.add_version(
        world.session,
        world.keeper,
        label=label,
        in_force=(days[0], days[1]),
        now=world.now,
        **given,
    )


def refused(world: World, *args: str, **more: str) -> set[str]:
    before = world.session.scalar(select(func.count(LawVersion.id)))
    with pytest.raises(Invalid) as error:
        add(world, *args, **more)
    world.session.flush()
    assert world.session.scalar(select(func.count(LawVersion.id))) == before
    return set(error.value.fields)


def test_validities_never_overlap(world: World) -> None:
    add(world, "2015", "2015-01-01", "2020-05-01")
    assert refused(world, "2018", "2018-01-01") == {"in_force_from"}
    assert refused(world, "2014") == {"in_force_from"}
    assert refused(world, "2015", "2021-01-01") == {"label"}
    assert refused(world, "2021", "2021-01-01", "2021-01-01") == {"in_force_to"}
    assert refused(world, "2021", "", "2021-01-01") == {"in_force_to"}
    add(world, "2020", "2020-05-01")
    assert refused(world, "2023", "2023-01-01") == {"in_force_from"}


def test_a_revision_ends_the_one_it_supersedes_and_never_a_later_one(world: World) -> None:
    old = add(world, "2015", "2015-01-01")
    new = add(world, "2020", "2020-05-01", supersedes="2015")
    assert (old.in_force_to, new.in_force_to) == (date(2020, 5, 1), None)
    assert refused(world, "2010", "2010-01-01", supersedes="2020") == {"supersedes"}
    assert refused(world, "2022", "2022-01-01", supersedes="2015") == {"supersedes"}
    assert refused(world, "2022", "2022-01-01", supersedes="1999") == {"supersedes"}


def test_words_are_needed_and_only_list_keepers_may(world: World) -> None:
    assert refused(world, "", "2020-01-01", title="", level="x") == {"title", "label", "level"}
    for actor, error in ((world.editor, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(error):
            law_editing.add_version(
                world.session,
                actor,
                title="某法",
                level="law",
                label="1",
                in_force=(None, None),
                now=world.now,
            )
        with pytest.raises(error):
            law_editing.import_text(world.session, actor, TEXT, now=world.now)


def test_a_text_goes_to_the_revision_that_begins_on_its_day(world: World) -> None:
    add(world, "2015", "2015-01-01", "2020-05-01")
    new = add(world, "2020", "2020-05-01")
    done = law_editing.import_text(
        world.session, world.keeper, TEXT, source="某市.txt", now=world.now
    )
    assert (done.version, done.texts, done.new, done.notes) == (new, 3, 3, ())
    assert [one.text for one in new.articles][:2] == ["甲", "乙"]
    again = law_editing.import_text(world.session, world.keeper, TEXT, label="2015", now=world.now)
    assert again.version.label == "2015"


@pytest.mark.parametrize(
    ("text", "more", "place"),
    [
        ("没有条文", {}, "text"),
        ("某个没有的法\n第一条 甲", {}, "title"),
        (TEXT, {"label": "1999"}, "label"),
        ("x" * 2_000_001, {}, "text"),
    ],
)
def test_a_text_nobody_can_place_changes_nothing(
    world: World, text: str, more: dict[str, str], place: str
) -> None:
    add(world, "2020", "2020-05-01")
    before = world.session.scalar(select(func.count(Article.id)))
    with pytest.raises(Invalid) as error:
        law_editing.import_text(world.session, world.keeper, text, now=world.now, **more)
    assert set(error.value.fields) == {place}
    assert world.session.scalar(select(func.count(Article.id))) == before


def test_a_number_of_2008_stays_stale_when_the_text_of_2019_is_imported(world: World) -> None:
    lines = "".join(f"第{n}条 正文\n" for n in range(1, 57))
    law_editing.import_text(
        world.session, world.keeper, f"政府信息公开条例\n2019年5月15日 施行\n{lines}", now=world.now
    )
    for number, stale in ((8, True), (22, True), (14, False), (40, False)):
        cited = parse_citation(f"《政府信息公开条例》第{number}条")[0]
        article, is_stale = laws.resolve(world.session, cited, TODAY)
        assert article is not None
        assert is_stale is stale


def test_laws_that_replace_each_other_in_a_circle_are_refused(world: World) -> None:
    names = ["甲法", "乙法", "丙法"]
    held: list[Law] = [
        law_editing.add_version(
            world.session, world.keeper, title=name, level="law", label="1", in_force=(None, None), now=world.now
        ).law
        for name in names
    ]  # fmt: skip
    for old, new in ((0, 1), (1, 2)):
        law_editing.replace(world.session, world.keeper, held[old], held[new], now=world.now)
    for old, new in ((2, 0), (2, 2)):
        with pytest.raises(Invalid) as error:
            law_editing.replace(world.session, world.keeper, held[old], held[new], now=world.now)
        assert set(error.value.fields) == {"replaced_by"}
    assert law_editing.replacement(world.session, held[0]) == held[1]
    assert law_editing.replacement(world.session, held[2]) is None


def test_articles_that_follow_each_other_in_a_circle_are_refused(world: World) -> None:
    version = add(world, "2020", "2020-05-01")
    law_editing.import_text(world.session, world.keeper, TEXT, now=world.now)
    one, two, three = version.articles
    law_editing.succeed(world.session, world.keeper, one, [two], now=world.now)
    law_editing.succeed(world.session, world.keeper, two, [three], now=world.now)
    for article, by in ((three, [one]), (three, [three])):
        with pytest.raises(Invalid):
            law_editing.succeed(world.session, world.keeper, article, by, now=world.now)
    assert laws.successors(one) == [two]


def test_bases_that_no_longer_hold_are_listed_with_what_took_their_place(world: World) -> None:
    number = add_item(
        world,
        citations=["《政府信息公开条例》第八条", "《某某办法》第三条", "《数据安全法》第三十八条"],
    )
    found = stale_bases.listed(world.session, TODAY)
    assert [(one.number, one.state, one.successors) for one in found] == [
        (number, "stale", ("《中华人民共和国政府信息公开条例》第十四条",)),
        (number, "unknown", ()),
    ]
    assert (found[0].revision, found[0].ended_on) == ("2007（国务院令第492号）", date(2019, 5, 15))


def test_a_law_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        law_editing.get(world.session, 10_000)
