"""Empty lines are found where splitting the text finds them."""

from hypothesis import given
from hypothesis import strategies as st

from datasets.line_feeds import FEW_EMPTY, empty_among_lines


@given(st.text("a,\n", min_size=1, max_size=40), st.sampled_from([1, FEW_EMPTY]))
def test_empty_lines_are_those_that_splitting_finds(text: str, times: int) -> None:
    text *= times
    lines = text.split("\n")[: -1 if text.endswith("\n") else None]
    empty = [place for place, line in enumerate(lines) if not line]
    assert empty_among_lines(text.encode()) == (len(lines), empty)
