"""Row numbers are a sequence like any other, only smaller."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading.row_numbers import RowNumbers

rising = st.lists(st.integers(1, 3), max_size=30).map(
    lambda steps: [sum(steps[: end + 1]) for end in range(len(steps))]
)


@given(rising, st.slices(30))
def test_it_equals_the_list_it_was_made_from(numbers, part):
    kept = RowNumbers(numbers)
    assert list(kept) == numbers
    assert len(kept) == len(numbers)
    assert list(kept[part]) == numbers[part]
    assert [kept[-place] for place in range(1, len(numbers) + 1)] == numbers[::-1]


def test_a_place_beyond_the_end_is_refused():
    with pytest.raises(IndexError):
        RowNumbers([5, 6])[2]
