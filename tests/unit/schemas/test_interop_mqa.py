"""The European score counts exactly what leaves as DCAT-AP, and what was found to answer."""

from dataclasses import replace

import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import DCAT, DCTERMS

from schemas.interop import dcat_out, mqa
from schemas.published import PublishedEntry
from tests.common.published import BARE, EVERY, FULL, LINKED, SITE

WEIGHTS = {
    "findability": 100, "accessibility": 100, "interoperability": 110, "reusability": 75,
    "contextuality": 20,
}  # fmt: skip
VCARD = dcat_out.VCARD


def met(entry: PublishedEntry, *, available: bool = True) -> dict[str, bool]:
    return {one.indicator.code: one.met for one in mqa.judge(entry, available=available)}


def seen_by_a_harvester(entry: PublishedEntry) -> dict[str, bool]:
    """The indicators that can be read off the graph, counted as the scheme does."""
    graph = Graph().parse(data=dcat_out.dataset(SITE, entry, "ttl"), format="turtle")
    node = URIRef(entry.url)
    files = list(graph.objects(node, DCAT.distribution))

    def told(*terms: URIRef) -> bool:
        return any(graph.value(node, term) is not None for term in terms)

    def of_a_file(term: URIRef) -> bool:
        return any(graph.value(file, term) is not None for file in files)

    contact = graph.value(node, DCAT.contactPoint)
    return {
        "keywords": told(DCAT.keyword),
        "theme": told(DCAT.theme),
        "spatial": told(DCTERMS.spatial),
        "temporal": told(DCTERMS.temporal),
        "access-reachable": of_a_file(DCAT.accessURL),
        "download": of_a_file(DCAT.downloadURL),
        "download-reachable": of_a_file(DCAT.downloadURL),
        "format": of_a_file(DCTERMS["format"]),
        "media-type": of_a_file(DCAT.mediaType),
        "licence": of_a_file(DCTERMS.license),
        "access-rights": told(DCTERMS.accessRights),
        "contact": any(
            graph.value(contact, term) is not None for term in (VCARD.hasEmail, VCARD.hasTelephone)
        ),
        "publisher": told(DCTERMS.publisher),
        "rights": told(DCTERMS.rights),
        "size": of_a_file(DCAT.byteSize),
        "issued": told(DCTERMS.issued),
        "modified": told(DCTERMS.modified),
    }


def test_the_scheme_has_405_points_in_its_five_dimensions():
    held = dict.fromkeys(WEIGHTS, 0)
    for one in mqa.INDICATORS:
        held[one.dimension] += one.points
    assert held == WEIGHTS
    assert list(mqa.DIMENSIONS) == list(WEIGHTS)
    assert mqa.MAXIMUM == 405
    assert len({one.code for one in mqa.INDICATORS}) == len(mqa.INDICATORS)


@pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.slug)
def test_what_is_counted_is_what_a_harvester_finds(entry):
    seen = seen_by_a_harvester(entry)
    counted = met(entry)
    assert {code: counted[code] for code in seen} == seen


def test_an_entry_with_everything_misses_only_the_licence_of_the_list():
    assert [code for code, good in met(FULL).items() if not good] == ["licence-vocabulary"]
    assert mqa.score(mqa.judge(FULL, available=True)) == 395
    free = replace(FULL, licence="CC-BY-4.0")
    assert mqa.score(mqa.judge(free, available=True)) == 405


def test_what_nobody_checked_earns_nothing_for_being_reachable():
    points = mqa.score(mqa.judge(FULL, available=True))
    assert points - mqa.score(mqa.judge(FULL, available=False)) == 80


def test_a_link_to_a_workbook_elsewhere_earns_less_than_a_table_of_ours():
    found = met(LINKED)
    assert found["access-reachable"]
    assert not any(
        found[code] for code in ("download", "format", "media-type", "free-format", "size")
    )
    link = replace(LINKED.tables[0], link_format="CSV")
    found = met(replace(LINKED, tables=(link,)))
    assert found["format"]
    assert found["free-format"]
    assert found["machine-readable"]
    assert not found["media-type"]


def test_the_best_file_of_an_entry_counts():
    table = FULL.tables[0]
    parquet = replace(table, files=tuple(one for one in table.files if one.format == "parquet"))
    assert not met(replace(FULL, tables=(parquet,)))["free-format"]
    assert met(replace(FULL, tables=(parquet, table)))["free-format"]


@pytest.mark.parametrize(
    ("points", "word"),
    [(405, "excellent"), (351, "excellent"), (350, "good"), (221, "good"), (220, "sufficient"),
     (121, "sufficient"), (120, "bad"), (0, "bad")],
)  # fmt: skip
def test_a_score_has_the_word_of_the_scheme(points, word):
    assert mqa.rating(points) == word


def test_a_bare_entry_is_poor():
    assert mqa.rating(mqa.score(mqa.judge(BARE, available=False))) == "bad"
