"""A key memory says which rows repeat a value, however many rows there are."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.validation.key_memory import MOST_HELD, KeyMemory, Known, RepeatedError

Batch = tuple[list[Any], list[int], pl.Series]
NUMBERS = st.lists(st.one_of(st.integers(-5, 30), st.none()), max_size=80)
TEXTS = st.lists(
    st.one_of(st.sampled_from(["", "甲", "ab", "一个很长的文本超过十二字节"]), st.none())
)
TUPLES = st.lists(st.tuples(st.one_of(st.integers(0, 3), st.none()), st.sampled_from("abc")))
MAKERS: dict[str, tuple[Any, Callable[[list[Any]], list[Any]]]] = {
    "numbers": (NUMBERS, lambda some: [pl.Series(some, dtype=pl.Int64)]),
    "texts": (TEXTS, lambda some: [pl.Series(some, dtype=pl.String)]),
    "listed": (NUMBERS, lambda some: [some]),
    "tuples": (
        TUPLES,
        lambda some: [
            pl.Series([one[0] for one in some], dtype=pl.Int64),
            pl.Series([one[1] for one in some], dtype=pl.String),
        ],
    ),
}


def batches(
    values: list[Any], size: int, make: Callable[[list[Any]], list[Any]]
) -> Iterator[Batch]:
    """Odd numbers and "ab" are refused by the field, as if it had a rule against them."""
    for at in range(0, len(values), size):
        part = values[at : at + size]
        refused = [
            place
            for place, one in enumerate(part)
            if one == "ab" or (isinstance(one, int) and one % 2 == 1)
        ]
        yield make(part), refused, pl.Series(range(at + 2, at + 2 + len(part)))


def walk(
    made: Callable[[], Iterator[Batch]],
    most_held: int = MOST_HELD,
    places: tuple[int, ...] = (0,),
) -> list[tuple[int, int]]:
    """All repeats, the table being walked as often as the memory asks for it."""
    known: Known = {}
    for _ in range(20):
        memory = KeyMemory(places, known, most_held=most_held)
        met: list[tuple[int, int]] = []
        try:
            for columns, wrong, numbers in made():
                met += memory.meet(columns, wrong, numbers)
            memory.finish()
        except RepeatedError as error:
            known = error.known
        else:
            return sorted(met)
        finally:
            memory.close()
    pytest.fail("no end of walks")


def by_dictionary(values: list[Any]) -> list[tuple[int, int]]:
    seen: dict[Any, int] = {}
    met = []
    for number, value in enumerate(values, 2):
        if value is None:
            continue
        if value in seen:
            met.append((number, seen[value]))
        seen[value] = number
    return met


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("most_held", [MOST_HELD, 7])
@settings(max_examples=100, deadline=None)
@given(data=st.data(), size=st.integers(1, 60))
def test_a_repeated_value_is_met_with_the_last_row_that_had_it(
    kind: str, most_held: int, data: st.DataObject, size: int
) -> None:
    drawn, make = MAKERS[kind]
    values = data.draw(drawn)
    places = (0, 1) if kind == "tuples" else (0,)
    found = walk(lambda: batches(values, size, make), most_held, places)
    assert found == by_dictionary(values)


def rising(count: int) -> Iterator[Batch]:
    for first in range(0, count, 10):
        yield [pl.Series(range(first, first + 10))], [], pl.Series(range(first, first + 10))


def test_a_long_rising_key_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert walk(lambda: rising(1_000), most_held=20) == []
    assert not list(tmp_path.iterdir())


def test_a_long_key_that_falls_at_last_is_walked_again_and_leaves_nothing_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def falling() -> Iterator[Batch]:
        yield from rising(1_000)
        yield [pl.Series([7])], [], pl.Series([1_000])

    assert walk(falling, most_held=20) == [(1_000, 7)]
    assert not list(tmp_path.iterdir())


def test_many_repeats_are_told_before_the_table_is_read_to_its_end() -> None:
    seen = []

    def same() -> Iterator[Batch]:
        for first in range(0, 2**18, 2**12):
            seen.append(first)
            yield [pl.Series(["x"] * 2**12)], [], pl.Series(range(first, first + 2**12))

    memory = KeyMemory((0,), {})
    with pytest.raises(RepeatedError):
        sum(len(list(memory.meet(*batch))) for batch in same())
    assert len(seen) < 10
