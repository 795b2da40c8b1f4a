"""Bad input gets a problem document that names place, cause and remedy; nothing is saved, no 500."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import IntegerConverter

from catalog.models import LoginFailure
from catalog.settings import Settings
from catalog.web import create_app
from tests.common.stack import UNIT, Stack, open_stack
from tests.conftest import NOW

GOOD = {"unit": UNIT, "title": "公交站点"}
DATASETS = "/api/v1/datasets"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One product for the whole page: refused input leaves nothing behind."""
    with open_stack(Settings(home=tmp_path_factory.mktemp("input")), NOW) as opened:
        yield opened


def _count(stack: Stack) -> int:
    return int(stack.ok("GET", DATASETS, "lin")["page"]["total"])


def _problem(answer: Any, status: int) -> dict[str, Any]:
    body = answer.get_json()
    assert answer.status_code == status, body
    assert answer.mimetype == "application/problem+json"
    assert body["status"] == status
    assert body["detail"]
    assert body["remedy"]
    assert body["type"].endswith(f"/developers/problems/{body['code']}")
    return dict(body)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"[" * 100_000, 400, "json-too-deep"),
        (b'{"title": "\\ud800"}', 400, "text-characters"),
        (b'{"title": "\\u0000"}', 400, "text-characters"),
        (b'{"title": 99999999999999999999999}', 400, "json-integer-range"),
        (b"9" * 5000, 400, "json-integer-range"),
        (b'{"title": NaN}', 400, "json-not-a-number"),
        (b'{"title": "a", "title": "b"}', 400, "json-duplicate-key"),
        (b'{"title": "\xff"}', 400, "json-encoding"),
        (b"{", 400, "json-syntax"),
        (b"[1, 2]", 422, "invalid-values"),
        (b"null", 422, "invalid-values"),
        (b"", 422, "invalid-values"),
    ],
)
def test_a_body_that_is_no_good_json_is_refused(
    embedded: Stack, body: bytes, status: int, code: str
) -> None:
    before = _count(embedded)
    answer = embedded.call("POST", DATASETS, "lin", data=body, content_type="application/json")
    assert _problem(answer, status)["code"] == code
    assert _count(embedded) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": 5}, "title"),
        ({"title": None}, "title"),
        ({"title": "字" * 201}, "title"),
        ({"title": "a\u202eb"}, "title"),
        ({"openness": "open"}, "openness"),
        ({"update_cycle": 3}, "update_cycle"),
        ({"temporal_start": "yesterday"}, "temporal_start"),
        ({"temporal_start": "0001-01-01"}, "temporal_start"),
        ({"keywords": "公交"}, "keywords"),
        ({"keywords": [1]}, "keywords.0"),
        ({"landing_page": "javascript:alert(1)"}, "landing_page"),
        ({"state": "published"}, "state"),
        ({"slug": "公交"}, "slug"),
        ({"unit": "11110000000000000X"}, "unit"),
        ({"opened_by_superior": "perhaps"}, "opened_by_superior"),
        ({"openness": "withheld"}, "withheld_by"),
        ({"openness": "withheld", "withheld_by": ["NL-999"]}, "withheld_by"),
    ],
)
def test_a_bad_value_is_named_by_its_field(
    embedded: Stack, change: dict[str, Any], field: str
) -> None:
    before = _count(embedded)
    answer = embedded.call("POST", DATASETS, "lin", json=GOOD | change)
    body = _problem(answer, 422)
    assert field in body["errors"], body
    assert all(body["errors"][field])
    assert _count(embedded) == before


@pytest.mark.parametrize(
    ("change", "field"),
    [({"title": "a\0b"}, "title"), ({"keywords": ["\ud800"]}, "keywords.0")],
)
def test_text_that_no_text_can_have_is_named_by_its_field(
    embedded: Stack, change: dict[str, Any], field: str
) -> None:
    sent = json.dumps(GOOD | change)
    answer = embedded.call("POST", DATASETS, "lin", data=sent, content_type="application/json")
    assert set(_problem(answer, 400)["errors"]) == {field}


