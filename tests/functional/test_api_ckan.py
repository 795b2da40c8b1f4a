"""CKAN's Action API: unmodified clients read the catalogue, queries mean what clients mean, everybody
gets the same, and what cannot be read is refused in CKAN's words."""

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode

import pytest
from ckanapi import NotFound, RemoteCKAN, ValidationError
from ckanapi.errors import CKANAPIError, NotAuthorized, SearchError, SearchQueryError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvesters.contract import SourceConfig
from harvesters.http import Fetched
from harvesters.sources import ckan as harvester
from schemas.records import DatasetRecord
from tests.common.chromium import served
from tests.common.portal import SECRET, Portal
from tests.common.stack import UNIT, Stack

ACTION = "/api/3/action/"
BASE = "http://127.0.0.1:8000"
LISTED = ("open", "partly", "closed", "conditional", "suspension")
GONE = ("withdrawal", "retirement", "draft", "other")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")


@pytest.fixture(scope="module")
def address(portal: Portal) -> Iterator[str]:
    with served(portal.stack) as base:
        yield base


@pytest.fixture
def client(address: str) -> Iterator[RemoteCKAN]:
    with RemoteCKAN(address, user_agent="test") as remote:
        yield remote


def ask(portal: Portal, action: str, **given: Any) -> Any:
    """The result of an action by GET."""
    answer = portal.stack.client.get(f"{ACTION}{action}?{urlencode(given, doseq=True)}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert SECRET not in answer.get_data(as_text=True)
    told = answer.get_json()
    assert told["success"] is True
    assert told["help"] == f"{BASE}/api/3/action/help_show?name={action}"
    return told["result"]


def refused(portal: Portal, action: str, **given: Any) -> tuple[int, dict[str, Any]]:
    answer = portal.stack.client.get(f"{ACTION}{action}?{urlencode(given, doseq=True)}")
    told = answer.get_json()
    assert told["success"] is False
    return answer.status_code, told["error"]


def found(portal: Portal, **given: Any) -> set[str]:
    """Which entries a search finds, by their names in the portal."""
    result = ask(portal, "package_search", rows=1000, **given)
    names = {slug: name for name, slug in portal.slugs.items()}
    assert result["count"] == len(result["results"])
    return {names[one["name"]] for one in result["results"]}


def slugs(portal: Portal, names: tuple[str, ...] = LISTED) -> list[str]:
    return sorted(portal.slugs[name] for name in names)


def test_ckanapi_reads_the_whole_catalogue(portal: Portal, client: RemoteCKAN) -> None:
    names = client.action.package_list(include_private=False, include_drafts=False)
    assert names == slugs(portal)
    for name in names:
        package = client.action.package_show(
            id=name, include_datasets=False, include_password_hash=True, include_users=False
        )
        assert package["name"] == name
        assert client.action.package_show(id=package["id"]) == package
        for resource in package["resources"]:
            assert client.action.resource_show(id=resource["id"]) == resource
    start = 0
    seen: list[str] = []
    while page := client.action.package_search(q="", start=start, rows=2)["results"]:
        seen += [one["name"] for one in page]
        start += len(page)
    assert sorted(seen) == names
    assert client.action.status_show()["ckan_version"].startswith("2.11.")
    assert client.action.site_read() is True
    assert len(client.action.current_package_list_with_resources(limit=3, offset=1)) == 3


def test_ckanapi_by_get_with_its_own_spelling_of_booleans_and_lists(
    portal: Portal, address: str
) -> None:
    with RemoteCKAN(address, get_only=True, apikey="not a token of ours") as remote:
        (unit,) = remote.action.organization_list(all_fields=True, include_extras=True)
        assert unit["package_count"] == len(LISTED)
        result = remote.action.package_search(
            q="*:*", facet=True, **{"facet.field": ["tags", "organization"]}, include_private=True
        )
    assert result["count"] == len(LISTED)
    assert result["facets"]["organization"] == {UNIT.lower(): len(LISTED)}
    assert result["facets"]["tags"] == {"处罚": 1, "权力清单": 1}


def test_ckanapi_gets_the_errors_it_knows(portal: Portal, client: RemoteCKAN) -> None:
    for name in GONE:
        with pytest.raises(NotFound):
            client.action.package_show(id=portal.slugs[name])
    with pytest.raises(ValidationError) as invalid:
        client.action.package_show()
    assert invalid.value.error_dict["name_or_id"] == ["Missing value"]
    with pytest.raises(SearchQueryError):
        client.action.package_search(colour="red")
    with pytest.raises(SearchError):
        client.action.package_search(fq="title:(")
    with pytest.raises(NotAuthorized):
        client.action.user_list()
    with pytest.raises(CKANAPIError, match="Action name not known"):
        client.action.package_purge(id="x")


def test_a_package_has_every_key_and_says_why_it_is_closed(portal: Portal) -> None:
    package = ask(portal, "package_show", id=portal.slugs["closed"])
    extras = {one["key"]: one["value"] for one in package["extras"]}
    assert extras["openness"] == "withheld"
    assert extras["closed_by"] == "NL-001"
    assert extras["closed_because"] == "个人住址（15-2）"
    assert extras["closed_by_url"] == f"{BASE}/negative-list#item-NL-001"
    assert (package["resources"], package["num_resources"], package["isopen"]) == ([], 0, False)
    partly = ask(portal, "package_show", id=portal.slugs["partly"])
    extras = {one["key"]: one["value"] for one in partly["extras"]}
    assert extras["closed_fields"] == "地址（NL-001 个人住址）"
    conditional = ask(portal, "package_show", id=portal.slugs["conditional"])
    extras = {one["key"]: one["value"] for one in conditional["extras"]}
    assert extras["openness_condition"] == "签订数据利用协议"
    for name in LISTED:
        _check_package(ask(portal, "package_show", id=portal.slugs[name]))


def _check_package(package: dict[str, Any]) -> None:
    """What udata's schema and CKANHarvester ask of a package."""
    assert package["type"] == "dataset"
    assert package["state"] == "active"
    assert package["private"] is False
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", package["name"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", package["id"])
    for name in ("metadata_created", "metadata_modified"):
        assert MOMENT.fullmatch(package[name])
    for name in ("author", "author_email", "maintainer", "maintainer_email", "license_id",
                 "license_title", "notes", "url", "version", "groups", "tags"):  # fmt: skip
        assert name in package
    organization = package["organization"]
    assert organization["approval_status"] == "approved"
    assert organization["type"] == "organization"
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", organization["name"])
    assert MOMENT.fullmatch(organization["created"])
    assert all(one["id"] and one["name"] for one in package["tags"])
    assert all(re.fullmatch(r"[a-z0-9_-]{2,100}", one["name"]) for one in package["groups"])
    assert all(isinstance(one["value"], str) for one in package["extras"])
    for place, resource in enumerate(package["resources"]):
        assert resource["position"] == place
        assert {"id", "position", "name", "description", "format", "mimetype", "size", "hash",
                "created", "last_modified", "url", "resource_type"} <= set(resource)  # fmt: skip
        assert None not in (resource["id"], resource["format"], resource["created"])
        assert resource["url"].startswith("http")
        assert len(resource["hash"]) in {0, 64}


