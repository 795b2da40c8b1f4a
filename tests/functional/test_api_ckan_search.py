"""CKAN's ``package_search``: queries mean what clients mean, and what cannot be read is refused in CKAN's words."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.services import ckan_search, ckan_walking
from tests.common.ckan import ACTION, ask, refused
from tests.common.portal import LISTED, Portal
from tests.common.stack import UNIT


@pytest.fixture(params=["few entries", "many entries"])
def _each_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few entries are found the way that many are, when few is taken to be none."""
    if request.param == "many entries":
        monkeypatch.setattr(ckan_search, "NEAR", 0)
        monkeypatch.setattr(ckan_walking, "STEPS", (1, 2))


def found(portal: Portal, **given: Any) -> set[str]:
    """Which entries a search finds, by their names in the portal."""
    result = ask(portal, "package_search", rows=1000, **given)
    names = {slug: name for name, slug in portal.slugs.items()}
    assert result["count"] == len(result["results"])
    return {names[one["name"]] for one in result["results"]}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"q": "*:*"}, LISTED),
        ({"q": ""}, LISTED),
        ({"q": "处罚"}, {"open", "partly", "conditional"}),
        ({"q": "机构名录"}, {"partly"}),
        ({"q": '"机构名录"'}, {"partly"}),
        ({"q": "title:机构"}, {"partly"}),
        ({"q": "title:机构 OR title:低保"}, {"partly", "closed"}),
        ({"q": "title:(机构 OR 低保)"}, {"partly", "closed"}),
        ({"q": "机构名录 OR 低保"}, {"partly", "closed"}),
        ({"q": "-title:机构"}, set(LISTED) - {"partly"}),
        ({"q": "NOT title:机构 AND NOT title:低保"}, set(LISTED) - {"partly", "closed"}),
        ({"fq": "tags:处罚"}, {"open"}),
        ({"fq": "tags:处"}, set()),
        ({"fq": "tags:处*"}, {"open"}),
        ({"fq": "tags:*"}, {"open"}),
        ({"fq": "-tags:*"}, set(LISTED) - {"open"}),
        ({"fq": f"organization:{UNIT.lower()}"}, LISTED),
        ({"fq": 'organization:"市人力资源和社会保障局"'}, LISTED),
        ({"fq": "organization:nobody"}, set()),
        ({"fq": "organization:nobody OR tags:处罚 metadata_modified:[2020-01-01T00:00:00.000000Z TO *]"},
         {"open"}),
        ({"fq": "res_format:CSV"}, {"open", "partly", "conditional"}),
        ({"fq": "num_resources:0"}, {"closed", "suspension"}),
        ({"fq": "num_resources:[1 TO *]"}, {"open", "partly", "conditional"}),
        ({"fq": "license_id:CC-BY-4.0"}, {"partly"}),
        ({"fq": "license_id:CC*"}, {"partly"}),
        ({"fq": "isopen:true"}, {"open", "partly"}),
        ({"fq": "openness:withheld"}, {"closed", "suspension"}),
        ({"fq": "extras_openness:conditional"}, {"conditional"}),
        ({"fq": "groups:社会保障"}, LISTED),
        ({"fq": ["openness:withheld", "title:低保"]}, {"closed"}),
        ({"fq": "colour:red"}, set()),
        ({"q": "colour:red"}, set()),
        ({"fq": "-colour:red"}, LISTED),
        ({"fq": "-harvest_source_title:*"}, LISTED),
        ({"fq": "state:active private:false dataset_type:dataset"}, LISTED),
        ({"fq": "state:draft"}, set()),
        ({"fq": "capacity:private OR private:true"}, set()),
        ({"fq": "metadata_created:[NOW-1DAY TO NOW+1DAY]"}, LISTED),
        ({"fq": "metadata_created:[* TO NOW-1YEAR/DAY]"}, set()),
        ({"fq": "metadata_modified:2026-11-23"}, LISTED),
        ({"fq": "metadata_modified:{2026-11-24 TO *}"}, set()),
        ({"fq": "res_name:数据表"}, {"open", "partly", "conditional"}),
        ({"q": "处罚^4 title:行政~2"}, {"open"}),
        ({"q": "title:秘密"}, set()),
        ({"q": "秘密"}, set()),
        ({"fq": "title:旧清单*"}, {"suspension"}),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("_each_way")
