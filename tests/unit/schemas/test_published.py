"""A published entry as a document: written and read back the same, placed at any address."""

import pytest

from schemas import published
from schemas.interop import catalogue_rows
from schemas.licences import LICENCES, licence_address, licence_name
from schemas.vocabularies import Ground
from tests.common.published import BARE, BASE, EVERY, FULL, LINKED, SITE


@pytest.mark.parametrize("entry", EVERY, ids=lambda one: one.slug)
def test_a_document_read_back_is_the_entry(entry):
    assert published.loads(published.dumps(entry)) == entry
    assert published.dumps(entry) == published.dumps(published.loads(published.dumps(entry)))


def test_paths_become_addresses_of_the_portal():
    there = published.placed(FULL, "https://elsewhere.example")
    assert there.url == f"https://elsewhere.example{BASE}/datasets/qu-zhi-quan"
    assert there.tables[0].files[0].url.startswith("https://elsewhere.example")
    assert there.closings[0].url.startswith("https://elsewhere.example")
    assert published.placed(LINKED, "x").tables[0].link == LINKED.tables[0].link


def test_a_row_has_every_column_and_nothing_for_what_is_not_said():
    for entry in EVERY:
        assert list(catalogue_rows.row(SITE, entry)) == list(catalogue_rows.COLUMNS)
    row = catalogue_rows.row(SITE, FULL)
    assert (row["rows"], row["bytes"], row["tables"]) == (120, 1000, 1)
    assert row["formats"] == "csv; json; parquet"
    assert row["closed_fields"] == "举报人（3.2）"
    bare = catalogue_rows.row(SITE, BARE)
    assert (bare["rows"], bare["bytes"], bare["licence"]) == (None, None, None)
    assert bare["closed_because"] == "负面清单第2.1项“执法案卷”（行政执法案卷信息，条例第十六条）"


def test_every_licence_has_a_name_and_an_address_and_others_stay_as_they_are():
    for code, one in LICENCES.items():
        assert one.is_open
        assert licence_name(code) == one.name
        assert licence_address(BASE, code).startswith("https://")
    assert licence_name("本单位许可条款") == "本单位许可条款"
    assert licence_address(BASE, "本单位许可条款") == ""


def test_every_ground_has_its_words():
    assert set(published.GROUNDS) == {ground.value for ground in Ground}
