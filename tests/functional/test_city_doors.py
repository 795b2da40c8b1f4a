"""Twelve hundred entries of thirty units leave by every door: page by page each is there once, and nothing
that is not public is there at all."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pyarrow.parquet as pq
import pytest
from ckanapi import RemoteCKAN
from rdflib import Graph, Namespace
from rdflib.namespace import DCAT, RDF
from sickle import Sickle

from tests.common.chromium import served
from tests.common.city import ENTRIES, UNITS, City
from tests.common.ckan import ACTION, check_package
from tests.common.portal import BASE, SECRET

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")
ATOM = "{http://www.w3.org/2005/Atom}"
GONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
WAYS = (
    (HYDRA.PartialCollectionView, HYDRA.next),  # udata, piveau
    (HYDRA.PagedCollection, HYDRA.nextPage),  # ckanext-dcat, which knows no other kind of page
)


def read(city: City, address: str) -> Any:
    """What an address answers to anybody."""
    answer = city.stack.client.get(address.removeprefix(BASE))
    assert answer.status_code == 200, (address, answer.status_code)
    assert SECRET not in answer.data.decode("utf-8", "replace"), address
    return answer


def slugs(addresses: Any) -> list[str]:
    return [str(one).rpartition("/")[2] for one in addresses]


def whole(found: list[str], expected: set[str]) -> None:
    """Every one is there, and none twice."""
    assert len(found) == len(set(found))
    assert set(found) == expected


def by_rdflib(data: bytes) -> tuple[list[str], str]:
    """The entries of a page of the catalogue and the address of the next, whichever words of Hydra a
    harvester knows."""
    graph = Graph().parse(data=data, format="turtle")
    found = slugs(graph.objects(None, DCAT.dataset))
    assert set(found) == set(slugs(graph.subjects(RDF.type, DCAT.Dataset)))
    views = [(view, name) for kind, name in WAYS for view in graph.subjects(RDF.type, kind)]
    (address,) = {str(graph.value(view, name, default="")) for view, name in views}
    assert len(views) == len(WAYS)
    return found, address


def by_json(data: bytes) -> tuple[list[str], str]:
    """The same as a program reads it that knows JSON."""
    nodes = json.loads(data)["@graph"]
    (catalogue,) = [one for one in nodes if "dcat:dataset" in one]
    following = [one["hydra:next"]["@id"] for one in nodes if "hydra:next" in one]
    return slugs(one["@id"] for one in catalogue["dcat:dataset"]), "".join(following)


def by_xml(data: bytes) -> tuple[list[str], str]:
    """The same as a program reads it that knows XML."""
    root, name = ET.fromstring(data), f"{{{RDF}}}resource"  # noqa: S314
    following = [one.get(name, "") for one in root.iter(f"{{{HYDRA}}}next")]
    return slugs(one.get(name) for one in root.iter(f"{{{DCAT}}}dataset")), "".join(following)


READERS = {"ttl": by_rdflib, "jsonld": by_json, "rdf": by_xml}
"""The three say the same, as unit tests show; graphs are put together of one."""


def linked(city: City, suffix: str) -> Iterator[list[str]]:
    """The entries of each page of the linked-data catalogue, as Hydra leads through them."""
    address = f"/catalog.{suffix}"
    while address:
        found, address = READERS[suffix](read(city, address).data)
        yield found


def natively(city: City, address: str) -> Iterator[list[str]]:
    """The entries of each page of a list of the portal's own API, as its links lead through it."""
    while address:
        answer = read(city, address)
        yield [one["slug"] for one in answer.get_json()["items"]]
        address = answer.headers.get("Link", "").partition(">")[0].removeprefix("<")


def fed(city: City, address: str) -> Iterator[tuple[list[str], list[str]]]:
    """The entries and the tombstones of each part of a feed, as its links lead through it (RFC 5005)."""
    first = f"{BASE}{address}"
    while address:
        root = ET.fromstring(read(city, address).data)  # noqa: S314
        links = {one.get("rel"): str(one.get("href")) for one in root.findall(f"{ATOM}link")}
        assert links["first"] == root.findtext(f"{ATOM}id") == first
        yield (
            slugs(one.findtext(f"{ATOM}id") for one in root.findall(f"{ATOM}entry")),
            slugs(one.get("ref") for one in root.findall(GONE)),
        )
        address = links.get("next", "")


def told(city: City, query: str) -> Iterator[list[tuple[str, bool]]]:
    """The records of each part of an OAI-PMH list, and whether each is a deleted one."""
    oai = "{http://www.openarchives.org/OAI/2.0/}"
    while query:
        root = ET.fromstring(read(city, f"/oai?verb=ListIdentifiers&{query}").data)  # noqa: S314
        yield [
            (
                str(one.findtext(f"{oai}identifier")).rpartition(":")[2],
                one.get("status") == "deleted",
            )
            for one in root.iter(f"{oai}header")
        ]
        token = root.findtext(f".//{oai}resumptionToken")
        query = f"resumptionToken={token}" if token else ""


