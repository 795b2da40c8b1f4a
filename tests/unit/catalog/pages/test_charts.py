"""Charts say exact figures, to eyes and to screen readers, and obey the strict content policy."""

from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.pages import charts

NINETY = Fraction(9, 10)
SVG = "{http://www.w3.org/2000/svg}"
COUNTS = st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)).map(
    lambda pair: (min(pair), max(pair))
)


def parse(markup):
    text = str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(text)  # noqa: S314  (our own output)


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((8996, 10000), "89.96%"),
        ((89999, 100000), "89.99%"),
        ((2, 3), "66.66%"),
        ((0, 7), "0.00%"),
        ((7, 7), "100.00%"),
        ((1, 1000), "0.10%"),
        ((0, 0), None),
    ],
)
def test_a_share_is_cut_to_two_decimals_and_nothing_counted_is_not_applicable(counts, shown):
    assert charts.percent(counts) == shown


@given(COUNTS)
def test_a_shown_share_is_never_above_the_exact_one_nor_a_hundredth_below(counts):
    shown = charts.percent(counts)
    if counts[1] == 0:
        assert shown is None
        return
    exact = Fraction(counts[0] * 100, counts[1])
    assert Fraction(shown.rstrip("%")) <= exact < Fraction(shown.rstrip("%")) + Fraction(1, 100)


@given(COUNTS)
def test_what_is_missing_is_the_least_number_that_reaches_the_target(counts):
    more = charts.missing(counts, NINETY)
    if counts[1] == 0:
        assert charts.reached(counts, NINETY) is None
        return
    assert charts.reached((counts[0] + more, counts[1]), NINETY)
    assert more == 0 or not charts.reached((counts[0] + more - 1, counts[1]), NINETY)


def test_a_rate_just_below_its_target_is_not_coloured_as_reached():
    below = str(charts.rate_bar((8996, 10000), NINETY, "Units"))
    reached = str(charts.rate_bar((9, 10), NINETY, "Units"))
    assert "chart-fill--reached" not in below
    assert "chart-fill--reached" in reached


def test_a_rate_bar_has_a_tick_at_its_target_and_tells_numerator_and_denominator():
    root = parse(charts.rate_bar((57, 100), NINETY, "Open datasets"))
    assert root.find(f"{SVG}line").get("x1") == "90.00%"
    assert root.get("aria-label") == "Open datasets"
    assert root.find(f"{SVG}desc").text == "57.00% / 90.00% (57/100)"


def test_a_rate_without_denominator_draws_only_the_track():
    root = parse(charts.rate_bar((0, 0), None, "Units"))
    assert [rect.get("class") for rect in root.iter(f"{SVG}rect")] == ["chart-track"]


def test_parts_of_a_whole_fill_the_bar_and_empty_ones_are_left_out():
    root = parse(
        charts.stacked_bar(
            [charts.Part("Open", 3, "open"), charts.Part("None", 0, "withheld"),
             charts.Part("Conditional", 1, "conditional")],
            "Openness",
        )
    )  # fmt: skip
    widths = [rect.get("width") for rect in root.iter(f"{SVG}rect")]
    assert widths == ["75.00%", "25.00%"]
    assert "None 0.00% (0/4)" in root.find(f"{SVG}desc").text


def test_a_line_has_a_gap_where_nothing_could_be_counted():
    points = [
        charts.Point("1", (1, 2)),
        charts.Point("2", (0, 0)),
        charts.Point("3", (2, 2)),
        charts.Point("4", (2, 4)),
    ]
    root = parse(charts.line_chart([charts.Series("All", points)], "History", NINETY, "90%"))
    lines = [one for one in root.iter(f"{SVG}line") if "chart-line" in one.get("class").split()]
    assert len(lines) == 1
    assert len(list(root.iter(f"{SVG}circle"))) == 3


def test_a_chart_without_points_is_still_a_chart():
    for drawn in (
        charts.line_chart([], "History"),
        charts.histogram([], "Values"),
        charts.stacked_bar([], "Openness"),
    ):
        assert parse(drawn).get("role") == "img"


def test_the_tallest_bar_fills_the_height_and_a_small_count_stays_visible():
    root = parse(charts.histogram([charts.Bin("a", 1000), charts.Bin("b", 1)], "Values", 50))
    heights = [int(rect.get("height")) for rect in root.iter(f"{SVG}rect")]
    assert heights == [48, 1]


@given(st.text(max_size=40).filter(lambda text: text.isprintable()))
def test_labels_cannot_break_out_of_the_drawing(text):
    point = charts.Point(text, (1, 2))
    drawings = (
        charts.rate_bar((1, 2), NINETY, text),
        charts.stacked_bar([charts.Part(text, 1, "open")], text),
        charts.line_chart([charts.Series(text, [point])], text, NINETY, text),
        charts.histogram([charts.Bin(text, 1)], text),
    )
    for drawn in drawings:
        root = parse(drawn)
        assert root.get("aria-label") == text
        assert not any("style" in one.attrib for one in root.iter())


def test_a_bullet_shows_share_target_and_what_a_plan_would_bring():
    drawn = str(charts.bullet((3, 10), Fraction(6, 10), "数据开放率", (6, 10)))
    assert "30.00% → 60.00% / 60.00% (3/10)" in drawn
    assert 'class="chart-after" x="0.00%" width="60.00%"' in drawn
    assert 'x1="60.00%" x2="60.00%"' in drawn
    assert "chart-after" not in str(charts.bullet((3, 10), Fraction(6, 10), "率"))
    assert "chart-fill" not in str(charts.bullet((0, 0), Fraction(6, 10), "率"))


def test_points_carry_a_sign_and_a_gain_is_drawn_to_the_right():
    told = [charts.points(one) for one in (Fraction(1, 8), Fraction(-1, 3), Fraction(0), None)]
    assert told == ["+12.50", "−33.33", "0.00", None]
    gain = str(charts.diverging(Fraction(1, 10), Fraction(1, 5), "新增"))
    assert 'class="chart-part--ok" x="50.00%" width="25.00%"' in gain
    loss = str(charts.diverging(Fraction(-1, 5), Fraction(1, 5), "撤回"))
    assert 'class="chart-part--bad" x="0.00%" width="50.00%"' in loss
