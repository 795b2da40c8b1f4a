"""The catalogue at other people's doors: whole, true to their standards, the same for everybody."""

import csv
import hashlib
import io
import json
import re
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import frictionless
import jsonschema
import pyarrow.parquet as pq
import pyshacl
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS, RDF

from catalog.services import publications
from tests.common import dcat_us
from tests.common.dcat_ap import shapes
from tests.common.portal import BASE, ENDED, LISTED, SECRET, TABLE, Portal, closed, item, published
from tests.common.stack import UNIT, Stack
from tests.conftest import NOW

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
WRITINGS = {"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml"}
TYPES = {
    "/catalog.jsonld": "application/ld+json",
    "/catalog.ttl": "text/turtle; charset=utf-8",
    "/catalog.rdf": "application/rdf+xml",
    "/data.json": "application/json",
    "/catalog.csv": "text/csv; charset=utf-8",
    "/catalog.csv?bom=1": "text/csv; charset=utf-8",
    "/catalog.ndjson": "application/x-ndjson",
    "/catalog.parquet": "application/vnd.apache.parquet",
    "/catalog.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "/feed.atom": "application/atom+xml; charset=utf-8",
    "/sitemap.xml": "application/xml; charset=utf-8",
    "/sitemap-1.xml": "application/xml; charset=utf-8",
    "/robots.txt": "text/plain; charset=utf-8",
    "/datasets/{open}.jsonld": "application/ld+json",
    "/datasets/{open}.ttl": "text/turtle; charset=utf-8",
    "/datasets/{open}.rdf": "application/rdf+xml",
    "/datasets/{open}/datapackage.json": "application/json",
    "/datasets/{open}/croissant.json": "application/ld+json",
    "/datasets/{open}.zip": "application/zip",
}
"""Every door that is the same for everybody, and what it says its answer is."""
OF_ENTRY = (".jsonld", ".ttl", ".rdf", "/datapackage.json", "/croissant.json", ".zip")


def graph_of(answer: Any, suffix: str) -> Graph:
    return Graph().parse(data=answer.data, format=WRITINGS[suffix])


def titles(portal: Portal, names: tuple[str, ...]) -> set[str]:
    return {f"{BASE}/datasets/{portal.slugs[name]}" for name in names}


@pytest.mark.parametrize("path", TYPES)
def test_a_door_says_what_it_sends_and_a_copy_stays_good(portal: Portal, path: str) -> None:
    answer = portal.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == TYPES[path]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert "Vary" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert SECRET not in answer.get_data(as_text=False).decode("utf-8", "replace")
    tag = answer.headers["ETag"]
    assert not tag.startswith("W/")
    for given in (tag, f'"x", {tag}', "*"):
        again = portal.get(path, **{"If-None-Match": given})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == tag
    assert portal.get(path, **{"If-None-Match": '"x"'}).data == answer.data
    head = portal.stack.client.head(path.format(**portal.slugs))
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == tag


@pytest.mark.parametrize("path", [path for path in TYPES if "robots" not in path])
def test_a_date_serves_who_keeps_no_tags(portal: Portal, path: str) -> None:
    said = portal.get(path).headers["Last-Modified"]
    assert portal.get(path, **{"If-Modified-Since": said}).status_code == 304
    old = "Mon, 01 Jan 2024 00:00:00 GMT"
    assert portal.get(path, **{"If-Modified-Since": old}).status_code == 200


