"""Pieces are whole records, and a wrong cut is noticed."""

import time

import pytest

from datasets.chunks import (
    CutError,
    Grammar,
    LongRecordError,
    Piece,
    cut,
    file_blocks,
    read_exactly,
    read_piece,
)


def pieces(text, width, block, **options):
    data = text.encode()
    blocks = [data[at : at + block] for at in range(0, len(data), block)]
    return list(cut(blocks, Grammar(width), **options))


def test_pieces_follow_each_other_and_lose_nothing():
    text = "".join(f"{number},甲\n" for number in range(100))
    found = pieces(text, 2, 50)
    assert b"".join(piece.data for piece in found).decode() == text
    assert [piece.end for piece in found][-1] == len(text.encode())
    assert all(piece.data.endswith(b"\n") for piece in found)


def test_a_cut_inside_an_open_quote_is_noticed():
    text = 'a,"x\n1,2\n3,4\n'
    with pytest.raises(CutError):
        read_piece(Piece(text.encode(), len(text)), Grammar(2))


def test_many_columns_are_read_alike_and_a_wrong_cut_is_noticed_there_too(monkeypatch):
    text = 'a,"x\n1",2\n\n3,4,5\n6,7\n8,9,é\n'
    piece, grammar = Piece(text.encode(), len(text)), Grammar(3)
    expected = read_exactly(piece, grammar)
    monkeypatch.setattr("datasets.chunks.RESERVED_BYTES", 10)
    found = read_exactly(piece, grammar)
    assert found.columns.to_pydict() == expected.columns.to_pydict()
    assert [*found.numbers] == [*expected.numbers] == [1, 3, 5]
    assert found.ragged == expected.ragged == [(2, []), (4, ["6", "7"])]
    with pytest.raises(CutError):
        read_piece(Piece(b'a,"x\n1,2\n', 9), Grammar(2))


def test_careful_cuts_stand_between_records():
    text = 'a,"x\n1,2\n3,4"\nb,c\n' * 20
    found = pieces(text, 2, 30, careful=True)
    assert all(piece.exact for piece in found)
    assert sum(read_piece(piece, Grammar(2)).records for piece in found) == 40


def test_a_record_without_end_is_refused():
    with pytest.raises(LongRecordError):
        pieces('"' + "a\n" * 1_000, 2, 10, most_bytes=100)


def test_a_file_is_given_in_blocks(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"0123456789")
    assert list(file_blocks(path, 4)) == [b"0123", b"4567", b"89"]


def test_lines_of_which_half_are_empty_or_ragged_take_no_longer_for_each_the_more_they_are():
    grammar = Grammar(2)

    def seconds(line, count):
        begun = time.thread_time()
        for piece in cut([b"a,b\n" + line * count], grammar):
            read_exactly(piece, grammar)
        return time.thread_time() - begun

    for line in (b"1,2\n\n", b"1,2\nx\n"):
        assert seconds(line, 160_000) < 24 * max(seconds(line, 20_000), 0.05)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_pieces_of_empty_lines_are_short_so_that_their_records_fit_into_memory(end: bytes):
    text = b"a,b" + end + b"1,2" + end + end * 1_000_000
    pieces = list(cut([text], Grammar(2)))
    assert b"".join(piece.data for piece in pieces) == text
    assert max(piece.data.count(end) for piece in pieces) < 600_000
