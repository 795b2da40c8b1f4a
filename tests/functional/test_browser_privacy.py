"""What only a real browser shows: measuring without leaving the page, hints that load beside a review."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from catalog.settings import Settings
from tests.common.chromium import PHONE, Person, chromium, person, served
from tests.common.stack import OTHER_UNIT, open_stack
from tests.conftest import NOW
from tests.functional.test_story_mosaic import BORN, HOMES, deliver

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_editor_and_reviewer_see_counts_and_joined_tables_where_they_work(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    with open_stack(settings, NOW) as stack:
        winners, first = deliver(stack, tmp_path, "获奖人员", BORN)
        stack.publish(winners)
        others, _ = deliver(stack, tmp_path, "租户名册", HOMES, OTHER_UNIT)
        stack.publish(others, "he", "gao")
        homes, _ = deliver(stack, tmp_path, "公租房名册", HOMES, OTHER_UNIT)
        review = stack.ok("POST", f"/api/v1/datasets/{homes}/submissions", "he", status=201)
        with served(stack) as base, chromium() as browser:
            lin, gao = person(browser, base), person(browser, base)
            lin.sign_in("lin")
            _measure(lin, first)
            gao.sign_in("gao")
            gao.open(f"/reviews/{review['review']}")
            hint = gao.page.locator("article.finding--high")
            expect(hint).to_contain_text("获奖人员")
            expect(hint).to_contain_text("个人姓名")
            admin = person(browser, base, "zh", PHONE)
            admin.sign_in("admin")
            admin.open("/admin/mosaic")
            expect(admin.page.locator("article.finding--high")).to_have_count(1)
            wide = admin.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE, "nothing runs out of a telephone's screen"


def _measure(lin: Person, version: str) -> None:
    lin.open(f"/desk/versions/{version}")
    section = lin.page.locator("#anonymity")
    expect(section.get_by_label("出生日期")).to_be_checked()
    section.get_by_role("button", name="测量").click()
    expect(section.get_by_role("status").or_(section.locator(".note"))).to_contain_text("k = 1")
    assert re.search(rf"/desk/versions/{version}$", lin.at()), "the report comes into the page"
