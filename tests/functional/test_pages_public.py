"""What everybody sees: every public page, in both languages, and its twins for machines."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog import outbox
from catalog.pages import twins
from catalog.settings import Settings
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, UNIT, Stack, open_stack
from tests.conftest import NOW

TABLE = "序号,职权名称,地区\n" + "".join(f"{n},对违法行为{n}的处罚,市辖区\n" for n in range(1, 81))
ITEM = {
    "name": "个人隐私信息", "ground": "15-2", "circumstances": ["自然人的住址"],
    "public_wording": "公开后会损害个人权益的信息", "internal_wording": "只供内部的说明",
    "citations": ["《中华人民共和国政府信息公开条例》第十五条"], "review_by": "2027-06-30",
}  # fmt: skip
PAGES = (
    "/", "/datasets", "/datasets?q=处罚", "/datasets?theme=社会保障&sort=modified", "/datasets?q=没有的词&theme=社会保障",
    "/datasets/{slug}", "/datasets/{slug}?tab=fields", "/datasets/{slug}?tab=preview",
    "/datasets/{slug}?tab=api", "/datasets/{slug}?tab=versions", "/datasets/{slug}?tab=quality",
    "/datasets/{slug}?tab=citation",
    "/datasets/{slug}/table", "/datasets/{slug}/table?_sort=-序号&序号__gte=10",
    "/datasets/{closed}", "/units", "/units?q=民政&kind=department&sort=-all", "/units/" + UNIT,
    "/openness", "/openness?basis=due&as_of=2026-11-01", "/openness?by=theme&basis=volume",
    "/openness/entries", "/openness/entries?class=withheld", "/openness/entries?unit=" + UNIT,
    "/openness/snapshots", "/openness/heads",
    "/negative-list", "/negative-list?ground=15-2&q=隐私", "/negative-list?as_of=2026-01-01",
    "/negative-list/editions/1", "/negative-list/editions/2", "/negative-list/diff?from=1&to=2",
    "/notices", "/notices?state=due", "/developers", "/login",
)  # fmt: skip
TWINS = ("/datasets", "/units", "/openness", "/openness/entries", "/openness/snapshots", "/openness/heads",
         "/negative-list", "/notices",
         "/negative-list/editions/1")  # fmt: skip


def _adjust(stack: Stack, change: dict) -> None:
    made = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"changes": [change], "reason": "测试"},
    )  # fmt: skip
    stack.ok("POST", f"/api/v1/negative-list/adjustments/{made['id']}/approval", "admin")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, dict[str, str]]]:
    folder = tmp_path_factory.mktemp("city")
    with open_stack(Settings(home=folder / "home", queue_url="memory:"), NOW) as stack:
        _adjust(stack, {"kind": "add", "number": "", "item": ITEM})
        _adjust(
            stack,
            {
                "kind": "amend",
                "number": "NL-001",
                "item": {"circumstances": ["自然人的住址和电话"]},
            },
        )
        slug, resource = stack.entry(title="行政处罚职权")
        path = Path(folder / "powers.csv")
        path.write_text(TABLE, encoding="utf-8")
        stack.deliver(resource, path, "powers.csv")
        stack.publish(slug)
        closed = stack.ok(
            "POST", "/api/v1/datasets", "lin", status=201,
            json={"unit": UNIT, "title": "低保对象名单", "description": "低保对象的姓名和住址",
                  "theme": "社会保障", "openness": "withheld", "withheld_by": ["NL-001"]},
        )["slug"]  # fmt: skip
        stack.publish(closed)
        day = {"period": NOW.date().isoformat()}
        stack.ok("POST", "/api/v1/openness/snapshots", "admin", status=202, json=day)
        with stack.runtime.database.write() as session:
            outbox.enqueue(session, outbox.JobName.NIGHTLY, {}, now=stack.clock())
        stack.work()
        draft, _ = stack.entry("he", unit=OTHER_UNIT, title="尚未公开的草稿")
        yield stack, {"slug": slug, "closed": closed, "draft": draft}


@pytest.fixture
def visitor(city: tuple[Stack, dict[str, str]]) -> Browser:
    stack, _ = city
    return Browser(stack.client.application.test_client())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_answers_in_both_languages(city, visitor, path, language):
    _, names = city
    visitor.language = language
    visitor.open(path.format(**names))
    assert visitor.status == 200, visitor.text[-400:]
    assert f'<html lang="{"en" if language == "en" else "zh-Hans"}">' in visitor.page
    assert "尚未公开的草稿" not in visitor.page
    assert "只供内部的说明" not in visitor.page


@pytest.mark.parametrize("path", PAGES)
def test_a_chinese_page_keeps_no_english_sentence(city, visitor, path):
    _, names = city
    visitor.language = "zh"
    visitor.open(path.format(**names))
    sentences = re.findall(r"[A-Z][a-z]+ [a-z]+ [a-z]+", visitor.text)
    code = re.compile(r"Import|Python|SELECT|curl")
    assert [one for one in sentences if not code.search(one)] == []


def test_the_switch_of_language_keeps_the_page_and_is_remembered(city, visitor):
    visitor.language = "zh"
    visitor.open("/units?q=民政&lang=en")
    assert "Public bodies" in visitor.text or "Units" in visitor.text
    visitor.open("/units")
    assert '<html lang="en">' in visitor.page


@pytest.mark.parametrize("path", twins.COLUMNS)
def test_a_table_has_its_heading_whether_anything_is_listed_or_not(visitor, path):
    text = visitor.client.get(f"{path}.csv").get_data(as_text=True)
    heading, *lines = list(csv.reader(io.StringIO(text)))
    assert tuple(heading) == twins.COLUMNS[path]
    items = visitor.client.get(f"{path}.json").get_json()["items"]
    assert len(items) == len(lines)
    assert all(tuple(one) == twins.COLUMNS[path] for one in items)


def test_a_search_without_hits_is_a_table_without_rows(visitor):
    text = visitor.client.get("/datasets.csv?q=没有这样的词").get_data(as_text=True)
    assert list(csv.reader(io.StringIO(text))) == [list(twins.COLUMNS["/datasets"])]


@pytest.mark.parametrize("path", TWINS)
def test_a_list_has_twins_for_machines_and_names_them(city, visitor, path):
    visitor.open(path)
    named = visitor.headers.getlist("Link")
    assert len(named) == 2 + (path == "/datasets")  # which is also a feed
    assert all('rel="alternate"' in one for one in named)
    body = visitor.client.get(f"{path}.json").get_json()
    rows = list(
        csv.DictReader(io.StringIO(visitor.client.get(f"{path}.csv").get_data(as_text=True)))
    )
    assert len(rows) == len(body["items"]) > 0
    assert list(rows[0]) == list(body["items"][0])


def test_the_search_answers_a_fragment_to_htmx_and_finds_by_field(city, visitor):
    answer = visitor.client.get("/datasets?q=职权", headers={"HX-Request": "true"})
    text = answer.get_data(as_text=True)
    assert text.lstrip().startswith('<div id="results"')
    assert "HX-Request" in answer.headers["Vary"]
    assert "行政处罚职权" in text


def test_a_withheld_entry_says_why_and_gives_no_bytes(city, visitor):
    _, names = city
    visitor.open(f"/datasets/{names['closed']}")
    assert "NL-001" in visitor.text
    assert "政府信息公开条例" in visitor.text
    assert "自然人的住址和电话" in visitor.text
    assert f"/datasets/{names['closed']}/table.csv" not in visitor.page


def test_an_entry_that_only_links_elsewhere_leads_there_and_names_the_host(city, visitor):
    stack, _ = city
    slug, resource = stack.entry(title="公交实时位置")
    stack.ok(
        "PATCH", f"/api/v1/resources/{resource}", "lin",
        json={"url": "https://bus.example.org/live.json", "format": "json", "title": "实时接口"},
    )  # fmt: skip
    visitor.open(f"/datasets/{slug}")
    assert "bus.example.org" not in visitor.page, "nothing leads to a draft"
    stack.publish(slug)
    visitor.open(f"/datasets/{slug}")
    assert 'href="https://bus.example.org/live.json"' in visitor.page
    assert "实时接口 JSON bus.example.org" in visitor.text
    assert "This portal keeps no copy" in visitor.text
    stack.ok("POST", f"/api/v1/datasets/{slug}/suspension", "lin", json={"reason": "接口维护"})
    visitor.open(f"/datasets/{slug}")
    assert "bus.example.org" not in visitor.page, "a suspended entry gives no way to its data"


def test_files_for_people_come_before_files_for_programs(city, visitor):
    _, names = city
    visitor.open(f"/datasets/{names['slug']}")
    files = re.search(r"Download XLSX .*?Source", visitor.text)[0]
    assert re.findall("XLSX|CSV(?! is)|NDJSON|JSON|Parquet", files)[:5] == [
        "XLSX", "CSV", "JSON", "NDJSON", "Parquet",
    ]  # fmt: skip
    assert "XLSX Excel workbook" in files


def test_the_examples_for_developers_name_a_table_that_answers(city, visitor):
    _, names = city
    visitor.open("/developers")
    assert f"/datasets/{names['slug']}/table.csv" in visitor.page


def test_a_table_is_filtered_sorted_and_paged_by_its_address(city, visitor):
    _, names = city
    at = f"/datasets/{names['slug']}/table"
    visitor.open(f"{at}?column=序号&operator=gte&value=30")
    assert "__gte=30" in visitor.at
    assert "51" in visitor.text
    visitor.open(at)
    assert "1 to 50 of 80" in visitor.text
    visitor.open(visitor.links(r"[^\"]*_trail=[^\"]*")[-1])
    assert "51 to 80 of 80" in visitor.text
    visitor.open(f"{at}?没有的列__eq=1")
    assert visitor.status == 422
    assert "没有的列" in visitor.text


def test_a_table_is_grouped_and_drawn_by_its_address(city, visitor):
    _, names = city
    at = f"/datasets/{names['slug']}/table"
    visitor.open(f"{at}?序号__lte=10&by=序号&figure=sum:序号")
    assert "_group=" in visitor.at
    assert "__lte=10" in visitor.at
    assert visitor.page.count('class="bars__bar"') == 10
    assert "Sum of 序号" in visitor.text
    visitor.open(f"{at}?by=序号&figure=nothing")
    assert visitor.status == 422
    visitor.open(f"{visitor.at.partition('?')[0]}?_group=序号&by=&figure=count")
    assert "_group" not in visitor.at


def test_a_page_of_a_list_that_we_never_gave_is_refused_in_words(city, visitor):
    for path in ("/openness/entries?trail=forged", "/datasets?page=0", "/units?page=x",
                 "/openness?as_of=2099-01-01", "/openness?basis=none", "/datasets?sort=x"):  # fmt: skip
        visitor.open(path)
        assert visitor.status == 422, path
        assert "What you can do" in visitor.text


def test_an_unknown_address_and_a_draft_of_others_look_the_same(city, visitor):
    _, names = city
    visitor.open("/datasets/nothing-here")
    nothing = visitor.text
    visitor.open(f"/datasets/{names['draft']}")
    assert visitor.status == 404
    assert visitor.text.replace(names["draft"], "") == nothing.replace("nothing-here", "")


@pytest.mark.parametrize("path", ["/desk", "/reviews", "/admin", "/admin/units", "/account",
                                  "/negative-list/adjustments", "/admin/audit"])  # fmt: skip
def test_a_page_of_the_staff_leads_to_the_sign_in_and_back(city, visitor, path):
    visitor.open(path)
    assert visitor.at.startswith("/login?next=")
    visitor.open(f"/login?next=//evil.example{path}")
    assert "next" not in visitor.form("/login")


def test_signing_in_leads_back_to_the_page_that_was_asked_for(city, visitor):
    visitor.open("/admin/jobs?state=done")
    visitor.send("/login", name="admin", password="admin-password")
    assert visitor.at == "/admin/jobs?state=done"
    visitor.send("/logout")
    visitor.open("/admin")
    assert visitor.at.startswith("/login")


def test_wrong_credentials_are_told_and_too_many_pause(city, visitor):
    visitor.open("/login")
    for _ in range(10):
        visitor.send("/login", name="nobody", password="wrong")
        assert visitor.status == 401
    visitor.send("/login", name="nobody", password="wrong")
    assert visitor.status == 429
    assert "paused" in visitor.text
