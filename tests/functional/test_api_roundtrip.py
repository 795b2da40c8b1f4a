"""What leaves the portal arrives: unmodified clients and our own harvesters read a served portal."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import frictionless
import pytest
import requests
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS
from sqlalchemy import select

from catalog import outbox
from catalog.models import Unit
from catalog.runtime import build
from catalog.settings import Settings
from catalog.web import create_app
from harvesters import SOURCES
from harvesters.changes import digest
from harvesters.contract import SourceConfig
from harvesters.http import FetchPolicy, fetch
from schemas.records import DatasetRecord
from tests.common.lists import add_dataset
from tests.common.portal import LISTED, SECRET, Portal, closed, item, published
from tests.common.portal import TABLE as POWERS
from tests.common.stack import Clock, Stack, open_stack
from tests.conftest import NOW

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")


def harvested(address: str, kind: str, path: str) -> list[DatasetRecord]:
    port = int(address.rpartition(":")[2])
    policy = FetchPolicy(allow_private=("127.0.0.1",), extra_ports=(port,))
    source = SourceConfig(kind, f"{address}{path}")
    found = list(SOURCES[kind](source, partial(fetch, policy=policy)))
    assert all(isinstance(one, DatasetRecord) for one in found), found
    return [one for one in found if isinstance(one, DatasetRecord)]


@pytest.mark.parametrize(
    ("kind", "path"), [("dcat", "/catalog.jsonld"), ("data-json", "/data.json")]
)
def test_our_own_harvester_takes_the_catalogue_and_sees_no_change_twice(
    monkeypatch: pytest.MonkeyPatch, portal: Portal, address: str, kind: str, path: str
) -> None:
    monkeypatch.setattr("catalog.api.catalogue.PAGE", 2)
    found = harvested(address, kind, path)
    addresses = {f"{address}/datasets/{portal.slugs[name]}" for name in LISTED}
    assert {one.remote_id for one in found} == addresses
    assert all(one.warnings == () for one in found)
    by_title = {one.title: one for one in found}
    full = by_title["行政处罚职权"]
    assert full.publisher == "市人力资源和社会保障局"
    assert full.openness == "unconditional"
    assert full.update_cycle == "yearly"
    assert full.theme == "社会保障"
    assert set(full.keywords) == {"处罚", "权力清单"}
    assert full.contact_email == "data@example.org"
    assert full.temporal == "2024-01-01/2025-12-31"
    assert f"{address}/datasets/{portal.slugs['open']}/table.csv" in {
        one.url for one in full.resources
    }
    assert by_title["低保对象名单"].openness == "withheld"
    assert by_title["低保对象名单"].resources == ()
    assert by_title["企业参保明细"].openness == "conditional"
    again = harvested(address, kind, path)
    assert [digest(one) for one in again] == [digest(one) for one in found]


def test_frictionless_validates_the_package_at_its_address(portal: Portal, address: str) -> None:
    for name in ("open", "partly"):
        url = f"{address}/datasets/{portal.slugs[name]}/datapackage.json"
        report = frictionless.Package(url).validate()
        assert report.valid, report.to_summary()
        assert report.stats["tasks"] == 1


def test_the_address_of_an_entry_is_linked_data_for_who_asks_for_it(
    portal: Portal, address: str
) -> None:
    url = f"{address}/datasets/{portal.slugs['open']}"
    assert requests.get(url, timeout=10).headers["Content-Type"].startswith("text/html")
    for kind, suffix in (("text/turtle", "ttl"), ("application/ld+json", "jsonld"),
                         ("application/rdf+xml", "rdf")):  # fmt: skip
        first = requests.get(url, headers={"Accept": kind}, timeout=10, allow_redirects=False)
        assert first.status_code == 303
        assert "Accept" in first.headers["Vary"]
        assert first.headers["Location"] == f"/datasets/{portal.slugs['open']}.{suffix}"
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "image/png"):
        answer = requests.get(url, headers={"Accept": accept}, timeout=10)
        assert answer.headers["Content-Type"].startswith("text/html")
    graph = Graph().parse(url)
    assert str(graph.value(URIRef(url), DCTERMS.title)) == "行政处罚职权"


def test_a_page_names_its_other_forms_and_each_is_there(portal: Portal, address: str) -> None:
    answer = requests.get(f"{address}/datasets/{portal.slugs['open']}", timeout=10)
    named = re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', answer.headers["Link"])
    assert len(named) == 7
    for path, kind in named:
        assert requests.get(address + path, timeout=10).headers["Content-Type"].startswith(kind)
        assert f'type="{kind}" href="{path}"' in answer.text
    gone = requests.get(f"{address}/datasets/{portal.slugs['withdrawal']}", timeout=10)
    assert gone.status_code == 200
    assert gone.headers["Link"].count("alternate") == 1


@pytest.mark.parametrize("name", LISTED)
def test_a_page_carries_what_search_engines_ask_for(
    portal: Portal, address: str, name: str
) -> None:
    page = requests.get(f"{address}/datasets/{portal.slugs[name]}", timeout=10).text
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert "<" not in block
    told = json.loads(block)
    assert told["@type"] == "Dataset"
    assert 50 <= len(told["description"]) <= 5000
    for member in ("name", "url", "identifier", "creator", "publisher", "includedInDataCatalog"):
        assert told[member], member
    assert told["isAccessibleForFree"] == (name not in {"closed", "suspension"})
    if name == "open":
        assert {one["encodingFormat"] for one in told["distribution"]} >= {"text/csv"}
        assert told["license"] == f"{address}/developers/terms"
        assert told["temporalCoverage"] == "2024-01-01/2025-12-31"


@pytest.mark.parametrize("name", ["draft", "withdrawal"])
def test_what_is_not_in_the_catalogue_carries_none(portal: Portal, name: str) -> None:
    page = portal.get(f"/datasets/{{{name}}}", "lin").get_data(as_text=True)
    assert 'application/ld+json">{' not in page


def test_a_search_is_a_feed(portal: Portal) -> None:
    answer = portal.get("/datasets.atom?q=处罚")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    body = answer.get_data(as_text=True)
    assert "<title>行政处罚职权</title>" in body
    assert "低保对象名单" not in body
    assert portal.get("/datasets.atom", "lin").data == portal.get("/datasets.atom").data
    assert portal.get("/datasets.atom?q=秘密", "lin").get_data(as_text=True).count("<entry>") == 0
    tag = answer.headers["ETag"]
    assert portal.get("/datasets.atom?q=处罚", **{"If-None-Match": tag}).status_code == 304


def test_licences_stand_on_pages_in_words_with_their_texts(portal: Portal) -> None:
    page = portal.get("/datasets/{open}").get_data(as_text=True)
    assert '<a href="/developers/terms" rel="license">本平台开放数据使用条款 1.0</a>' in page
    other = portal.get("/datasets/{partly}?lang=en").get_data(as_text=True)
    assert "Creative Commons Attribution 4.0" in other
    for language in ("zh", "en"):
        assert portal.get(f"/developers/terms?lang={language}").status_code == 200


DOORS = (
    "/catalog.jsonld", "/catalog.ttl", "/catalog.rdf", "/catalog.csv", "/catalog.ndjson",
    "/catalog.parquet", "/catalog.xlsx", "/data.json", "/feed.atom", "/datasets.atom", "/datasets.atom?q=处罚",
    "/datasets.atom?theme=社会保障", "/sitemap.xml", "/sitemap-1.xml", "/robots.txt",
    "/oai?verb=ListRecords&metadataPrefix=dcat", "/oai?verb=ListRecords&metadataPrefix=oai_dc",
    "/oai?verb=ListIdentifiers&metadataPrefix=dcat&set=unit:11110000000021610G",
    "/oai?verb=ListSets", "/oai?verb=Identify", "/datasets/{open}", "/datasets/{closed}",
    "/datasets/{open}.jsonld", "/datasets/{open}.ttl", "/datasets/{open}.rdf", "/datasets/{open}.zip",
    "/datasets/{open}/datapackage.json", "/datasets/{open}/croissant.json",
)  # fmt: skip


def _hide_a_thousand(stack: Stack) -> None:
    """Entries in work: some never public, some of them of a unit that has nothing else."""
    with stack.runtime.database.write() as session:
        units = session.scalars(select(Unit)).all()
        for at in range(1_000):
            made = add_dataset(
                session, units[at % len(units)], NOW, title=f"{SECRET}行政处罚{at}",
                theme="社会保障", slug=f"hidden-{at}", code=f"hidden-{at}",
                state="submitted" if at % 3 else "draft",
            )  # fmt: skip
            outbox.touch_search(session, made.id, NOW)
    stack.work()


@contextmanager
def _reopened(home: Path) -> Iterator[Stack]:
    clock = Clock(NOW)
    runtime = build(Settings(home=home), clock)
    try:
        app = create_app(runtime)
        app.testing = True
        yield Stack(runtime, app.test_client(), clock)
    finally:
        runtime.close()


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Portal, Portal]]:
    """The same portal twice; in the second there are a thousand entries that nobody may know of."""
    folder = tmp_path_factory.mktemp("twins")
    with open_stack(Settings(home=folder / "one"), NOW) as stack:
        (folder / "powers.csv").write_text(POWERS)
        number = item(stack)
        slugs = {"open": published(stack, folder / "powers.csv", title="行政处罚职权"),
                 "closed": closed(stack, "低保对象名单", number)}  # fmt: skip
    shutil.copytree(folder / "one", folder / "two")
    with _reopened(folder / "one") as one, _reopened(folder / "two") as two:
        _hide_a_thousand(two)
        yield Portal(one, slugs), Portal(two, slugs)


@pytest.mark.parametrize("door", DOORS)
def test_a_thousand_hidden_entries_change_no_byte(twins: tuple[Portal, Portal], door: str) -> None:
    for portal in twins:
        portal.stack.clock.now = NOW.replace(hour=5)
    plain, other = (portal.get(door) for portal in twins)
    assert plain.status_code == other.status_code == 200
    assert other.data == plain.data
    assert dict(other.headers) == dict(plain.headers)
    assert SECRET not in other.data.decode("utf-8", "replace")
