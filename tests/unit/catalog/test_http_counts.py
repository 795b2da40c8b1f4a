"""Counts of requests that all processes of a machine share."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen

import pytest

from catalog.http import counts
from catalog.http.counts import Counts

NOW = 1_790_000_000
COUNTING = """
import sys
from pathlib import Path
from runpy import run_path
held = run_path(sys.argv[2])["Counts"](Path(sys.argv[1]))
for _ in range(500):
    held.add("everybody", now=1_790_000_000, seconds=60)
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Counts]:
    opened = Counts(tmp_path / "counts.bin")
    yield opened
    opened.close()


def test_a_window_begins_with_the_first_request_and_ends_after_its_seconds(held: Counts) -> None:
    assert held.add("a", now=NOW, seconds=60) == (1, NOW + 60)
    assert held.add("a", now=NOW + 59, seconds=60) == (2, NOW + 60)
    assert held.add("b", now=NOW + 59, seconds=60) == (1, NOW + 119)
    assert held.add("a", now=NOW + 60, seconds=60) == (1, NOW + 120)


def test_a_clock_that_was_set_back_begins_a_new_window(held: Counts) -> None:
    held.add("a", now=NOW, seconds=60)
    assert held.add("a", now=NOW - 3_600, seconds=60) == (1, NOW - 3_540)


def test_threads_and_processes_count_together_and_lose_none(held: Counts, tmp_path: Path) -> None:
    others = [
        Popen([sys.executable, "-c", COUNTING, tmp_path / "counts.bin", counts.__file__])
        for _ in range(2)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: held.add("everybody", now=NOW, seconds=60), range(500)))
    assert [other.wait(60) for other in others] == [0, 0]
    assert held.add("everybody", now=NOW, seconds=60)[0] == 1_501


def test_the_file_keeps_its_size_and_the_most_frequent_are_kept(
    held: Counts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = (tmp_path / "counts.bin").stat().st_size
    monkeypatch.setattr(counts, "SLOTS", 64)
    for _ in range(100):
        held.add("busy", now=NOW, seconds=60)
    for number in range(1_000):
        held.add(f"passing {number}", now=NOW, seconds=60)
    assert held.add("busy", now=NOW, seconds=60)[0] == 101
    assert (tmp_path / "counts.bin").stat().st_size == size


def test_counts_outlive_the_process_that_made_them(held: Counts, tmp_path: Path) -> None:
    held.add("a", now=NOW, seconds=60)
    again = Counts(tmp_path / "counts.bin")
    assert again.add("a", now=NOW + 1, seconds=60)[0] == 2
    again.close()