def flat(parts: Iterator[list[Any]]) -> list[Any]:
    return [one for part in parts for one in part]


def test_the_city_has_what_it_is_said_to_have(city: City) -> None:
    assert len(city.kinds) == ENTRIES == 1_200
    assert len(read(city, "/api/v1/units?limit=100").get_json()["items"]) == UNITS == 30


@pytest.mark.parametrize("suffix", READERS)
def test_the_linked_catalogue_is_whole_page_by_page(city: City, suffix: str) -> None:
    pages = list(linked(city, suffix))
    assert {len(page) for page in pages[:-1]} == {100}
    whole(flat(iter(pages)), city.listed)


def test_the_catalogue_in_one_file_is_whole_in_every_form(city: City) -> None:
    told_us = json.loads(read(city, "/data.json").data)["dataset"]
    whole(slugs(one["identifier"] for one in told_us), city.listed)
    rows = csv.DictReader(io.StringIO(read(city, "/catalog.csv").get_data(as_text=True)))
    whole([row["slug"] for row in rows], city.listed)
    lines = read(city, "/catalog.ndjson").data.splitlines()
    whole([json.loads(line)["slug"] for line in lines], city.listed)
    table = pq.read_table(io.BytesIO(read(city, "/catalog.parquet").data), columns=["slug"])
    whole(table["slug"].to_pylist(), city.listed)


@pytest.mark.parametrize(
    "tail", ["", "&facets=all", "&sort=modified", f"&q={quote('供社会查询和利用')}"]
)
def test_a_list_of_the_own_api_is_whole_page_by_page(city: City, tail: str) -> None:
    found = flat(natively(city, f"/api/v1/datasets?limit=100{tail}"))
    expected = city.listed | city.of("withdrawal")
    if "q=" in tail:  # what the entries of the small portal do not say of themselves
        expected -= set(city.slugs.values())
    whole(found, expected)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_twins_of_the_page_of_entries_are_whole(city: City, form: str) -> None:
    found: list[str] = []
    for number in (1, 2):
        answer = read(city, f"/datasets.{form}?page={number}")
        if form == "json":
            found += [row["slug"] for row in answer.get_json()["items"]]
        else:
            text = answer.get_data(as_text=True)
            found += [row["slug"] for row in csv.DictReader(io.StringIO(text))]
    whole(found, city.listed | city.of("withdrawal"))


def test_a_feed_is_whole_part_by_part(city: City) -> None:
    parts = list(fed(city, "/feed.atom"))
    assert {len(shown) + len(gone) for shown, gone in parts[:-1]} == {50}
    whole(flat(shown for shown, _ in parts), city.listed)
    whole(flat(gone for _, gone in parts), city.ended)
    whole(flat(shown for shown, _ in fed(city, "/datasets.atom")), city.listed)
    for address in ("/feed.atom?after=x", "/feed.atom?after=1", "/feed.atom?after=-1"):
        assert city.stack.client.get(address).status_code == 422


