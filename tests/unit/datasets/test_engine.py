"""Questions end in time and memory, answer the one who asked, and leave nothing behind."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datasets.engine import QueryLimits, asking
from datasets.filters import QueryProblem, parse
from datasets.query import columns_of, run

# ruff: noqa: DTZ001  (published tables hold wall-clock times as delivered, without a zone)


def ask(path, *arguments, **options):
    return run(path, parse(arguments, columns_of(path)), **options)


@pytest.fixture(scope="module")
def long_table(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "long.parquet"
    start = datetime(2024, 1, 1)
    table = pa.table(
        {
            "id": pa.array(range(300_000)),
            "note": pa.array([f"说明 {n * 7919 % 300_007:09d}" for n in range(300_000)]),
            "at": pa.array([start + timedelta(seconds=n) for n in range(300_000)]),
        }
    )
    pq.write_table(table, path, row_group_size=20_000, compression="zstd")
    return path


def test_a_question_that_takes_too_long_is_stopped_and_the_next_one_answered(long_table):
    limits = QueryLimits(seconds=0.003)
    with pytest.raises(QueryProblem) as caught:
        ask(long_table, ("note__contains", "999"), ("_sort", "-note"), limits=limits)
    assert caught.value.problem.code == "query-timeout"
    assert ask(long_table, ("id", "299999")).total == 1


def test_a_stream_whose_time_ends_as_it_begins_is_refused_or_goes_on_to_its_end():
    with asking(QueryLimits(seconds=0.05)) as question, ThreadPoolExecutor(1) as pool:
        with question._lock:  # the time ends, and waits with what it has to say
            time.sleep(0.2)
            parts = question.parts("SELECT * FROM range(1000000)", [], 1_000)
            first = pool.submit(next, parts)
            time.sleep(0.2)
        try:
            outcome = first.result().num_rows + sum(part.num_rows for part in parts)
        except QueryProblem as error:
            outcome = error.problem.code
    assert outcome in {1_000_000, "query-timeout"}


def test_the_largest_page_of_a_long_table_is_answered_in_any_order(long_table):
    for arguments in ([], [("_sort", "-note")], [("at__gte", "2024-01-02"), ("_sort", "note")]):
        assert len(ask(long_table, ("_limit", "10000"), *arguments).table) == 10_000


@pytest.fixture(scope="module")
def huge_cells(tmp_path_factory):
    path = tmp_path_factory.mktemp("huge") / "huge.parquet"
    cells = [f"{number}{'长' * 1_000_000}" for number in range(95)]
    pq.write_table(pa.table({"a": cells}), path, row_group_size=10, use_dictionary=False)
    return path


@pytest.mark.parametrize("arguments", [[], [("_sort", "-a")], [("_group", "a")]])
def test_a_question_that_needs_too_much_memory_is_refused_and_the_next_answered(
    huge_cells, long_table, arguments
):
    path = huge_cells
    with pytest.raises(QueryProblem) as caught:
        ask(path, *arguments, limits=QueryLimits(seconds=120))
    assert caught.value.problem.code == "query-too-large"
    assert ask(long_table, ("id", "5")).total == 1


def test_a_forked_process_asks_for_itself(long_table):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from datasets.filters import parse; from datasets.query import columns_of, run\n"
        "path = Path(sys.argv[1]); query = parse([('id', '7')], columns_of(path))\n"
        "assert run(path, query).total == 1\n"
        "child = os.fork(); signal.alarm(20)\n"
        "assert run(path, query).total == 1\n"
        "if child: sys.exit(os.waitpid(child, 0)[1])\n"
        "os._exit(0)"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code, long_table], cwd=root, check=True, timeout=30)


def test_many_threads_at_once_each_get_their_own_answer(long_table):
    columns = columns_of(long_table)

    def one(number):
        query = parse([("id", str(number))], columns)
        return run(long_table, query).table["note"].to_pylist()

    numbers = [n * 37 for n in range(160)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, numbers))
    assert answers == [[f"说明 {n * 7919 % 300_007:09d}"] for n in numbers]


def test_a_page_deep_in_a_long_table_costs_no_more_than_the_first(long_table):
    query = parse([], columns_of(long_table))

    def fastest(after):
        times = []
        for _ in range(7):
            began = time.perf_counter()
            run(long_table, replace(query, after=after))
            times.append(time.perf_counter() - began)
        return min(times)

    assert fastest(250_000) < 5 * fastest(0) + 0.01


def test_no_thread_and_no_file_stays_after_an_answer(long_table):
    ask(long_table)
    before = threading.active_count()
    for _ in range(20):
        ask(long_table)
    time.sleep(0.01)
    assert threading.active_count() <= before
