"""Examinations in a child: whatever the file does, the parent gets an answer in plain words."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from datasets.child import EXAMINATION, NURSERY, StoppedError, run_examination
from datasets.confined import landlock
from datasets.confined.asking import Bounds, ask
from datasets.confined.endings import Refused
from datasets.confined.life import Room
from datasets.confined.nurseries import LIBRARIES
from schemas.records import ExaminationRequest, ExaminationResult, Limits
from tests.common import ugly_files
from tests.common.processes import examinations

LIMIT = "/proc/sys/user/max_net_namespaces"


def run(folder: Path, data: bytes, *, stop=lambda: False, **limits: int) -> ExaminationResult:
    source = folder / "delivery"
    source.write_bytes(data)
    request = ExaminationRequest("名单.csv", limits=Limits(**limits))
    return run_examination(source, folder / "work", request, lambda _share, _stage: None, stop)


def codes(result: ExaminationResult) -> list[str]:
    return [problem.code for problem in result.problems]


def test_the_result_comes_back_whole(tmp_path):
    result = run(tmp_path, ugly_files.gb18030_with_title())
    assert result.encoding == "gb18030"
    assert result.repairs[0].message.params == {"count": 2, "row": 3}
    assert isinstance(result.repairs[0].before, tuple)
    assert isinstance(result.preview[0], tuple)


def test_findings_and_artefacts_come_back_whole(tmp_path):
    found = run(tmp_path, ugly_files.citizen_ids())
    assert {finding.detector for finding in found.findings} == {"citizen-id", "mobile"}
    made = run(tmp_path, ugly_files.clean_csv())
    assert all((tmp_path / "work" / name).stat().st_size for name in made.artefacts.values())


def test_progress_rises_from_nothing_to_nearly_all(tmp_path):
    source = tmp_path / "delivery"
    source.write_bytes(ugly_files.clean_csv())
    told: list[tuple[float, str]] = []
    run_examination(
        source,
        tmp_path / "work",
        ExaminationRequest("x"),
        lambda share, stage: told.append((share, stage)),
        lambda: False,
    )
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[0] == 0.0
    assert shares[-1] > 0.9
    assert all(stage.isalpha() for _, stage in told)


def test_a_bad_file_comes_back_as_a_problem(tmp_path):
    assert codes(run(tmp_path, ugly_files.far_corner())) == ["far-corner"]


@pytest.mark.parametrize("megabytes", [320, 520, 600])
def test_too_little_memory_is_said_in_plain_words(tmp_path, megabytes):
    record = ugly_files.json_text(dict.fromkeys("abcdefghij", "x"))
    data = b"[" + b",".join([record] * 150_000) + b"]"
    result = run(tmp_path, data, memory_bytes=megabytes << 20)
    assert codes(result) == ["out-of-memory"]


def test_a_crash_of_the_reader_is_a_problem_and_not_an_exception(tmp_path):
    fifo = tmp_path / "delivery"
    os.mkfifo(fifo)
    work = tmp_path / "work"
    killed: list[int] = []

    def kill_the_child(_share: float, _stage: str) -> None:
        for child in examinations():
            killed.append(child.pid)
            child.send_signal(signal.SIGABRT)

    result = run_examination(fifo, work, ExaminationRequest("x"), kill_the_child, lambda: False)
    assert killed
    assert codes(result) == ["examination-crashed"]


def test_a_file_that_takes_too_long_is_ended(tmp_path):
    fifo = tmp_path / "delivery"
    os.mkfifo(fifo)
    begun = time.monotonic()
    result = run_examination(
        fifo,
        tmp_path / "work",
        ExaminationRequest("x", limits=Limits(seconds=2)),
        lambda _share, _stage: None,
        lambda: False,
    )
    assert codes(result) == ["timeout"]
    assert time.monotonic() - begun < 6


def test_stopping_kills_the_child(tmp_path):
    fifo = tmp_path / "delivery"
    os.mkfifo(fifo)
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    with pytest.raises(StoppedError):
        run_examination(
            fifo,
            tmp_path / "work",
            ExaminationRequest("x"),
            lambda _share, _stage: None,
            stop.is_set,
        )
    assert examinations() == []


def test_the_child_has_no_settings_and_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("GONGKAI_SECRET_KEY", "not for children")
    fifo = tmp_path / "delivery"
    os.mkfifo(fifo)
    seen: list[tuple[dict[str, str], list[str]]] = []

    def look(_share: float, _stage: str) -> None:
        for child in examinations():
            routes = Path(f"/proc/{child.pid}/net/dev").read_text(encoding="ascii")
            seen.append((child.environ(), routes.splitlines()[2:]))

    with pytest.raises(StoppedError):
        run_examination(fifo, tmp_path / "work", ExaminationRequest("x"), look, lambda: bool(seen))
    environment, interfaces = seen[0]
    assert not any(name.startswith("GONGKAI_") for name in environment)
    here = Path("/proc/self/net/dev").read_text(encoding="ascii").splitlines()[2:]
    # Where the system forbids a network of its own, the child stays in ours and says so.
    assert all(line.split(":")[0].strip() == "lo" for line in interfaces) or len(interfaces) == len(
        here
    )


def test_a_delivery_whose_nursery_is_killed_is_examined_all_the_same(tmp_path):
    killed: list[int] = []

    def kill_the_nursery(_share: float, _stage: str) -> None:
        for child in () if killed else examinations():
            killed.append(child.ppid())
            os.kill(child.ppid(), signal.SIGKILL)

    source = tmp_path / "delivery"
    source.write_bytes(ugly_files.clean_csv())
    request = ExaminationRequest("x")
    result = run_examination(source, tmp_path / "work", request, kill_the_nursery, lambda: False)
    assert killed
    assert result.problems == ()
    assert all((tmp_path / "work" / name).stat().st_size for name in result.artefacts.values())


@pytest.mark.skipif(not landlock.version(), reason="the kernel cannot lock a process in")
def test_an_examination_reads_no_file_that_it_was_not_given(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    room = Room(str(tmp_path / "work"), LIBRARIES)
    (tmp_path / "work").mkdir()
    order = {
        "task": "examine",
        "source": str(secret),
        "workdir": room.workdir,
        "request": asdict(ExaminationRequest("x")),
    }
    child = NURSERY.child(EXAMINATION, room)
    with pytest.raises(Refused) as caught:
        ask(child, order, Bounds(60))
    child.close()
    assert caught.value.problem.place.startswith("PermissionError")


WITHOUT_A_NETWORK_TO_GIVE = """
import logging, sys
from pathlib import Path
from datasets.child import run_examination
from schemas.records import ExaminationRequest
Path(sys.argv[3]).write_text(sys.argv[2])
logging.basicConfig(format="%(message)s")
folder = Path(sys.argv[1])
result = run_examination(
    folder / "delivery", folder / "work", ExaminationRequest("x"), lambda *_: None, lambda: False
)
print(result.kind)
"""


@pytest.mark.parametrize(("networks", "told"), [("0", 1), ("100", 0)])
def test_a_child_that_may_not_leave_the_network_says_so_and_goes_on(tmp_path, networks, told):
    own = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*own, "test", "-w", LIMIT], check=False, capture_output=True).returncode:
        pytest.skip("this system gives out no user namespaces to make limits in")
    (tmp_path / "delivery").write_bytes(ugly_files.clean_csv())
    script = [sys.executable, "-c", WITHOUT_A_NETWORK_TO_GIVE, str(tmp_path), networks, LIMIT]
    root = Path(__file__).parents[3]
    run = subprocess.run([*own, *script], cwd=root, check=True, capture_output=True, text=True)
    assert run.stdout == "csv\n"
    assert run.stderr.count("network-not-left") == told
