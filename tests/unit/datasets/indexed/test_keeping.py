"""Indexes come when a table is asked about again, and never stand in the way of an answer."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.filters import parse
from datasets.indexed import RowIndexes, keeping
from datasets.query import columns_of
from tests.common.processes import poll

ROWS = 20_000
SHA = "ab" * 32


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("kept") / "data.parquet"
    columns = {"id": range(ROWS), "word": [f"词{n * 7 % 501}" for n in range(ROWS)]}
    pq.write_table(pa.table({**columns, "half": [n // 2 for n in range(ROWS)]}), path)
    return path


@pytest.fixture
def indexes(tmp_path):
    made = RowIndexes(tmp_path / "rows", 2**30)
    yield made
    made.close()


def ask(indexes, path, number=7, sha=SHA):
    return indexes.run(sha, path, parse([("id", str(number))], columns_of(path))).table.to_pylist()


def expected(number):
    return [{"id": number, "word": f"词{number * 7 % 501}", "half": number // 2}]


def files(tmp_path, suffix="rows"):
    return sorted((tmp_path / "rows").glob(f"*.{suffix}"))


def test_a_table_asked_about_again_gets_an_index_and_the_answers_stay_the_same(
    indexes, table, tmp_path
):
    assert ask(indexes, table) == expected(7)
    assert not (tmp_path / "rows").exists(), "a look at every table once makes no index"
    assert ask(indexes, table) == expected(7)
    assert poll(lambda: files(tmp_path), 60)
    assert ask(indexes, table, 19_999) == expected(19_999)
    assert indexes._open[SHA].rows == ROWS
    assert not files(tmp_path, "part")
    assert poll(lambda: not makers())


def makers():
    return [one for one in threading.enumerate() if one.name == keeping.MAKER]


def made_once(indexes, table, tmp_path):
    for _ in range(2):
        ask(indexes, table)
    assert poll(lambda: files(tmp_path), 60)
    return files(tmp_path)[0]


def test_another_process_of_the_machine_finds_the_index_at_its_first_question(
    indexes, table, tmp_path
):
    made_once(indexes, table, tmp_path)
    other = RowIndexes(tmp_path / "rows", 2**30)
    assert ask(other, table) == expected(7)
    assert SHA in other._open


def test_a_damaged_index_is_thrown_away_and_the_answer_comes_from_the_table(
    indexes, table, tmp_path
):
    path = made_once(indexes, table, tmp_path)
    path.chmod(0o600)
    for spoil in (
        lambda held: held[:-1],
        lambda held: b"",
        lambda held: held[:99] + b"!" + held[100:],
    ):
        whole = path.read_bytes()
        path.write_bytes(spoil(whole))
        other = RowIndexes(tmp_path / "rows", 2**30)
        assert ask(other, table) == expected(7)
        assert not path.exists()
        path.write_bytes(whole)


def test_only_the_columns_that_are_asked_about_are_looked_at(indexes, table, tmp_path):
    path = made_once(indexes, table, tmp_path)
    whole = path.read_bytes()
    place = whole.rindex("词500".encode())
    path.chmod(0o600)
    path.write_bytes(whole[:place] + b"?" + whole[place + 1 :])
    other = RowIndexes(tmp_path / "rows", 2**30)
    numbers = parse([("id", "7"), ("_select", "id,half")], columns_of(table))
    assert other.run(SHA, table, numbers).table.to_pylist() == [{"id": 7, "half": 3}]
    assert path.exists(), "what nobody asked about is not read"
    assert ask(other, table) == expected(7)
    assert not path.exists()
    assert ask(other, table, 8) == expected(8)


def test_a_small_table_is_indexed_in_memory_at_once(indexes, tmp_path):
    path = tmp_path / "small.parquet"
    pq.write_table(pa.table({"id": [3, 1, 2]}), path)
    for _ in range(2):
        assert ask(indexes, path, 2) == [{"id": 2}]
    assert indexes._open[SHA].rows == 3
    assert not (tmp_path / "rows").exists()


def test_a_table_that_cannot_be_indexed_is_tried_once_a_day(indexes, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "FEW_CELLS", 0)
    path = tmp_path / "floats.parquet"
    pq.write_table(pa.table({"id": [3, 1, 2], "x": [0.5, float("nan"), 1.5]}), path)
    for _ in range(2):
        assert ask(indexes, path, 2)[0]["id"] == 2
    assert poll(lambda: files(tmp_path, "none"), 60)
    (failed,) = files(tmp_path, "none")
    an_hour_ago = int(time.time()) - 3_600
    os.utime(failed, (an_hour_ago, an_hour_ago))
    other = RowIndexes(tmp_path / "rows", 2**30)
    for _ in range(3):
        ask(other, path, 2)
    assert poll(lambda: not makers())
    assert failed.stat().st_mtime == an_hour_ago
    os.utime(failed, (1, 1))
    again = RowIndexes(tmp_path / "rows", 2**30)
    for _ in range(2):
        ask(again, path, 2)
    assert poll(lambda: files(tmp_path, "none") and failed.stat().st_mtime > an_hour_ago, 60)
    again.close()
    assert not files(tmp_path)


def test_a_small_table_that_cannot_be_indexed_is_tried_once(indexes, tmp_path, monkeypatch):
    tried = []
    write = keeping.write_index
    monkeypatch.setattr(keeping, "write_index", lambda *given: tried.append(1) or write(*given))
    path = tmp_path / "floats.parquet"
    pq.write_table(pa.table({"id": [3, 1, 2], "x": [0.5, float("nan"), 1.5]}), path)
    for _ in range(5):
        assert ask(indexes, path, 2)[0]["id"] == 2
    assert len(tried) == 1


def test_an_index_that_the_disk_does_not_give_is_as_none(indexes, table, tmp_path):
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / f"{SHA}.rows").mkdir()
    for _ in range(3):
        assert ask(indexes, table) == expected(7)
    (tmp_path / "no folder").touch()
    other = RowIndexes(tmp_path / "no folder", 2**30)
    for _ in range(3):
        assert ask(other, table) == expected(7)
    other.close()


def test_the_indexes_unused_longest_go_when_there_are_too_many(indexes, table, tmp_path):
    path = made_once(indexes, table, tmp_path)
    size = path.stat().st_size
    for number in range(3):
        other = path.with_name(f"{number}{path.name[1:]}")
        other.write_bytes(path.read_bytes())
        os.utime(other, (number + 1, number + 1))
    left = path.with_name("old.part")
    left.touch()
    os.utime(left, (1, 1))
    RowIndexes(tmp_path / "rows", 2 * size)._shrink()
    assert [one.name[0] for one in files(tmp_path)] == ["2", path.name[0]]
    assert not left.exists()


def test_no_index_is_begun_where_the_disk_is_nearly_full(indexes, table, tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "RESERVE_BYTES", 2**62)
    for _ in range(4):
        assert ask(indexes, table) == expected(7)
    indexes.close()
    assert not files(tmp_path)


def test_many_threads_at_once_each_get_their_own_answer_while_the_index_comes(indexes, table):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: ask(indexes, table, n), range(0, ROWS, 97)))
    assert answers == [expected(n) for n in range(0, ROWS, 97)]


def test_closing_ends_what_is_being_made(indexes, table, tmp_path):
    for _ in range(2):
        ask(indexes, table)
    indexes.close()
    assert not files(tmp_path, "part")
    assert ask(indexes, table) == expected(7)
