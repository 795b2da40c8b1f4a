"""A hidden count cannot be worked out from what is shown."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.suppression import count_of, hidden_cells


def table(*rows):
    labels, *body = rows
    return labels, [list(column) for column in zip(*body, strict=True)]


def test_counts_are_read_as_people_write_them():
    assert [count_of(text) for text in ("3", " 1,234 ", "５", "7.0", "", "-", "1.5", "十")] == [
        3, 1234, 5, 7, -1, -1, -1, -1,
    ]  # fmt: skip


def test_a_small_count_without_a_total_is_hidden_alone():
    labels, columns = table(["地区", "人数"], ["甲", "3"], ["乙", "0"], ["丙", "17"])
    assert hidden_cells(labels, columns, [1]) == {1: [0]}


def test_a_row_of_the_total_hides_a_second_count_of_the_column():
    labels, columns = table(
        ["地区", "人数"], ["甲", "3"], ["乙", "30"], ["丙", "17"], ["合计", "50"]
    )
    assert hidden_cells(labels, columns, [1]) == {1: [0, 2]}


def test_a_total_in_the_first_row_without_a_label_is_found_too():
    labels, columns = table(
        ["地区", "人数"], ["某某市", "50"], ["甲", "3"], ["乙", "30"], ["丙", "17"]
    )
    assert hidden_cells(labels, columns, [1]) == {1: [1, 3]}


def test_a_column_of_the_total_hides_its_neighbour():
    labels, columns = table(
        ["地区", "总数", "男", "女"], ["甲", "23", "3", "20"], ["乙", "64", "30", "34"]
    )
    assert hidden_cells(labels, columns, [2]) == {2: [0], 3: [0]}


def test_subtotals_are_sums_of_their_own():
    labels, columns = table(
        ["地区", "人数"],
        ["甲", "3"], ["乙", "30"], ["小计", "33"],
        ["丙", "17"], ["丁", "18"], ["小计", "35"], ["合计", "68"],
    )  # fmt: skip
    assert hidden_cells(labels, columns, [1]) == {1: [0, 1]}


def test_two_small_counts_that_a_small_total_tells_get_company():
    labels, columns = table(
        ["地区", "人数"], ["甲", "1"], ["乙", "1"], ["丙", "17"], ["合计", "19"]
    )
    assert hidden_cells(labels, columns, [1]) == {1: [0, 1, 2]}


def test_nothing_small_hides_nothing():
    labels, columns = table(["地区", "人数"], ["甲", "33"], ["乙", "30"], ["合计", "63"])
    assert hidden_cells(labels, columns, [1]) == {}


def solutions(counts, hidden):
    """Every way to fill the hidden cells with at least one, such that all totals still hold."""
    rows, columns = len(counts), len(counts[0])
    bounds = [
        range(1, min(sum(counts[row]), sum(line[column] for line in counts)) + 1)
        for row, column in hidden
    ]
    for values in product(*bounds):
        filled = [list(line) for line in counts]
        for (row, column), value in zip(hidden, values, strict=True):
            filled[row][column] = value
        if all(sum(filled[row]) == sum(counts[row]) for row in range(rows)) and all(
            sum(line[column] for line in filled) == sum(line[column] for line in counts)
            for column in range(columns)
        ):
            yield values


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=3), min_size=2, max_size=3))
def test_no_hidden_count_of_a_table_with_totals_is_determined(drawn):
    width = min(map(len, drawn))
    counts = [row[:width] for row in drawn]
    rows = [["地区", *[f"第{n}项" for n in range(width)], "合计"]]
    rows += [[f"区{n}", *row, sum(row)] for n, row in enumerate(counts)]
    rows.append(
        ["合计", *[sum(column) for column in zip(*counts, strict=True)], sum(map(sum, counts))]
    )
    labels, columns = table(*[[str(cell) for cell in row] for row in rows])
    found = hidden_cells(labels, columns, range(1, width + 1), 3)
    hidden = [(row, place - 1) for place, places in found.items() for row in places]
    assert {(row, column) for row, line in enumerate(counts) for column, value in enumerate(line)
            if 0 < value < 3} <= set(hidden)  # fmt: skip
    totals_hidden = any(row == len(counts) or column == width for row, column in hidden)
    if hidden and not totals_hidden and len(hidden) <= 5:
        ways = list(solutions(counts, hidden))
        for place in range(len(hidden)):
            assert len({way[place] for way in ways}) > 1