@pytest.mark.parametrize("path", TYPES)
@pytest.mark.parametrize("who", ["lin", "he", "admin", "dev"])
def test_everybody_gets_the_same_bytes(portal: Portal, path: str, who: str) -> None:
    one, other = portal.get(path), portal.get(path, who)
    assert other.data == one.data
    told = [dict(each.headers) | {"RateLimit": "counted"} for each in (one, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("path", TYPES)
def test_an_argument_that_a_door_does_not_know_is_refused_by_name(
    portal: Portal, path: str
) -> None:
    join = "&" if "?" in path else "?"
    answer = portal.get(f"{path}{join}sort=secret", Accept="application/json")
    assert answer.status_code == 400
    assert "sort" in answer.get_json()["detail"]


@pytest.mark.parametrize("suffix", sorted(WRITINGS))
def test_the_linked_catalogue_keeps_the_shapes_and_lists_closed_entries(
    portal: Portal, suffix: str
) -> None:
    graph = graph_of(portal.get(f"/catalog.{suffix}"), suffix)
    good, _, report = pyshacl.validate(graph, shacl_graph=shapes())
    assert good, report
    listed = {str(one) for one in graph.objects(URIRef(f"{BASE}/"), DCAT.dataset)}
    assert listed == titles(portal, LISTED)
    for name in ENDED:
        assert (URIRef(f"{BASE}/datasets/{portal.slugs[name]}"), None, None) not in graph
    closed = URIRef(f"{BASE}/datasets/{portal.slugs['closed']}")
    assert str(graph.value(closed, DCTERMS.accessRights)).endswith("/NON_PUBLIC")
    assert "仅内部可见的说明" not in portal.get(f"/catalog.{suffix}").get_data(as_text=True)


@pytest.mark.parametrize("suffix", sorted(WRITINGS))
@pytest.mark.parametrize("name", LISTED)
def test_an_entry_alone_keeps_the_shapes(portal: Portal, name: str, suffix: str) -> None:
    graph = graph_of(portal.get(f"/datasets/{{{name}}}.{suffix}"), suffix)
    good, _, report = pyshacl.validate(graph, shacl_graph=shapes())
    assert good, report
    assert (URIRef(f"{BASE}/datasets/{portal.slugs[name]}"), RDF.type, DCAT.Dataset) in graph


def test_data_json_is_dcat_us(portal: Portal) -> None:
    told = portal.get("/data.json").get_json()
    jsonschema.validate(told, dcat_us.CATALOGUE)
    assert {one["identifier"] for one in told["dataset"]} == titles(portal, LISTED)
    levels = {one["title"]: (one["accessLevel"], one.get("rights", "")) for one in told["dataset"]}
    assert levels["低保对象名单"] == (
        "non-public",
        "负面清单第NL-001项“个人住址”（个人隐私，条例第十五条）：能够识别自然人的住址",
    )
    assert levels["企业参保明细"] == ("restricted public", "签订数据利用协议")


def test_the_table_of_the_catalogue_is_the_same_in_every_format(portal: Portal) -> None:
    rows = list(csv.DictReader(io.StringIO(portal.get("/catalog.csv").get_data(as_text=True))))
    lines = [json.loads(line) for line in portal.get("/catalog.ndjson").data.splitlines()]
    table = pq.read_table(io.BytesIO(portal.get("/catalog.parquet").data)).to_pylist()
    assert [row["slug"] for row in rows] == [portal.slugs[name] for name in LISTED]
    assert [line["slug"] for line in lines] == [row["slug"] for row in table]
    assert [row["slug"] for row in rows] == [row["slug"] for row in table]
    first, closed = table[0], table[2]
    assert (first["rows"], first["tables"], first["keywords"]) == (24, 1, "处罚; 权力清单")
    assert first["licence"] == "本平台开放数据使用条款 1.0"
    assert first["licence_url"] == f"{BASE}/developers/terms"
    assert closed["closed_by"] == "NL-001"
    assert (
        closed["closed_because"]
        == "负面清单第NL-001项“个人住址”（个人隐私，条例第十五条）：能够识别自然人的住址"
    )
    assert table[1]["closed_fields"] == "地址（NL-001）"
    assert portal.get("/catalog.csv?bom=1").data.startswith(b"\xef\xbb\xbf")


def test_a_package_names_exactly_the_open_files(portal: Portal) -> None:
    for name, fields in (("open", 5), ("partly", 1), ("conditional", 5)):
        told = portal.get(f"/datasets/{{{name}}}/datapackage.json").get_json()
        assert frictionless.Package.metadata_validate(told) is not None
        (resource,) = told["resources"]
        assert len(resource["schema"]["fields"]) == fields
        if name != "conditional":
            data = portal.get(resource["path"].removeprefix(BASE)).data
            assert resource["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert resource["bytes"] == len(data)


def test_a_croissant_refers_only_to_what_it_describes(portal: Portal) -> None:
    told = portal.get("/datasets/{open}/croissant.json").get_json()
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    files = {one["@id"]: one for one in told["distribution"]}
    for record_set in told["recordSet"]:
        for field in record_set["field"]:
            assert field["source"]["fileObject"]["@id"] in files
            assert field["@id"].startswith(f"{record_set['@id']}/")
    (file,) = files.values()
    data = portal.get(file["contentUrl"].removeprefix(BASE)).data
    assert hashlib.sha256(data).hexdigest() == file["sha256"]
    heads = data.decode().splitlines()[0].split(",")
    columns = [field["source"]["extract"]["column"] for field in told["recordSet"][0]["field"]]
    assert columns == heads


def test_the_archive_is_a_package_that_validates(portal: Portal, tmp_path: Any) -> None:
    answer = portal.get("/datasets/{open}.zip")
    path = tmp_path / "package.zip"
    path.write_bytes(answer.data)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["datapackage.json", "data/table.csv"]
        assert archive.read("data/table.csv") == portal.get("/datasets/{open}/table.csv").data
    report = frictionless.Package(str(path)).validate()
    assert report.valid, report.to_summary()
    assert "filename*=UTF-8''%E8%A1%8C" in answer.headers["Content-Disposition"]


def test_the_archive_of_conditional_data_is_for_who_may_have_it(portal: Portal) -> None:
    for who, status in (("", 401), ("dev", 403), ("he", 403), ("lin", 200), ("admin", 200)):
        answer = portal.get("/datasets/{conditional}.zip", who, Accept="application/json")
        assert answer.status_code == status, who
    kept = portal.get("/datasets/{conditional}.zip", "lin")
    assert kept.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("tail", OF_ENTRY)
def test_what_has_ended_is_gone_with_its_reason(portal: Portal, tail: str) -> None:
    for name in ENDED:
        answer = portal.get(f"/datasets/{{{name}}}{tail}", Accept="application/json")
        assert answer.status_code == 410
        assert "数据有误" in answer.get_json()["detail"]


@pytest.mark.parametrize("tail", OF_ENTRY)
@pytest.mark.parametrize("who", ["", "lin", "he", "admin"])
def test_a_draft_is_nowhere_whoever_asks(portal: Portal, tail: str, who: str) -> None:
    for name in ("draft", "other"):
        answer = portal.get(f"/datasets/{{{name}}}{tail}", who, Accept="application/json")
        assert answer.status_code == 404
        assert SECRET not in answer.get_data(as_text=True)


@pytest.mark.parametrize("tail", ["/datapackage.json", "/croissant.json", ".zip"])
def test_a_closed_entry_has_no_tables_and_says_why(portal: Portal, tail: str) -> None:
    closed = portal.get(f"/datasets/{{closed}}{tail}", Accept="application/json")
    assert closed.status_code == 403
    assert closed.get_json()["type"].endswith("withheld")
    halted = portal.get(f"/datasets/{{suspension}}{tail}", Accept="application/json")
    assert halted.status_code == 410


def test_the_feed_tells_changes_and_endings(portal: Portal) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(portal.get("/feed.atom").data)  # noqa: S314
    assert root.tag == f"{atom}feed"
    for name in ("id", "title", "updated"):
        assert root.findtext(f"{atom}{name}")
    entries = root.findall(f"{atom}entry")
    assert {one.findtext(f"{atom}id") for one in entries} == titles(portal, LISTED)
    for one in entries:
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", one.findtext(f"{atom}updated") or ""
        )
        assert one.findtext(f"{atom}author/{atom}name")
    gone = root.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")
    assert {one.get("ref") for one in gone} == titles(portal, ENDED)


def test_the_site_map_has_pages_units_and_entries_and_robots_names_it(portal: Portal) -> None:
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = ET.fromstring(portal.get("/sitemap.xml").data)  # noqa: S314
    found = {one.findtext(f"{space}loc") for one in root}
    assert titles(portal, LISTED) <= found
    assert f"{BASE}/" in found
    assert not titles(portal, (*ENDED, "draft")) & found
    for address in found:
        path = str(address).removeprefix(BASE)
        assert portal.stack.client.get(path).status_code == 200, path
    assert f"Sitemap: {BASE}/sitemap.xml" in portal.get("/robots.txt").get_data(as_text=True)
    assert portal.get("/sitemap-2.xml").status_code == 404


def test_pages_of_the_catalogue_lead_from_one_to_the_next(portal: Portal) -> None:
    with portal.stack.runtime.database.read() as session:
        seen, after = [], ""
        for _ in range(20):
            found, after = publications.page(session, base=BASE, after=after, limit=2)
            seen += [entry.slug for entry in found]
            if not after:
                break
    assert seen == [portal.slugs[name] for name in LISTED]
    for cursor in ("nonsense", portal.slugs["draft"], "\u200b"):
        answer = portal.get(f"/catalog.ttl?after={cursor}", Accept="application/json")
        assert answer.status_code == 422
    last = portal.slugs[LISTED[-1]]
    graph = graph_of(portal.get(f"/catalog.ttl?after={last}"), "ttl")
    assert not list(graph.subjects(RDF.type, DCAT.Dataset))


def test_every_change_gives_new_validators_and_withdrawal_empties_every_door(
    stack: Stack, tmp_path: Any
) -> None:
    portal = Portal(stack, {})
    doors = ("/catalog.ttl", "/data.json", "/catalog.csv", "/feed.atom", "/sitemap.xml")
    number = item(stack)
    (tmp_path / "table.csv").write_text(TABLE)
    slug = published(stack, tmp_path / "table.csv", title="行政处罚职权")
    url = f"{BASE}/datasets/{slug}"
    tags: dict[str, set[str]] = {path: set() for path in doors}

    def look(changes: int) -> None:
        for path in doors:
            tags[path].add(portal.get(path).headers["ETag"])
            assert len(tags[path]) == changes, path

    look(1)
    stack.entry(title="又一草稿")
    stack.work()
    look(1)
    closed(stack, "低保对象名单", number)
    look(2)
    stack.ok("PATCH", f"/api/v1/units/{UNIT}", "admin", json={"name": "市人社局"})
    stack.work()
    look(3)
    assert "市人社局" in portal.get("/catalog.csv").get_data(as_text=True)
    stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"title": "要经审查的新标题"})
    stack.work()
    look(3)
    assert all(url in portal.get(path).get_data(as_text=True) for path in doors)
    stack.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "lin", json={"reason": "测试撤回"})
    # Even before anything has been made anew the entry is gone from every list.
    look(4)
    for path in doors[:3]:
        assert url not in portal.get(path).get_data(as_text=True)
    stack.work()
    assert f'<at:deleted-entry ref="{url}"' in portal.get("/feed.atom").get_data(as_text=True)
    with stack.runtime.database.read() as session:
        assert publications.stale(session, NOW.date()) == []


@pytest.mark.parametrize(
    "path", ["/catalog.ttl?after=" + "a" * 10_000, "/catalog.ttl?after=%00", "/catalog.ttl?after=%ff",
             "/catalog.csv?bom=1&bom=1", "/data.json?a=1", "/datasets/%F0%9F%98%80.ttl",
             "/datasets/..%2f..%2fetc/datapackage.json", "/sitemap-99999999999999999999.xml",
             "/datasets.atom?page=0", "/datasets.atom?updated_after=x", "/catalog.exe"],
)  # fmt: skip
def test_a_bad_address_is_refused_with_a_reason(portal: Portal, path: str) -> None:
    answer = portal.stack.client.get(path, headers={"Accept": "application/json"})
    assert 400 <= answer.status_code < 500
    assert answer.get_json()["detail"]