def test_a_query_means_what_clients_mean(portal: Portal, query: dict[str, Any], names: Any) -> None:
    assert found(portal, **query) == set(names)


@pytest.mark.parametrize("name", LISTED)
def test_an_entry_is_found_by_its_ids(portal: Portal, name: str) -> None:
    package = ask(portal, "package_show", id=portal.slugs[name])
    assert found(portal, fq=f"id:{package['id']}") == {name}
    assert found(portal, fq=f"name:{package['name']}") == {name}
    assert found(portal, fq=f"owner_org:{package['owner_org']}") == set(LISTED)
    (group,) = package["groups"]
    assert found(portal, fq=f"groups:{group['name']}") == set(LISTED)


@pytest.mark.parametrize("words", ["处罚", "名单", "政", "2026", "市 名单", "没有这个词", "xzcf"])
def test_words_find_the_same_with_and_without_a_filter(portal: Portal, words: str) -> None:
    assert found(portal, q=words) == found(portal, q=words, fq="*:*")
    assert found(portal, q=f"title:* {words}") == found(portal, q=words)
    whole = ask(portal, "package_search", q=words, rows=1000)["results"]
    some = [
        ask(portal, "package_search", q=words, rows=1, start=n)["results"]
        for n in range(len(whole) + 1)
    ]
    assert some == [*([one] for one in whole), []]
    assert ask(portal, "package_search", q=words, rows=0)["results"] == []
    keys = ask(portal, "package_search", q=words, rows=1000, fl="name,title")["results"]
    assert keys == [{"name": one["name"], "title": one["title"]} for one in whole]


@pytest.mark.usefixtures("_each_way")
@pytest.mark.parametrize("query", [{"q": "*:*"}, {"fq": "openness:(withheld OR unconditional)"}])
@pytest.mark.parametrize(
    "sort", ["id asc", "name desc", "metadata_modified desc", "title asc", "score desc, name asc"]
)
def test_pages_follow_each_other_in_any_stride(
    portal: Portal, query: dict[str, str], sort: str
) -> None:
    def names(start: int, rows: int) -> list[str]:
        asked = {**query, "sort": sort, "fl": "name", "start": start, "rows": rows}
        return [one["name"] for one in ask(portal, "package_search", **asked)["results"]]

    whole = names(0, 100)
    assert len(whole) >= 4
    for rows in (1, 2, 3):
        strides = [names(start, rows) for start in range(0, len(whole) + 1, rows)]
        assert [name for stride in strides for name in stride] == whole
    assert names(3, 2) == whole[3:5]
    assert names(1, 2) == whole[1:3]


@pytest.mark.usefixtures("_each_way")
def test_the_order_is_the_one_asked_for(portal: Portal) -> None:
    def order(sort: str) -> list[Any]:
        results = ask(portal, "package_search", sort=sort)["results"]
        return [one[sort.split(maxsplit=1)[0]] for one in results]

    for sort in ("name asc", "metadata_modified desc", "metadata_created asc", "id asc"):
        held = order(sort)
        assert held == sorted(held, reverse=sort.endswith("desc")), sort
    assert len(ask(portal, "package_search", sort="score desc, name asc")["results"]) == len(LISTED)


@pytest.mark.usefixtures("_each_way")
def test_facets_count_what_everybody_sees(portal: Portal) -> None:
    fields = ["organization", "groups", "tags", "res_format", "license_id", "openness", "colour"]
    result = ask(portal, "package_search", rows=0, **{"facet.field": json.dumps(fields)})
    assert (result["count"], result["results"]) == (len(LISTED), [])
    assert result["facets"]["openness"] == {"unconditional": 2, "conditional": 1, "withheld": 2}
    assert result["facets"]["license_id"] == {"CC-BY-4.0": 1, "gongkai-open-1.0": 1}
    assert result["facets"]["res_format"]["CSV"] == 3
    assert result["facets"]["colour"] == {}
    (unit,) = result["search_facets"]["organization"]["items"]
    assert unit == {
        "name": UNIT.lower(), "display_name": "市人力资源和社会保障局", "count": len(LISTED)
    }  # fmt: skip
    few = ask(portal, "package_search", **{"facet.field": '["openness"]', "facet.limit": 1})
    assert len(few["facets"]["openness"]) == 1
    often = ask(portal, "package_search", **{"facet.field": '["openness"]', "facet.mincount": 2})
    assert set(often["facets"]["openness"]) == {"unconditional", "withheld"}
    assert ask(portal, "package_search")["facets"] == {}


