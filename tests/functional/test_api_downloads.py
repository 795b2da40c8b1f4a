"""Published bytes: ranges, validators, digests, names, formats, rows, for anybody."""

import hashlib
import io
import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from werkzeug.http import parse_options_header

from catalog.settings import Settings
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

ROWS = [("站名", "线路", "客流"), *((f"站点{n}", f"{n % 7}路", str(n)) for n in range(500))]
FORMULAS = ("=1+1", "1路", "0")
TABLE = "".join(",".join(row) + "\n" for row in [*ROWS, FORMULAS])


@dataclass
class Published:
    """One published table."""

    stack: Stack
    slug: str
    resource: str

    def get(self, suffix: str = "csv", **headers: str) -> Any:
        return self.stack.client.get(f"/datasets/{self.slug}/table.{suffix}", headers=headers)

    def rows(self, query: str = "") -> Any:
        return self.stack.client.get(f"/api/v1/resources/{self.resource}/rows?{query}")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    home = tmp_path_factory.mktemp("downloads")
    path = home / "stations.csv"
    path.write_text(TABLE)
    with open_stack(Settings(home=home / "home"), NOW) as stack:
        slug, resource = stack.entry(title="公交站点客流")
        version = stack.deliver(resource, path, "公交站点.csv")
        assert version["report"]["valid"], version["report"]
        stack.publish(slug)
        yield Published(stack, slug, resource)


def test_a_download_says_what_it_is(published: Published) -> None:
    answer = published.get()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    sha256 = hashlib.sha256(answer.data).hexdigest()
    assert answer.headers["ETag"] == f'"{sha256}"'
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert answer.headers["Accept-Ranges"] == "bytes"
    digest = answer.headers["Digest"].removeprefix("sha-256=")
    assert b64decode(digest).hex() == sha256
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert f"filename*=UTF-8''{quote('数据表.csv')}" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("suffix", ["csv", "json", "ndjson", "xlsx", "parquet"])
def test_every_format_is_there_and_answers_head(published: Published, suffix: str) -> None:
    answer = published.get(suffix)
    assert answer.status_code == 200
    head = published.stack.client.head(f"/datasets/{published.slug}/table.{suffix}")
    assert head.status_code == 200
    assert head.data == b""
    for name in ("ETag", "Content-Length", "Content-Type", "Digest"):
        assert head.headers[name] == answer.headers[name]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-9999999", 3, None),
     ("bytes=-9999999", 0, None)],
)  # fmt: skip
def test_a_range_gives_exactly_those_bytes(
    published: Published, asked: str, start: int, end: int | None
) -> None:
    whole = published.get().data
    part = published.get(Range=asked)
    assert part.status_code == 206
    assert part.data == whole[start:end]
    first = start % len(whole)
    assert (
        part.headers["Content-Range"] == f"bytes {first}-{first + len(part.data) - 1}/{len(whole)}"
    )


@pytest.mark.parametrize("suffix", ["csv", "json", "ndjson", "xlsx", "parquet"])
def test_several_ranges_come_in_one_answer(published: Published, suffix: str) -> None:
    """RFC 9110, 14.6, for every format; a tag of other bytes gives the whole file."""
    whole = published.get(suffix)
    size, etag = len(whole.data), whole.headers["ETag"]
    asked = {"Range": "bytes=20-29,0-9,-5", "If-Range": etag}
    answer = published.get(suffix, **asked)
    assert answer.status_code == 206
    assert "Content-Range" not in answer.headers
    for name in ("ETag", "Last-Modified", "Digest", "Repr-Digest", "Content-Disposition"):
        assert answer.headers[name] == whole.headers[name]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    kind, options = parse_options_header(answer.headers["Content-Type"])
    assert kind == "multipart/byteranges"
    parts = answer.data.split(f"\r\n--{options['boundary']}".encode())
    assert (parts[0], parts[-1]) == (b"", b"--\r\n")
    for part, (start, end) in zip(parts[1:-1], [(20, 30), (0, 10), (size - 5, size)], strict=True):
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        assert head.decode().splitlines() == [
            f"Content-Type: {whole.headers['Content-Type']}",
            f"Content-Range: bytes {start}-{end - 1}/{size}",
        ]
        assert data == whole.data[start:end]
    other = published.get(suffix, **asked | {"If-Range": '"other"'})
    assert (other.status_code, other.data) == (200, whole.data)
    assert published.get(suffix, **asked, **{"If-None-Match": etag}).status_code == 304
    assert published.get(suffix, **asked, **{"If-Match": '"other"'}).status_code == 412


