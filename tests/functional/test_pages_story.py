"""The whole way through forms, without scripts: register, deliver, settle, review, publish, withdraw."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.settings import Settings
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, UNIT, Stack, open_stack
from tests.conftest import NOW

UGLY = "处罚名单,,\n序号,当事人,联系电话\n1,甲公司,13800138000\n2,乙公司,13900139000\n"
CLEAN = "序号,职权名称\n1,对虚假招聘的处罚\n2,对拖欠工资的处罚\n"
CHECKS = ["secret", "personal", "third-party", "meaning"]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with open_stack(Settings(home=tmp_path, queue_url="memory:"), NOW) as opened:
        yield opened


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One product for tests that change nothing."""
    with open_stack(
        Settings(home=tmp_path_factory.mktemp("house"), queue_url="memory:"), NOW
    ) as opened:
        yield opened


def _browser(stack: Stack, name: str = "") -> Browser:
    browser = Browser(stack.client.application.test_client())
    if name:
        browser.sign_in(name)
        assert browser.status == 200
    return browser


def _register(browser: Browser, **changes: str) -> str:
    browser.open("/desk/datasets/new")
    values = {
        "title": "行政处罚名单", "description": "劳动保障行政处罚当事人名单", "theme": "社会保障",
        "openness": "unconditional", "update_cycle": "yearly", "then": "stay",
    } | changes  # fmt: skip
    browser.send("/desk/datasets/new", **values)
    assert browser.status == 200, browser.text
    return re.fullmatch(r"/desk/datasets/([a-z0-9-]+)(/fields)?", browser.at)[1]


def _deliver(browser: Browser, slug: str, text: str, name: str = "名单.csv") -> None:
    browser.open(f"/desk/datasets/{slug}")
    action = re.search(r'action="(/desk/resources/[0-9a-f]+/versions)"', browser.page)[1]
    browser.send(action, files={"file": (io.BytesIO(text.encode()), name)})
    assert browser.status == 200, browser.text
    assert browser.at.startswith("/desk/versions/")


def test_an_entry_goes_from_registration_to_publication_and_withdrawal_by_forms(stack):
    lin, wu, anyone = _browser(stack, "lin"), _browser(stack, "wu"), _browser(stack)
    slug = _register(lin)
    base = f"/desk/datasets/{slug}"
    assert "No table or file has been delivered yet." in lin.text
    lin.send(f"{base}/resources", name="list", title="名单")
    _deliver(lin, slug, UGLY)
    version = lin.at
    assert "Repairs" in lin.text
    offered = re.findall(r'name="accept" value="([^"]+)"', lin.page)
    assert offered
    lin.send(f"{version}/repairs", accept=offered)
    assert "Mobile telephone numbers." in lin.text
    assert "13800138000" not in lin.page
    findings = re.findall(r'name="action-([^"]+)" value="drop"', lin.page)
    lin.send(
        f"{version}/settlements", **{f"action-{one}": "drop" for one in dict.fromkeys(findings)}
    )
    assert "nothing is left to settle" in lin.text
    lin.open(base)
    lin.send(f"{base}/submissions")
    assert "Submitted. Another person decides." in lin.text, lin.text
    wu.open("/reviews")
    review = wu.links(r"/reviews/[0-9a-f]+")[0]
    wu.open(review)
    assert "联系电话" not in re.findall(r"<th scope=\"col\"[^>]*>([^<]+)", wu.page), (
        "what is dropped is not shown as to come"
    )
    wu.send(f"{review}/decision", verdict="pass", reasons="同意")
    assert wu.status == 422
    assert "Check every line" in wu.text
    wu.send(f"{review}/decision", verdict="pass", reasons="同意", check=CHECKS)
    assert "Your decision is recorded." in wu.text
    anyone.open(f"/datasets/{slug}?tab=preview")
    assert "甲公司" in anyone.text
    assert "联系电话" not in re.findall(r"<th[^>]*>([^<]+)", anyone.page)
    assert anyone.client.get(f"/datasets/{slug}/list.csv").status_code == 200
    lin.open(base)
    lin.send(f"{base}/withdrawal", **{"withdrawal-reason": "数据有误"})
    assert "It takes effect at once" in lin.text
    anyone.open(f"/datasets/{slug}")
    assert "数据有误" in anyone.text
    assert anyone.client.get(f"/datasets/{slug}/list.csv").status_code == 410
    anyone.open(f"/datasets/{slug}/list")
    assert anyone.status == 410
    assert "数据有误" in anyone.text


