"""Children of a nursery: quick to have, locked in, and never a riddle when they or it end."""

import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from datasets.confined import landlock
from datasets.confined.asking import Bounds, LostError, StoppedError, ask
from datasets.confined.endings import Refused
from datasets.confined.life import Room
from datasets.confined.nurseries import LIBRARIES, Nurseries
from datasets.confined.nursery import Kind
from schemas.records import Limits

LIMITS = Limits(memory_bytes=2 * 2**30)
WORK = "tests.common.confined_work"
locked_in = pytest.mark.skipif(
    not landlock.version(), reason="the kernel cannot lock a process in; that is logged"
)


class House:
    """A nursery, and a work folder for its children."""

    def __init__(self, folder: Path) -> None:
        self.nursery = Nurseries((Kind("test-child", WORK),))
        self.work = folder / "work"
        self.work.mkdir()
        self.said: list[dict[str, Any]] = []

    def do(
        self,
        what: str,
        *,
        reads: tuple[str, ...] = LIBRARIES,
        seconds: float = 30,
        stop: Callable[[], bool] = lambda: False,
        limits: Limits = LIMITS,
        **order: Any,
    ) -> dict[str, Any]:
        room = Room(str(self.work), reads, limits)
        child = self.nursery.child("test-child", room)
        try:
            told = {"do": what, **order}
            return ask(child, told, Bounds(seconds, 1 << 20), self.said.append, stop)
        finally:
            child.close()

    def code(self, what: str, **more: Any) -> str:
        with pytest.raises(Refused) as caught:
            self.do(what, **more)
        return caught.value.problem.code


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = House(tmp_path_factory.mktemp("house"))
    yield made
    made.nursery.close()


def alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def gone(pid: int) -> bool:
    end = time.monotonic() + 20
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def settled(nursery: int) -> set[int]:
    """The descriptors of a nursery that has put away everything of the children it had."""

    def listed() -> set[int]:
        return {int(one.name) for one in Path(f"/proc/{nursery}/fd").iterdir()}

    now, before = listed(), set[int]()
    while now != before or psutil.Process(nursery).children():
        time.sleep(0.05)
        now, before = listed(), now
    return now


def test_each_order_gets_a_child_of_its_own_that_holds_nothing_of_the_others(house: House) -> None:
    first, second = house.do("who"), house.do("who")
    assert first["nursery"] == second["nursery"] not in {first["pid"], second["pid"], os.getpid()}
    assert first["pid"] != second["pid"]
    with ThreadPoolExecutor(4) as pool:
        many = list(pool.map(lambda _: house.do("who"), range(8)))
    assert len({one["pid"] for one in many}) == 8
    # Standard streams, the line (whose two ends of buffering share it) and the listing itself.
    assert {one["fds"] for one in (first, second, *many)} == {5}


def test_a_child_is_gone_once_its_order_is_done(house: House) -> None:
    assert not alive(house.do("who")["pid"])


@pytest.mark.parametrize(
    ("deed", "code"),
    [("abort", "examination-crashed"), ("kill", "out-of-memory"), ("eat", "out-of-memory")],
)
def test_what_becomes_of_a_child_is_told(house: House, deed: str, code: str) -> None:
    assert house.code(deed) == code
    assert house.do("say", word="好") == {"said": "好"}


def test_time_of_the_clock_and_of_the_processor_are_limited(house: House) -> None:
    begun = time.monotonic()
    assert house.code("sleep", seconds=0.5) == "timeout"
    assert house.code("spin", limits=Limits(seconds=1)) == "timeout"
    assert time.monotonic() - begun < 20


def test_an_answer_longer_than_any_may_be_ends_the_child(house: House) -> None:
    assert house.code("babble", size=2 << 20) == "out-of-memory"


def test_progress_is_heard_before_the_answer(house: House) -> None:
    house.said.clear()
    house.do("progress")
    assert [one["progress"] for one in house.said if "progress" in one] == [[0], [1], [2]]


def test_stopping_ends_the_child_before_the_caller_goes_on(house: House) -> None:
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(StoppedError):
        house.do("sleep", stop=stop.is_set)
    process = house.nursery._process
    assert process is not None
    assert psutil.Process(process.pid).children() == []


