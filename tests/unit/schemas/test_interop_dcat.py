from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.interop.dcat import from_dcat, from_dcat_node
from schemas.interop.jsonld import Graph
from schemas.interop.values import NotARecordError
from schemas.records import DatasetRecord

DATA_JSON: dict[str, Any] = {
    "@type": "dcat:Dataset",
    "identifier": "https://p.example/d/1",
    "title": "Bus stops",
    "description": "All stops",
    "keyword": ["bus", "stop"],
    "modified": "2023-06-01",
    "issued": "2020-1-2",
    "publisher": {"@type": "org:Organization", "name": "Transport"},
    "contactPoint": {"@type": "vcard:Contact", "fn": "Desk", "hasEmail": "mailto:desk@example.org"},
    "accessLevel": "public",
    "accrualPeriodicity": "R/P1M",
    "theme": ["Traffic", "Map"],
    "license": "https://p.example/licence",
    "landingPage": "https://p.example/d/1",
    "spatial": "City",
    "temporal": "2020-01-01/2021-01-01",
    "bureauCode": ["010:86"],
    "distribution": [
        {
            "@type": "dcat:Distribution",
            "downloadURL": "https://p.example/a.csv",
            "mediaType": "text/csv",
            "format": "CSV",
            "title": "Stops",
        },
        {"@type": "dcat:Distribution", "accessURL": "https://p.example/api", "format": "API"},
    ],
}

DCT, DCAT = "http://purl.org/dc/terms/", "http://www.w3.org/ns/dcat#"
COMPACT: dict[str, Any] = {
    "@context": {
        "dct": DCT,
        "dcat": DCAT,
        "foaf": "http://xmlns.com/foaf/0.1/",
        "v": "http://www.w3.org/2006/vcard/ns#",
    },
    "@graph": [
        {
            "@id": "https://p.example/catalog",
            "@type": "dcat:Catalog",
            "dcat:dataset": [{"@id": "https://p.example/d/1"}],
        },
        {
            "@id": "https://p.example/d/1",
            "@type": "dcat:Dataset",
            "dct:identifier": "one",
            "dct:title": [
                {"@value": "Bus stops", "@language": "en"},
                {"@value": "公交站点", "@language": "zh"},
            ],
            "dct:description": {"en": "All stops", "zh": "全部站点"},
            "dct:publisher": {"@id": "https://p.example/o/1"},
            "dcat:contactPoint": {"@id": "_:c"},
            "dct:accrualPeriodicity": {
                "@id": "http://publications.europa.eu/resource/authority/frequency/ANNUAL"
            },
            "dct:accessRights": {
                "@id": "http://publications.europa.eu/resource/authority/access-right/RESTRICTED"
            },
            "dct:modified": {
                "@value": "2023-06-01",
                "@type": "http://www.w3.org/2001/XMLSchema#date",
            },
            "dcat:theme": {
                "@id": "http://publications.europa.eu/resource/authority/data-theme/TRAN"
            },
            "dct:temporal": {
                "@type": "dct:PeriodOfTime",
                "dcat:startDate": "2020-01-01",
                "dcat:endDate": "2021-01-01",
            },
            "dcat:distribution": [{"@id": "https://p.example/r/1"}],
            "dct:provenance": "survey",
        },
        {"@id": "https://p.example/o/1", "@type": "foaf:Agent", "foaf:name": "市交通局"},
        {
            "@id": "_:c",
            "@type": "v:Kind",
            "v:fn": "服务台",
            "v:hasEmail": {"@id": "mailto:desk@example.org"},
        },
        {
            "@id": "https://p.example/r/1",
            "@type": "dcat:Distribution",
            "dcat:accessURL": {"@id": "https://p.example/a"},
            "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
            "dct:format": {"@id": "http://publications.europa.eu/resource/authority/file-type/CSV"},
            "dcat:byteSize": "120",
        },
    ],
}


def expanded(value: Any) -> Any:
    """The same document with full IRIs, as an expanding exporter writes it."""
    prefixes = {**COMPACT["@context"], "dct": DCT, "dcat": DCAT}
    if isinstance(value, dict):
        if set(value) <= {"en", "zh"}:
            return [{"@value": text, "@language": code} for code, text in value.items()]
        return {
            _iri(k, prefixes): expanded(v) if k != "@type" else _iri(v, prefixes)
            for k, v in value.items()
        }
    if isinstance(value, list):
        return [expanded(item) for item in value]
    return value


def _iri(key: str, prefixes: dict[str, str]) -> str:
    prefix, _, local = key.partition(":")
    return prefixes[prefix] + local if prefix in prefixes else key


