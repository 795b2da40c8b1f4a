"""The whole way in a real browser, by clicks: register, deliver, repair, settle, review, find, withdraw."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from catalog.settings import Settings
from tests.common.chromium import PHONE, WIDE, Person, chromium, person, served
from tests.common.stack import Stack, open_stack, wait_until
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLUG = re.compile(r"/desk/datasets/([a-z0-9-]+)")
EXAMINED = 30


def citizen_id(first: str) -> str:
    """Seventeen digits and their check character (GB 11643-1999, 4)."""
    total = sum(
        int(digit) * 2 ** (17 - place) for place, digit in zip(range(17), first, strict=True)
    )
    return first + "10X98765432"[total % 11]


IDS = [citizen_id(f"1101011990010{n}00{n}") for n in range(1, 6)]
UGLY = "处罚名单,,\n序号,当事人,代码\n" + "".join(
    f"{n},第{n}公司,{one}\n" for n, one in enumerate(IDS, 1)
)


@dataclass(frozen=True)
class Street:
    """The product at an address, and the browser that looks at it."""

    stack: Stack
    base: str
    browser: Browser

    def person(self, name: str = "", language: str = "zh") -> Person:
        somebody = person(self.browser, self.base, language)
        if name:
            somebody.sign_in(name)
        return somebody


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    settings = Settings(home=tmp_path_factory.mktemp("street"))
    with open_stack(settings, NOW) as stack, served(stack) as base, chromium() as browser:
        yield Street(stack, base, browser)


def _register(lin: Person) -> str:
    lin.open("/desk")
    lin.follow("登记数据资源")
    lin.page.get_by_label("名称", exact=True).fill("行政处罚名单")
    lin.page.get_by_label("摘要", exact=True).fill("劳动保障行政处罚当事人名单，每年更新一次。")
    lin.page.get_by_label("主题领域").fill("社会保障")
    lin.page.get_by_text("任何人均可浏览和下载").click()
    lin.page.get_by_label("更新周期").select_option("yearly")
    lin.press("保存草稿")
    lin.page.wait_for_url(SLUG)
    lin.open(f"/desk/datasets/{SLUG.match(lin.at())[1]}")
    return SLUG.match(lin.at())[1]


def _deliver(lin: Person, file: Path) -> None:
    lin.page.get_by_label("英文短名").fill("list")
    lin.page.locator("form[action$='/resources']").get_by_label("名称").fill("名单")
    lin.press("添加")
    lin.page.locator("#file-list").set_input_files(file)
    lin.press("上传")
    lin.page.wait_for_url("**/desk/versions/*")
    lin.page.locator("#repairs").wait_for(timeout=EXAMINED * 1000)


def _repair_and_settle(lin: Person) -> None:
    sides = lin.page.locator(".repair__sides").first
    expect(sides).to_contain_text("现在")
    expect(sides).to_contain_text("修正后")
    lin.press("全选")
    lin.press("应用勾选的修正")
    lin.page.locator("#findings").wait_for(timeout=EXAMINED * 1000)
    for one in IDS:
        assert one not in lin.page.content(), "a finding shows no whole number"
    for box in lin.page.locator("#findings input[value=mask]").all():
        box.check()
    lin.press("保存处置并重新检测")
    lin.reads("没有待处置的事项", EXAMINED)


def _submit_and_pass(lin: Person, wu: Person) -> None:
    lin.page.get_by_role("status").get_by_role("link").first.click()
    lin.press("提交审查")
    lin.reads("已提交")
    wu.page.locator(".site-nav a[href='/reviews']").click()
    wu.page.locator("main a[href^='/reviews/']").first.click()
    wu.reads("第1公司")
    for one in IDS:
        assert one not in wu.page.content()
    for box in wu.page.locator("input[name=check]").all():
        box.check()
    wu.page.locator("input[name=verdict][value=pass]").check()
    wu.page.locator("#reasons").fill("同意公开")
    wu.press("提交决定")
    wu.reads("已记录您的决定")


def _find_and_download(anyone: Person, slug: str) -> None:
    anyone.open("/")
    anyone.page.locator("main #q").fill("处罚")
    anyone.press("搜索")
    anyone.page.locator(f"main a[href='/datasets/{slug}']").first.click()
    anyone.follow("数据预览")
    anyone.reads("第1公司")
    anyone.follow("概览")
    with anyone.page.expect_download() as coming:
        anyone.page.locator("#download a", has_text="CSV").first.click()
    text = Path(coming.value.path()).read_text("utf-8-sig")
    assert "第1公司" in text
    assert not any(one in text for one in IDS), "the public file is masked"


def _withdraw(lin: Person, anyone: Person, slug: str) -> None:
    lin.open(f"/desk/datasets/{slug}")
    lin.page.get_by_text("中止、撤回或下架").click()
    lin.page.locator("#withdrawal-reason").fill("数据有误，更正后再发布")
    lin.press("撤回")
    lin.reads("即时生效")
    anyone.open(f"/datasets/{slug}")
    anyone.reads("数据有误，更正后再发布")
    assert anyone.page.request.get(f"{anyone.base}/datasets/{slug}/list.csv").status == 410


def _adjust_the_list(keeper: Person, admin: Person, anyone: Person) -> None:
    keeper.page.locator(".site-nav a[href='/negative-list/adjustments']").click()
    keeper.follow("拟定调整")
    for name, value in {
        "name": "个人隐私信息", "circumstances": "公开后会损害个人合法权益的信息",
        "public_text": "涉及个人隐私的信息", "next_review": "2027-11-01",
        "reason": "首次编制", "basis-0-law": "中华人民共和国政府信息公开条例", "basis-0-article": "15",
    }.items():  # fmt: skip
        keeper.page.locator(f"[name='{name}']").fill(value)
    keeper.page.locator("[name=ground]").select_option(index=3)
    keeper.press("提交批准")
    keeper.page.wait_for_url(re.compile(r"/negative-list/adjustments/[0-9a-f]{8,}"))
    admin.open(keeper.at())
    admin.press("批准")
    admin.page.locator("main [role=status]").first.wait_for()
    keeper.open("/negative-list/adjustments")
    keeper.press("发布公告")
    anyone.open("/negative-list")
    anyone.reads("个人隐私信息")
    anyone.open("/notices")
    anyone.reads("首次编制")


def test_the_main_way_is_clicked_from_registration_to_withdrawal_and_a_notice(street, tmp_path):
    file = tmp_path / "名单.csv"
    file.write_bytes(UGLY.encode("gb18030"))
    lin, wu, anyone = street.person("lin"), street.person("wu"), street.person()
    slug = _register(lin)
    _deliver(lin, file)
    _repair_and_settle(lin)
    _submit_and_pass(lin, wu)
    held = street.stack.runtime
    wait_until(lambda: not held.index.catch_up(held.database))
    _find_and_download(anyone, slug)
    _withdraw(lin, anyone, slug)
    keeper, admin = street.person("keeper"), street.person("admin")
    _adjust_the_list(keeper, admin, anyone)
    anyone.open("/openness")
    anyone.reads("开放单位比率")
    for one in (lin, wu, anyone, keeper, admin):
        assert one.troubles == []
        one.page.context.close()


def test_a_summary_of_errors_names_the_field_and_leads_to_it(street):
    anyone = street.person()
    anyone.open("/requests/new")
    anyone.page.evaluate("document.querySelector('main form').noValidate = true")
    anyone.page.get_by_label("具体内容").fill("希望开放公交线路数据")
    anyone.press("提交")
    first = anyone.page.locator(".error-summary a").first
    expect(first).to_have_text("一句话概括：为必填项")
    first.click()
    expect(anyone.page.get_by_label("一句话概括")).to_be_focused()
    expect(anyone.page.get_by_label("具体内容")).to_have_value("希望开放公交线路数据")
    anyone.page.context.close()


PUBLIC = (
    "/", "/datasets", "/units", "/openness", "/openness/entries", "/openness/plan",
    "/openness/changes", "/openness/signals", "/openness/map", "/openness/snapshots",
    "/openness/heads", "/openness/assessments",
    "/negative-list", "/negative-list/print", "/laws", "/laws/stale", "/lists",
    "/lists/disclosure", "/lists/power", "/lists/responsibility", "/lists/service-item",
    "/lists/intermediary", "/guides",
    "/standards", "/standards/power-list", "/notices", "/requests", "/requests/new",
    "/developers", "/developers/terms", "/api/docs", "/login",
)  # fmt: skip
ROOMS = {
    "": PUBLIC,
    "lin": (
        "/desk", "/desk/duties", "/desk/reports", "/desk/datasets/new", "/account",
        "/openness/plan",
    ),
    "wu": ("/reviews", "/desk/duties", "/desk/reports"),
    "keeper": (
        "/negative-list/adjustments", "/negative-list/adjustments/new",
        "/negative-list/adjustments/new?kind=amend", "/negative-list/adjustments/new?kind=repeal",
        "/negative-list/adjustments/new?kind=open", "/negative-list/adjustments?list=power",
        "/negative-list/adjustments/new?list=power", "/negative-list/matching",
        "/negative-list/adjustments/new?list=service-item&kind=amend",
        "/negative-list/matching?way=open", "/negative-list/import", "/guides/new", "/laws",
        "/lists/power", "/desk/duties",
    ),
    "admin": (
        "/admin", "/admin/units", "/admin/users", "/admin/sources", "/admin/jobs",
        "/admin/mosaic", "/admin/calendar", "/admin/duties", "/admin/audit", "/admin/targets",
        "/admin/corrections", "/admin/corrections/sets", "/admin/corrections/sets/new",
        "/openness/plan", "/openness/snapshots", "/openness/assessments",
    ),
    "auditor": ("/admin", "/admin/corrections", "/admin/targets", "/admin/duties", "/negative-list/adjustments"),
}  # fmt: skip

ENGLISH = re.compile(r"\b[a-z]{3,}( [a-z]{2,})+", re.IGNORECASE)
QUOTING = {"/api/docs", "/developers", "/standards/power-list"}
"""Pages that quote the language of the interface or the names of foreign standards."""
NAMES = {"Power Query"}
"""Programs of others, which are called so in every language."""


def _entry_pages(street: Street) -> dict[str, tuple[str, ...]]:
    """A published entry and one in work, with the pages that each has."""
    stack = street.stack
    slug, resource = stack.entry(title="机构名录")
    table = Path(stack.runtime.settings.home) / "table.csv"
    table.write_text("序号,机构名称\n1,市图书馆\n2,市档案馆\n", encoding="utf-8")
    with table.open("rb") as body:
        version = stack.ok(
            "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
            data={"file": (body, "机构.csv")}, content_type="multipart/form-data",
        )  # fmt: skip
    at = f"/api/v1/versions/{version['id']}"
    wait_until(lambda: stack.ok("GET", at, "lin")["state"] not in {"received", "examining"})
    review = stack.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)["review"]
    stack.ok(
        "POST",
        f"/api/v1/reviews/{review}/decision",
        "wu",
        json={"verdict": "pass", "reasons": "同意"},
    )
    tabs = ("fields", "preview", "api", "versions", "quality", "citation")
    return {
        "": (f"/datasets/{slug}", *(f"/datasets/{slug}?tab={tab}" for tab in tabs)),
        "lin": (
            f"/desk/datasets/{slug}", f"/desk/datasets/{slug}/edit",
            f"/desk/datasets/{slug}/fields", f"/desk/versions/{version['id']}",
            f"/desk/datasets/{slug}/closures",
        ),
        "wu": (f"/reviews/{review}",),
    }  # fmt: skip


def test_every_page_fits_both_widths_speaks_its_language_and_makes_no_error(street):
    more = _entry_pages(street)
    wrong: list[str] = []
    for language in ("zh", "en"):
        for name, paths in ROOMS.items():
            somebody = street.person(name, language)
            for path in (*paths, *more.get(name, ())):
                somebody.resize(WIDE)
                somebody.open(path)
                wrong += somebody.defects()
                if language == "zh" and path not in QUOTING:
                    english = ENGLISH.finditer(somebody.prose())
                    wrong += [
                        f"{path} says in English: {one[0]}"
                        for one in english
                        if one[0] not in NAMES
                    ]
                somebody.resize(PHONE)
                wrong += somebody.defects()
            somebody.open(paths[0])
            wrong += somebody.unseen_focus(8)
            wrong += [f"{language} {one}" for one in somebody.troubles]
            somebody.page.context.close()
    assert wrong == []