def test_a_table_schema_may_be_called_schema_as_data_packages_do(embedded: Stack) -> None:
    slug, resource = embedded.entry()
    asked = {"fields": [{"name": "序号", "type": "integer"}]}
    address = f"/api/v1/resources/{resource}"
    told = embedded.ok("PATCH", address, "lin", json={"schema": asked})
    assert told["table_schema"]["fields"][0]["name"] == "序号"
    made = embedded.call(
        "POST", f"{DATASETS}/{slug}/resources", "lin", json={"name": "other", "schema": asked}
    )
    assert made.get_json()["table_schema"] == told["table_schema"]
    both = {"schema": asked, "table_schema": asked}
    assert set(_problem(embedded.call("PATCH", address, "lin", json=both), 422)["errors"]) == {
        "schema"
    }


def test_every_bad_field_is_named_at_once(embedded: Stack) -> None:
    given = {"title": "", "openness": "x", "surprise": 1}
    body = _problem(embedded.call("POST", DATASETS, "lin", json=given), 422)
    assert set(body["errors"]) == {"unit", "openness", "surprise"}


def test_a_body_that_is_not_declared_as_json_is_refused(embedded: Stack) -> None:
    answer = embedded.call(
        "POST", DATASETS, "lin", data=json.dumps(GOOD), content_type="text/plain"
    )
    assert _problem(answer, 415)["code"] == "not-json"


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("surprise=1", 422, "surprise"),
        ("limit=0", 422, "limit"),
        ("limit=9999999999999999999999", 422, "limit"),
        ("limit=1&limit=2", 422, "limit"),
        ("limit=%D9%A3", 422, "limit"),
        ("after=xyz", 422, "after"),
        ("after=WyJ4Il0", 422, "after"),
        ("openness=open", 422, "openness.0"),
        ("updated_after=2026-02-30", 422, "updated_after"),
        ("facets=secrets", 422, "facets"),
        ("q=%ff", 400, ""),
        ("q=%00", 400, ""),
        ("q=%zz", 400, ""),
    ],
)
def test_a_bad_argument_is_named(embedded: Stack, query: str, status: int, field: str) -> None:
    body = _problem(embedded.call("GET", f"{DATASETS}?{query}"), status)
    if field:
        assert field in body["errors"], body


def test_the_language_argument_is_taken_everywhere(embedded: Stack) -> None:
    assert embedded.call("GET", "/api/v1/nothing").headers["Content-Language"] == "zh"
    assert embedded.call("GET", f"{DATASETS}?lang=en").status_code == 200
    assert embedded.call("GET", "/api/v1/nothing").headers["Content-Language"] == "en"
    assert embedded.call("GET", "/api/v1/nothing?lang=zh").headers["Content-Language"] == "zh"


def test_unknown_addresses_and_methods_are_problems_too(embedded: Stack) -> None:
    _problem(embedded.call("GET", "/api/v1/nothing"), 404)
    answer = embedded.call("PUT", DATASETS, "lin", json=GOOD)
    assert "POST" in _problem(answer, 405)["remedy"]
    assert "POST" in answer.headers["Allow"]


def test_a_long_body_is_refused_before_it_is_read(embedded: Stack) -> None:
    answer = embedded.call(
        "POST",
        DATASETS,
        "lin",
        data=b'{"title": "' + b"a" * 3 * 2**20,
        content_type="application/json",
    )
    _problem(answer, 413)


def _upload(stack: Stack, resource: str, data: bytes, name: str, **form: Any) -> Any:
    return stack.call(
        "POST", f"/api/v1/resources/{resource}/versions", "lin",
        data={"file": (io.BytesIO(data), name), **form}, content_type="multipart/form-data",
    )  # fmt: skip


def test_uploads_without_a_proper_file_are_refused(embedded: Stack) -> None:
    _, resource = embedded.entry()
    address = f"/api/v1/resources/{resource}/versions"
    assert _problem(_upload(embedded, resource, b"", "a.csv"), 422)["code"] == "empty-file"
    two = {"file": (io.BytesIO(b"a"), "a.csv"), "other": (io.BytesIO(b"b"), "b.csv")}
    multipart = "multipart/form-data"
    _problem(embedded.call("POST", address, "lin", data=two, content_type=multipart), 422)
    _problem(embedded.call("POST", address, "lin", data={"x": "y"}, content_type=multipart), 422)
    _problem(_upload(embedded, resource, b"a\n1\n", "a.csv", state="published"), 422)
    _problem(embedded.call("POST", address, "lin", data=b"a,b"), 422)
    broken = embedded.call("POST", address, "lin", data=b"--x\r\nbroken",
                           content_type="multipart/form-data; boundary=x")  # fmt: skip
    assert broken.status_code in {400, 422}
    assert embedded.ok("GET", address, "lin")["items"] == []
    assert not list(embedded.runtime.incoming.iterdir())


