"""Tables and packages at addresses: fetched by the parent, private ones only when trusted."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None: ...


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "a.csv").write_text("id,name\n1,x\n2\n")
    (folder / "download").write_text("id,name\n1,x\n")
    resources = [{"name": "a", "type": "table", "path": "a.csv", "scheme": "http", "format": "csv"}]
    (folder / "datapackage.json").write_text(json.dumps({"resources": resources}))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_table_at_a_private_address_is_read_only_when_trusted(gongkai, site) -> None:
    refused = gongkai("validate", f"{site}/a.csv", "--json", code=1).reports[0]
    assert [one["type"] for one in refused["tasks"][0]["errors"]] == ["scheme-error"]
    assert "http://127.0.0.1" in refused["tasks"][0]["place"]
    report = gongkai("validate", f"{site}/a.csv", "--json", "--trusted", code=1).reports[0]
    assert [one["type"] for one in report["tasks"][0]["errors"]] == ["missing-cell"]
    assert report["tasks"][0]["name"] == "a"
    assert report["tasks"][0]["place"] == f"{site}/a.csv"


def test_a_package_at_an_address_brings_its_tables(gongkai, site) -> None:
    report = gongkai("validate", f"{site}/datapackage.json", "--json", "--trusted", code=1).reports[
        0
    ]
    assert [one["type"] for one in report["tasks"][0]["errors"]] == ["missing-cell"]


def test_an_address_without_an_ending_is_read_by_its_content(gongkai, site) -> None:
    report = gongkai("validate", f"{site}/download", "--json", "--trusted").reports[0]
    assert report["tasks"][0]["stats"]["rows"] == 1


def test_a_missing_page_is_an_error_in_the_report(gongkai, site) -> None:
    done = gongkai("validate", f"{site}/missing.csv", "--trusted", code=1)
    assert "404" in done.out
