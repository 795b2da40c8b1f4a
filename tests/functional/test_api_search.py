"""Finding entries through the API: lists kept until something changes, suggestions while one types."""

from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

from catalog import outbox
from catalog.auth import ANONYMOUS, SYSTEM
from catalog.models import Dataset
from catalog.runtime import build
from catalog.search import FACETS, SearchIndex
from catalog.services import entry_lists
from catalog.web import create_app
from schemas.datasets import DatasetSummary
from tests.common.stack import OTHER_UNIT, UNIT, Stack
from tests.conftest import NOW


def _published(stack: Stack, folder: Path, title: str, **values: object) -> str:
    path = folder / "table.csv"
    path.write_text("序号,名称\n1,甲\n2,乙\n")
    slug, resource = stack.entry(title=title, **values)
    stack.deliver(resource, path, "table.csv")
    stack.publish(slug)
    return slug


def test_a_list_asked_twice_is_the_same_until_an_entry_changes(
    stack: Stack, tmp_path: Path
) -> None:
    first = _published(stack, tmp_path, "公共停车场")
    address = "/api/v1/datasets?theme=社会保障"
    before = stack.call("GET", address)
    again = stack.call("GET", address, headers={"If-None-Match": before.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    second = _published(stack, tmp_path, "公共厕所")
    after = stack.call("GET", address, headers={"If-None-Match": before.headers["ETag"]})
    assert [one["slug"] for one in after.get_json()["items"]] == [second, first]
    stack.ok("POST", f"/api/v1/datasets/{second}/withdrawal", "admin", json={"reason": "有误"})
    assert stack.ok("GET", f"{address}&state=published")["page"]["total"] == 1


def test_a_second_process_keeps_no_list_beyond_a_change_that_the_first_one_commits(
    stack: Stack, tmp_path: Path
) -> None:
    slug = _published(stack, tmp_path, "公共停车场")
    address, runtime = "/api/v1/datasets?theme=社会保障", stack.runtime
    second = build(runtime.settings, runtime.clock)
    try:
        other = create_app(second).test_client()
        asked = [other.get(address) for _ in range(2)]
        assert [one.get_json()["page"]["total"] for one in asked] == [1, 1]
        assert asked[0].headers["ETag"] == asked[1].headers["ETag"]
        with runtime.database.read() as session:
            assert outbox.mark_now(second.database) == outbox.mark(session)
        stack.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "admin", json={"reason": "有误"})
        held = {"If-None-Match": asked[1].headers["ETag"]}
        after = other.get(address, headers=held)
        assert (after.status_code, after.get_json()["items"][0]["state"]) == (200, "withdrawn")
        refused = other.get(f"{address}&unknown=1")
        assert (refused.status_code, refused.get_json()["code"]) == (422, "invalid-values")
    finally:
        second.close()


def test_formats_and_days_are_taken_as_clients_write_them(stack: Stack, tmp_path: Path) -> None:
    """A format in any case; a moment asks for its day too, because changes are known by the day."""
    slug = _published(stack, tmp_path, "公共停车场")
    today, later = NOW.date(), NOW.date() + timedelta(days=1)
    asked = {
        "format=CSV": [slug], "format=csv&format=PDF": [slug], "format=PDF": [],
        f"updated_after={today}": [], f"updated_after={today}T23:00:00%2B08:00": [slug],
        f"updated_after={today}T00:00:00Z&state=published": [slug],
        f"updated_after={later}T12:00:00%2B08:00": [],
    }  # fmt: skip
    for query, found in asked.items():
        items = stack.ok("GET", f"/api/v1/datasets?{query}")["items"]
        assert [one["slug"] for one in items] == found, query
    refused = stack.call("GET", "/api/v1/datasets?updated_after=2026-13-01T00:00:00Z")
    assert refused.status_code == 422
    assert set(refused.get_json()["errors"]) == {"updated_after"}


def test_a_question_is_answered_by_what_it_names_and_the_asker_is_told(
    stack: Stack, tmp_path: Path
) -> None:
    slug = _published(stack, tmp_path, "城市公交站点")
    other = _published(stack, tmp_path, "地铁票价")
    asked = {
        "公交站在哪里？": ([slug], "公交站"),
        "公交": ([slug], ""),
        "公交 OR 地铁": ([other, slug], ""),
        "公交 OR 地铁 -票价": ([slug], ""),
        "机场在哪里": ([], ""),
    }
    for text, (found, searched) in asked.items():
        got = stack.ok("GET", f"/api/v1/datasets?q={quote(text)}")
        assert sorted(one["slug"] for one in got["items"]) == sorted(found), text
        assert got["searched_for"] == searched
    shown = stack.client.get(f"/datasets?q={quote('公交站在哪里')}&lang=en").get_data(as_text=True)
    assert "Searched for: 公交站." in shown
    assert "城市公交站点" in shown
    ckan = stack.call("GET", f"/api/3/action/package_search?q={quote('公交站在哪里')}")
    assert ckan.get_json()["result"]["count"] == 0


def test_formats_are_counted_and_shown_alike_for_files_and_links(
    stack: Stack, tmp_path: Path
) -> None:
    kept = _published(stack, tmp_path, "城市公交站点")
    stack.entry(title="未公开的链接")
    facets = stack.ok("GET", "/api/v1/datasets?facets=format")["facets"]["format"]
    listed = {
        row["slug"]: row["formats"]
        for row in stack.client.get("/datasets.json").get_json()["items"]
    }
    counted = {one["value"]: one["count"] for one in facets}
    assert counted == dict.fromkeys(listed[kept], 1)
    assert "csv" in counted


def test_lists_tell_their_exact_number_whether_or_not_the_index_has_followed(
    stack: Stack, tmp_path: Path
) -> None:
    first = _published(stack, tmp_path, "公共停车场", theme="交通运输")
    _published(stack, tmp_path, "养老机构名录", region="110000")
    draft, _ = stack.entry(title="停车收费草稿")
    database, index = stack.runtime.database, stack.runtime.index
    asked = [
        (actor, entry_lists.Filters(**given))
        for actor in (ANONYMOUS, SYSTEM)
        for given in (
            *(
                {},
                {"unit": UNIT},
                {"unit": "NONE"},
                {"theme": "交通运输"},
                {"openness": "withheld"},
            ),
            *({"state": "draft"}, {"state": "retired"}, {"updated_after": NOW.date()}),
            *(
                {"updated_after": date(2020, 1, 1)},
                {"updated_after": date(2020, 1, 1), "unit": UNIT},
            ),
        )
    ]

    def numbers(index: SearchIndex | None) -> list[int | None]:
        with database.read() as session:
            return [entry_lists.page(session, *one, index=index, limit=1).total for one in asked]

    stack.work()
    assert numbers(index) == numbers(None)
    with database.read() as session:
        assert index.in_step(outbox.mark(session))
    with database.write() as session:
        for slug, state in ((first, "retired"), (draft, "published")):
            dataset = session.query(Dataset).filter_by(slug=slug).one()
            dataset.state, dataset.published_at, dataset.modified = state, NOW, None
            outbox.touch_search(session, dataset.id, NOW)
    with database.read() as session:
        assert not index.in_step(outbox.mark(session))
    changed = numbers(None)
    assert numbers(index) == changed
    index.catch_up(database)
    assert numbers(index) == changed
    with database.read() as session:
        assert index.in_step(outbox.mark(session))


def test_whoever_is_signed_in_gets_no_answer_that_was_kept_for_others(
    stack: Stack, tmp_path: Path
) -> None:
    _published(stack, tmp_path, "公共停车场")
    stack.entry(title="停车收费草稿")
    stack.work()
    address = f"/api/v1/datasets?q={quote('停车')}&facets=state"
    assert stack.ok("GET", address)["page"]["total"] == 1
    assert stack.ok("GET", address, "lin")["page"]["total"] == 2
    assert stack.ok("GET", address, "he")["page"]["total"] == 1
    assert stack.ok("GET", address)["facets"] == {
        "state": [{"value": "published", "label": "published", "count": 1}]
    }


def test_a_list_shows_what_the_shape_of_a_summary_says(stack: Stack, tmp_path: Path) -> None:
    _published(stack, tmp_path, "公共停车场", keywords=["停车"])
    for address in ("/api/v1/datasets", f"/api/v1/datasets?q={quote('停车')}"):
        item = stack.ok("GET", address)["items"][0]
        assert list(item) == list(DatasetSummary().fields)
        entry = stack.ok("GET", f"/api/v1/datasets/{item['slug']}")
        assert item == {name: entry[name] for name in item}


def test_quality_and_freshness_narrow_and_are_counted(stack: Stack, tmp_path: Path) -> None:
    slug = _published(stack, tmp_path, "公共停车场", licence="gongkai-open-1.0")
    stack.work()
    facets = stack.ok("GET", "/api/v1/datasets?facets=all")["facets"]
    assert set(facets) == set(FACETS)
    [rated] = facets["quality"]
    assert rated["count"] == 1
    quality = stack.ok("GET", f"/api/v1/datasets/{slug}")["quality"]
    assert rated["value"] == quality["rating"]
    assert [one["value"] for one in facets["freshness"]] == ["on-time"]
    assert [one["value"] for one in facets["licence"]] == ["gongkai-open-1.0"]
    for given, total in (
        (f"quality={rated['value']}", 1),
        ("freshness=on-time", 1),
        ("freshness=late", 0),
        ("licence=CC-BY-4.0", 0),
    ):
        assert stack.ok("GET", f"/api/v1/datasets?{given}")["page"]["total"] == total, given


def test_a_unit_stands_for_all_below_it_and_the_tree_follows_when_it_moves(
    stack: Stack, tmp_path: Path
) -> None:
    def amend(code: str, **given: object) -> None:
        stack.ok("PATCH", f"/api/v1/units/{code}", "admin", json=given)
        stack.work()

    def total(given: str) -> int:
        return int(stack.ok("GET", f"/api/v1/datasets?{given}")["page"]["total"])

    _published(stack, tmp_path, "公共停车场")
    assert total(f"under={OTHER_UNIT}") == 0
    amend(UNIT, parent=OTHER_UNIT)
    assert [total(f"under={code}") for code in (UNIT, OTHER_UNIT)] == [1, 1]
    assert [total(f"unit={code}") for code in (UNIT, OTHER_UNIT)] == [1, 0]
    assert total(f"under={UNIT}&under={OTHER_UNIT}") == 1
    facets = stack.ok("GET", "/api/v1/datasets?facets=unit,under")["facets"]
    assert [one["value"] for one in facets["unit"]] == [UNIT]
    assert {one["value"]: (one["label"], one["count"]) for one in facets["under"]} == {
        UNIT: ("市人力资源和社会保障局", 1),
        OTHER_UNIT: ("市民政局", 1),
    }
    # The unit above has no entry of its own, and still its new name is shown at once.
    amend(OTHER_UNIT, name="市民政和社会工作局")
    page = stack.call("GET", f"/datasets?under={UNIT}&lang=en").get_data(as_text=True)
    assert page.index("市民政和社会工作局") < page.index("facet__below--1")
    amend(UNIT, parent="")
    assert total(f"under={OTHER_UNIT}") == 0


def test_entries_are_narrowed_by_the_day_of_their_data_with_and_without_words(
    stack: Stack, tmp_path: Path
) -> None:
    slug = _published(stack, tmp_path, "公共停车场")
    stack.work()
    day = date.fromisoformat(stack.ok("GET", f"/api/v1/datasets/{slug}")["modified"])
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    for words in ("", f"&q={quote('停车')}", "&facets=unit"):
        for given, total in (
            (f"updated_after={before}", 1),
            (f"updated_after={day}", 0),
            (f"updated_before={after}", 1),
            (f"updated_before={day}", 0),
            (f"updated_after={before}&updated_before={after}", 1),
            (f"updated_after={after}&updated_before={before}", 0),
        ):
            found = stack.ok("GET", f"/api/v1/datasets?{given}{words}")
            assert found["page"]["total"] == total, (given, words)
    page = stack.call("GET", f"/datasets?updated_after={before}&lang=en").get_data(as_text=True)
    assert f"Updated after: {before}" in page
    assert f'name="updated_after" value="{before}"' in page
    assert slug in page


def test_suggestions_name_only_what_the_asker_may_know_of(stack: Stack, tmp_path: Path) -> None:
    slug = _published(stack, tmp_path, "养老机构名录", keywords=["养老", "机构"])
    stack.entry(title="养老补贴草稿", keywords=["养老金"])
    stack.work()
    public = stack.ok("GET", f"/api/v1/suggestions?q={quote('养老')}")
    assert [one["slug"] for one in public["entries"]] == [slug]
    assert public["keywords"] == [{"word": "养老", "count": 1}]
    own = stack.ok("GET", f"/api/v1/suggestions?q={quote('养老')}", "lin")
    assert len(own["entries"]) == 2
    assert {one["word"] for one in own["keywords"]} == {"养老", "养老金"}
    assert stack.ok("GET", f"/api/v1/suggestions?q={quote('养老')}", "he") == public
    by_sound = stack.ok("GET", "/api/v1/suggestions?q=yljg")
    assert [one["title"] for one in by_sound["entries"]] == ["养老机构名录"]
    page = stack.call("GET", "/datasets?q=yljg&lang=en").get_data(as_text=True)
    assert "These entries sound like it." in page
    unit = stack.ok("GET", f"/api/v1/suggestions?q={quote('人力')}")["units"]
    assert [(one["name"], one["count"]) for one in unit] == [("市人力资源和社会保障局", 1)]


def test_suggestions_stand_below_the_field_and_are_escaped(stack: Stack, tmp_path: Path) -> None:
    slug = _published(stack, tmp_path, "养老<b>机构", keywords=["养老"])
    page = stack.call("GET", f"/datasets/suggestions?q={quote('养老')}").get_data(as_text=True)
    assert f'href="/datasets/{slug}"' in page
    assert "养老&lt;b&gt;机构" in page
    assert stack.call("GET", "/datasets/suggestions?q=").get_data(as_text=True).strip() == ""
