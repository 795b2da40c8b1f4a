"""Few different texts are told from many."""

import pyarrow as pa

from datasets.distinct import FEW, SAMPLE, few_different


def test_few_different_texts_are_given_once_each() -> None:
    column = pa.array(["甲", "乙", None] * 5_000)
    assert few_different(column).to_pylist() == ["甲", "乙", None]


def test_many_different_texts_are_none_of_few() -> None:
    assert few_different(pa.array(map(str, range(FEW + 1)))) is None
    assert few_different(pa.array(map(str, range(5 * SAMPLE)))) is None
    late = ["甲"] * 3 * SAMPLE + [str(number) for number in range(FEW)]
    assert few_different(pa.array(late)) is None
