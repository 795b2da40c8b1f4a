"""Every public read can be cached and asked for again at little cost."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from tests.common.portal import Portal

GONE, SIGN_IN, ASKED_WRONG = {404, 405, 410}, {303, 401, 403}, {400, 422}
LIVE = {"/healthz", "/readyz", "/metrics"}


def addresses(portal: Portal) -> list[str]:
    """Every door without a place in its address, and one of each kind that has some."""
    app = portal.stack.client.application
    plain = [rule.rule for rule in app.url_map.iter_rules()
             if "GET" in (rule.methods or ()) and not rule.arguments]  # fmt: skip
    entry = f"/datasets/{portal.slugs['open']}"
    resource = portal.get(f"/api/v1{entry}/resources").get_json()["items"][0]["id"]
    package = portal.get(f"/api/3/action/package_show?id={portal.slugs['open']}").get_json()
    file = package["result"]["resources"][0]["id"]
    code = portal.get("/api/v1/units").get_json()["items"][0]["code"]
    suffixes = ("ttl", "jsonld", "rdf", "zip")
    return [
        *plain,
        *(f"{entry}.{suffix}" for suffix in suffixes),
        *(f"{entry}/table.{suffix}" for suffix in ("csv", "json", "ndjson", "parquet", "xlsx")),
        *(f"{entry}/{name}" for name in ("table", "table.csv?excel=1", "table.csv?bom=1",
                                        "datapackage.json", "croissant.json")),
        *(f"/datasets/{portal.slugs[name]}" for name in ("open", "partly", "closed", "conditional")),
        *(f"/catalog.{suffix}" for suffix in ("ttl", "rdf", "jsonld", "csv", "ndjson", "parquet")),
        *(f"/{room}.{form}" for room in ("datasets", "units", "notices", "lists", "negative-list")
          for form in ("json", "csv")),
        f"/api/v1{entry}", f"/api/v1{entry}/history", f"/api/v1/resources/{resource}",
        f"/api/v1/resources/{resource}/files",
        f"/api/v1{entry}/quality", f"/units/{code}", f"/api/v1/units/{code}",
        f"/api/v1/resources/{resource}/rows?_limit=3", f"{entry}/table?{quote('序号')}__gt=3",
        f"/api/v1/resources/{resource}/rows?_group={quote('有效')}&_format=csv",
        "/api/v1/query?sql=SELECT+1+AS+one", f"/api/v1/datasets?q={quote('处罚')}&facets=all",
        "/oai?verb=Identify", "/oai?verb=ListRecords&metadataPrefix=dcat", "/sitemap-1.xml",
        "/api/3/action/package_search?rows=3", "/api/action/status_show",
        f"/api/3/action/datastore_search?resource_id={file}", f"/datastore/dump/{file}",
    ]  # fmt: skip


def test_an_answer_has_a_validator_and_a_copy_that_is_good_is_sent_no_body(portal: Portal) -> None:
    looked, troubles = 0, []
    for path in sorted(set(addresses(portal))):
        answer = portal.get(path)
        if answer.status_code in GONE | SIGN_IN | ASKED_WRONG or path in LIVE:
            continue
        looked += 1
        troubles += [f"{path}: {one}" for one in wrong(portal, path, answer)]
    assert not troubles, "\n".join(troubles)
    assert looked > 80


def wrong(portal: Portal, path: str, answer: Any) -> list[str]:
    found = []
    tag, control = answer.headers.get("ETag", ""), answer.headers.get("Cache-Control", "")
    if answer.status_code != 200:
        found.append(f"answers {answer.status_code}")
    weak = path.startswith("/oai")  # its answers carry the second they are made in
    if not tag or tag.startswith("W/") is not weak:
        found.append(f"has no validator of its kind: {tag!r}")
    if control not in {"no-cache", "public, no-cache"}:
        found.append(f"may be kept as {control!r}")
    shared = "public" in control
    varies = {name.lower() for name in answer.vary}
    if not shared and not {"accept-language", "authorization", "cookie"} <= varies:
        found.append(f"varies by {varies}")
    if shared and varies & {"authorization", "cookie"}:
        found.append(f"is for everybody and varies by {varies}")
    for given in (tag, f'"other", W/{tag.removeprefix("W/")}', "*" if not shared else tag):
        again = portal.get(path, **{"If-None-Match": given})
        if (again.status_code, again.data) != (304, b"") or again.headers.get("ETag") != tag:
            found.append(f"answers {again.status_code} to If-None-Match: {given}")
    if portal.get(path, **{"If-None-Match": '"other"'}).status_code != 200:
        found.append("is not sent for another tag")
    head = portal.stack.client.head(path.format(**portal.slugs))
    same = ("ETag", "Cache-Control", "Content-Type", "Last-Modified", "Content-Disposition")
    if head.data or any(head.headers.get(name) != answer.headers.get(name) for name in same):
        found.append("has another head than body")
    length = head.headers.get("Content-Length")
    if length is not None and length != str(len(answer.data)):
        found.append(f"has a head of {length} bytes, and {len(answer.data)}")
    return found


@pytest.mark.parametrize("path", ["/", "/datasets", "/datasets/{open}", "/datasets/{open}/table"])
def test_another_language_is_another_answer(portal: Portal, path: str) -> None:
    portal.stack.client.delete_cookie("lang")  # what somebody chose here before
    chinese = portal.get(path, **{"Accept-Language": "zh"})
    english = portal.get(path, **{"Accept-Language": "en"})
    assert chinese.headers["ETag"] != english.headers["ETag"]
    mixed = {"Accept-Language": "en", "If-None-Match": chinese.headers["ETag"]}
    assert portal.get(path, **mixed).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/datasets", "/datasets/{open}/table"])
def test_what_an_account_sees_is_kept_by_nobody(portal: Portal, path: str) -> None:
    answer = portal.get(path, "lin")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in answer.headers
    tag = portal.get(path).headers["ETag"]
    assert portal.get(path, "lin", **{"If-None-Match": tag}).status_code == 200


def test_a_good_copy_of_rows_is_known_before_the_table_is_asked(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = f"/datasets/{portal.slugs['open']}"
    resource = portal.get(f"/api/v1{entry}/resources").get_json()["items"][0]["id"]
    paths = (f"/api/v1/resources/{resource}/rows", f"{entry}/table")
    tags = [portal.get(path).headers["ETag"] for path in paths]

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the table was asked")

    monkeypatch.setattr("datasets.indexed.RowIndexes.run", never)
    for path, tag in zip(paths, tags, strict=True):
        assert portal.get(path, **{"If-None-Match": tag}).status_code == 304


def test_what_is_true_only_now_is_not_kept(portal: Portal) -> None:
    for path in LIVE:
        assert portal.get(path).headers["Cache-Control"] == "no-store"


def test_what_changes_gets_another_tag(portal: Portal) -> None:
    before = json.loads(portal.get("/datasets.json").data)
    tag = portal.get("/datasets.json").headers["ETag"]
    stack = portal.stack
    slug = portal.slugs["conditional"]
    entry = stack.call("GET", f"/api/v1/datasets/{slug}", "lin")
    asked = {"json": {"keywords": ["参保"]}, "headers": {"If-Match": entry.headers["ETag"]}}
    stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", **asked)
    stack.work()
    after = portal.get("/datasets.json", **{"If-None-Match": tag})
    assert (after.status_code == 304) == (json.loads(after.data or b"null") in (None, before))