def test_the_files_of_a_package_are_what_its_addresses_answer(portal: Portal) -> None:
    package = ask(portal, "package_show", id=portal.slugs["open"])
    assert {one["format"] for one in package["resources"]} >= {"CSV", "JSON", "PARQUET"}
    assert len({one["id"] for one in package["resources"]}) == len(package["resources"])
    for resource in package["resources"]:
        answer = portal.get(resource["url"].removeprefix(BASE))
        assert len(answer.data) == resource["size"]
        moved = portal.get(f"/dataset/{package['id']}/resource/{resource['id']}/download/x.csv")
        assert moved.headers["Location"] == resource["url"]
    page = portal.get(f"/dataset/{package['name']}")
    assert page.headers["Location"] == f"{BASE}/datasets/{package['name']}"
    assert portal.get(f"/dataset/{portal.slugs['draft']}").status_code == 404


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


def test_the_order_is_the_one_asked_for(portal: Portal) -> None:
    def order(sort: str) -> list[Any]:
        results = ask(portal, "package_search", sort=sort)["results"]
        return [one[sort.split(maxsplit=1)[0]] for one in results]

    for sort in ("name asc", "metadata_modified desc", "metadata_created asc", "id asc"):
        held = order(sort)
        assert held == sorted(held, reverse=sort.endswith("desc")), sort
    assert len(ask(portal, "package_search", sort="score desc, name asc")["results"]) == len(LISTED)


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


