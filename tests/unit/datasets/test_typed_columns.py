"""Texts become values of their column's type, each as Frictionless reads it, or all stay texts."""

import datetime as dt

import pyarrow as pa
import pytest
from frictionless import Field
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.typed_columns import TypedColumn, without
from tests.common.counting import calls_of

SPELLINGS = {
    "integer": ["7", "-12", "+5", " 6 ", "007", "1_0", "0x1F", "１２", "9" * 18, "9" * 19, "1e3"],
    "number": ["7", "-1.25", "1.50", "1e3", "1E-4", ".5", "5.", "+1.0", "1,234.5", "NaN", "1" * 38,
               "0." + "1" * 12, "00012.100", "１.５"],
    "date": ["2024-01-31", "2024-1-5", "2024-02-30", "20240105", "0000-01-01", "9999-12-31"],
    "datetime": ["2024-01-05T08:00:00", "2024-01-05 08:00:00", "2024-01-05T08:00:00.5",
                 "2024-01-05T08:00:00.1234567", "2024-01-05T08:00:00Z", "2024-01-05",
                 "0000-01-05T08:00:00"],
    "boolean": ["true", "false", "1", "0", "True", "yes"],
    "year": ["2024", "0000", "20245", "-024", "１９９９"],
}  # fmt: skip
FORMATS = {
    "date": ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%d.%m.%Y", "%Y%m%d", "%Y", "any"],
    "datetime": ["%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M"],
}
DATES = ["2024/01/31", "2024年01月31日", "2024年1月5日", "31.01.2024", "2024", "2024/01/31 08:00:00",
         "2024-01-31T08:00"]  # fmt: skip


@st.composite
def columns(draw):
    """A field and texts, most of which it can read."""
    kind = draw(st.sampled_from(sorted(SPELLINGS)))
    field = {"name": "值", "type": kind}
    pool = SPELLINGS[kind]
    if kind in FORMATS and draw(st.booleans()):
        field["format"] = draw(st.sampled_from(FORMATS[kind]))
        pool = pool + DATES
    if kind == "number" and draw(st.booleans()):
        field |= {"groupChar": ",", "decimalChar": draw(st.sampled_from([".", "·"]))}
    if kind in {"integer", "number"} and draw(st.booleans()):
        field["bareNumber"] = draw(st.booleans())
    few = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3))
    return field, draw(st.lists(st.sampled_from([*few, "", "-"]), min_size=1, max_size=9))


@settings(deadline=None, max_examples=400)
@given(columns(), st.integers(1, 9))
def test_a_value_is_what_frictionless_reads_or_its_text(column, cut):
    """Whatever the first batch suggested, all values end as one type or all as their texts."""
    field, values = column
    described = Field.from_descriptor(field)
    typed = TypedColumn(described, ["", "-"])
    batches = [pa.array(part, pa.string()) for part in (values[:cut], values[cut:]) if part]
    typed.learn(batches[0])
    parts = [typed.convert(batch) for batch in batches]
    if any(part is None for part in parts):
        parts = [typed.convert(batch) for batch in batches]
    got = pa.chunked_array(parts, typed.arrow_type())
    read = described.create_cell_reader()
    for text, value in zip(values, got.to_pylist(), strict=True):
        if text in {"", "-"}:
            assert value is None
        else:
            assert value == (text if typed.as_text else read(text)[0])


@pytest.mark.parametrize("texts", [["a", "", "b"], ["", ""], ["a"], []])
def test_what_stands_for_nothing_becomes_null(texts):
    array = pa.array(["x", *texts], pa.string())
    missing = pa.array([""])
    expected = [text or None for text in texts]
    assert without(pa.array(texts, pa.string()), missing).to_pylist() == expected
    assert without(array.slice(1), missing).to_pylist() == expected
    assert without(pa.array([*texts, None], pa.string()), missing).to_pylist() == [*expected, None]


def test_an_unusual_spelling_of_a_whole_column_is_cast_at_once():
    """A date in an agency's own format costs no more than one in ISO 8601."""
    days = [f"{2000 + n % 20}年{n % 12 + 1:02}月{n % 28 + 1:02}日" for n in range(200_000)]
    field = Field.from_descriptor({"name": "日", "type": "date", "format": "%Y年%m月%d日"})
    typed = TypedColumn(field, [""])
    array = pa.array(days)
    _, learning = calls_of(lambda: typed.learn(array))
    dates, converting = calls_of(lambda: typed.convert(array))
    assert dates[-1].as_py() == dt.date(2019, 8, 24)
    assert learning + converting < 1_000