def test_a_table_and_its_file_are_added_at_once_and_submitted_from_the_delivery(stack):
    lin = _browser(stack, "lin")
    slug = _register(lin)
    base = f"/desk/datasets/{slug}"
    form = lin.form(f"{base}/resources")
    assert form["title"] == ["行政处罚名单"], "the title of the entry is proposed"
    ugly = (
        UGLY.replace(",联系电话", ",备注").replace("13800138000", "无").replace("13900139000", "无")
    )
    lin.send(f"{base}/resources", files={"file": (io.BytesIO(ugly.encode()), "名单.csv")})
    assert lin.at.startswith("/desk/versions/"), lin.text
    version = lin.at
    lin.send(f"{version}/repairs", accept="all")
    assert "nothing is left to settle" in lin.text, lin.text
    lin.send(f"{base}/submissions")
    assert "Submitted. Another person decides." in lin.text, lin.text
    assert "another person decides now" in lin.text
    assert "every line above" not in lin.text, "nothing is missing"
    lin.open(version)
    assert f"{base}/submissions" not in lin.page, "it is submitted once"


def test_a_table_that_is_refused_keeps_what_was_typed_and_leaves_nothing_behind(stack):
    lin = _browser(stack, "lin")
    slug = _register(lin)
    base = f"/desk/datasets/{slug}"
    file = {"file": (io.BytesIO(CLEAN.encode()), "名单.csv")}
    lin.send(f"{base}/resources", title="名单甲", name="不是拉丁", files=file)
    assert lin.status == 422
    assert "data-problem" in lin.page
    assert lin.form(f"{base}/resources")["title"] == ["名单甲"]
    assert lin.form(f"{base}/resources")["name"] == ["不是拉丁"]
    lin.send(
        f"{base}/resources",
        title="名单甲",
        name="list",
        files={"file": (io.BytesIO(b""), "空.csv")},
    )
    assert lin.status == 422
    assert "0 bytes" in lin.text
    lin.open(base)
    assert "/desk/resources/" not in lin.page, "no empty table stays of a file that was refused"
    answer = lin.client.post(
        f"{base}/resources", data={"title": "x"}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 403, "the token of the session is asked for"
    other = _browser(stack, "he")
    other.client.post(f"{base}/resources", data={"title": "x"})
    other.open(base)
    assert other.status == 404


def test_a_reviewer_cannot_decide_an_own_submission_and_returns_with_reasons(stack):
    lin, wu = _browser(stack, "lin"), _browser(stack, "wu")
    slug = _register(lin)
    lin.open(f"/desk/datasets/{slug}")
    lin.send(f"/desk/datasets/{slug}/resources", name="list", title="名单")
    _deliver(lin, slug, CLEAN)
    lin.open(f"/desk/datasets/{slug}")
    lin.send(f"/desk/datasets/{slug}/submissions")
    lin.open("/reviews")
    review = lin.links(r"/reviews/[0-9a-f]+")[0]
    lin.open(review)
    assert "You submitted this yourself" in lin.text
    wu.open(review)
    wu.send(f"{review}/decision", verdict="return", reasons="")
    assert wu.status == 422
    wu.send(f"{review}/decision", verdict="return", reasons="请补充数据来源")
    lin.open("/desk")
    assert "请补充数据来源" in lin.text


def test_a_second_person_reads_the_ground_and_consents_to_keeping(stack):
    lin, wu = _browser(stack, "lin"), _browser(stack, "wu")
    slug = _register(lin)
    lin.open(f"/desk/datasets/{slug}")
    lin.send(f"/desk/datasets/{slug}/resources", name="list", title="名单")
    _deliver(lin, slug, UGLY.partition("\n")[2])
    version = lin.at
    finding = re.findall(r'name="action-([^"]+)" value="keep"', lin.page)[0]
    kept = {f"action-{finding}": "keep", f"ground-{finding}": "企业公开的办公电话"}
    lin.send(f"{version}/settlements", **kept)
    assert "Waits for a second person's consent" in lin.text
    assert f"{version}/consents" not in lin.page
    wu.open("/reviews")
    wu.open(wu.links(r"/desk/versions/[0-9a-f]+#findings")[0].partition("#")[0])
    assert "企业公开的办公电话" in wu.text
    values = {name: value[0] for name, value in wu.form(f"{version}/settlements").items()}
    answer = wu.client.post(f"{version}/consents", data={**values, "finding": finding})
    assert answer.status_code == 303
    wu.open(version)
    assert "nothing is left to settle" in wu.text


def test_a_form_keeps_what_was_typed_and_names_the_field_that_is_wrong(stack):
    lin = _browser(stack, "lin")
    lin.open("/desk/datasets/new")
    lin.send("/desk/datasets/new", title="", description="写了很多的摘要", contact_email="不是邮箱",
             update_cycle="yearly")  # fmt: skip
    assert lin.status == 422
    assert "写了很多的摘要" in lin.page
    assert 'id="title-error"' in lin.page
    assert 'href="#contact_email"' in lin.page
    assert "must be an e-mail address" in lin.text


def test_two_people_who_save_at_once_are_shown_both_versions(stack):
    lin, admin = _browser(stack, "lin"), _browser(stack, "admin")
    slug = _register(lin)
    edit = f"/desk/datasets/{slug}/edit"
    lin.open(edit)
    admin.open(edit)
    admin.send(edit, description="主管部门改过的摘要", then="stay")
    assert admin.status == 200
    lin.send(edit, description="我写的摘要", then="stay")
    assert lin.status == 412
    assert "主管部门改过的摘要" in lin.text
    assert "我写的摘要" in lin.page
    lin.send(edit, then="stay")
    assert lin.status == 200
    assert "Saved." in lin.text


def test_fields_are_withheld_only_by_an_item_in_force(stack):
    lin, keeper, deputy = (
        _browser(stack, "lin"),
        _browser(stack, "keeper"),
        _browser(stack, "deputy"),
    )
    slug = _register(lin)
    fields = f"/desk/datasets/{slug}/fields"
    lin.open(fields)
    lin.send(
        fields, **{"fields-0-name": "住址", "fields-0-openness": "withheld", "then": "deliver"}
    )
    assert lin.status == 422
    assert "Name at least one item" in lin.text
    new = "/negative-list/adjustments/new"
    keeper.open(new)
    keeper.send(
        new, name="个人隐私", circumstances="自然人的住址\n自然人的电话", ground="15-2",
        reason="依法保护个人隐私", next_review="2027-06-30",
        **{"basis-0-law": "中华人民共和国政府信息公开条例", "basis-0-article": "15", "basis-0-level":
           "administrative-regulation"},
    )  # fmt: skip
    assert keeper.status == 200, keeper.text
    draft = keeper.at
    assert "You drafted this yourself" in keeper.text
    deputy.open(draft)
    deputy.send(f"{draft}/approval", decision="approved")
    assert "a new edition is in force" in deputy.text, deputy.text
    lin.open(fields)
    lin.send(fields, **{"fields-0-name": "住址", "fields-0-openness": "withheld",
                        "fields-0-item": "NL-001", "then": "deliver"})  # fmt: skip
    assert lin.status == 200, lin.text
    keeper.open("/negative-list/adjustments")
    notice = re.search(r'action="(/notices/[0-9a-f]+/publication)"', keeper.page)[1]
    keeper.send(notice)
    assert "The notice is published." in keeper.text
    assert "Published on time" in keeper.text


def test_a_form_without_the_token_of_its_session_is_refused(stack):
    lin = _browser(stack, "lin")
    answer = lin.client.post("/desk/datasets/new", data={"title": "x"})
    assert answer.status_code == 403
    answer = lin.client.post(
        "/desk/resources/x/versions", data={"url": "http://example.org/x.csv"},
        headers={"Accept": "text/html"},
    )  # fmt: skip
    assert answer.status_code in {403, 404}


def test_an_empty_file_and_a_bad_address_are_told_in_words(stack):
    lin = _browser(stack, "lin")
    slug = _register(lin)
    lin.open(f"/desk/datasets/{slug}")
    lin.send(f"/desk/datasets/{slug}/resources", name="list", title="名单")
    action = re.search(r'action="(/desk/resources/[0-9a-f]+/versions)"', lin.page)[1]
    lin.send(action, files={"file": (io.BytesIO(b""), "空.csv")})
    assert lin.status == 422
    assert "data-problem" in lin.page
    assert "0 bytes" in lin.text
    lin.open(f"/desk/datasets/{slug}")
    token = lin.form("/logout")["csrf_token"]
    answer = lin.client.post(action, data={"url": "ftp://x", "csrf_token": token},
                             headers={"Accept": "text/html", "Accept-Language": "en"})  # fmt: skip
    assert answer.status_code == 422
    assert "http://" in answer.get_data(as_text=True)


def test_administrators_keep_roster_people_sources_and_calendar_by_forms(stack):
    admin = _browser(stack, "admin")
    admin.open("/admin/units")
    admin.send("/admin/units", code="123", name="市档案馆", kind="institution")
    assert admin.status == 422
    assert "市档案馆" in admin.page
    admin.send("/admin/units", code="12340300MB00000001", name="市档案馆", kind="institution")
    assert admin.status in {200, 422}
    admin.open(f"/admin/units/{OTHER_UNIT}")
    admin.send(f"/admin/units/{OTHER_UNIT}", short_name="民政局")
    assert "Saved." in admin.text
    admin.open("/admin/users")
    admin.send("/admin/users", name="zhou", role=["editor", "reviewer"], unit=UNIT)
    assert "First password of zhou" in admin.text
    password = re.search(r'<code id="secret">([^<]+)', admin.page)[1]
    zhou = _browser(stack)
    zhou.sign_in("zhou", password)
    assert zhou.at == "/desk"
    zhou.open("/account")
    zhou.send("/account/password", old=password, new="四个不相关的词语合起来")
    assert "The password was changed." in zhou.text
    zhou.send("/account/tokens", name="脚本", scope=["read"])
    token = re.search(r'<code id="token">(gk_[^<]+)', zhou.page)[1]
    assert (
        stack.client.get("/api/v1/tokens", headers={"Authorization": f"Bearer {token}"}).status_code
        == 200
    )
    admin.open("/admin/users")
    admin.send("/admin/users/zhou/suspension")
    zhou.open("/desk")
    assert zhou.at.startswith("/login")
    admin.open("/admin/calendar")
    admin.send("/admin/calendar", source="通知", rows="2027-01-01,休,元旦\n2027-13-01,休,错")
    assert admin.status == 422
    assert "Line 2" in admin.text
    admin.send("/admin/calendar", source="通知", rows="2027-01-01,休,元旦")
    assert "1 days imported" in admin.text
    admin.open("/admin/audit")
    admin.send("/admin/audit/verification")
    assert "is whole" in admin.text


def test_an_uploaded_inventory_is_previewed_and_then_taken_over(stack):
    admin = _browser(stack, "admin")
    rows = "信息资源名称,信息资源提供方,信息资源摘要,开放类型\n养老机构名录,市民政局,全市养老机构,无条件开放\n"
    admin.open("/admin/sources")
    token = admin.form("/logout")["csrf_token"][0]
    answer = admin.client.post(
        "/admin/sources", content_type="multipart/form-data",
        data={"csrf_token": token, "inventory_name": "目录", "inventory_unit": OTHER_UNIT,
              "file": (io.BytesIO(rows.encode()), "目录.csv")},
    )  # fmt: skip
    assert answer.status_code == 303, answer.get_data(as_text=True)[-600:]
    admin.open("/admin/sources")
    preview = re.search(r'action="(/admin/sources/[0-9a-f]+/preview)"', admin.page)[1]
    admin.send(preview)
    assert admin.at.startswith("/admin/runs/")
    assert "Dry run" in admin.text
    admin.open("/admin/sources")
    admin.send(preview.replace("preview", "runs"))
    assert "养老机构名录" in admin.text, admin.text


ROLES = {
    "lin": ({"/desk", "/desk/datasets/new", "/reviews", "/account"}, {"/admin", "/admin/audit"}),
    "wu": ({"/reviews", "/account"}, {"/desk", "/admin", "/negative-list/adjustments"}),
    "keeper": ({"/negative-list/adjustments", "/negative-list/adjustments/new", "/account"},
               {"/desk", "/admin", "/reviews"}),
    "admin": ({"/admin", "/admin/units", "/admin/users", "/admin/jobs", "/admin/sources",
               "/admin/audit", "/admin/calendar", "/desk", "/reviews",
               "/negative-list/adjustments"}, set()),
    "auditor": ({"/admin", "/admin/units", "/admin/jobs", "/admin/sources", "/admin/audit",
                 "/admin/calendar", "/reviews", "/negative-list/adjustments"},
                {"/desk", "/admin/users", "/negative-list/adjustments/new"}),
    "dev": ({"/account"}, {"/desk", "/reviews", "/admin", "/negative-list/adjustments"}),
}  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", ROLES)
def test_each_role_opens_its_pages_and_no_others(house, name, language):
    browser = _browser(house, name)
    browser.language = language
    opened, shut = ROLES[name]
    for path in sorted(opened):
        browser.open(path)
        assert browser.status == 200, (path, browser.text[-300:])
        assert "no-store" in browser.headers["Cache-Control"]
    for path in sorted(shut):
        browser.open(path)
        assert browser.status == 404, path


def test_an_entry_of_another_unit_does_not_exist_at_the_desk(house):
    slug, resource = house.entry("he", unit=OTHER_UNIT, title="别家的草稿")
    lin = _browser(house, "lin")
    for path in (f"/desk/datasets/{slug}", f"/desk/datasets/{slug}/edit", f"/desk/datasets/{slug}/fields",
                 f"/datasets/{slug}"):  # fmt: skip
        lin.open(path)
        assert lin.status == 404
        assert "别家的草稿" not in lin.page
    lin.open("/desk")
    assert "别家的草稿" not in lin.page
    assert resource


def test_the_trail_names_things_by_title_and_finds_all_that_happened_to_an_entry(stack, tmp_path):
    slug, resource = stack.entry(title="养老机构名录")
    stack.entry(title="职业培训机构名录")
    table = tmp_path / "t.csv"
    table.write_text(CLEAN, encoding="utf-8")
    version = stack.deliver(resource, table, "养老.csv")
    stack.publish(slug)
    auditor = _browser(stack, "auditor")
    auditor.open("/admin/audit?q=养老机构")
    assert "养老机构名录 · 数据表 · 养老.csv" in auditor.text
    assert f'href="/desk/versions/{version["id"]}"' in auditor.page
    assert "职业培训" not in auditor.text
    for url in set(re.findall(r'<td class="is-whole"><a href="([^"]+)"', auditor.page)):
        assert auditor.client.get(url).status_code == 200, url
    rows = auditor.client.get("/admin/audit.json?q=养老机构").get_json()["items"]
    assert {row["subject_kind"] for row in rows} == {"dataset", "resource", "version", "review"}
    assert all("养老机构名录" in row["subject_title"] for row in rows)
    assert auditor.client.get(f"/admin/audit.json?q={version['id']}").get_json()["items"]
