"""The library of legal bases at every door: read by anybody, kept by list keepers."""

import io
from collections.abc import Iterator

import pytest

from catalog.services import laws
from tests.common.both import BOTH, settings_on
from tests.common.browser import Browser
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

TEXT = "某市公共数据条例\n第一条 为了开放数据。\n第二条 本条例自2020年5月1日起施行。\n"
ITEM = {
    "name": "危及公共安全的信息",
    "category": "公共安全",
    "ground": "14-3b",
    "circumstances": ["重要设施的安全防护参数"],
    "citations": ["《政府信息公开条例》第八条"],
    "scope": {},
    "review_by": "2027-06-30",
}


@pytest.fixture(scope="module", params=BOTH)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    with open_stack(settings_on(request, tmp_path_factory.mktemp("laws")), NOW) as opened:
        with opened.runtime.database.write() as session:
            laws.seed(session)
        yield opened


def test_a_law_is_added_its_text_imported_and_everybody_reads_its_articles(stack: Stack) -> None:
    given = {
        "title": "某市公共数据条例",
        "level": "local-regulation",
        "label": "2020",
        "in_force_from": "2020-05-01",
    }
    assert stack.call("POST", "/api/v1/laws", "lin", json=given).status_code == 403
    stack.ok("POST", "/api/v1/laws", "keeper", json=given, status=201)
    later = {**given, "label": "2023", "in_force_from": "2023-01-01"}
    overlap = stack.ok("POST", "/api/v1/laws", "keeper", json=later, status=422)
    assert list(overlap["errors"]) == ["in_force_from"]
    done = stack.ok("POST", "/api/v1/laws/texts", "keeper", json={"text": TEXT})
    assert (done["label"], done["articles"]) == ("2020", 2)
    shown = stack.ok("GET", f"/api/v1/laws/{done['law']}")
    assert shown["versions"][0]["articles"][0]["text"] == "为了开放数据。"
    browser = Browser(stack.client)
    browser.open("/laws?q=某市")
    browser.open(browser.links(r"/laws/\d+")[0])
    assert "为了开放数据。" in browser.text


def test_a_keeper_adds_and_imports_on_the_page_and_errors_stand_by_their_fields(
    stack: Stack,
) -> None:
    keeper = Browser(stack.client)
    keeper.sign_in("keeper")
    keeper.open("/laws")
    keeper.send(
        "/laws",
        title="另一条例",
        level="local-regulation",
        label="2021",
        in_force_from="2021-01-01",
    )
    assert "The revision is in the library." in keeper.text
    keeper.open("/laws")
    keeper.send("/laws", title="另一条例", label="2022", in_force_from="2022-01-01")
    assert (keeper.status, "overlaps that of 2021" in keeper.text) == (422, True)
    for content, says in (
        (b"\xff\xfe\xff", "no text in UTF-8"),
        ("没有的法\n第一条 甲".encode(), "does not know"),
    ):
        keeper.open("/laws")
        keeper.send("/laws/texts", files={"file": (io.BytesIO(content), "law.txt")})
        assert (keeper.status, says in keeper.text) == (422, True)
    keeper.open("/laws")
    keeper.send("/laws/texts", files={"file": (io.BytesIO(TEXT.encode("gb18030")), "law.txt")})
    assert "2 articles have their text now." in keeper.text


def test_a_stale_basis_is_listed_in_every_form_and_its_amendment_is_one_step_away(
    stack: Stack,
) -> None:
    change = {"changes": [{"kind": "add", "item": ITEM}], "reason": "旧清单"}
    drafted = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", json=change, status=201
    )
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{drafted['id']}/approval", "admin")
    found = stack.ok("GET", "/api/v1/laws/stale")["items"]
    assert [(one["number"], one["successors"]) for one in found] == [
        ("NL-001", ["《中华人民共和国政府信息公开条例》第十四条"])
    ]
    assert stack.ok("GET", "/laws/stale.json")["items"][0]["ended_on"] == "2019-05-15"
    assert "第十四条" in stack.call("GET", "/laws/stale.csv").get_data(as_text=True)
    keeper = Browser(stack.client)
    keeper.sign_in("keeper")
    keeper.open("/laws/stale")
    keeper.open(keeper.links(r"/negative-list/adjustments/new\?[^\"]+")[0])
    form = keeper.form("/negative-list/adjustments/new")
    assert form["basis-0-law"] == ["《中华人民共和国政府信息公开条例》第十四条"]
    keeper.send("/negative-list/adjustments/new", reason="依据更新")
    assert keeper.status == 200
    assert "drafted" in keeper.text


def test_every_list_of_laws_has_its_twins(stack: Stack) -> None:
    assert len(stack.ok("GET", "/laws.json")["items"]) > 20
    assert "政府信息公开条例" in stack.call("GET", "/laws.csv").get_data(as_text=True)
    assert len(stack.ok("GET", "/api/v1/laws")["items"]) > 20
    assert stack.call("GET", "/laws/99999").status_code == 404


def test_a_repealed_law_makes_what_rests_on_it_stale_and_names_what_took_its_place(
    stack: Stack,
) -> None:
    law = {
        "title": "某市旧档案办法",
        "level": "rule",
        "label": "2001",
        "in_force_from": "2001-01-01",
    }
    for one in (law, {**law, "title": "某市新档案办法", "in_force_from": "2026-11-01"}):
        stack.ok("POST", "/api/v1/laws", "keeper", json=one, status=201)
        text = f"{one['title']}\n第一条 为了管理档案。\n"
        held = stack.ok("POST", "/api/v1/laws/texts", "keeper", json={"text": text})
        law["id"] = law.get("id") or held["law"]
    at = f"/laws/{law['id']}"
    item = {**ITEM, "name": "未到期档案", "citations": ["《某市旧档案办法》第一条"]}
    drafts = "/api/v1/negative-list/adjustments"
    given = {"reason": "编制", "changes": [{"kind": "add", "item": item}]}
    made = stack.ok("POST", drafts, "keeper", status=201, json=given)["id"]
    stack.ok("POST", f"{drafts}/{made}/approval", "admin")

    def stale() -> list[list[str]]:
        rows = stack.ok("GET", "/api/v1/laws/stale")["items"]
        return [one["successors"] for one in rows if "旧档案" in one["citation"]]

    assert stale() == []
    stack.ok("POST", f"/api/v1{at}/end", "lin", status=403, json={"on": "2026-11-01"})
    refused = stack.ok("POST", f"/api/v1{at}/end", "keeper", status=422, json={"on": "2001-01-01"})
    assert list(refused["errors"]) == ["on"]
    keeper = Browser(stack.client)
    keeper.sign_in("keeper")
    keeper.open(at)
    for wrong in (
        {"on": ""}, {"on": "1000-01-01"}, {"on": "2026-11-01", "replaced_by": "没有的办法"},
        {"on": "2026-11-01", "replaced_by": "某市旧档案办法"},
    ):  # fmt: skip
        keeper.send(f"{at}/end", **{"replaced_by": "", **wrong})
        assert (keeper.status, "There is a problem" in keeper.text) == (422, True), wrong
    assert stale() == [], "nothing was saved"
    keeper.send(f"{at}/end", on="2026-11-01", replaced_by="某市新档案办法")
    assert (keeper.status, "Replaced by" in keeper.text) == (200, True)
    assert stale() == [["《某市新档案办法》"]]
    again = stack.ok("POST", f"/api/v1{at}/end", "keeper", status=422, json={"on": "2026-11-02"})
    assert list(again["errors"]) == ["on"]
