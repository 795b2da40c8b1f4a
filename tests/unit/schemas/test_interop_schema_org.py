"""schema.org and Croissant: what search engines and loaders ask for."""

from dataclasses import replace

import pytest

from schemas.interop.schema_org import DATA_TYPES, to_croissant, to_schema_org
from tests.common.published import BARE, BASE, EVERY, FULL, LINKED, SITE

TYPES = {"sc:Integer", "sc:Float", "sc:Boolean", "sc:Date", "sc:DateTime", "sc:Text"}


@pytest.mark.parametrize("entry", EVERY, ids=lambda one: one.slug)
def test_a_data_block_has_every_required_and_recommended_member_it_can(entry):
    told = to_schema_org(SITE, entry)
    assert told["@context"] == "https://schema.org/"
    assert 50 <= len(told["description"]) <= 5000
    for member in ("name", "creator", "url", "identifier", "isAccessibleForFree", "inLanguage"):
        assert member in told
    assert "" not in told.values()
    assert told["isAccessibleForFree"] == (entry.openness != "withheld")


def test_a_closed_entry_says_under_which_condition_it_is_not_open():
    assert "负面清单第2.1项“执法案卷”" in to_schema_org(SITE, BARE)["conditionsOfAccess"]
    assert to_schema_org(SITE, LINKED)["conditionsOfAccess"] == "签订数据利用协议"
    assert "conditionsOfAccess" not in to_schema_org(SITE, FULL)


def test_the_description_stays_within_what_search_engines_take():
    assert len(to_schema_org(SITE, replace(FULL, description="长" * 6000))["description"]) == 5000


def test_a_croissant_names_each_column_once_with_its_type_and_source():
    told = to_croissant(SITE, FULL)
    assert told["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    (file,) = told["distribution"]
    assert (file["@id"], file["sha256"]) == ("powers.csv", "a" * 64)
    assert file["contentUrl"] == f"{BASE}/datasets/qu-zhi-quan/powers.csv"
    (records,) = told["recordSet"]
    assert [one["dataType"] for one in records["field"]] == [
        "sc:Integer", "sc:Text", "sc:Date", "sc:Float", "sc:Boolean",
    ]  # fmt: skip
    ids = [one["@id"] for one in records["field"]]
    assert len(set(ids)) == len(ids)
    assert set(DATA_TYPES.values()) <= TYPES
    for one in records["field"]:
        assert one["source"]["fileObject"] == {"@id": "powers.csv"}
