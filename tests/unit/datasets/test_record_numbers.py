"""Numbers of records without some of them, whether few or half of all."""

from hypothesis import given
from hypothesis import strategies as st

from datasets.record_numbers import indices, places_of, without

PLACES = st.sets(st.integers(0, 59)).map(sorted)


@given(PLACES, PLACES)
def test_numbers_are_left_out_by_place_and_found_again(first: list[int], second: list[int]) -> None:
    left = without(range(5, 65), first)
    expected = [number for place, number in enumerate(range(5, 65)) if place not in first]
    assert indices(left).to_pylist() == expected
    second = [place for place in second if place < len(expected)]
    again = [number for place, number in enumerate(expected) if place not in second]
    assert list(without(left, second)) == again
    wanted = {*first, *second}
    assert [again[place] for place in places_of(without(left, second), wanted)] == [
        number for number in again if number in wanted
    ]