def test_a_child_knows_no_settings(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGKAI_SECRET_KEY", "not for children")
    house.nursery.close()
    assert not [name for name in house.do("environment")["names"] if name.startswith("GONGKAI")]
    process = house.nursery._process
    assert process is not None
    assert "GONGKAI_SECRET_KEY" not in psutil.Process(process.pid).environ()


@locked_in
def test_a_child_reads_what_it_was_given_and_nothing_else(house: House, tmp_path: Path) -> None:
    given, other = tmp_path / "given.csv", tmp_path / "other.csv"
    given.write_text("a,b", encoding="utf-8")
    other.write_text("data of somebody else", encoding="utf-8")
    reads = (str(given), *LIBRARIES)
    assert house.do("read", path=str(given), reads=reads) == {"text": "a,b"}
    denied = {"refused": "Permission denied"}
    for path in (other, Path("/etc/passwd"), Path.home() / ".profile", Path(__file__)):
        if path.exists():
            assert house.do("read", path=str(path), reads=reads) == denied
    for path in (tmp_path, Path("/"), Path("/proc"), tmp_path.parent, Path.home()):
        assert house.do("list", path=str(path), reads=reads) == denied
    assert house.do("read in a thread", path=str(other), reads=reads) == denied
    for name in ("environ", "maps", "cmdline"):
        path = f"/proc/{os.getpid()}/{name}"
        assert house.do("read", path=path, reads=reads) == denied


@locked_in
def test_a_child_writes_into_its_work_folder_and_nowhere_else(house: House, tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("a,b", encoding="utf-8")
    reads = (str(given), *LIBRARIES)
    inside = house.work / "made.txt"
    assert house.do("write", path=str(inside), text="made", reads=reads) == {"size": 4}
    assert inside.read_text() == "made"
    assert house.do("remove", path=str(inside), reads=reads) == {}
    for path in (given, tmp_path / "new.txt", tmp_path.parent / "new.txt", Path(__file__)):
        told = house.do("write", path=str(path), text="taken over", reads=reads)
        assert told == {"refused": "Permission denied"}
        assert house.do("remove", path=str(path), reads=reads) in (told, NOT_THERE)
    assert "refused" in house.do("link", path=str(given), reads=reads)
    assert given.read_text(encoding="utf-8") == "a,b"
    assert not (tmp_path / "new.txt").exists()


NOT_THERE = {"refused": "No such file or directory"}


def test_a_child_reaches_no_network(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        told = house.do("connect", host="127.0.0.1", port=server.getsockname()[1])
    assert "refused" in told


def test_an_order_whose_nursery_is_killed_is_told_so_and_the_next_has_a_new_one(
    house: House,
) -> None:
    before = house.do("who")["nursery"]
    seen: list[int] = []

    def kill() -> bool:
        seen.extend(one.pid for one in psutil.Process(before).children() if not seen)
        if seen:
            os.kill(before, signal.SIGKILL)
        return False

    with pytest.raises(LostError):
        house.do("sleep", stop=kill)
    assert all(gone(pid) for pid in seen)
    assert house.do("who")["nursery"] != before


@pytest.mark.parametrize("free", range(4))
def test_an_order_that_no_descriptor_is_free_for_is_lost_alone(house: House, free: int) -> None:
    nursery = house.do("who")["nursery"]
    before = resource.prlimit(nursery, resource.RLIMIT_NOFILE)
    held = settled(nursery)
    most = [number for number in range(max(held) + 9) if number not in held][free]
    resource.prlimit(nursery, resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        for _ in range(3):
            with pytest.raises(LostError):
                house.do("who")
    finally:
        resource.prlimit(nursery, resource.RLIMIT_NOFILE, before)
    assert house.do("who")["nursery"] == nursery
    assert len(settled(nursery)) == len(held)


def test_a_process_that_cannot_start_a_nursery_keeps_nothing_open(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nursery = Nurseries((Kind("test-child", WORK),))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "absent"))
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        with pytest.raises(FileNotFoundError):
            nursery.child("test-child", Room(str(tmp_path), LIBRARIES, LIMITS))
    nursery.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.skipif(
    landlock.version() < landlock.SCOPE_VERSION, reason="the kernel knows no scopes"
)
def test_a_child_cannot_kill_its_nursery(house: House) -> None:
    assert house.do("kill the nursery") == {"refused": "Operation not permitted"}


ORDERING = """
import sys
from pathlib import Path
from datasets.confined.asking import Bounds, ask
from datasets.confined.life import Room
from datasets.confined.nurseries import LIBRARIES, nursery_of
nursery = nursery_of("test-child", "tests.common.confined_work")
def order(what):
    child = nursery.child("test-child", Room(sys.argv[1], LIBRARIES))
    return ask(child, {"do": what}, Bounds(60))
print(order("who")["nursery"], flush=True)
if sys.argv[2] == "sleep":
    order("sleep")
"""


@pytest.mark.parametrize("end", ["ends", "sleep"])
def test_nursery_and_children_end_with_the_process_that_ordered(tmp_path: Path, end: str) -> None:
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        [sys.executable, "-c", ORDERING, str(tmp_path), end],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        nursery = int(process.stdout.readline())
        children: list[int] = []
        if end == "sleep":
            patience = time.monotonic() + 20
            while not children and time.monotonic() < patience:
                children = [one.pid for one in psutil.Process(nursery).children()]
            process.kill()
        _, said = process.communicate(timeout=20)
    assert said == ""
    assert all(gone(pid) for pid in (nursery, *children))


THREADED = """
import threading, time
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
def perform(order, parent):
    return {}
"""


def test_a_process_with_busy_threads_forks_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "threaded.py").write_text(THREADED)
    for package in ("datasets", "schemas"):
        (tmp_path / package).symlink_to(Path(__file__).parents[4] / package)
    monkeypatch.setattr("datasets.confined.nurseries.ROOT", tmp_path)
    nursery = Nurseries((Kind("threaded", "threaded"),))
    with pytest.raises(LostError):
        nursery.child("threaded", Room(str(tmp_path))).end()
    nursery.close()
    assert "a fork would leave threads behind: python" in capfd.readouterr().err