def test_a_long_site_map_is_an_index_of_files_that_are_the_whole(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = ET.fromstring(read(city, "/sitemap.xml").data)  # noqa: S314
    addresses = [str(one.findtext(f"{MAP}loc")) for one in alone]
    entries = [one for one in addresses if one.startswith(f"{BASE}/datasets/")]
    whole(slugs(entries), city.listed)
    assert len([one for one in addresses if one.startswith(f"{BASE}/units/")]) == UNITS
    monkeypatch.setattr("schemas.interop.sitemap.MOST", 300)
    root = ET.fromstring(read(city, "/sitemap.xml").data)  # noqa: S314
    assert root.tag == f"{MAP}sitemapindex"
    found = []
    for one in root:
        part = ET.fromstring(read(city, str(one.findtext(f"{MAP}loc"))).data)  # noqa: S314
        assert len(part) <= 300
        found += [str(page.findtext(f"{MAP}loc")) for page in part]
    assert found == addresses
    assert city.stack.client.get(f"/sitemap-{len(root) + 1}.xml").status_code == 404


def test_sickle_takes_it_whole_with_what_is_gone(city: City) -> None:
    with served(city.stack) as base:
        harvester = Sickle(f"{base}/oai")
        found = list(harvester.ListRecords(metadataPrefix="oai_dc"))
        named = list(harvester.ListIdentifiers(metadataPrefix="dcat"))
        closed = list(harvester.ListIdentifiers(metadataPrefix="dcat", set="openness:conditional"))
    there = [one.header.identifier.rpartition(":")[2] for one in found if not one.deleted]
    whole(there, city.listed)
    gone = [one.header.identifier.rpartition(":")[2] for one in found if one.deleted]
    whole(gone, city.ended)
    assert [one.identifier for one in named] == [one.header.identifier for one in found]
    whole([one.identifier.rpartition(":")[2] for one in closed], city.of("conditional"))
    assert SECRET not in "".join(one.raw for one in found)


def test_ckans_clients_take_it_whole(city: City) -> None:
    with served(city.stack) as base, RemoteCKAN(base, user_agent="test") as remote:
        act = remote.action
        assert act.package_list() == sorted(city.listed)
        packages = harvested(act.package_search)
        whole([one["name"] for one in packages], city.listed)
        for one in packages:
            check_package(one)
        again: list[dict[str, Any]] = []
        while page := act.current_package_list_with_resources(limit=400, offset=len(again)):
            again += page
        by_name = {one["name"]: one for one in packages}
        assert {one["name"]: one for one in again} == by_name
        assert len(again) == len(packages)
        units = act.organization_list(all_fields=True)
        assert sum(one["package_count"] for one in units) == len(city.listed)
        assert len(units) == UNITS
        named = [f"organization:{one['name']}" for one in units[:2]]
        ours = {
            one["name"]
            for one in packages
            if one["owner_org"] in {unit["id"] for unit in units[:2]}
        }
        whole([one["name"] for one in harvested(act.package_search, " OR ".join(named))], ours)
        others = harvested(act.package_search, " ".join(f"-{one}" for one in named))
        whole([one["name"] for one in others], city.listed - ours)
        latest = max(one["metadata_modified"] for one in packages)
        since = datetime.fromisoformat(latest) - timedelta(milliseconds=3)
        newer = {one["name"] for one in packages if one["metadata_modified"] >= since.isoformat()}
        asked = f"metadata_modified:[{since.isoformat()}Z TO *]"
        whole([one["name"] for one in harvested(act.package_search, asked)], newer)
    assert SECRET not in json.dumps(packages, ensure_ascii=False)


def harvested(search: Callable[..., Any], narrowed: str = "") -> list[dict[str, Any]]:
    """As CKANHarvester goes: a hundred at a time by id, until a page is empty."""
    found: list[dict[str, Any]] = []
    given = {"fq": narrowed} if narrowed else {}
    while page := search(rows=100, start=len(found), sort="id asc", **given)["results"]:
        found += page
    return found


@pytest.mark.parametrize("kind", ["open", "partly"])
def test_a_copied_table_is_as_good_as_the_one_it_came_from(city: City, kind: str) -> None:
    first, *_, last = sorted(city.of(kind))
    for tail in ("/table.csv", "/table.parquet"):
        one, other = (read(city, f"/datasets/{slug}{tail}").data for slug in (first, last))
        assert one == other
    for slug in (first, last):
        package = read(city, f"{ACTION}package_show?id={slug}").get_json()["result"]
        table = package["resources"][0]["id"]
        found = read(city, f"{ACTION}datastore_search?resource_id={table}").get_json()["result"]
        assert found["total"] == (24 if kind == "open" else 2)


CHANGING: dict[str, Callable[[City], Iterator[list[str]]]] = {
    "linked": lambda city: linked(city, "jsonld"),
    "own": lambda city: natively(city, "/api/v1/datasets?limit=100"),
}
"""Lists that go on after the last entry told, so that what changes before it moves nothing."""


@pytest.mark.parametrize("door", CHANGING)
def test_nothing_is_missed_or_told_twice_while_entries_change(city: City, door: str) -> None:
    parts = CHANGING[door](city)
    seen = list(next(parts))
    change(city, seen)
    seen += flat(parts)
    assert len(seen) == len(set(seen))
    assert city.listed <= set(seen)


def test_a_harvest_tells_again_what_changes_on_the_way(city: City) -> None:
    parts = told(city, "metadataPrefix=oai_dc")
    seen = next(parts)
    change(city, [slug for slug, deleted in seen if not deleted])
    last_word = dict(seen + flat(parts))
    assert {slug for slug, deleted in last_word.items() if not deleted} == city.listed
    assert {slug for slug, deleted in last_word.items() if deleted} == city.ended


def test_what_changes_while_a_feed_is_read_stands_at_its_head(city: City) -> None:
    parts = fed(city, "/feed.atom")
    seen = list(next(parts)[0])
    change(city, seen)
    seen += flat(shown for shown, _ in parts)
    assert len(seen) == len(set(seen))
    head = fed(city, "/feed.atom")
    assert city.listed <= {*seen, *next(head)[0], *next(head)[0]}


def change(city: City, seen: list[str]) -> None:
    """An entry that was told ends, another that was not yet told ends, and a unit gets a new name."""
    told_first = [slug for slug in seen if slug in city.listed]
    city.end(told_first[0])
    city.end(min(city.of("open") - set(seen)))
    unit = read(city, f"/api/v1/datasets/{told_first[1]}").get_json()["unit"]
    renamed = {"name": f"{unit['name']}（新）"}
    city.stack.ok("PATCH", f"/api/v1/units/{unit['code']}", "admin", json=renamed)
    while city.stack.runtime.follow():
        pass
