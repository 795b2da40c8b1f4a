"""Gates before costly work: fair to clients, never all threads, never a lost place."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from catalog.errors import Busy, TooMany
from catalog.http import turns
from catalog.http.turns import Gate, Turns


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Turns:
    monkeypatch.setitem(turns.GATES, "rows", Gate(each=2, together=3, line=3, patience=5))
    return Turns()


def test_one_client_has_so_many_at_a_time(line: Turns) -> None:
    for _ in range(2):
        line.take("rows", "a")
    with pytest.raises(TooMany) as refused:
        line.take("rows", "a")
    assert refused.value.retry_after > 0
    line.take("rows", "b")
    line.give_back("rows", "a")
    line.give_back("rows", "b")
    line.take("rows", "a")


def test_the_next_place_is_for_the_client_that_has_least_going_on(line: Turns) -> None:
    for client in ("a", "b", "c"):
        line.take("rows", client)
    with ThreadPoolExecutor(2) as pool:
        greedy = pool.submit(line.take, "rows", "a")
        time.sleep(0.1)
        honest = pool.submit(line.take, "rows", "honest")
        time.sleep(0.1)
        line.give_back("rows", "b")
        honest.result(timeout=5)
        assert not greedy.done()
        line.give_back("rows", "c")
        greedy.result(timeout=5)


def test_only_so_many_wait_and_none_for_ever(line: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(turns.GATES, "rows", Gate(each=1, together=1, line=1, patience=0.5))
    line.take("rows", "a")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(line.take, "rows", "b")
        time.sleep(0.1)
        with pytest.raises(Busy):
            line.take("rows", "c")
        assert not first.done()
        with pytest.raises(Busy):
            first.result(timeout=5)
    line.give_back("rows", "a")
    line.take("rows", "c")


def test_many_clients_all_get_their_turn(line: Turns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(turns.GATES, "rows", Gate(each=9, together=2, line=99, patience=20))
    most, now, lock = 0, 0, Lock()

    def ask(number: int) -> None:
        nonlocal most, now
        line.take("rows", f"client {number % 5}")
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.002)
        with lock:
            now -= 1
        line.give_back("rows", f"client {number % 5}")

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(ask, range(200)))
    assert (most, now) == (2, 0)


def test_a_body_gives_its_turn_back_once_however_it_ends() -> None:
    ended: list[str] = []

    def body(stop: Event) -> Iterator[bytes]:
        yield b"one"
        if stop.is_set():
            raise OSError("the disk is gone")
        yield b"two"

    whole = turns._Held(body(Event()), lambda: ended.append("whole"))
    assert b"".join(whole) == b"onetwo"
    whole.close()
    unread = turns._Held(body(Event()), lambda: ended.append("unread"))
    unread.close()
    unread.close()
    stop = Event()
    stop.set()
    broken = turns._Held(body(stop), lambda: ended.append("broken"))
    with pytest.raises(OSError, match="disk"):
        list(broken)
    broken.close()
    assert ended == ["whole", "unread", "broken"]
