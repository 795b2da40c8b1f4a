"""Finding entries through the API: lists kept until something changes, suggestions while one types."""

from pathlib import Path
from urllib.parse import quote

from catalog.search import FACETS
from schemas.datasets import DatasetSummary
from tests.common.stack import Stack


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
