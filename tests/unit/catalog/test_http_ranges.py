"""Ranges of a file: what is asked for, exactly that, and never more than the file."""

from email import message_from_bytes
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.http.ranges import MOST_PARTS, Parts, Span, spans, told

FILE = bytes(range(256)) * 4
SIZE = len(FILE)
ENDS = st.one_of(st.none(), st.integers(0, SIZE + 50), st.integers(0, 10**30))


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("bytes=0-9", [(0, 10)]),
        ("bytes=0-9,20-29", [(0, 10), (20, 30)]),
        ("BYTES = 5- ", [(5, SIZE)]),
        ("bytes=-7", [(SIZE - 7, SIZE)]),
        ("bytes=, 0-0 ,,\t9-9,", [(0, 1), (9, 10)]),
        ("bytes=500-509,0-9", [(500, 510), (0, 10)]),
        ("bytes=0-9,5-19", [(0, 20)]),
        ("bytes=0-9,10-19", [(0, 20)]),
        ("bytes=900-909,0-1,0-,0-", [(0, SIZE)]),
        ("bytes=5000-,0-1", [(0, 2)]),
        (f"bytes=0-{'9' * 5000}", [(0, SIZE)]),
        (f"bytes=-{'9' * 5000}", [(0, SIZE)]),
        ("bytes=000000000000000000000003-4", [(3, 5)]),
    ],
)
def test_the_ranges_of_a_header(header: str, wanted: list[tuple[int, int]]) -> None:
    assert spans(header, SIZE) == tuple(Span(*one) for one in wanted)


@pytest.mark.parametrize("header", ["bytes=-0", "bytes=-0,-00", f"bytes={SIZE}-", "bytes=9999-,-0"])
def test_ranges_outside_the_file_are_none_of_it(header: str) -> None:
    assert spans(header, SIZE) == ()


@pytest.mark.parametrize(
    "header",
    ["", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=x", "bytes=1-2-3", "bytes=5-2", "lines=1-2",
     "bytes=0-1,5-2", "bytes=0-1;3-4", "bytes=+1-2", "bytes=١-٢", "bytes=--1", "0-9", "bytes=1 2-3"],
)  # fmt: skip
def test_what_is_no_range_asks_for_the_whole_file(header: str) -> None:
    assert spans(header, SIZE) is None


def test_a_thousand_ranges_are_one_answer_at_most() -> None:
    apart = ",".join(f"{4 * n}-{4 * n}" for n in range(250))
    assert spans(f"bytes={apart}", SIZE) is None
    assert spans("bytes=" + ",".join(["0-"] * 1000), SIZE) == (Span(0, SIZE),)
    some = ",".join(f"{4 * n}-{4 * n}" for n in range(MOST_PARTS))
    assert len(spans(f"bytes={some}", SIZE) or ()) == MOST_PARTS


@given(st.lists(st.tuples(ENDS, ENDS), min_size=1, max_size=40))
def test_every_byte_asked_for_is_sent_once(asked: list[tuple[int | None, int | None]]) -> None:
    header = "bytes=" + ",".join(
        f"{'' if a is None else a}-{'' if b is None else b}" for a, b in asked
    )
    wanted: set[int] = set()
    valid = True
    for first, last in asked:
        if first is None:
            valid = valid and last is not None
            wanted |= set(range(max(SIZE - (last or 0), 0), SIZE))
        else:
            valid = valid and (last is None or last >= first)
            wanted |= set(range(first, SIZE if last is None else min(last + 1, SIZE)))
    found = spans(header, SIZE)
    if not valid or found is None:
        assert found is None
        assert not valid or len(asked) > MOST_PARTS
        return
    sent = [place for one in found for place in range(one.start, one.end)]
    assert len(sent) == len(set(sent))
    assert set(sent) == wanted


@given(st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(1, 40)), min_size=2, max_size=9))
def test_any_reader_of_mail_finds_the_parts(asked: list[tuple[int, int]]) -> None:
    wanted = [Span(start, min(start + length, SIZE)) for start, length in asked]
    parts = Parts(wanted, SIZE, "text/csv; charset=utf-8", "b0undary")
    body = b"".join(parts.body(iter([FILE[one.start : one.end]]) for one in wanted))
    assert len(body) == parts.size
    told_of = f"Content-Type: {parts.content_type}\r\n".encode()
    assert message_from_bytes(told_of + body, policy=HTTP).is_multipart()
    pieces = body.split(b"\r\n--b0undary")[1:-1]
    for one, span in zip(pieces, wanted, strict=True):
        head, _, data = one.partition(b"\r\n\r\n")
        assert f"Content-Range: {told(span, SIZE)}".encode() in head
        assert b"Content-Type: text/csv; charset=utf-8" in head
        assert data == FILE[span.start : span.end]
