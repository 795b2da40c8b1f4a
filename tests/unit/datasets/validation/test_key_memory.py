"""A key's memory says what a dictionary would, and does not grow with the table."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation.key_memory import KeyMemory, RepeatedError

VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-3, 30)), max_size=200).map(lambda v: (v, pl.Int64)),
    st.lists(st.one_of(st.none(), st.sampled_from("甲乙丙abcdefgh0123456789")), max_size=200).map(
        lambda v: (v, pl.String)
    ),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=50).map(lambda v: (v * 2, pl.Int64)),
)


def walk(memory, values, dtype, size):
    met = []
    for at in range(0, len(values), size):
        part = values[at : at + size]
        numbers = pl.Series(range(at + 2, at + 2 + len(part)), dtype=pl.Int64)
        met += memory.meet(pl.Series(part, dtype=dtype), numbers)
    memory.finish()
    return met


def by_dictionary(values):
    seen, met = {}, []
    for number, value in enumerate(values, 2):
        if value is None:
            continue
        if value in seen:
            met.append((number, seen[value]))
        seen[value] = number
    return met


@settings(max_examples=200, deadline=None)
@given(VALUES, st.integers(1, 60))
def test_a_repeated_value_is_met_with_the_last_row_that_had_it(drawn, size):
    values, dtype = drawn
    assert walk(KeyMemory(), values, dtype, size) == by_dictionary(values)


@settings(max_examples=60, deadline=None)
@given(VALUES, st.integers(1, 60), st.integers(0, 40))
def test_what_was_written_away_is_told_by_a_second_walk(drawn, size, most_held):
    values, dtype = drawn
    try:
        met = walk(KeyMemory(most_held=most_held), values, dtype, size)
    except RepeatedError as error:
        met = walk(KeyMemory(most_held=most_held, looked_for=error.keys), values, dtype, size)
    assert met == by_dictionary(values)


def test_nothing_is_left_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    memory = KeyMemory(most_held=10)
    memory.meet(pl.Series(range(50)), pl.Series(range(50)))
    assert list(tmp_path.iterdir())
    memory.finish()
    assert not list(tmp_path.iterdir())


def test_closing_leaves_nothing_either(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    memory = KeyMemory(most_held=10)
    memory.meet(pl.Series(range(50)), pl.Series(range(50)))
    memory.close()
    assert not list(tmp_path.iterdir())


def test_a_value_met_after_the_memory_was_full_is_not_passed_over():
    memory = KeyMemory(most_held=10)
    memory.meet(pl.Series([str(n) for n in range(50)]), pl.Series(range(50)))
    memory.meet(pl.Series(["7"]), pl.Series([50]))
    with pytest.raises(RepeatedError):
        memory.finish()
