"""Every file that is cut off, damaged, hostile or odd is delivered: told in both languages, kept, not published.

One entry of one city takes them all, one after another, as an editor would who tries again.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from catalog.settings import Settings
from tests.common.bad_files import ODD, REFUSED
from tests.common.browser import Browser
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

CHINESE = re.compile("[\u4e00-\u9fff]")
FORM = (
    '--x\r\nContent-Disposition: form-data; name="file"; filename="名单.csv"\r\n\r\n'.encode()
    + b"%s\r\n--x--\r\n"
)
NOTHING = "an empty file"
"""Refused at the door, before anything is stored."""


@dataclass(frozen=True)
class Desk:
    """A portal with one entry that takes every delivery, and its editor before the browser."""

    stack: Stack
    slug: str
    resource: str
    lin: Browser

    def deliver(self, data: bytes) -> dict[str, Any]:
        """The version that a delivery has become, once it was looked at."""
        made = self.stack.ok(
            "POST", f"/api/v1/resources/{self.resource}/versions", "lin", status=202,
            data=FORM % data, content_type="multipart/form-data; boundary=x",
        )  # fmt: skip
        self.stack.work()
        return self.shown(made["id"])

    def shown(self, version: str, language: str = "en") -> dict[str, Any]:
        headers = {"Accept-Language": language}
        return dict(self.stack.ok("GET", f"/api/v1/versions/{version}", "lin", headers=headers))

    def page(self, version: str, language: str) -> str:
        """The page of the delivery, every run of white space one space."""
        self.lin.open(f"/desk/versions/{version}?lang={language}")
        assert self.lin.status == 200
        return " ".join(self.lin.text.split())

    def is_kept(self, data: bytes, version: dict[str, Any]) -> None:
        """The bytes are stored as they came."""
        digest = hashlib.sha256(data).hexdigest()
        assert (version["sha256"], version["bytes"]) == (digest, len(data))
        assert self.stack.runtime.storage.verify(digest)

    def is_not_public(self) -> None:
        """Nobody outside sees anything, and it cannot be submitted."""
        refused = self.stack.call("POST", f"/api/v1/datasets/{self.slug}/submissions", "lin")
        assert refused.status_code == 409
        for reason in refused.get_json()["reasons"]:
            assert reason["cause"]
            assert reason["remedy"]
        for address in (f"/datasets/{self.slug}", f"/datasets/{self.slug}/table.csv"):
            assert self.stack.call("GET", address).status_code == 404


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("bad-files")
    with open_stack(Settings(home=home), NOW) as stack:
        slug, resource = stack.entry(title="示范企业名单")
        lin = Browser(stack.client.application.test_client())
        lin.sign_in("lin")
        yield Desk(stack, slug, resource, lin)


@pytest.mark.parametrize("name", sorted(REFUSED.keys() - {NOTHING}))
def test_a_file_that_is_no_table_is_refused_with_place_cause_and_remedy(
    desk: Desk, name: str
) -> None:
    make, code, place = REFUSED[name]
    data = make()
    version = desk.deliver(data)
    assert version["state"] == "failed", version
    (problem,) = version["problems"]
    assert problem["code"] == code
    assert problem["place"].startswith(place)
    assert version["report"] is None
    assert not version["artefacts"]
    (chinese,) = desk.shown(version["id"], "zh")["problems"]
    for said, language in ((problem, "en"), (chinese, "zh")):
        page = desk.page(version["id"], language)
        for part in ("cause", "remedy"):
            assert bool(CHINESE.search(re.sub("“.*”", "", said[part]))) is (language == "zh")
            assert " ".join(said[part].split()) in page
    desk.is_kept(data, version)
    desk.is_not_public()


def test_a_file_of_no_bytes_is_refused_at_the_door(desk: Desk) -> None:
    make, code, _ = REFUSED[NOTHING]
    refused = desk.stack.call(
        "POST", f"/api/v1/resources/{desk.resource}/versions", "lin",
        data=FORM % make(), content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    assert (refused.status_code, refused.get_json()["code"]) == (422, code)
    assert refused.get_json()["remedy"]


@pytest.mark.parametrize("name", sorted(ODD))
def test_an_odd_file_is_read_whole_and_what_is_odd_is_told(desk: Desk, name: str) -> None:
    make, rows, kind = ODD[name]
    data = make()
    version = desk.deliver(data)
    assert (version["state"], version["rows"]) == ("examined", rows)
    errors = [error for task in version["report"]["tasks"] for error in task["errors"]]
    told = {one["kind"]: one for one in version["repairs"]}
    told |= {error.get("gongkai:code") or error["type"]: error for error in errors}
    assert kind in told if kind else not told
    for language in ("en", "zh"):
        page = desk.page(version["id"], language)
        for repair in desk.shown(version["id"], language)["repairs"]:
            assert " ".join(repair["message"].split()) in page
    desk.is_kept(data, version)
    if not version["report"]["valid"]:
        desk.is_not_public()
