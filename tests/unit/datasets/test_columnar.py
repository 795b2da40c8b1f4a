"""Records are read once each, in order, in batches bounded by rows and by bytes."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import columnar
from datasets.columnar import read_batches, read_records


@pytest.fixture
def table(tmp_path):
    def table(rows):
        path = tmp_path / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        return path

    return table


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 30])
def test_every_record_comes_once_and_in_order(table, count):
    rows = [[str(number), "甲\n乙"] for number in range(count)]
    batches = list(read_records(table(rows), 10))
    assert [row for batch in batches for row in batch.rows] == rows
    assert [batch.first for batch in batches] == list(range(0, count, 10))
    assert all(len(batch.rows) <= 10 for batch in batches)


def test_skipped_records_are_counted_but_not_given(table):
    (batch,) = read_records(table([["a"], ["1"], ["2"]]), 10, skip=1)
    assert (batch.first, batch.rows) == (1, [["1"], ["2"]])


def test_long_cells_make_short_batches(table, monkeypatch):
    monkeypatch.setattr(columnar, "MOST_BYTES", 100_000)
    rows = [["x" * 60_000] for _ in range(8)]
    batches = list(read_records(table(rows), 1_000))
    assert len(batches) >= 4
    assert [row for batch in batches for row in batch.rows] == rows
    assert batches[-1].share == 1.0


def records_of(path, width, **options):
    """What ``read_batches`` gives, put back into one list in order."""
    found = {}
    for batch in read_batches(path, width, **options):
        for row, number in enumerate(batch.numbers):
            found[number] = [column[row].as_py() for column in batch.columns]
        found.update(batch.ragged)
    return [found[number] for number in sorted(found)], sorted(found)


PARTS = st.sampled_from(
    [
        ",",
        '"',
        '""',
        "\n",
        "\r\n",
        "\r",
        "甲",
        "a",
        "1",
        " ",
        "'",
        ";",
        "\t",
        "\0",
        "\ufeff",
        "\u2028",
        'x"y',
        ',"b\n',
        '\n"c",d,e\n',
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PARTS, max_size=60),
    st.integers(1, 4),
    st.integers(0, 3),
    st.sampled_from([7, 16, 50, 4096]),
)
def test_batches_are_what_the_reader_of_python_gives(tmp_path_factory, parts, width, skip, block):
    path = tmp_path_factory.mktemp("t") / "t.csv"
    path.write_text("".join(parts), encoding="utf-8", newline="")
    with path.open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file))[skip:]
    found, numbers = records_of(path, width, skip_records=skip, block_bytes=block)
    assert found == expected
    assert numbers == list(range(skip + 1, skip + 1 + len(expected)))


def test_a_delimiter_and_a_quote_of_another_kind_are_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;'b;c'\n1;2\n", encoding="utf-8")
    found, _ = records_of(path, 2, delimiter=";", quote_char="'")
    assert found == [["a", "b;c"], ["1", "2"]]


def test_a_record_longer_than_many_blocks_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(columnar, "MOST_BYTES", 1_000)
    path = tmp_path / "t.csv"
    long = '"' + "甲\n" * 5_000 + '"'
    path.write_text(f"a,b\n1,2\n{long},3\n4,5\n", encoding="utf-8")
    found, numbers = records_of(path, 2, block_bytes=100, skip_records=1)
    assert found == [["1", "2"], ["甲\n" * 5_000, "3"], ["4", "5"]]
    assert numbers == [2, 3, 4]


def test_bytes_that_are_not_utf8_are_an_error(tmp_path):
    path = tmp_path / "t.csv"
    for body in (b"a,b\n\xff,1\n", b"a,b\n\xff\n1,2\n"):
        path.write_bytes(body)
        with pytest.raises(UnicodeDecodeError):
            list(read_batches(path, 2))


def test_memory_is_bounded_and_the_share_grows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("".join(f"{i},甲乙丙\n" for i in range(20_000)), encoding="utf-8")
    shares = [batch.share for batch in read_batches(path, 2, block_bytes=10_000)]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 20