def test_times_are_naive_and_compare_as_text(portal: Portal) -> None:
    package = ask(portal, "package_show", id=portal.slugs["open"])
    when = datetime.fromisoformat(package["metadata_modified"]).replace(tzinfo=UTC)
    assert when.year == 2026
    since = f"{package['metadata_modified']}Z"
    newer = found(portal, fq=f"metadata_modified:[{since} TO *]")
    assert "open" in newer
    assert found(portal, fq=f"metadata_modified:{{{since} TO *]") == newer - {"open"}


@pytest.mark.parametrize(
    ("given", "status", "kind"),
    [
        ({"q": "字" * 10_000}, 409, "Search Error"),
        ({"fq": 'title:"unbalanced'}, 409, "Search Error"),
        ({"fq": "title:(a OR b"}, 409, "Search Error"),
        ({"fq": "a AND"}, 409, "Search Error"),
        ({"fq": "(" * 500}, 409, "Search Error"),
        ({"fq": " OR ".join(["title:a"] * 300)}, 409, "Search Error"),
        ({"fq": "metadata_modified:[yesterday TO *]"}, 409, "Search Error"),
        ({"fq": "metadata_modified:[NOW-999999YEARS TO *]"}, 409, "Search Error"),
        ({"q": "{!dismax qf=title}x"}, 409, "Search Error"),
        ({"fq": " {!func}x"}, 409, "Search Error"),
        ({"sort": "contact_phone asc"}, 400, "Search Query Error"),
        ({"sort": "name sideways"}, 400, "Search Query Error"),
        ({"sort": ",,,"}, 400, "Search Query Error"),
        ({"colour": "red"}, 400, "Search Query Error"),
        ({"rows": "many"}, 409, "Validation Error"),
        ({"start": "-1"}, 409, "Validation Error"),
        ({"facet.field": "[1"}, 409, "Validation Error"),
    ],
)  # fmt: skip
def test_a_bad_search_is_refused_in_ckans_words(
    portal: Portal, given: dict[str, Any], status: int, kind: str
) -> None:
    told, error = refused(portal, "package_search", **given)
    assert (told, error["__type"]) == (status, kind)
    assert len(json.dumps(error)) < 1_000


def test_a_bad_search_is_told_to_the_letter_as_ckan_tells_it(portal: Portal) -> None:
    for asked, said in (
        ({"colour": "red"}, """("Invalid search parameters: ['colour']",)"""),
        ({"sort": "name sideways"}, """('Invalid "sort" parameter',)"""),
    ):
        status, error = refused(portal, "package_search", **asked)
        assert (status, error["message"]) == (400, f"Search Query is invalid: {said}")


def test_odd_questions_are_words_and_far_pages_are_empty(portal: Portal) -> None:
    for query in ('"unbalanced', "http://a.b/c", "foo:bar AND", "l'eau: x", "!!!", "((", "a\\"):
        ask(portal, "package_search", q=query)
    assert ask(portal, "package_search", start=10**17)["results"] == []
    for far in (10**9, 10**12, 10**17):
        assert ask(portal, "package_search", q="数据", start=far)["results"] == []
    assert ask(portal, "package_search", rows=10**9)["count"] == len(LISTED)
    assert ask(portal, "package_search", ext_anything="x", include_private="true")["count"] == len(
        LISTED
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.text(alphabet='ab标 "()[]{}:*\\-+!^~/&|.,TO1NOWR%_', max_size=40))
def test_no_text_at_all_breaks_the_search(portal: Portal, text: str) -> None:
    for name in ("q", "fq"):
        address = f"{ACTION}package_search?{urlencode({name: text})}"
        assert portal.stack.client.get(address).status_code in {200, 409}
