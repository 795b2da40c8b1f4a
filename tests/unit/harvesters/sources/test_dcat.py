import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from harvesters import SOURCES
from harvesters.contract import Item, RecordError, SourceConfig, SourceProblem
from harvesters.http import FetchProblem, fetch
from tests.common import sources
from tests.common.sources import Query, Site, body, document


@pytest.fixture
def site() -> Iterator[Site]:
    with sources.running() as running:
        yield running


def reading(site: Site, kind: str, **settings: Any) -> Iterator[Item]:
    config = SourceConfig(kind, site.url("/catalog"), **settings)
    return SOURCES[kind](config, partial(fetch, policy=site.policy()))


def problem_of(site: Site, kind: str, **settings: Any) -> tuple[list[Item], str]:
    items: list[Item] = []
    with pytest.raises((SourceProblem, FetchProblem)) as caught:
        items.extend(reading(site, kind, **settings))
    return items, caught.value.problem.code


def dataset(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset",
        "identifier": f"id-{number}",
        "title": f"数据集{number}",
        **changes,
    }


def node(number: int) -> dict[str, Any]:
    return {
        "@id": f"https://p.example/d/{number}",
        "@type": "dcat:Dataset",
        "dct:title": f"数据集{number}",
    }


def test_every_dataset_of_data_json_is_read(site: Site) -> None:
    site.answers["/catalog"] = document(
        {"conformsTo": "x", "dataset": [dataset(n) for n in range(500)]}
    )
    items = list(reading(site, "data-json"))
    assert [item.remote_id for item in items] == [f"id-{n}" for n in range(500)]


def test_one_bad_record_of_data_json_does_not_stop_the_others(site: Site) -> None:
    broken = [
        dataset(1),
        5,
        {},
        {"identifier": "x"},
        dataset(1),
        dataset(2, distribution="x", publisher=7),
    ]
    site.answers["/catalog"] = document({"dataset": broken})
    items = list(reading(site, "data-json"))
    assert [
        item.problem.code if isinstance(item, RecordError) else item.remote_id for item in items
    ] == [
        "id-1",
        "not-a-record",
        "no-identifier",
        "no-title",
        "duplicate-identifier",
        "id-2",
    ]
    assert items[3].place == "/dataset/3"


def test_a_cut_data_json_gives_its_good_records_and_then_the_problem(site: Site) -> None:
    content = json.dumps({"dataset": [dataset(n) for n in range(10)]}).encode()[:-40]
    site.answers["/catalog"] = body(content)
    items, code = problem_of(site, "data-json")
    assert (len(items), code) == (9, "bad-json")


@pytest.mark.parametrize("kind", ["data-json", "dcat"])
def test_a_document_without_datasets_is_no_catalogue(site: Site, kind: str) -> None:
    site.answers["/catalog"] = document({"hello": "world"})
    assert problem_of(site, kind) == ([], "not-a-catalogue")


def test_an_empty_json_ld_catalogue_is_empty(site: Site) -> None:
    site.answers["/catalog"] = document({"@type": "dcat:Catalog", "dct:title": "x"})
    assert list(reading(site, "dcat")) == []


@pytest.mark.parametrize(
    "key", ["hydra:next", "hydra:nextPage", "http://www.w3.org/ns/hydra/core#next"]
)
@pytest.mark.parametrize("as_reference", [True, False])
def test_pages_of_json_ld_are_followed(site: Site, key: str, as_reference: bool) -> None:
    def page(query: Query) -> dict[str, Any]:
        number = int(query.get("page", ["1"])[0])
        graph: list[Any] = [node(number * 2), node(number * 2 + 1)]
        if number < 4:
            following = f"?page={number + 1}"
            view = {"@id": f"_:v{number}", "@type": "hydra:PartialCollectionView"}
            graph.append({**view, key: {"@id": following} if as_reference else following})
        return {"@graph": graph}

    site.answers["/catalog"] = document(page)
    assert len(list(reading(site, "dcat"))) == 8


def test_a_page_that_leads_back_is_left(site: Site) -> None:
    site.answers["/catalog"] = document({"@graph": [node(1), {"hydra:next": "/two"}]})
    site.answers["/two"] = document({"@graph": [node(2), {"hydra:next": "/catalog"}]})
    items, code = problem_of(site, "dcat")
    assert (len(items), code) == (2, "repeating-pages")


def test_endless_pages_are_left_at_the_cap(site: Site) -> None:
    def page(query: Query) -> dict[str, Any]:
        number = int(query.get("page", ["1"])[0])
        return {"@graph": [node(number), {"hydra:next": f"?page={number + 1}"}]}

    site.answers["/catalog"] = document(page)
    items, code = problem_of(site, "dcat", max_pages=5)
    assert (len(items), code) == (5, "too-many-pages")


def test_a_next_page_on_another_host_is_not_followed(site: Site) -> None:
    site.answers["/catalog"] = document(
        {"@graph": [node(1), {"hydra:next": "http://169.254.169.254/"}]}
    )
    items, code = problem_of(site, "dcat")
    assert (len(items), code) == (1, "foreign-page")


def test_datasets_that_are_only_named_are_errors_without_identifier(site: Site) -> None:
    catalogue = {
        "@type": "dcat:Catalog",
        "dcat:dataset": [node(1), {"@id": "https://p.example/d/2"}],
    }
    site.answers["/catalog"] = document(catalogue)
    first, second = reading(site, "dcat")
    assert first.remote_id == "https://p.example/d/1"
    assert isinstance(second, RecordError)
    assert (second.problem.code, second.remote_id) == ("not-described", "")


def test_remote_contexts_are_never_fetched(site: Site) -> None:
    document_with_context = {"@context": site.url("/context.jsonld"), "dataset": [dataset(1)]}
    site.answers["/catalog"] = document(document_with_context)
    assert [item.remote_id for item in reading(site, "dcat")] == ["id-1"]
    assert [asked.path for asked in site.asked] == ["/catalog"]
