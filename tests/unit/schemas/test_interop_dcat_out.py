"""What leaves as DCAT-AP 3.0.1 is what the profile asks for, in three writings of one graph."""

from dataclasses import replace

import pyshacl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, DCTERMS, RDF, RDFS

from schemas.interop import dcat_out, graph_text
from schemas.interop.dcat import from_dcat_node
from schemas.interop.jsonld import Graph as HarvestedGraph
from tests.common.dcat_ap import shapes
from tests.common.published import BARE, BASE, EVERY, FULL, LINKED, SITE

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
FORMATS = {"jsonld": "json-ld", "ttl": "turtle", "rdf": "xml"}
PAGING = dcat_out.Paging(
    f"{BASE}/catalog.ttl", f"{BASE}/catalog.ttl", f"{BASE}/catalog.ttl?after=a", total=9, size=3
)


def written(suffix: str) -> Graph:
    data = dcat_out.catalogue(SITE, EVERY, suffix, PAGING)
    return Graph().parse(data=data, format=FORMATS[suffix])


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_a_page_of_the_catalogue_keeps_every_shape(suffix):
    good, _, report = pyshacl.validate(written(suffix), shacl_graph=shapes())
    assert good, report


@pytest.mark.parametrize(
    ("kind", "following"), [("PartialCollectionView", "next"), ("PagedCollection", "nextPage")]
)
def test_a_page_leads_on_in_the_words_of_either_hydra(kind, following):
    graph, hydra = written("ttl"), dcat_out.HYDRA
    (view,) = graph.subjects(RDF.type, hydra[kind])
    assert str(graph.value(view, hydra[following])) == PAGING.next
    assert int(graph.value(view, hydra.totalItems)) == 9
    assert int(graph.value(view, hydra.itemsPerPage)) == 3
    last = dcat_out.catalogue(SITE, EVERY, "ttl", replace(PAGING, next=""))
    assert not list(Graph().parse(data=last).objects(None, hydra[following]))


def test_the_shapes_would_notice_what_is_missing():
    graph = written("ttl")
    graph.remove((None, DCTERMS.accessRights, None))
    graph.remove((None, DCAT.accessURL, None))
    good, _, report = pyshacl.validate(graph, shacl_graph=shapes())
    assert not good
    assert "accessRights" in report
    assert "accessURL" in report


def test_the_three_writings_say_the_same():
    one, other, third = (written(suffix) for suffix in FORMATS)
    assert isomorphic(one, other)
    assert isomorphic(one, third)


def test_a_closed_entry_says_so_and_why():
    graph = Graph().parse(data=dcat_out.dataset(SITE, BARE, "ttl"), format="turtle")
    node = URIRef(BARE.url)
    assert graph.value(node, DCTERMS.accessRights) == URIRef(
        f"{dcat_out.EU}access-right/NON_PUBLIC"
    )
    statement = graph.value(node, DCTERMS.rights)
    assert "负面清单第2.1项“执法案卷”" in str(graph.value(statement, RDFS.label))
    assert graph.value(statement, RDFS.seeAlso) == URIRef(f"{BASE}/negative-list#item-2.1")
    assert not list(graph.objects(node, DCAT.distribution))


def test_a_withheld_field_is_named_with_its_item_and_does_not_close_the_entry():
    graph = Graph().parse(data=dcat_out.dataset(SITE, FULL, "ttl"), format="turtle")
    labels = [str(value) for value in graph.objects(None, RDFS.label)]
    assert any("“举报人”不予开放，依据负面清单第3.2项" in label for label in labels)
    assert graph.value(URIRef(FULL.url), DCTERMS.accessRights) == URIRef(
        f"{dcat_out.EU}access-right/PUBLIC"
    )


def test_an_address_elsewhere_becomes_one_that_rdf_can_hold():
    graph = Graph().parse(data=dcat_out.dataset(SITE, LINKED, "rdf"), format="xml")
    distribution = graph.value(URIRef(LINKED.url), DCAT.distribution)
    assert str(graph.value(distribution, DCAT.accessURL)).endswith("%E6%96%87%E4%BB%B6.xls")


@pytest.mark.parametrize("entry", EVERY, ids=lambda one: one.slug)
def test_our_own_harvester_reads_it_back(entry):
    data = dcat_out.dataset(SITE, entry, "jsonld")
    graph = HarvestedGraph(graph_text.orjson.loads(data))
    node = next(iter(graph.typed("dcat:Dataset")))
    record = from_dcat_node(graph, node, publisher="")
    assert record.title == entry.title
    assert record.publisher == entry.publisher.name
    assert record.openness == entry.openness
    assert record.update_cycle == entry.update_cycle
    assert set(record.keywords) == set(entry.keywords)
    formats = {file.format for table in entry.tables for file in table.files}
    assert len(record.resources) == (len(formats) or bool(entry.tables))


@given(text=st.text(min_size=1, max_size=40))
def test_any_text_comes_back_from_every_writing(text):
    entry = replace(BARE, title=text, description=text)
    kept = "".join(one for one in text if not graph_text.FORBIDDEN.search(one))
    for suffix, name in FORMATS.items():
        data = dcat_out.dataset(SITE, entry, suffix)
        graph = Graph().parse(data=data, format=name)
        assert (URIRef(BARE.url), RDF.type, DCAT.Dataset) in graph
        title = graph.value(URIRef(BARE.url), DCTERMS.title)
        assert isinstance(title, Literal)
        if suffix == "ttl":
            assert str(title) == kept
        if suffix == "jsonld":
            assert str(title) == text
