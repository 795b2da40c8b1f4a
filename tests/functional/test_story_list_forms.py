"""Every list by its form: drafted, changed by its drafter, approved by another, amended, repealed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog.cli import gongkai
from catalog.services import laws
from catalog.services.list_kinds import LIST_TYPES, OTHERS
from schemas.vocabularies import ListKind
from tests.common.both import BOTH, settings_on
from tests.common.browser import Browser
from tests.common.stack import Stack, open_stack
from tests.conftest import NOW

DRAFTS = "/negative-list/adjustments"
UNIT_NAME = "市人力资源和社会保障局"


@pytest.fixture(scope="module", params=BOTH)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    settings = settings_on(
        request, tmp_path_factory.mktemp("forms"), list_notice_days="power=3,service-item=20"
    )
    with open_stack(settings, NOW) as opened:
        with opened.runtime.database.write() as session:
            laws.seed(session)
        yield opened


def signed_in(stack: Stack, name: str = "keeper") -> Browser:
    browser = Browser(stack.client)
    browser.sign_in(name)
    return browser


def filled(kind: ListKind, name: str) -> dict[str, str]:
    """What a clerk types for an item of a list: its own columns, the unit by its name, the law."""
    columns = {f"details__{one.key}": f"{one.label}内容" for one in LIST_TYPES[kind].columns}
    law = {"basis__0__law": "中华人民共和国数据安全法", "basis__0__article": "42"}
    return {"name": name, "unit": UNIT_NAME, "reason": "首次编制", "document": "示政办〔2026〕1号",
            **columns, **law}  # fmt: skip


def test_an_item_of_each_other_list_is_drafted_changed_approved_and_published(stack: Stack) -> None:
    keeper, drafts = signed_in(stack), {}
    for kind in OTHERS:
        keeper.open(f"{DRAFTS}/new?list={kind}")
        offered = '<option value="行政许可">' in keeper.page
        assert offered == (kind == ListKind.POWER), "the kinds of power are there to choose from"
        keeper.send(f"{DRAFTS}/new", **filled(kind, "初稿事项"))
        assert keeper.status == 200, keeper.text
        draft = drafts[kind] = keeper.at
        keeper.open(f"{draft}/changes/0")
        keeper.send(f"{draft}/changes/0", name="定稿事项", reason="首次编制（修改）")
        assert (keeper.at, "定稿事项" in keeper.text) == (draft, True)
        assert "must approve" in keeper.text, (
            "whoever drafted it is told to wait for another person"
        )
    admin = signed_in(stack, "admin")
    for kind, draft in drafts.items():
        admin.open(draft)
        assert all(f"{one.label}内容" in admin.text for one in LIST_TYPES[kind].columns)
        admin.send(f"{draft}/approval", decision="approved")
        assert admin.status == 200, admin.text
    stack.client.delete_cookie("gk_session")
    anyone = Browser(stack.client)
    for kind in OTHERS:
        shown = anyone.open(f"/lists/{kind}")
        assert "定稿事项" in shown
        assert UNIT_NAME in anyone.text
        assert DRAFTS not in shown, "only those who keep the list are led to its forms"
        anyone.open(f"/lists/{kind}/items/{LIST_TYPES[kind].prefix}-001")
        assert "首次编制（修改）" in anyone.text
        assert "示政办〔2026〕1号" in anyone.text
        assert "approved by admin" not in anyone.text
    owed = {one["title"]: one["due_on"] for one in stack.ok("GET", "/api/v1/notices")["items"]}
    assert owed["权力清单调整公告（第1版）"] == "2026-11-26"
    assert owed["政务服务事项目录调整公告（第1版）"] == "2026-12-21"
    assert owed["责任清单调整公告（第1版）"] == "2026-12-07"


def test_what_is_wrong_stands_at_its_input_and_nothing_is_drafted(stack: Stack) -> None:
    before = len(stack.ok("GET", "/api/v1/lists/power/adjustments", "keeper")["items"])
    keeper = signed_in(stack)
    keeper.open(f"{DRAFTS}/new?list=power")
    given = filled(ListKind.POWER, "")
    keeper.send(
        f"{DRAFTS}/new", **{**given, "details__power_type": "", "unit": "没有的单位", "reason": ""}
    )
    assert keeper.status == 422
    for place in ("details-power_type", "name", "unit", "reason"):
        assert f'id="{place}-error"' in keeper.page, place
    keeper.send(f"{DRAFTS}/new", **{**given, "name": "x", "in_force_from": "2026-13-40"})
    assert 'id="in_force_from-error"' in keeper.page
    keeper.open(f"{DRAFTS}/new?list=power&kind=open")
    assert keeper.status == 422, "only what the negative list closed can be converted to open"
    after = len(stack.ok("GET", "/api/v1/lists/power/adjustments", "keeper")["items"])
    assert after == before


def test_only_the_drafter_changes_a_draft_and_nobody_changes_a_decided_one(stack: Stack) -> None:
    keeper = signed_in(stack)
    keeper.open(f"{DRAFTS}/new?list=responsibility")
    keeper.send(f"{DRAFTS}/new", **filled(ListKind.RESPONSIBILITY, "安全监管责任"))
    draft = keeper.at
    admin = signed_in(stack, "admin")
    admin.open(f"{draft}/changes/0")
    admin.send(f"{draft}/changes/0", name="被他人改动")
    assert admin.status == 403
    assert "Whoever drafted an adjustment" in admin.text
    admin.open(draft)
    admin.send(f"{draft}/approval", decision="refused", reasons="职责不清")
    keeper = signed_in(stack)
    keeper.open(f"{draft}/changes/0")
    keeper.send(f"{draft}/changes/0", name="事后改动")
    assert keeper.status == 409
    assert "decided already" in keeper.text
    keeper.open(f"{draft}/changes/9")
    assert keeper.status == 404


def test_an_item_is_amended_and_repealed_and_its_page_tells_the_whole_story(stack: Stack) -> None:
    kind = ListKind.POWER
    _approved(stack, kind, **filled(kind, "企业年金方案备案"))
    held = stack.ok("GET", f"/api/v1/lists/{kind}")["items"]
    number = next(one["number"] for one in held if one["name"] == "企业年金方案备案")
    keeper = signed_in(stack)
    keeper.open(f"{DRAFTS}/new?list={kind}&kind=amend&item={number}")
    assert keeper.form(f"{DRAFTS}/new")["unit"] == [UNIT_NAME]
    keeper.send(f"{DRAFTS}/new", details__level="地市", reason="下放至区")
    _approve(stack, keeper.at)
    repeal = {"kind": "repeal", "item": number, "reason": "职权取消"}
    keeper = signed_in(stack)
    keeper.open(f"{DRAFTS}/new?list={kind}&kind=repeal&item={number}")
    keeper.send(f"{DRAFTS}/new", **repeal)
    _approve(stack, keeper.at)
    story = signed_in(stack)
    story.open(f"/lists/{kind}/items/{number}")
    for said in ("首次编制", "下放至区", "职权取消", "drafted by keeper, approved by admin"):
        assert said in story.text, said
    story.open(f"/lists/{kind}/diff?from=2&to=3")
    assert "<ins>地市</ins>" in story.page
    for form in ("json", "csv", "xlsx", "atom"):
        assert stack.call("GET", f"/lists/{kind}/diff.{form}?from=2&to=3").status_code == 200
    story.open(f"/lists/{kind}/editions/4")
    assert "职权取消" in story.text
    assert "企业年金方案备案" in story.text
    assert number not in stack.call("GET", f"/lists/{kind}.csv").get_data(as_text=True)
    assert stack.call("GET", f"/lists/{kind}/editions/2.json").get_json()["items"]


def _approved(stack: Stack, kind: ListKind, **given: str) -> None:
    keeper = signed_in(stack)
    keeper.open(f"{DRAFTS}/new?list={kind}")
    keeper.send(f"{DRAFTS}/new", **given)
    _approve(stack, keeper.at)


def _approve(stack: Stack, draft: str) -> None:
    admin = signed_in(stack, "admin")
    admin.open(draft)
    admin.send(f"{draft}/approval", decision="approved")
    assert "new edition is in force" in admin.text, admin.text


def test_every_list_goes_out_and_comes_back_by_the_command_in_each_format(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = stack.runtime.settings
    monkeypatch.setenv("GONGKAI_HOME", str(settings.home))
    monkeypatch.setenv("GONGKAI_DATABASE_URL", settings.resolved_database_url())
    monkeypatch.setenv("GONGKAI_STORAGE_URL", settings.resolved_storage_url())
    run = CliRunner()
    for kind in (one.value for one in OTHERS):
        for suffix in ("csv", "xlsx", "docx"):
            path = tmp_path / f"{kind}.{suffix}"
            done = run.invoke(
                gongkai, ["negative-list", "export", "--list", kind, "--output", str(path)]
            )
            assert (done.exit_code, path.stat().st_size > 0) == (0, True), done.output
            back = run.invoke(
                gongkai,
                ["negative-list", "import", str(path), "--list", kind, "--as", "keeper",
                 "--reason", "x", "--preview"],
            )  # fmt: skip
            assert back.exit_code == 0, back.output
            assert "0 changes read, 1 item unchanged." in back.output
    half = tmp_path / "half.csv"
    half.write_text("职权名称,职权类型,设定依据\n只有名称,,\n", encoding="utf-8")
    report = run.invoke(
        gongkai,
        ["negative-list", "import", str(half), "--list", "power", "--as", "keeper", "--reason", "x",
         "--json"],
    )  # fmt: skip
    assert report.exit_code == 1
    assert '"row": 2' in report.stdout
    assert "职权类型" in report.stdout
    wrong = run.invoke(gongkai, ["negative-list", "export", "--output", str(tmp_path / "list.pdf")])
    assert wrong.exit_code == 2
