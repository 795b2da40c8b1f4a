"""DCAT-US 1.1: every entry keeps the schema, the document is one whatever its length."""

from dataclasses import replace

import jsonschema
import orjson
import pytest

from schemas.interop import dcat_us
from tests.common.dcat_us import CATALOGUE, DATASET
from tests.common.published import BARE, EVERY, FULL, LINKED, SITE


@pytest.mark.parametrize("entry", [*EVERY, replace(BARE, openness="unassessed", closings=())],
                         ids=lambda one: f"{one.slug}-{one.openness}")  # fmt: skip
def test_an_entry_keeps_the_schema(entry):
    jsonschema.validate(dcat_us.to_dcat_us(SITE, entry), DATASET)


def test_the_document_in_pieces_is_the_schema_s_catalogue():
    for entries in ((), EVERY):
        told = orjson.loads(b"".join(dcat_us.catalogue(SITE, entries)))
        jsonschema.validate(told, CATALOGUE)
        assert len(told["dataset"]) == len(entries)


def test_the_schema_would_notice_a_missing_reason():
    told = dcat_us.to_dcat_us(SITE, BARE)
    del told["rights"]
    with pytest.raises(jsonschema.ValidationError, match="rights"):
        jsonschema.validate(told, DATASET)


def test_a_long_condition_is_cut_to_what_the_schema_takes():
    told = dcat_us.to_dcat_us(SITE, replace(LINKED, condition="条" * 400))
    assert len(told["rights"]) == 255


def test_a_link_elsewhere_is_an_address_and_a_file_a_download():
    assert [set(one) for one in dcat_us.to_dcat_us(SITE, LINKED)["distribution"]] == [
        {"@type", "title", "accessURL"}
    ]
    kinds = [one["mediaType"] for one in dcat_us.to_dcat_us(SITE, FULL)["distribution"]]
    assert kinds == ["text/csv", "application/json", "application/vnd.apache.parquet"]
