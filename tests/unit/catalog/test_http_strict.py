"""Strict reading: what the lenient readers of the frameworks let through or fall over."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.errors import RuleError
from catalog.http.strict import check_query, parse_json

BAD = {
    "json-too-deep": b"[" * 100_000,
    "json-duplicate-key": b'{"a": 1, "a": 2}',
    "json-not-a-number": b'{"a": NaN}',
    "json-number-range": b"[1e999]",
    "json-integer-range": b'{"a": 9223372036854775808}',
    "json-encoding": b'{"a": "\xff"}',
    "json-syntax": b'{"a": ',
    "json-too-long": b'"' + b"a" * 2**20 + b'"',
    "text-characters": b'{"a": {"b": ["\\ud800"]}}',
}


@pytest.mark.parametrize(("code", "body"), BAD.items(), ids=list(BAD))
def test_a_bad_body_is_refused_with_its_reason(code: str, body: bytes) -> None:
    with pytest.raises(RuleError) as refused:
        parse_json(body)
    assert refused.value.code == code
    assert refused.value.status == 400
    assert refused.value.remedy is not None


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"a": "\\u0000"}', "text-characters"),
        (b'{"\\ud83d": 1}', "text-characters"),
        (b"9" * 5000, "json-integer-range"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "json-too-deep"),
        (b'{"a": "\x01"}', "json-syntax"),
        (b"", "json-syntax"),
    ],
)
def test_further_ugly_bodies_are_refused(body: bytes, code: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse_json(body)
    assert refused.value.code == code


def test_brackets_inside_text_do_not_count_as_depth() -> None:
    text = '["\\"' + "[" * 500 + '"]'
    assert parse_json(text.encode()) == ['"' + "[" * 500]


def test_the_place_of_bad_text_is_named() -> None:
    with pytest.raises(RuleError) as refused:
        parse_json(b'{"fields": [{"name": "\\ud800"}]}')
    assert refused.value.cause.params == {"place": "body.fields.0.name"}


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
            inner, max_size=4,
        ),
        max_leaves=20,
    )
)  # fmt: skip
def test_a_good_body_is_read_as_it_was_written(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(b"\xef\xbb\xbf" + json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_but_never_fall_over(data: bytes) -> None:
    with suppress(RuleError):
        parse_json(data)


@pytest.mark.parametrize("raw", ["q=%ff", "q=%zz", "q=%", "&".join(["a=1"] * 60), "q=%00"])
def test_a_broken_query_is_refused(raw: str) -> None:
    with pytest.raises(RuleError) as refused:
        check_query(raw)
    assert refused.value.status == 400


def test_a_chinese_query_passes() -> None:
    check_query("q=%E5%85%AC%E4%BA%A4&limit=5")