def test_units_themes_tags_and_licences(portal: Portal) -> None:
    assert ask(portal, "organization_list") == [UNIT.lower()]
    unit = ask(portal, "organization_show", id=UNIT.lower(), include_datasets="true")
    assert (unit["title"], unit["package_count"]) == ("市人力资源和社会保障局", len(LISTED))
    assert {one["name"] for one in unit["packages"]} == set(slugs(portal))
    assert ask(portal, "organization_show", id=unit["id"])["name"] == UNIT.lower()
    (theme,) = ask(portal, "group_list", all_fields="True")
    assert (theme["title"], theme["package_count"]) == ("社会保障", len(LISTED))
    assert len(ask(portal, "group_package_show", id=theme["name"])) == len(LISTED)
    assert len(ask(portal, "member_list", id=theme["id"])) == len(LISTED)
    assert set(ask(portal, "tag_list")) == {"处罚", "权力清单"}
    assert ask(portal, "tag_list", query="权力") == ["权力清单"]
    assert len(ask(portal, "tag_show", id="处罚", include_datasets="1")["packages"]) == 1
    assert ask(portal, "tag_search", query="处")["count"] == 1
    assert "CC-BY-4.0" in {one["id"] for one in ask(portal, "license_list")}
    assert ask(portal, "organization_autocomplete", q="人力")[0]["id"] == unit["id"]
    assert ask(portal, "package_autocomplete", q="机构")[0]["name"] == portal.slugs["partly"]
    assert "csv" in ask(portal, "format_autocomplete", q="c")
    for action in ("vocabulary_list", "resource_view_list"):
        assert ask(portal, action) == []
    assert ask(portal, "dataset_follower_count", id=portal.slugs["open"]) == 0
    assert len(ask(portal, "recently_changed_packages_activity_list")) == len(LISTED)
    assert "name" in ask(portal, "help_show", name="package_show")
    assert refused(portal, "organization_show", id="nobody")[0] == 404
    assert refused(portal, "vocabulary_show", id="x")[0] == 404
    assert refused(portal, "organization_list", sort="colour")[0] == 409


def test_resources_are_searched_by_field(portal: Portal) -> None:
    result = ask(portal, "resource_search", query="format:csv")
    assert result["count"] == len(result["results"]) == 3
    assert ask(portal, "resource_search", query=["format:csv", "name:没有"])["count"] == 0
    assert refused(portal, "resource_search", query="colour:red")[0] == 409


