"""Data Package 2: what frictionless accepts, with addresses outside and paths inside an archive."""

import frictionless
import pytest

from schemas.interop import datapackage
from tests.common.published import BASE, EVERY, FULL, LINKED, SITE


@pytest.mark.parametrize("entry", EVERY, ids=lambda one: one.slug)
@pytest.mark.parametrize("inside", [False, True])
def test_a_descriptor_is_accepted(entry, inside):
    told = datapackage.to_datapackage(SITE, entry, inside=inside)
    assert list(frictionless.Package.metadata_validate(told)) == []
    assert bool(told["resources"]) == (entry is FULL)


def test_a_table_is_its_csv_with_hash_size_and_schema():
    told = datapackage.to_datapackage(SITE, FULL)
    (resource,) = told["resources"]
    assert resource["path"] == f"{BASE}/datasets/qu-zhi-quan/powers.csv"
    assert resource["hash"] == "sha256:" + "a" * 64
    assert resource["bytes"] == 1000
    assert resource["schema"]["primaryKey"] == ["序号"]
    (inside,) = datapackage.to_datapackage(SITE, FULL, inside=True)["resources"]
    assert inside["path"] == "data/powers.csv"


def test_a_licence_has_its_name_and_address_and_a_free_text_stays():
    (known,) = datapackage.to_datapackage(SITE, FULL)["licenses"]
    assert known == {"name": "gongkai-open-1.0", "path": f"{BASE}/developers/terms",
                     "title": "本平台开放数据使用条款 1.0"}  # fmt: skip
    (other,) = datapackage.to_datapackage(SITE, LINKED)["licenses"]
    assert other == {"name": "other", "title": "本单位许可条款"}
