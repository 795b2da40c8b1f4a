"""The openness pages: the slider of days, the map of units and themes, every way of counting."""

from datetime import timedelta
from fractions import Fraction

import pytest

from catalog.pages.openness_map import LEVELS, level
from tests.common.stack import OTHER_UNIT, UNIT


def text(stack, path, who=""):
    answer = stack.call("GET", path, who)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_slider_leads_to_the_end_of_its_month_and_keeps_what_was_chosen(embedded):
    def led(query):
        answer = embedded.call("GET", f"/openness/at?{query}")
        assert answer.status_code == 303
        return answer.headers["Location"]

    assert led("month=0") == "/openness?as_of=2023-11-30"
    assert led("month=36") == "/openness", "the last place is today"
    assert led("month=99999") == "/openness"
    assert led("month=12&basis=due&counting=verified") == (
        "/openness?basis=due&counting=verified&as_of=2024-11-30"
    )
    assert embedded.call("GET", "/openness/at?month=-1").status_code == 422
    assert embedded.call("GET", "/openness/at").status_code == 422
    page = text(embedded, "/openness?as_of=2024-11-30&lang=en")
    assert 'value="12"' in page
    assert "/openness?as_of=2024-10-31" in page
    assert "/openness?as_of=2024-12-31" in page


def test_every_variant_and_base_stands_with_its_sentence(embedded):
    embedded.entry()
    page = text(embedded, "/openness?lang=en")
    for sentence in (
        "Units on the roster with at least one open dataset.",
        "The same of government departments only.",
        "Open entries of every entry of the directory.",
        "Records of open entries of all records of the directory.",
    ):
        assert page.count(sentence) == 1
    assert "What closes the gap" in page
    past = text(embedded, "/openness?lang=en&as_of=2026-11-22")
    assert "What closes the gap" not in past, "a plan is made for today"


def test_the_map_has_a_field_for_every_unit_and_theme_that_leads_to_its_entries(embedded):
    embedded.entry(theme="交通运输")
    embedded.entry("he", unit=OTHER_UNIT, theme="社会保障")
    embedded.entry("he", unit=OTHER_UNIT, theme="<b>")
    page = text(embedded, "/openness/map")
    assert f"/openness/entries?unit={UNIT}&amp;theme=" in page
    behind = text(embedded, f"/openness/entries?unit={UNIT}&theme=交通运输&lang=en")
    assert f'<a href="/units/{UNIT}">市人力资源和社会保障局</a> · Transport' in behind
    assert "of the whole city" in behind
    assert "<b>" not in page
    rows = embedded.call("GET", "/openness/map.json").get_json()["items"]
    assert {(row["unit"], row["theme"], row["n"], row["d"]) for row in rows} == {
        (UNIT, "交通运输", 0, 1), (OTHER_UNIT, "社会保障", 0, 1), (OTHER_UNIT, "<b>", 0, 1),
    }  # fmt: skip
    for query in ("basis=volume", "counting=verified", "as_of=2020-01-01", "basis=due&page=1"):
        assert text(embedded, f"/openness/map?{query}")
    assert embedded.call("GET", "/openness/map?basis=x").status_code == 422


@pytest.mark.parametrize(
    ("counted", "shade"),
    [
        ((0, 0), None),
        ((0, 9), 0),
        ((1, 100), 1),
        ((59, 100), 4),
        ((3, 5), LEVELS),
        ((1, 1), LEVELS),
    ],
)
def test_a_shade_is_full_only_when_the_exact_share_reaches_the_target(counted, shade):
    assert level(counted, Fraction(3, 5)) == shade


def test_a_target_that_rose_is_drawn_as_it_stood_at_each_time(embedded):
    embedded.entry()
    given = {"rate": "data", "value": "75"}
    embedded.clock.now += timedelta(days=70)
    embedded.ok("POST", "/api/v1/openness/targets", "admin", status=201, json=given)
    embedded.clock.now += timedelta(days=70)
    page = text(embedded, "/openness?lang=en")
    assert "Target 75%" in page
    assert page.count("chart-target chart-target--line") >= 5
    assert "since 2027-02-01" in page
    assert "since" not in text(embedded, "/openness?lang=en&as_of=2027-01-31").split("History")[0]


def test_a_unit_page_leads_to_what_changed_its_gap_and_its_signals(embedded):
    page = text(embedded, f"/units/{UNIT}?lang=en")
    for room in ("changes", "plan", "signals"):
        assert f"/openness/{room}?unit={UNIT}" in page
        assert text(embedded, f"/openness/{room}?unit={UNIT}")


def test_a_part_of_the_city_is_measured_by_its_own_target(embedded):
    embedded.entry()
    own = {"rate": "data", "scope": "unit", "key": UNIT, "value": "35"}
    embedded.ok("POST", "/api/v1/openness/targets", "admin", status=201, json=own)
    assert "Target 35%" in text(embedded, f"/openness?lang=en&under={UNIT}")
    assert "Target 35%" not in text(embedded, "/openness?lang=en")

    def aims(query):
        rows = embedded.call("GET", f"/openness/history.json?{query}").get_json()["items"]
        return {row["target"] for row in rows}

    assert aims(f"unit={UNIT}") == aims(f"under={UNIT}") == {"7/20"}
    assert aims("") == {"3/5"}


def test_the_history_of_a_unit_can_be_downloaded_from_its_page(embedded):
    embedded.entry()
    address = f"/openness/history.csv?unit={UNIT}&amp;as_of=2026-11-23"
    assert address in text(embedded, f"/units/{UNIT}?lang=en")
    assert len(text(embedded, address.replace("&amp;", "&")).splitlines()) == 2
    both = embedded.call("GET", f"/openness/history.csv?unit={UNIT}&under={UNIT}")
    assert both.status_code == 422