def nested() -> dict[str, Any]:
    """The same document as a tree, with bare terms and a context nobody may fetch."""
    _, dataset, publisher, contact, distribution = COMPACT["@graph"]
    bare = lambda node: {k.rpartition(":")[2]: v for k, v in node.items()}  # noqa: E731
    tree = bare(dataset) | {
        "publisher": bare(publisher),
        "contactPoint": bare(contact),
        "distribution": [bare(distribution)],
    }
    tree["temporal"] = bare(dataset["dct:temporal"])
    return {"@context": "http://127.0.0.1:9/context.jsonld", "@type": "Catalog", "dataset": [tree]}


def only(document: Any) -> DatasetRecord:
    graph = Graph(document)
    (node,) = graph.typed("dcat:Dataset")
    return from_dcat_node(graph, node)


def test_a_dataset_of_data_json_becomes_a_record() -> None:
    record = from_dcat(DATA_JSON)
    assert record.remote_id == "https://p.example/d/1"
    assert (record.publisher, record.theme, record.keywords) == (
        "Transport",
        "Traffic",
        ("bus", "stop"),
    )
    assert (record.openness, record.update_cycle) == ("unconditional", "monthly")
    assert (record.issued, record.modified) == ("2020-01-02", "2023-06-01")
    assert (record.contact_name, record.contact_email) == ("Desk", "desk@example.org")
    assert [(r.url, r.format, r.media_type) for r in record.resources] == [
        ("https://p.example/a.csv", "csv", "text/csv"),
        ("https://p.example/api", "api", ""),
    ]
    assert record.ignored == {"bureauCode": "010:86", "dcat:theme": ["Traffic", "Map"]}
    assert record.warnings == ()


@pytest.mark.parametrize(
    ("level", "rights", "expected"),
    [
        ("restricted public", "签协议", ("conditional", "签协议")),
        ("non-public", "隐私", ("withheld", "")),
        ("", "x", ("", "")),
    ],
)
def test_the_access_level_is_read_as_openness(
    level: str, rights: str, expected: tuple[str, str]
) -> None:
    record = from_dcat({**DATA_JSON, "accessLevel": level, "rights": rights})
    assert (record.openness, record.openness_condition) == expected


@pytest.mark.parametrize("document", [COMPACT, expanded(COMPACT["@graph"]), nested()])
def test_json_ld_is_read_alike_in_compact_expanded_and_nested_form(document: Any) -> None:
    record = only(document)
    assert record.remote_id == "one"
    assert (record.title, record.description) == ("公交站点", "全部站点")
    assert record.publisher == "市交通局"
    assert (record.contact_name, record.contact_email) == ("服务台", "desk@example.org")
    assert (record.openness, record.update_cycle) == ("conditional", "yearly")
    assert (record.modified, record.temporal) == ("2023-06-01", "2020-01-01/2021-01-01")
    assert record.theme == "TRAN"
    assert record.landing_page == "https://p.example/d/1"
    (resource,) = record.resources
    assert (resource.url, resource.format) == ("https://p.example/a", "csv")
    assert (resource.media_type, resource.bytes) == ("text/csv", 120)
    assert "survey" in record.ignored.values()


def test_a_blank_node_does_not_serve_as_an_identifier() -> None:
    document = {"@id": "_:b0", "@type": "dcat:Dataset", "dct:title": "甲"}
    renamed = {**document, "@id": "_:b7"}
    assert only(document).remote_id == only(renamed).remote_id
    assert only(document).remote_id.startswith("made-")


@pytest.mark.parametrize(
    ("document", "code"), [({}, "no-identifier"), ({"identifier": "x"}, "no-title")]
)
def test_a_dataset_without_identifier_or_title_is_an_error(
    document: dict[str, Any], code: str
) -> None:
    with pytest.raises(NotARecordError) as caught:
        from_dcat(document)
    assert caught.value.code == code


def test_a_graph_that_points_at_itself_is_read() -> None:
    loop = {
        "@id": "a",
        "@type": "dcat:Dataset",
        "dct:title": "甲",
        "dct:publisher": {"@id": "a"},
        "dct:relation": {"@id": "a"},
    }
    assert only(loop).publisher == "甲"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@id", "@value", "@type", "@list", "@graph", "zh", "name", "title", "@context"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(DATA_JSON)) | st.just("@context"), VALUES))
def test_a_dataset_of_wrong_types_is_a_record_or_a_reasoned_error(document: dict[str, Any]) -> None:
    try:
        record = from_dcat(document)
    except NotARecordError:
        return
    orjson.dumps(record)
