"""OAI-PMH 2.0 at /oai: a real harvester takes all of it, what is gone is told, refusals are the protocol's."""

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph
from rdflib.namespace import DCAT, RDF
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch

from tests.common.portal import ENDED, LISTED, SECRET, Portal
from tests.common.stack import UNIT

OAI = "{http://www.openarchives.org/OAI/2.0/}"
EVERY = (*LISTED, *ENDED)


def asked(portal: Portal, query: str) -> ET.Element:
    answer = portal.get(f"/oai?{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert SECRET not in answer.get_data(as_text=True)
    return ET.fromstring(answer.data)  # noqa: S314


def identifiers(portal: Portal, names: Iterable[str]) -> set[str]:
    return {f"oai:127.0.0.1:{portal.slugs[name]}" for name in names}


@pytest.mark.parametrize("prefix", ["oai_dc", "dcat"])
def test_a_harvester_takes_it_whole_with_what_is_gone(
    portal: Portal, address: str, prefix: str
) -> None:
    found = list(Sickle(f"{address}/oai").ListRecords(metadataPrefix=prefix))
    there = {one.header.identifier for one in found if not one.deleted}
    gone = {one.header.identifier for one in found if one.deleted}
    assert there == identifiers(portal, LISTED)
    assert gone == identifiers(portal, ENDED)
    assert sorted(one.header.datestamp for one in found) == [one.header.datestamp for one in found]


def test_dublin_core_tells_what_an_entry_is_and_why_it_is_closed(
    portal: Portal, address: str
) -> None:
    harvester = Sickle(f"{address}/oai")
    (open_one,) = identifiers(portal, {"open"})
    told = harvester.GetRecord(identifier=open_one, metadataPrefix="oai_dc").metadata
    assert told["title"] == ["行政处罚职权"]
    assert told["publisher"] == ["市人力资源和社会保障局"]
    assert "text/csv" in told["format"]
    assert "无条件开放" in told["rights"]
    (closed,) = identifiers(portal, {"closed"})
    told = harvester.GetRecord(identifier=closed, metadataPrefix="oai_dc").metadata
    assert (
        "负面清单第NL-001项“个人住址”（个人隐私，条例第十五条）：能够识别自然人的住址"
        in told["rights"]
    )


def test_a_dcat_record_is_a_graph_of_its_own(portal: Portal) -> None:
    (one,) = identifiers(portal, {"partly"})
    root = asked(portal, f"verb=GetRecord&metadataPrefix=dcat&identifier={one}")
    metadata = root.find(f".//{OAI}metadata")
    assert metadata is not None
    graph = Graph().parse(data=ET.tostring(metadata[0]), format="xml")
    assert len(list(graph.subjects(RDF.type, DCAT.Dataset))) == 1


def test_it_says_who_it_is_and_how_it_writes(portal: Portal, address: str) -> None:
    harvester = Sickle(f"{address}/oai")
    said = harvester.Identify()
    assert said.protocolVersion == "2.0"
    assert said.deletedRecord == "persistent"
    assert said.granularity == "YYYY-MM-DDThh:mm:ssZ"
    assert "@" in said.adminEmail
    assert {one.metadataPrefix for one in harvester.ListMetadataFormats()} == {"oai_dc", "dcat"}
    sets = {one.setSpec: one.setName for one in harvester.ListSets()}
    assert sets[f"unit:{UNIT}"] == "市人力资源和社会保障局"
    assert len([one for one in sets if one.startswith("unit:")]) == 1
    assert sets["openness:withheld"] == "不予开放"


def test_a_set_narrows_the_list(portal: Portal, address: str) -> None:
    harvester = Sickle(f"{address}/oai")
    for spec, names in (
        (f"unit:{UNIT}", EVERY),
        ("openness:withheld", ("closed", "suspension", *ENDED)),
        ("openness:conditional", {"conditional"}), ("unit", EVERY),
    ):  # fmt: skip
        found = harvester.ListIdentifiers(metadataPrefix="dcat", set=spec)
        assert {one.identifier for one in found} == identifiers(portal, names), spec
    with pytest.raises(NoRecordsMatch):
        harvester.ListIdentifiers(metadataPrefix="dcat", set="unit:nobody")


def test_dates_narrow_the_list_to_the_second_and_to_the_day(portal: Portal) -> None:
    def count(query: str) -> int:
        root = asked(portal, f"verb=ListIdentifiers&metadataPrefix=oai_dc&{query}")
        return len(root.findall(f".//{OAI}header"))

    everything = len(EVERY)
    assert count("from=2026-11-23") == everything
    assert count("until=2026-11-23") == everything
    assert count("from=2026-11-23&until=2026-11-23") == everything
    assert count("from=2026-11-24") == 0
    assert count("until=2026-11-22") == 0
    assert count("from=2026-11-23T00:00:00Z&until=2026-11-23T23:59:59Z") == everything
    first = asked(portal, "verb=Identify").findtext(f".//{OAI}earliestDatestamp")
    assert count(f"from={first}") == everything
    assert count(f"until={first}") >= 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=Nonsense", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=a", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&metadataPrefix=dcat", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=dcat&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&from=2026-02-30", "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&until=9999-12-31T23:59:60Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&from=2026-11-23&until=2026-11-23T00:00:00Z",
         "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&from=2026-11-24&until=2026-11-23", "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&set=colour:red", "badArgument"),
        ("verb=ListRecords&metadataPrefix=dcat&from=2030-01-01", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=x&metadataPrefix=dcat", "badArgument"),
        ("verb=ListRecords&resumptionToken=x", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=GetRecord&metadataPrefix=dcat", "badArgument"),
        ("verb=GetRecord&metadataPrefix=dcat&identifier=oai:127.0.0.1:nothing", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=dcat&identifier=oai:127.0.0.1:{draft}", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=dcat&identifier={open}", "idDoesNotExist"),
        ("verb=GetRecord&metadataPrefix=marc&identifier=oai:127.0.0.1:{open}",
         "cannotDisseminateFormat"),
        ("verb=ListMetadataFormats&identifier=nothing", "idDoesNotExist"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_of_the_protocol(portal: Portal, query: str, code: str) -> None:
    root = asked(portal, query)
    (error,) = root.findall(f"{OAI}error")
    assert error.get("code") == code
    assert error.text
    request = root.find(f"{OAI}request")
    assert request is not None
    assert bool(request.attrib) == (code not in {"badVerb", "badArgument"})


@pytest.mark.parametrize(
    "query",
    ["verb=Identify", "verb=ListSets", "verb=ListMetadataFormats", "verb=Nonsense", "verb=ListRecords",
     "verb=ListRecords&metadataPrefix=dcat", "verb=ListRecords&metadataPrefix=dcat&from=2999-01-01"],
)  # fmt: skip
def test_a_copy_of_an_hour_ago_is_still_good(portal: Portal, query: str) -> None:
    """The answer carries its own time; what else it says is as before, and its tag is weak."""
    first = portal.get(f"/oai?{query}")
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    portal.stack.clock.now += timedelta(hours=1)
    try:
        again = portal.get(f"/oai?{query}", **{"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert portal.get(f"/oai?{query}").data != first.data
        other = portal.get(f"/oai?{query}&x=1", **{"If-None-Match": tag})
        assert other.status_code == (304 if query == "verb=Nonsense" else 200)
        if "Last-Modified" in first.headers:
            since = {"If-Modified-Since": first.headers["Last-Modified"]}
            assert portal.get(f"/oai?{query}", **since).status_code == 304
    finally:
        portal.stack.clock.now -= timedelta(hours=1)


def test_a_form_may_be_posted(portal: Portal) -> None:
    answer = portal.stack.client.post(
        "/oai", data={"verb": "ListIdentifiers", "metadataPrefix": "dcat"}
    )
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).count("<identifier>") == len(EVERY)


def test_a_long_list_comes_in_parts_that_are_the_whole(
    monkeypatch: pytest.MonkeyPatch, portal: Portal, address: str
) -> None:
    monkeypatch.setattr("catalog.api.oai.PART", 3)
    found = [
        one.header.identifier
        for one in Sickle(f"{address}/oai").ListRecords(metadataPrefix="oai_dc")
    ]
    assert len(found) == len(set(found)) == len(EVERY)
    first = asked(portal, "verb=ListRecords&metadataPrefix=oai_dc")
    token = first.find(f".//{OAI}resumptionToken")
    assert token is not None
    assert token.attrib == {"completeListSize": str(len(EVERY)), "cursor": "0"}
    other = asked(portal, f"verb=ListIdentifiers&resumptionToken={token.text}")
    assert other.find(f"{OAI}error").get("code") == "badResumptionToken"  # type: ignore[union-attr]
    sizes, given = [], token.text
    while given:
        part = asked(portal, f"verb=ListRecords&resumptionToken={given}")
        sizes.append(len(part.findall(f".//{OAI}record")))
        held = part.find(f".//{OAI}resumptionToken")
        assert held is not None
        given = held.text
    assert sizes == [3, 1]
    answer = requests.get(f"{address}/oai", params={"verb": "Identify"}, timeout=10)
    assert answer.status_code == 200


WORDS = st.one_of(
    st.sampled_from(
        ["verb", "metadataPrefix", "from", "until", "set", "identifier", "resumptionToken", "ListRecords",
         "GetRecord", "ListIdentifiers", "dcat", "oai_dc", "2026-11-23", "unit:", "openness:withheld",
         "9999-12-31", "0001-01-01T00:00:00Z"]
    ),
    st.text(max_size=30),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_whatever_is_asked_is_answered_in_xml_or_refused(
    portal: Portal, pairs: list[tuple[str, str]]
) -> None:
    asked_for = [
        pair for pair in pairs if not any("\ud800" <= c <= "\udfff" for c in "".join(pair))
    ]
    answer = portal.stack.client.get(f"/oai?{urlencode(asked_for)}")
    assert answer.status_code in {200, 400}
    if answer.status_code == 200:
        assert ET.fromstring(answer.data).tag == f"{OAI}OAI-PMH"  # noqa: S314
