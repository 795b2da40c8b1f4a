"""Programs of others, as they are installed, read a served portal over HTTP."""

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
import requests

from tests.common.chromium import served
from tests.common.portal import SECRET, TABLE, Portal

LISTED = ("open", "partly", "closed", "conditional", "suspension")
BIN = Path(sys.executable).parent
ROWS = TABLE.strip().splitlines()


@pytest.fixture(scope="module")
def address(portal: Portal) -> Iterator[str]:
    """The portal on a port of its own, which knows its address."""
    settings = portal.stack.runtime.settings
    before = settings.public_url
    with served(portal.stack) as base:
        settings.public_url = base
        yield base
        settings.public_url = before


def ckanapi(*words: str, folder: Path) -> list[dict[str, Any]]:
    """The ``ckanapi`` command; the JSON lines it writes."""
    done = subprocess.run(
        [BIN / "ckanapi", *words],
        cwd=folder, env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"}, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ckanapi_dumps_and_searches_from_the_command_line(
    portal: Portal, address: str, tmp_path: Path
) -> None:
    names = {portal.slugs[name] for name in LISTED}
    dumped = ckanapi("dump", "datasets", "--all", "-r", address, folder=tmp_path)
    assert {one["name"] for one in dumped} == names
    found = ckanapi("search", "datasets", "-r", address, folder=tmp_path)
    assert {one["name"]: one for one in found} == {one["name"]: one for one in dumped}
    units = ckanapi("dump", "organizations", "--all", "-r", address, folder=tmp_path)
    assert {one["id"] for one in units} == {one["owner_org"] for one in dumped}
    assert ckanapi("dump", "groups", "--all", "-r", address, folder=tmp_path)
    assert SECRET not in json.dumps([*dumped, *units], ensure_ascii=False)


def test_ckanapi_saves_data_packages_with_their_files(
    portal: Portal, address: str, tmp_path: Path
) -> None:
    slug = portal.slugs["open"]
    ckanapi(
        "dump", "datasets", slug, f"--datapackages={tmp_path}", "--datastore-fields",
        "--resource-views", "-r", address, folder=tmp_path,
    )  # fmt: skip
    folder = tmp_path / slug
    described = json.loads((folder / "datapackage.json").read_text())
    assert described["name"] == slug
    saved = sorted((folder / "data").iterdir())
    assert {path.suffix for path in saved} == {".csv", ".json", ".ndjson", ".xlsx", ".parquet"}
    package = requests.get(f"{address}/api/3/action/package_show?id={slug}", timeout=30).json()
    last = requests.get(package["result"]["resources"][-1]["url"], timeout=30).content
    for path in saved:  # ckanapi 4.11 fetches the last of the resources under every name
        assert path.read_bytes() == last


class Remote(io.RawIOBase):
    """A file at an address, read by ranges as fsspec's HTTP files are."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.place, self.fetched = address, 0, 0
        head = requests.head(address, timeout=30)
        assert head.headers["Accept-Ranges"] == "bytes"
        self.size, self.tag = int(head.headers["Content-Length"]), head.headers["ETag"]

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = 0) -> int:
        self.place = offset + (0, self.place, self.size)[whence]
        return self.place

    def read(self, size: int = -1) -> bytes:
        end = self.size if size < 0 else min(self.size, self.place + size)
        if end <= self.place:
            return b""
        asked = {"Range": f"bytes={self.place}-{end - 1}", "If-Range": self.tag}
        answer = requests.get(self.address, headers=asked, timeout=30)
        assert answer.status_code == 206
        assert answer.headers["Content-Range"] == f"bytes {self.place}-{end - 1}/{self.size}"
        self.place, self.fetched = end, self.fetched + len(answer.content)
        return answer.content


def test_a_table_is_read_in_place_by_ranges(portal: Portal, address: str) -> None:
    """DuckDB's own HTTP reader is an extension that its package does not hold; polars and object stores
    ask for ranges in the same way."""
    at = f"{address}/datasets/{portal.slugs['open']}/table"
    found = pl.scan_parquet(f"{at}.parquet").filter(pl.col("有效")).select("序号", "金额").collect()
    assert found.height == 12
    assert found["金额"].sum() == sum(n + 0.5 for n in range(1, 25, 2))
    read = pl.read_csv(requests.get(f"{at}.csv", timeout=30).content)
    assert read.height == len(ROWS) - 1
    with Remote(f"{at}.parquet") as file:
        assert pq.ParquetFile(file).read(["职权名称"]).num_rows == len(ROWS) - 1
        assert file.fetched > 0
    assert duckdb.from_arrow(found.to_arrow()).aggregate("count(*)").fetchall() == [(12,)]


def test_what_other_harvesters_check_of_a_package_holds(portal: Portal, address: str) -> None:
    """What udata's schema demands, and CKANHarvester's paging, filters and comparison of times."""
    ask = f"{address}/api/3/action/"
    names = requests.get(
        f"{ask}package_list", timeout=30, headers={"Content-Type": "application/json"}
    )
    assert names.headers["Content-Type"].partition(";")[0] == "application/json"
    for name in names.json()["result"]:
        package = requests.get(f"{ask}package_show", params={"id": name}, timeout=30).json()[
            "result"
        ]
        assert package["type"] == "dataset"
        assert package["state"] == "active"
        assert re.fullmatch(r"[a-z0-9_-]{2,100}", package["name"])
        UUID(package["id"])
        assert all(package["organization"][key] == value for key, value in
                   (("approval_status", "approved"), ("type", "organization")))  # fmt: skip
        for key in ("metadata_created", "metadata_modified"):
            assert datetime.fromisoformat(package[key]).tzinfo is None
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", package[key])
        places = [one["position"] for one in package["resources"]]
        assert places == list(range(len(places)))
        for resource in package["resources"]:
            assert {"mimetype", "size", "hash", "last_modified", "resource_type"} <= set(resource)
            assert None not in (resource["id"], resource["format"], resource["created"])
            assert urlsplit(resource["url"]).scheme in {"http", "https"}
            assert resource["resource_type"] in {None, "file", "file.upload", "api"}
        assert all(tag["id"] and tag["name"] for tag in package["tags"])
    assert harvested(ask, "") == set(names.json()["result"])
    unit = package["organization"]["name"]
    assert harvested(ask, f"organization:{unit} OR organization:nobody") == harvested(ask, "")
    assert harvested(ask, f"-organization:{unit}") == set()
    assert harvested(ask, "metadata_modified:[2199-01-01T00:00:00.000001Z TO *]") == set()
    assert harvested(ask, "metadata_modified:[2001-01-01T00:00:00.000001Z TO *]") == harvested(
        ask, ""
    )


def harvested(ask: str, narrowed: str) -> set[str]:
    """As CKANHarvester goes: a hundred at a time by id, until a page is empty."""
    found: set[str] = set()
    start = 0
    while True:
        given: dict[str, Any] = {"rows": 2, "start": start, "sort": "id asc"}
        if narrowed:
            given["fq"] = narrowed
        page = requests.get(f"{ask}package_search", params=given, timeout=30).json()["result"]
        if not page["results"]:
            return found
        names = {one["name"] for one in page["results"]}
        assert not names & found
        found |= names
        start += 2