def test_a_url_delivery_takes_only_a_web_address(embedded: Stack) -> None:
    _, resource = embedded.entry()
    address = f"/api/v1/resources/{resource}/versions"
    for given in ({}, {"url": 5}, {"url": "file:///etc/passwd"}, {"path": "x"}, [1]):
        answer = embedded.call("POST", address, "lin", json=given)
        assert _problem(answer, 422), given


def test_an_upload_beyond_the_limit_leaves_nothing(
    embedded: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, resource = embedded.entry()
    monkeypatch.setattr(embedded.runtime.settings, "max_upload_bytes", 1000)
    answer = _upload(embedded, resource, b"a\n" * 1000, "a.csv")
    assert _problem(answer, 413)["code"] == "upload-too-large"
    assert not list(embedded.runtime.incoming.iterdir())


def test_an_upload_is_refused_when_the_disk_is_nearly_full(
    embedded: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, resource = embedded.entry()
    monkeypatch.setattr(embedded.runtime.settings, "disk_reserve_bytes", 2**62)
    assert _problem(_upload(embedded, resource, b"a\n1\n", "a.csv"), 507)["code"] == "disk-full"


def _zip(**members: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return held.getvalue()


BAD_FILES = {
    "text.csv": b"\x00\x01\x02\x03binary" * 50,
    "broken-gb.csv": "名称,金额\n甲,1\n".encode("gb18030") + b"\xc4\n",
    "header-only.csv": "名称,金额\n".encode(),
    "fifty-empty.csv": (b"," * 49 + b"\n") * 20,
    "slip.zip": _zip(**{"..__..__evil.csv": b"a\n1\n"}),
    "bomb.zip": _zip(**{"a.csv": b"0" * 50_000_000}),
    "deep.json": b"[" * 100_000,
    "surrogate.json": b'[{"a": "\\ud800"}]',
    "picture.csv": b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_examined_without_harm_and_cannot_be_submitted(
    embedded: Stack, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "delivery"
    path.write_bytes(BAD_FILES[name])
    slug, resource = embedded.entry()
    version = embedded.deliver(resource, path, name)
    assert version["state"] in {"examined", "failed"}
    refused = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    reasons = _problem(refused, 409)["reasons"]
    assert all(reason["cause"] and reason["remedy"] and reason["place"] for reason in reasons)
    if version["state"] == "failed":
        assert all(problem["cause"] and problem["remedy"] for problem in version["problems"])
    assert embedded.call("GET", f"/datasets/{slug}/table.csv").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/openness", "/api/v1/openness/entries"])
@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-11-23", "soon"]
)
def test_a_moment_outside_the_years_of_this_portal_is_refused(
    embedded: Stack, path: str, moment: str
) -> None:
    answer = embedded.call("GET", path, query_string={"recorded_before": moment})
    assert "recorded_before" in _problem(answer, 422)["errors"]


@pytest.mark.parametrize("form", [{"name": "li\x00n"}, {"password": "a\x00b"}, {"na\x00me": "lin"}])
def test_a_form_with_text_that_cannot_be_stored_is_refused(
    embedded: Stack, form: dict[str, str]
) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        answer = embedded.call("POST", "/login", data=form, content_type=kind)
        assert answer.status_code == 400
        assert answer.mimetype == "text/html"


def test_a_field_beside_a_file_is_checked_too(embedded: Stack) -> None:
    _, resource = embedded.entry()
    answer = embedded.call(
        "POST", f"/api/v1/resources/{resource}/versions", "lin",
        data={"no\x00te": "x", "file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")},
    )  # fmt: skip
    assert _problem(answer, 400)["code"] == "text-characters"


def test_a_name_that_grows_when_folded_is_counted_like_any_other(embedded: Stack) -> None:
    form = {"name": "\u0390" * 64, "password": "four unrelated words"}
    assert embedded.call("POST", "/login", data=form).status_code == 401
    with embedded.runtime.database.read() as session:
        assert all(len(held.key) <= 100 for held in session.scalars(select(LoginFailure)))


def test_a_title_of_chinese_only_gets_a_latin_slug(embedded: Stack) -> None:
    slug = embedded.ok("POST", DATASETS, "lin", status=201, json=GOOD)["slug"]
    assert slug.isascii()


def test_of_two_editors_saving_at_once_the_second_is_told(embedded: Stack) -> None:
    slug, _ = embedded.entry()
    address = f"{DATASETS}/{slug}"
    etag = embedded.call("GET", address, "lin").headers["ETag"]
    first = embedded.call(
        "PATCH", address, "lin", json={"theme": "交通运输"}, headers={"If-Match": etag}
    )
    assert first.status_code == 200
    assert first.headers["ETag"] != etag
    second = embedded.call(
        "PATCH", address, "lin", json={"theme": "其他"}, headers={"If-Match": etag}
    )
    assert _problem(second, 412)["code"] == "stale"
    assert embedded.ok("GET", address, "lin")["theme"] == "交通运输"
    for foreign in ('"abc"', '"1-"', '"1-xyz"', '"-1"', 'W/"1"', '"99999999999999999999999"'):
        answer = embedded.call("PATCH", address, "lin", json={}, headers={"If-Match": foreign})
        assert answer.status_code == 412, foreign


def test_a_copy_is_good_only_while_the_answer_is_the_same(embedded: Stack) -> None:
    slug, _ = embedded.entry()
    address = f"{DATASETS}/{slug}"
    held = {"If-None-Match": embedded.call("GET", address, "lin").headers["ETag"]}
    assert embedded.call("GET", address, "lin", headers=held).status_code == 304
    embedded.ok(
        "POST", f"{address}/resources", "lin", status=201, json={"name": "more", "title": "附表"}
    )
    again = embedded.call("GET", address, "lin", headers=held)
    assert again.status_code == 200
    assert [one["name"] for one in again.get_json()["resources"]] == ["table", "more"]


def test_a_tag_from_another_reader_of_the_same_version_still_fits(embedded: Stack) -> None:
    _, resource = embedded.entry()
    version = embedded.ok("GET", f"/api/v1/resources/{resource}", "lin")["version"]
    for tag in (f'"{version}"', f'"{version}-{"0" * 16}"', f'"x", "{version}-{"f" * 16}"'):
        answer = embedded.call(
            "PATCH", f"/api/v1/resources/{resource}", "lin", json={}, headers={"If-Match": tag}
        )
        assert answer.status_code == 200, tag
        assert answer.headers["ETag"].startswith(f'"{answer.get_json()["version"]}-')
        version = answer.get_json()["version"]


def test_a_patch_leaves_absent_members_alone(embedded: Stack) -> None:
    slug, _ = embedded.entry()
    before = embedded.ok("GET", f"{DATASETS}/{slug}", "lin")
    after = embedded.ok("PATCH", f"{DATASETS}/{slug}", "lin", json={"theme": "其他"})
    changing = {"theme", "version", "updated_at"}
    assert {k: v for k, v in before.items() if k not in changing} == {
        k: v for k, v in after.items() if k not in changing
    }


def test_stale_repairs_and_settlements_are_refused_by_name(embedded: Stack, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n")
    _, resource = embedded.entry()
    version = embedded.deliver(resource, path, "a.csv")["id"]
    address = f"/api/v1/versions/{version}"
    for call, given in {
        "repairs": {"accept": ["nonsense"]},
        "settlements": [{"finding": "nonsense", "action": "drop"}],
    }.items():
        assert _problem(embedded.call("POST", f"{address}/{call}", "lin", json=given), 422)[
            "errors"
        ]
    bad = [{"finding": "x", "action": "publish"}, {"action": "drop"}]
    body = _problem(embedded.call("POST", f"{address}/settlements", "lin", json=bad), 422)
    assert {"0.action", "1.finding"} <= set(body["errors"])
    for given in ({"accept": "some"}, {"accept": 5}, {}):
        _problem(embedded.call("POST", f"{address}/repairs", "lin", json=given), 422)


def test_no_number_in_an_address_is_larger_than_a_database_can_hold(embedded: Stack) -> None:
    app = create_app(embedded.runtime)
    numbers = [
        (rule.rule, converter)
        for rule in app.url_map.iter_rules()
        for converter in rule._converters.values()
        if isinstance(converter, IntegerConverter)
    ]
    assert numbers
    assert [rule for rule, converter in numbers if converter.max is None] == []
    huge = embedded.call("GET", "/negative-list/editions/99999999999999999999999")
    assert huge.status_code == 404
