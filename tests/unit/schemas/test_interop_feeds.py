"""Atom, site maps and OAI-PMH records are well-formed XML whatever stands in an entry."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from schemas.interop import atom, markup, oai, sitemap
from tests.common.published import BARE, BASE, EVERY, FULL, SITE

ATOM = "{http://www.w3.org/2005/Atom}"
HEAD = atom.Feed(f"{BASE}/feed.atom", f"{BASE}/datasets", "公开")
MOMENT = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)


def parsed(data: bytes) -> ET.Element:
    return ET.fromstring(data)  # noqa: S314


@given(text=st.text(max_size=60))
def test_any_text_comes_back_but_for_what_xml_forbids(text):
    entry = replace(FULL, title=text, description=text, keywords=(text,), condition=text)
    kept = markup.FORBIDDEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    root = parsed(atom.feed(SITE, HEAD, [entry], [entry]))
    assert (root.findtext(f"{ATOM}entry/{ATOM}title") or "") == kept
    assert parsed(oai.oai_dc(SITE, entry).encode()) is not None


def test_a_feed_has_what_the_rfc_demands_even_without_entries():
    for entries in ((), EVERY):
        root = parsed(atom.feed(SITE, HEAD, entries))
        for name in ("id", "title", "updated", "author"):
            assert len(root.findall(f"{ATOM}{name}")) == 1
        links = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
        assert links == {"self": HEAD.url, "alternate": HEAD.page}
        assert len(root.findall(f"{ATOM}entry")) == len(entries)


def test_a_part_of_a_feed_keeps_the_name_of_the_whole_and_leads_to_the_older_one():
    part = replace(HEAD, here=f"{HEAD.url}?after=b", next=f"{HEAD.url}?after=c")
    root = parsed(atom.feed(SITE, part, EVERY))
    assert root.findtext(f"{ATOM}id") == HEAD.url
    links = {one.get("rel"): one.get("href") for one in root.findall(f"{ATOM}link")}
    assert links == {
        "self": part.here, "first": HEAD.url, "next": part.next, "alternate": HEAD.page
    }  # fmt: skip


def test_a_site_map_and_its_index_have_addresses_escaped():
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    root = parsed(sitemap.pages([(f"{BASE}/?a=1&b=2", MOMENT), (f"{BASE}/", None)]))
    assert [one.findtext(f"{space}loc") for one in root] == [f"{BASE}/?a=1&b=2", f"{BASE}/"]
    assert root.findtext(f"{space}url/{space}lastmod") == "2026-03-05T08:30:00Z"
    assert parsed(sitemap.index([f"{BASE}/sitemap-1.xml"])).tag == f"{space}sitemapindex"


def test_dublin_core_has_the_reasons_of_a_closed_entry():
    said = [one.text for one in parsed(oai.oai_dc(SITE, BARE).encode())]
    assert "不予开放" in said
    assert "负面清单第2.1项“执法案卷”（行政执法案卷信息，条例第十六条）" in said


def test_a_record_that_is_gone_has_no_metadata():
    gone = oai.Record("oai:a:b", MOMENT, ("unit:a",), ended=True, entry=BARE)
    assert "metadata" not in oai.record(SITE, gone, "oai_dc")
    assert 'status="deleted"' in oai.record(SITE, gone, "oai_dc")
