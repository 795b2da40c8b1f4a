"""The product as real processes: web servers and workers that a test may kill at any moment."""

import http.client
import multiprocessing
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from catalog import cli
from catalog.settings import Settings
from datasets.child import EXAMINATION
from tests.common.servers import free_port
from tests.common.stack import wait_until

READY_SECONDS = 60
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.common.processes", "catalog.web"])


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The settings as another process reads them, without what the test's own environment says."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GONGKAI_")}
    given = {
        name.upper(): str(getattr(settings, name))
        for name in settings.model_fields_set
        if name != "secret_key"
    }
    return {**kept, **{f"GONGKAI_{name}": value for name, value in {**given, **more}.items()}}


def _become(env: dict[str, str], folder: str, log: str, words: tuple[str, ...]) -> None:
    """In the new process: be ``gongkai WORDS`` and nothing else."""
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.setsid()
    cli.gongkai(list(words), prog_name="gongkai")


@dataclass(frozen=True)
class Running:
    """A started command; what it says goes to ``log``."""

    process: BaseProcess
    log: Path

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def alive(self) -> bool:
        return self.process.is_alive()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.join(30)
        assert not self.alive()

    def terminate(self) -> int | None:
        """SIGTERM; the exit code once it has ended."""
        self.process.terminate()
        self.process.join(30)
        return self.process.exitcode

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)


@contextmanager
def started(env: Mapping[str, str], folder: Path, *words: str) -> Iterator[Running]:
    """``gongkai WORDS`` as a process of its own; killed at the end if it is still there.

    Processes are forked from one that has read the code already (Python's fork server), because
    reading it takes longer than most stories.
    """
    log = folder / f"{words[0]}-{secrets.token_hex(4)}.log"
    process = FORKS.Process(target=_become, args=(dict(env), str(folder), str(log), words))
    process.start()
    try:
        yield Running(process, log)
    finally:
        process.kill()
        process.join(30)
        process.close()


@contextmanager
def workers(env: Mapping[str, str], folder: Path, count: int) -> Iterator[dict[int, Running]]:
    """So many workers, ready to take jobs, by process number."""
    with ExitStack() as stack:
        begun = [stack.enter_context(started(env, folder, "worker")) for _ in range(count)]
        for one in begun:
            wait_until(lambda one=one: "takes jobs" in one.said(), READY_SECONDS)
        yield {one.pid: one for one in begun}


@contextmanager
def webs(env: Mapping[str, str], folder: Path, count: int) -> Iterator[list[tuple[Running, int]]]:
    """So many web processes over the same backends, each answering on a port of its own."""
    with ExitStack() as stack:
        ports = [free_port() for _ in range(count)]
        begun = [
            stack.enter_context(started(env, folder, "serve", "--port", str(port)))
            for port in ports
        ]
        for one, port in zip(begun, ports, strict=True):
            wait_until(lambda one=one, port=port: _answers(one, port), READY_SECONDS)
        yield list(zip(begun, ports, strict=True))


@contextmanager
def served(
    env: Mapping[str, str],
    folder: Path,
    app: str = "catalog.web:from_env()",
    *,
    workers: int = 2,
    threads: int = 8,
    more: tuple[str, ...] = (),
) -> Iterator[int]:
    """The application under gunicorn, as large portals run it; the port it answers on. ``more``: further
    words of its command; what it says goes to ``gunicorn.log``."""
    port = free_port()
    words = [Path(sys.executable).parent / "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers",
             str(workers), "--threads", str(threads), "--worker-class", "catalog.balance.Worker",
             "--no-control-socket", *more, app]  # fmt: skip
    with (folder / "gunicorn.log").open("ab") as log:
        process = subprocess.Popen(words, env=dict(env), stdout=log, stderr=log)
    try:
        # gunicorn listens before its workers have read the code: only an answer says that they have.
        assert poll(lambda: _speaks(port), READY_SECONDS, 0.1), (
            folder / "gunicorn.log"
        ).read_text()
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _speaks(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
    with suppress(OSError, http.client.HTTPException), closing(connection):
        connection.request("GET", "/healthz")
        return connection.getresponse().status > 0
    return False


def _answers(one: Running, port: int) -> bool:
    assert one.alive(), one.said()[-2000:]
    return _listens(port)


def run(env: Mapping[str, str], folder: Path, *words: str) -> tuple[int | None, str]:
    """``gongkai WORDS`` to its end: its exit code and what it said."""
    with started(env, folder, *words) as one:
        one.process.join(120)
        return one.process.exitcode, one.said()


def poll(what: Callable[[], bool], seconds: float = 60, pause: float = 0.005) -> bool:
    """Look very often until something is so; False when it did not come about."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(pause)
    return False


def examinations(pid: int | None = None) -> list[psutil.Process]:
    """Examinations that this process, or another one, has going on."""
    family = psutil.Process(pid).children(recursive=True)
    return [one for one in family if is_examination(one)]


def is_examination(process: psutil.Process) -> bool:
    """Whether it is a child that examines a file."""
    with suppress(psutil.NoSuchProcess):
        return process.name() == EXAMINATION and process.status() != psutil.STATUS_ZOMBIE
    return False


def examinations_under(home: Path) -> list[int]:
    """Process numbers of examinations that still work below a home folder."""
    return [
        one.pid
        for one in psutil.process_iter(["cwd"])
        if is_examination(one) and (one.info["cwd"] or "").startswith(str(home))
    ]
