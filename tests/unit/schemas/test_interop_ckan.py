from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.interop.ckan import from_ckan
from schemas.interop.values import NotARecordError

PACKAGE: dict[str, Any] = {
    "id": "6d2f",
    "name": "gong-jiao",
    "title": "公交站点",
    "notes": "全市公交站点位置",
    "type": "dataset",
    "organization": {"name": "jt", "title": "市交通局"},
    "groups": [{"name": "traffic", "title": "交通运输"}],
    "tags": [{"name": "bus", "display_name": "公交"}, {"name": "stop"}],
    "license_id": "odc-by",
    "license_title": "ODC BY",
    "maintainer": "信息中心",
    "maintainer_email": "",
    "author_email": "a@example.org",
    "metadata_created": "2023-05-01T08:00:00.123456",
    "metadata_modified": "2023-06-01T08:00:00.654321",
    "extras": [
        {"key": "更新频率", "value": "每月"},
        {"key": "开放属性", "value": "无条件开放"},
        {"key": "harvest_id", "value": "9"},
    ],
    "resources": [
        {
            "id": "r1",
            "name": "站点表",
            "url": "https://p.example/a.csv",
            "format": "CSV",
            "mimetype": "text/csv",
            "size": 120,
        },
        {
            "id": "r2",
            "name": "接口",
            "url": "javascript:alert(1)",
            "format": "",
            "mimetype": None,
            "size": None,
        },
    ],
    "version": "2",
    "url": "",
}


def test_a_package_becomes_a_record() -> None:
    record = from_ckan(PACKAGE, site="https://p.example/")
    assert record.remote_id == "6d2f"
    assert (record.publisher, record.theme) == ("市交通局", "交通运输")
    assert record.keywords == ("公交", "stop")
    assert (record.openness, record.update_cycle) == ("unconditional", "monthly")
    assert (record.issued, record.modified) == ("2023-05-01T08:00:00", "2023-06-01T08:00:00")
    assert record.contact_email == "a@example.org"
    assert record.landing_page == "https://p.example/dataset/gong-jiao"
    assert record.formats == ("csv",)
    assert [(r.name, r.url, r.bytes) for r in record.resources] == [
        ("r1", "https://p.example/a.csv", 120),
        ("r2", "", None),
    ]
    assert record.ignored["harvest_id"] == "9"
    assert record.ignored["version"] == "2"
    assert [w.params["label"] for w in record.warnings] == ["resources/2/url"]


def test_extras_may_be_an_object_and_tags_plain_words() -> None:
    record = from_ckan({**PACKAGE, "extras": {"update_cycle": "weekly"}, "tags": ["公交"]})
    assert record.update_cycle == "weekly"
    assert record.keywords == ("公交",)


@pytest.mark.parametrize(
    ("package", "code"),
    [({}, "no-identifier"), ({"id": "x"}, "no-title"), ({"title": "x"}, "no-identifier")],
)
def test_a_package_without_identifier_or_title_is_an_error(
    package: dict[str, Any], code: str
) -> None:
    with pytest.raises(NotARecordError) as caught:
        from_ckan(package)
    assert caught.value.code == code


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(PACKAGE)), VALUES))
def test_a_package_of_wrong_types_is_a_record_or_a_reasoned_error(package: dict[str, Any]) -> None:
    try:
        record = from_ckan({**package, "id": "x"})
    except NotARecordError:
        return
    orjson.dumps(record)