class Clerk:
    """Fetches from the portal under test."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def __call__(self, url: str, *, out: BinaryIO | None = None) -> Fetched:
        assert out is None
        answer = self.portal.get(url.removeprefix(BASE))
        assert answer.status_code == 200
        digest = hashlib.sha256(answer.data).hexdigest()
        return Fetched(url, {}, "application/json", len(answer.data), digest, answer.data)


def test_our_own_harvester_takes_our_own_catalogue(portal: Portal) -> None:
    source = SourceConfig(kind="ckan", url=BASE, page_rows=2)
    records = list(harvester.read(source, Clerk(portal)))
    assert all(isinstance(one, DatasetRecord) for one in records), records
    held = {one.title: one for one in records if isinstance(one, DatasetRecord)}
    assert len(held) == len(LISTED)
    one = held["行政处罚职权"]
    assert (one.publisher, one.publisher_code) == ("市人力资源和社会保障局", UNIT)
    assert (one.openness, one.update_cycle, one.theme) == ("unconditional", "yearly", "社会保障")
    assert set(one.keywords) == {"处罚", "权力清单"}
    assert (one.contact_name, one.contact_email) == ("信息科", "data@example.org")
    assert "csv" in one.formats
    assert held["低保对象名单"].openness == "withheld"
    assert held["企业参保明细"].openness_condition == "签订数据利用协议"


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


def test_odd_questions_are_words_and_far_pages_are_empty(portal: Portal) -> None:
    for query in ('"unbalanced', "http://a.b/c", "foo:bar AND", "l'eau: x", "!!!", "((", "a\\"):
        ask(portal, "package_search", q=query)
    assert ask(portal, "package_search", start=10**17)["results"] == []
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


def test_bodies_come_in_every_way_that_clients_know(portal: Portal) -> None:
    post = portal.stack.client.post
    name = portal.slugs["open"]
    show = f"{ACTION}package_show"
    for answer in (
        post(show, json={"id": name}),
        post(show, data={"id": name}),
        post(show, data={json.dumps({"id": name}): ""}),
        post(f"{show}?id={name}", data=b"", content_type="application/json"),
        post(f"{show}?id={name}", json={"id": "other"}),
        post(f"/api/action/package_show?id={name}"),
        post(f"{show}/?id={name}"),
        post(f"{show}?id={name}", headers={"Origin": "https://elsewhere.example",
                                          "Sec-Fetch-Site": "cross-site"}),
        portal.stack.client.get(f"{show}?id={name}", headers={"Content-Type": "application/json"}),
    ):  # fmt: skip
        assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
        assert answer.get_json()["result"]["name"] == name
    for body in (b"{", b"[]", b"5", b'{"id": 1, "id": 2}', b"[" * 500):
        answer = post(show, data=body, content_type="application/json")
        assert answer.status_code == 400
        assert answer.get_json().startswith("Bad request: JSON Error")
    assert post(f"{ACTION}package_create", json={}).get_json().startswith("Bad request: Action")
    called = portal.get(f"{ACTION}site_read?callback=done")
    assert called.data.startswith(b"done({")
    assert called.data.endswith(b");")
    assert called.headers["Content-Type"].startswith("application/javascript")
    assert portal.get(f"{ACTION}site_read?callback=alert(1)//").status_code == 400
    asked = portal.stack.client.options(show)
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert portal.get("/api/3").get_json() == {"version": 3}
    assert portal.stack.client.put(show).status_code in {404, 405}


@pytest.mark.parametrize("who", ["lin", "he", "admin", "dev"])
def test_everybody_gets_the_same_bytes(portal: Portal, who: str) -> None:
    for path in (
        "package_list", "package_search?rows=1000", "organization_list?all_fields=true",
        "current_package_list_with_resources", "tag_list", "resource_search?query=name:a",
        f"package_show?id={portal.slugs['draft']}",
    ):  # fmt: skip
        one, other = portal.get(ACTION + path), portal.get(ACTION + path, who)
        assert other.data == one.data
        kept = [
            {name: value for name, value in answer.headers.items() if name != "RateLimit"}
            for answer in (one, other)
        ]
        assert kept[0] == kept[1]
        again = portal.get(ACTION + path, **{"If-None-Match": one.headers.get("ETag", '"x"')})
        assert again.status_code == (304 if one.status_code == 200 else 404)


def test_times_are_naive_and_compare_as_text(portal: Portal) -> None:
    package = ask(portal, "package_show", id=portal.slugs["open"])
    when = datetime.fromisoformat(package["metadata_modified"]).replace(tzinfo=UTC)
    assert when.year == 2026
    since = f"{package['metadata_modified']}Z"
    newer = found(portal, fq=f"metadata_modified:[{since} TO *]")
    assert "open" in newer
    assert found(portal, fq=f"metadata_modified:{{{since} TO *]") == newer - {"open"}


def test_either_database_understands_every_field(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "stations.csv"
    path.write_text("站名,客流\n甲站,5\n乙站,7\n")
    slug, resource = stack.entry(title="公交站点客流", keywords=["公交"], licence="CC-BY-4.0")
    stack.deliver(resource, path, "站点.csv")
    stack.publish(slug)
    stack.entry(title=f"{SECRET}公交")

    def count(**given: Any) -> int:
        answer = stack.client.get(f"{ACTION}package_search?{urlencode(given, doseq=True)}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return int(answer.get_json()["result"]["count"])

    package = stack.ok("GET", f"{ACTION}package_show?id={slug}")["result"]
    assert stack.ok("GET", f"{ACTION}package_show?id={package['id']}")["result"] == package
    for one in (
        "公交", "title:站点 OR notes:没有", "tags:公交", "tags:公*", "res_format:csv", "isopen:true",
        f"organization:{UNIT}", f"owner_org:{package['owner_org']}", "groups:社会*",
        f"id:{package['id']}", "num_resources:[1 TO 9]", "metadata_modified:[NOW-1DAY TO *]",
        "metadata_created:2026", "-colour:red", "-tags:没有", "res_name:数据表", "name:g*",
        "extras_openness:unconditional", "license_id:*", '"公交站点客流"', "NOT num_resources:0",
    ):  # fmt: skip
        assert count(fq=one) == 1, one
    for one in (
        "没有",
        "isopen:false",
        "num_resources:0",
        "-公交",
        "res_format:shp",
        "%",
        "title:_",
    ):
        assert count(fq=one) == (1 if one == "%" else 0), one
    fields = json.dumps(["organization", "tags", "res_format", "groups", "license_id", "openness"])
    for sort in ("score desc", "name asc", "title_string desc", "metadata_modified desc", "id asc"):
        assert count(q="公交", sort=sort, **{"facet.field": fields}) == 1
    for action in ("organization_list", "group_list", "tag_list", "package_list"):
        assert len(stack.ok("GET", f"{ACTION}{action}")["result"]) == 1
    rows = stack.ok("GET", f"{ACTION}datastore_search?resource_id={package['resources'][0]['id']}")
    assert rows["result"]["total"] == 2
    (listed,) = stack.ok("GET", f"{ACTION}datastore_search?resource_id=_table_metadata&limit=1")[
        "result"
    ]["records"]
    assert listed["name"] in {one["id"] for one in package["resources"]}
    stack.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "lin", json={"reason": "数据有误"})
    assert count(q="公交") == 0
    assert stack.call("GET", f"{ACTION}package_show?id={package['id']}").status_code == 404
    dump = stack.call("GET", f"/datastore/dump/{package['resources'][0]['id']}")
    assert dump.status_code == 404
