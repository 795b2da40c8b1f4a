"""Lines from a child come whole, whatever pieces they arrive in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.confined.answers import Answers, TooLongError


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line)), st.data())
def test_lines_come_whole_and_in_order(lines, data):
    sent = b"".join(line + b"\n" for line in lines)
    answers, found = Answers(), []
    while sent:
        size = data.draw(st.integers(1, len(sent)))
        found += answers.lines(sent[:size])
        sent = sent[size:]
    assert found == lines


def test_a_line_without_end_is_not_kept():
    answers = Answers(most=100)
    answers.lines(b"x" * 60)
    with pytest.raises(TooLongError):
        answers.lines(b"x" * 60)


def test_lines_that_ended_do_not_count():
    answers = Answers(most=100)
    for _ in range(10):
        assert answers.lines(b"x" * 60 + b"\n") == [b"x" * 60]