def test_ranges_that_overlap_are_sent_once_and_a_thousand_as_the_whole(
    published: Published,
) -> None:
    whole = published.get().data
    answer = published.get(Range="bytes=0-9,5-19,15-24")
    assert (answer.status_code, answer.data) == (206, whole[:25])
    assert answer.headers["Content-Range"] == f"bytes 0-24/{len(whole)}"
    answer = published.get(Range="bytes=" + ",".join(["0-"] * 1000))
    assert (answer.status_code, answer.data) == (206, whole)
    answer = published.get(Range="bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(1000)))
    assert (answer.status_code, answer.data) == (200, whole)
    answer = published.get(Range="bytes=3-5,999999999-,-0")
    assert (answer.status_code, answer.data) == (206, whole[3:6])


def test_a_head_knows_no_ranges(published: Published) -> None:
    """RFC 9110, 14.2: a range is asked of GET; other methods act as if it was not there."""
    client = published.stack.client
    for asked in ("bytes=0-4", "bytes=0-4,9-12", "bytes=999999999-"):
        head = client.head(f"/datasets/{published.slug}/table.csv", headers={"Range": asked})
        assert (head.status_code, head.data) == (200, b"")
        assert int(head.headers["Content-Length"]) == len(published.get().data)
        assert "Content-Range" not in head.headers


@pytest.mark.parametrize("asked", ["bytes=999999999-", "bytes=-0", "bytes=-0,999999999-"])
def test_a_range_outside_the_file_is_refused(published: Published, asked: str) -> None:
    answer = published.get(Range=asked)
    assert answer.status_code == 416
    assert answer.get_json()["remedy"]
    assert answer.headers["Content-Range"] == f"bytes */{len(published.get().data)}"


@pytest.mark.parametrize(
    "asked", ["lines=1-2", "bytes=x", "bytes=5-2", "nonsense", "bytes=0-1,9-3"]
)
def test_other_ranges_give_the_whole_file(published: Published, asked: str) -> None:
    answer = published.get(Range=asked)
    assert answer.status_code == 200
    assert answer.data == published.get().data


def test_validators_spare_a_second_download(published: Published) -> None:
    first = published.get()
    etag = first.headers["ETag"]
    for given in (etag, f'"x", {etag}', "*", f"W/{etag}"):
        assert published.get(**{"If-None-Match": given}).status_code == 304, given
    assert published.get(**{"If-None-Match": '"x"'}).status_code == 200
    again = {"Range": "bytes=0-4", "If-Range": etag}
    assert published.get(**again).status_code == 206
    assert published.get(Range="bytes=0-4", **{"If-Range": '"x"'}).status_code == 200
    modified = first.headers["Last-Modified"]
    assert published.get(Range="bytes=0-4", **{"If-Range": modified}).status_code == 206
    assert published.get(**{"If-None-Match": etag}).data == b""
    # A weak tag speaks for the content and not for its bytes (RFC 9110, 13.1.5).
    assert published.get(Range="bytes=0-4", **{"If-Range": f"W/{etag}"}).status_code == 200
    # A date counts where no tag is sent (13.1.3).
    assert published.get(**{"If-Modified-Since": modified}).status_code == 304
    assert (
        published.get(**{"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"}).status_code == 200
    )
    both = {"If-Modified-Since": modified, "If-None-Match": '"x"'}
    assert published.get(**both).status_code == 200


def test_who_goes_on_by_date_is_told_of_other_bytes(published: Published) -> None:
    """RFC 9110, 13.1.4; a tag counts before a date."""
    first = published.get()
    early = "Mon, 01 Jan 2001 00:00:00 GMT"
    assert published.get(**{"If-Unmodified-Since": first.headers["Last-Modified"]}).data
    assert published.get(**{"If-Unmodified-Since": early}).status_code == 412
    both = {"If-Unmodified-Since": early, "If-Match": first.headers["ETag"]}
    assert published.get(**both).status_code == 200


def test_pages_of_other_sites_may_read_ranges_and_send_a_token(published: Published) -> None:
    """A reader of Parquet in a browser asks first (Fetch standard), then for pieces."""
    asks = {
        "Origin": "https://maps.example.cn",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,range",
    }
    client = published.stack.client
    for path in (f"/datasets/{published.slug}/table.parquet", "/api/v1/datasets", "/api/v1/query"):
        told = client.options(path, headers=asks)
        assert told.status_code == 200
        assert told.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in told.headers
        allowed = told.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert {"authorization", "content-type", "range"} <= set(allowed)
        assert told.headers["Access-Control-Allow-Methods"] == told.headers["Allow"]
    part = published.get("parquet", Range="bytes=0-3", Origin="https://maps.example.cn")
    shown = part.headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Accept-Ranges", "Content-Length", "Content-Range", "ETag"} <= set(shown)
    for closed in ("/login", "/desk"):
        assert "Access-Control-Allow-Headers" not in client.options(closed, headers=asks).headers


def test_who_goes_on_with_other_bytes_is_told(published: Published) -> None:
    etag = published.get().headers["ETag"]
    for given in (etag, "*", f'"x", {etag}'):
        assert published.get(Range="bytes=0-4", **{"If-Match": given}).status_code == 206, given
    answer = published.get(Range="bytes=0-4", **{"If-Match": '"x"'})
    assert answer.status_code == 412
    assert answer.get_json()["remedy"]


def test_the_bytes_stay_under_their_hash(published: Published) -> None:
    whole = published.get()
    sha256 = whole.headers["ETag"].strip('"')
    again = published.stack.client.get(f"/versions/{sha256}/table.csv")
    assert again.data == whole.data
    for address in (f"/versions/{'0' * 64}/table.csv", f"/versions/{sha256}/other.csv"):
        assert published.stack.client.get(address).status_code == 404


def test_parquet_is_read_in_place(published: Published) -> None:
    whole = published.get("parquet").data
    tail = published.get("parquet", Range="bytes=-8").data
    assert tail == whole[-8:]
    assert tail.endswith(b"PAR1")
    assert pq.read_table(io.BytesIO(whole)).num_rows == len(ROWS)


def test_a_csv_for_excel_has_a_mark_and_no_formula(published: Published) -> None:
    address = f"/datasets/{published.slug}/table.csv"
    marked = published.stack.client.get(f"{address}?bom=1")
    assert marked.data == b"\xef\xbb\xbf" + published.get().data
    assert marked.headers["ETag"] != published.get().headers["ETag"]
    neutral = published.stack.client.get(f"{address}?excel=1").data.decode()
    assert "'=1+1" in neutral
    assert "\r\n=1+1" in published.get().data.decode()
    for bad in ("?bom=2", "?what=1"):
        answer = published.stack.client.get(address + bad)
        assert answer.status_code == 400
        assert answer.get_json()["code"] == "unknown-argument"
    assert published.stack.client.get(address.replace(".csv", ".json?bom=1")).status_code == 400


def test_a_program_finds_every_file_of_a_table(published: Published) -> None:
    client = published.stack.client
    entry = client.get(f"/api/v1/datasets/{published.slug}").get_json()
    (table,) = entry["resources"]
    assert table["rows_url"] == f"/api/v1/resources/{published.resource}/rows"
    found = client.get(table["files_url"]).get_json()["items"]
    assert {one["format"] for one in found} == {"csv", "json", "ndjson", "xlsx", "parquet"}
    for one in found:
        assert (one["version"], one["current"], one["rows"]) == (1, True, len(ROWS))
        data = client.get(one["url"].removeprefix("http://127.0.0.1:8000")).data
        assert client.get(one["latest"].removeprefix("http://127.0.0.1:8000")).data == data
        assert (len(data), hashlib.sha256(data).hexdigest()) == (one["bytes"], one["sha256"])


def test_unknown_tables_and_formats_are_not_found(published: Published) -> None:
    client = published.stack.client
    for address in ("/datasets/nothing/table.csv", f"/datasets/{published.slug}/other.csv"):
        assert client.get(address, headers={"Accept": "*/*"}).status_code == 404


def test_rows_are_filtered_sorted_and_paged_whole(published: Published) -> None:
    body = published.rows("线路=3路&客流__gte=400&_sort=-客流&_limit=5").get_json()
    assert [row["客流"] for row in body["items"]] == [493, 486, 479, 472, 465]
    assert body["page"]["total"] == 14
    seen: list[int] = []
    address = f"/api/v1/resources/{published.resource}/rows?线路=3路&_sort=-客流&_limit=10"
    while address:
        answer = published.stack.client.get(address)
        seen += [row["客流"] for row in answer.get_json()["items"]]
        link = answer.headers.get("Link", "")
        address = link.partition(">")[0].removeprefix("<http://127.0.0.1:8000")
    assert seen == [n for n in range(499, -1, -1) if n % 7 == 3]


def test_rows_are_grouped(published: Published) -> None:
    body = published.rows("_group=线路&_agg=count,sum:客流&_sort=线路").get_json()
    assert body["items"][0]["线路"] == "0路"
    assert len(body["items"]) == 7


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet", "arrow", "xlsx"])
def test_rows_come_in_every_format(published: Published, name: str) -> None:
    answer = published.rows(f"_format={name}&_limit=3")
    assert answer.status_code == 200
    assert len(answer.data) > 10
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv; charset=utf-8", "text/csv; charset=utf-8"),
        ("TEXT/CSV;q=0.9, application/json;q=0.5", "text/csv; charset=utf-8"),
        ("text/csv, */*;q=0.1", "text/csv; charset=utf-8"),
        ("application/json;q=0, text/*", "text/csv; charset=utf-8"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/jsonl", "application/x-ndjson"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.stream"),
        ("text/csv, application/json", "application/json"),
    ],
)
def test_rows_come_in_the_form_that_a_client_accepts(
    published: Published, accept: str, kind: str
) -> None:
    address = f"/api/v1/resources/{published.resource}/rows?_limit=3"
    answer = published.stack.client.get(address, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert "accept" in {name.lower() for name in answer.vary}
    tag = {"Accept": accept, "If-None-Match": answer.headers["ETag"]}
    again = published.stack.client.get(address, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert "accept" in {name.lower() for name in again.vary}
    named = published.stack.client.get(f"{address}&_format=csv", headers={"Accept": accept})
    assert named.headers["Content-Type"] == "text/csv; charset=utf-8"
    statement = published.stack.client.get(
        f"/api/v1/query?sql=SELECT+1+AS+one+FROM+%22{published.slug}%22", headers={"Accept": accept}
    )
    assert statement.status_code in {200, 501}
    if statement.status_code == 200:
        assert statement.headers["Content-Type"] == kind


def test_forms_of_one_address_differ_in_their_tags_and_lead_on_in_themselves(
    published: Published,
) -> None:
    address = f"/api/v1/resources/{published.resource}/rows?_limit=3"
    kinds = ("application/json", "text/csv", "application/x-ndjson")
    answers = [
        published.stack.client.get(address, headers={"Accept": kind}) for kind in kinds
    ]  # fmt: skip
    assert len({answer.headers["ETag"] for answer in answers}) == len(kinds)
    assert "_format" not in answers[0].headers["Link"]
    assert "_format=csv" in answers[1].headers["Link"]
    all_of_them = published.stack.client.get(
        f"/api/v1/resources/{published.resource}/rows?_limit=all", headers={"Accept": "text/csv"}
    )
    assert len(all_of_them.data.splitlines()) == len(ROWS) + 1


@pytest.mark.parametrize("accept", ["image/png", "text/html", "application/json;q=0"])
def test_a_form_that_is_not_made_is_refused_with_those_that_are(
    published: Published, accept: str
) -> None:
    address = f"/api/v1/resources/{published.resource}/rows"
    answer = published.stack.client.get(address, headers={"Accept": accept})
    assert answer.status_code == 406
    assert "text/csv" in answer.get_json()["remedy"]
    assert published.stack.client.get(f"{address}?_format=csv", headers={"Accept": accept}).data


@pytest.mark.parametrize("order", ["", "&_sort=-客流"])
def test_all_rows_under_a_condition_come_as_one_file(published: Published, order: str) -> None:
    numbers = [n for n in range(500) if n % 7 == 3]
    wanted = sorted(numbers, reverse=bool(order))
    asked = f"线路=3路&_select=客流,站名&_limit=all{order}"
    answer = published.rows(f"{asked}&_format=csv")
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "Link" not in answer.headers
    lines = answer.data.decode().splitlines()
    assert lines == ["客流,站名", *(f"{n},站点{n}" for n in wanted)]
    objects = [
        json.loads(line) for line in published.rows(f"{asked}&_format=ndjson").data.splitlines()
    ]
    assert objects == [{"客流": n, "站名": f"站点{n}"} for n in wanted]
    arrow = pa.ipc.open_stream(published.rows(f"{asked}&_format=arrow").data).read_all()
    assert arrow["客流"].to_pylist() == wanted
    again = published.stack.client.get(
        f"/api/v1/resources/{published.resource}/rows?{asked}&_format=csv",
        headers={"If-None-Match": answer.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")


def test_no_rows_under_a_condition_are_a_file_with_a_header(published: Published) -> None:
    answer = published.rows("线路=99路&_limit=all&_format=csv")
    assert answer.data == "站名,线路,客流\r\n".encode()


@pytest.mark.parametrize(
    "query",
    ["_limit=all", "_limit=all&_format=json", "_limit=all&_format=xlsx", "_limit=all&_format=parquet",
     "_limit=all&_format=csv&_group=线路", "_limit=ALL&_format=csv", "没有=1", "客流__like=1", "客流=abc", "_limit=0", "_limit=x", "_sort=没有", "_after=xyz", "_format=exe",
     "_limit=1&_limit=2", "客流=99999999999999999999999", "surprise=1"],
)  # fmt: skip
def test_a_bad_question_is_refused_with_the_words_that_are_known(
    published: Published, query: str
) -> None:
    answer = published.rows(query)
    body = answer.get_json()
    assert answer.status_code == 422, body
    assert body["errors"]
    assert body["remedy"]
