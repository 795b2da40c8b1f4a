"""CKAN's Action API: packages have every key that clients look for, bodies come in every way that clients
know, everybody gets the same."""

import hashlib
import json
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode

import pytest

from catalog.api.ckan import ACTIONS
from harvesters.contract import SourceConfig
from harvesters.http import Fetched
from harvesters.sources import ckan as harvester
from schemas.records import DatasetRecord
from tests.common.ckan import ACTION, ask, check_package, refused
from tests.common.portal import BASE, LISTED, SECRET, Portal, closed, item
from tests.common.stack import UNIT, Stack


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
        check_package(ask(portal, "package_show", id=portal.slugs[name]))


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
    for ending, ours in (("ttl", "ttl"), ("rdf", "rdf"), ("xml", "rdf"), ("jsonld", "jsonld")):
        graph = portal.get(f"/dataset/{package['id']}.{ending}")
        assert graph.headers["Location"] == f"{BASE}/datasets/{package['name']}.{ours}"
    assert portal.get(f"/dataset/{package['name']}.exe").status_code == 404
    catalogue = portal.get("/catalog.xml?after=x")
    assert catalogue.headers["Location"] == f"{BASE}/catalog.rdf?after=x"
    for ending in ("", ".ttl"):
        assert portal.get(f"/dataset/{portal.slugs['draft']}{ending}").status_code == 404


def test_units_themes_tags_and_licences(portal: Portal) -> None:
    assert ask(portal, "organization_list") == [UNIT.lower()]
    unit = ask(portal, "organization_show", id=UNIT.lower(), include_datasets="true")
    assert (unit["title"], unit["package_count"]) == ("市人力资源和社会保障局", len(LISTED))
    assert {one["name"] for one in unit["packages"]} == {portal.slugs[name] for name in LISTED}
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


def test_an_answer_is_made_once_for_a_state_and_ends_with_its_entry(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = closed(stack, "低保对象名单", item(stack))
    stack.work()
    questions = [
        ("package_search", {"q": "低保"}),
        ("package_search", {"fq": "title:低保*", "facet.field": ["organization"]}),
        ("package_list", {}),
        ("current_package_list_with_resources", {}),
    ]

    def told() -> list[Any]:
        return [
            stack.ok("POST", f"/api/3/action/{name}", json=given)["result"]
            for name, given in questions
        ]

    first = told()
    assert first[0]["count"] == first[1]["count"] == len(first[2]) == len(first[3]) == 1
    show = f"/api/3/action/package_show?id={slug}"
    assert stack.ok("GET", show)["result"] == first[0]["results"][0]

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was made again")

    with monkeypatch.context() as patched:
        for action in ("package_search", "package_list", "current_package_list_with_resources"):
            patched.setitem(ACTIONS, action, never)
        patched.setitem(ACTIONS, "package_show", never)
        assert told() == first
        assert stack.ok("GET", show)
    stack.ok("PATCH", f"/api/v1/units/{UNIT}", "admin", json={"name": "市人力社保局"},
             headers={"If-Match": "*"})  # fmt: skip
    stack.runtime.follow()
    assert told()[0]["results"][0]["organization"]["title"] == "市人力社保局"
    stack.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "admin", json={"reason": "数据有误"})
    gone = told()  # before anything follows the change
    assert (gone[0]["count"], gone[1]["count"], gone[2], gone[3]) == (0, 0, [], [])
    assert stack.call("GET", show).status_code == 404
