from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from harvesters import SOURCES
from harvesters.contract import Item, RecordError, SourceConfig, SourceProblem
from harvesters.http import FetchProblem, fetch
from harvesters.sources.ckan import site_of
from schemas.records import DatasetRecord
from tests.common import sources
from tests.common.sources import Query, Site, document

SEARCH = "/api/3/action/package_search"
LIST = "/api/3/action/current_package_list_with_resources"


@pytest.fixture
def site() -> Iterator[Site]:
    with sources.running() as running:
        yield running


def package(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"id-{number:03}",
        "name": f"d{number}",
        "title": f"数据集{number}",
        "state": "active",
        **changes,
    }


def search(packages: list[Any], total: int | None = None) -> sources.Answer:
    """A portal with a page cap of 10 rows, whatever is asked for."""

    def page(query: Query) -> dict[str, Any]:
        start, rows = int(query["start"][0]), min(10, int(query["rows"][0]))
        count = len(packages) if total is None else total
        results = packages[start : start + rows]
        return {"success": True, "result": {"count": count, "results": results}}

    return document(page)


def harvest(site: Site, **settings: Any) -> list[Item]:
    config = SourceConfig("ckan", site.url("/"), **settings)
    return list(SOURCES["ckan"](config, partial(fetch, policy=site.policy())))


def problem_of(site: Site, **settings: Any) -> tuple[list[Item], str]:
    """What came before the reader gave up, and why it did."""
    config = SourceConfig("ckan", site.url("/"), **settings)
    items: list[Item] = []
    with pytest.raises((SourceProblem, FetchProblem)) as caught:
        items.extend(SOURCES["ckan"](config, partial(fetch, policy=site.policy())))
    return items, caught.value.problem.code


def test_all_pages_are_read_though_the_portal_caps_them(site: Site) -> None:
    site.answers[SEARCH] = search([package(n) for n in range(35)])
    items = harvest(site, page_rows=1_000, publisher="某局")
    assert [item.remote_id for item in items] == [f"id-{n:03}" for n in range(35)]
    assert isinstance(items[0], DatasetRecord)
    assert items[0].publisher == "某局"
    assert items[0].landing_page == site.url("/dataset/d0")
    assert site.asked[0].query["sort"] == ["id asc"]


def test_filters_are_sent_with_every_page(site: Site) -> None:
    site.answers[SEARCH] = search([package(n) for n in range(15)])
    harvest(site, filters={"fq": "organization:jt"})
    assert [asked.query["fq"] for asked in site.asked] == [["organization:jt"]] * 2


def test_a_portal_that_refuses_the_search_is_read_by_its_list(site: Site) -> None:
    packages = [package(n) for n in range(12)]

    def page(query: Query) -> dict[str, Any]:
        start = int(query["offset"][0])
        return {"success": True, "result": packages[start : start + 5]}

    site.answers[SEARCH] = sources.status(403)
    site.answers[LIST] = document(page)
    assert len(harvest(site)) == 12


def test_one_bad_record_does_not_stop_the_others(site: Site) -> None:
    packages = [
        package(1),
        {"id": "x"},
        {"title": "no id"},
        "text",
        None,
        package(1),
        package(2, state="deleted"),
        package(3, type="harvest"),
        package(4, tags="wrong", resources={"a": 1}, organization=[1]),
    ]
    site.answers[SEARCH] = search(packages)
    items = harvest(site)
    errors = {item.place: item.problem.code for item in items if isinstance(item, RecordError)}
    assert errors == {
        "record 2": "no-title",
        "record 3": "no-identifier",
        "record 4": "not-a-record",
        "record 5": "not-a-record",
        "record 6": "duplicate-identifier",
    }
    assert [i.remote_id for i in items if isinstance(i, DatasetRecord)] == ["id-001", "id-004"]


@pytest.mark.parametrize(
    "answer",
    [
        document({"success": False, "error": {"__type": "Search Error"}}),
        document({"success": True}),
        document({"success": True, "result": {"count": 3}}),
        document("Bad request: Action name not known"),
        document([]),
    ],
)
def test_an_answer_without_result_is_never_an_empty_portal(
    site: Site, answer: sources.Answer
) -> None:
    site.answers[SEARCH] = answer
    assert problem_of(site) == ([], "no-result")


def test_a_page_that_fails_in_the_middle_ends_the_run_after_the_good_ones(site: Site) -> None:
    good = search([package(n) for n in range(30)])

    def answer(handler: Any) -> None:
        (sources.status(500) if handler.query["start"] == ["20"] else good)(handler)

    site.answers[SEARCH] = answer
    items, code = problem_of(site)
    assert (len(items), code) == (20, "http-status")


def test_a_portal_that_sends_less_than_it_names_is_partial(site: Site) -> None:
    site.answers[SEARCH] = search([package(n) for n in range(5)], total=9)
    items, code = problem_of(site)
    assert (len(items), code) == (5, "incomplete")


def test_a_portal_that_repeats_its_first_page_is_left(site: Site) -> None:
    page = {"success": True, "result": {"count": 99, "results": [package(1), package(2)]}}
    site.answers[SEARCH] = document(page)
    items, code = problem_of(site)
    assert (len(items), code) == (2, "repeating-pages")


def test_an_endless_portal_is_left_at_the_caps(site: Site) -> None:
    def page(query: Query) -> dict[str, Any]:
        start = int(query["start"][0])
        results = [package(n) for n in range(start, start + 10)]
        return {"success": True, "result": {"count": 10**9, "results": results}}

    site.answers[SEARCH] = document(page)
    assert problem_of(site, max_records=25)[1] == "too-many-records"
    assert problem_of(site, max_pages=2)[1] == "too-many-pages"


def test_an_html_page_is_no_portal(site: Site) -> None:
    site.answers[SEARCH] = sources.body(b"<html>login</html>", "text/html")
    assert problem_of(site) == ([], "bad-json")


@pytest.mark.parametrize(
    ("url", "portal"),
    [
        ("https://p.example", "https://p.example"),
        ("https://p.example/", "https://p.example"),
        ("https://p.example/api/3/action/package_search?q=x", "https://p.example"),
        ("https://p.example/data/api", "https://p.example/data"),
        ("https://p.example/dataset/?q=x#y", "https://p.example"),
        ("https://api.example/apis/", "https://api.example/apis"),
    ],
)
def test_the_portal_is_found_in_whatever_address_was_copied(url: str, portal: str) -> None:
    assert site_of(url) == portal
