"""Work on files of users, done in a child process that was forked before anything heavy was loaded.

A second interpreter would load everything twice, which is most of the time that a small table takes;
a fork of this one, which has loaded little more than the command line, costs nothing. The child
gives up network and limits, loads the engine and answers one order after another; when it dies on a
file the parent says so in plain words and the next file gets a new child.

Both speak JSON lines over a socket pair. To an order the child answers any number of
``{"progress": [rows, share]}`` and ``{"fetch": url}`` and then one of ``{"result": …}``,
``{"problem": …}`` and ``{"crash": place in the program}``. It has no network: the parent fetches.
"""

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from datasets.answers import Answers, TooLongError
from datasets.confinement import broke_off, out_of_memory, shut_doors, timed_out
from schemas.records import Limits, Message, Problem

WORK: dict[str, str] = {
    "validate": "catalog.cli.validating",
    "scan": "catalog.cli.scanning",
    "profile": "catalog.cli.profiling",
    "anonymity": "catalog.cli.measuring",
}
"""What a child can do -> the module whose ``perform(order, parent)`` does it."""

THREADED = frozenset({"duckdb", "polars", "pyarrow"})
"""Libraries that keep threads: a process that has loaded one is not forked but started anew."""

SPAWNED = "import sys; from catalog.cli.confined import live; live(sys.argv[1])"
POLL_SECONDS = 0.25
GRACE_SECONDS = 0.5
PROGRESS_SECONDS = 0.1
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "LD_LIBRARY_PATH")
M_ARENA_MAX = -8
COLLECT_EVERY = 32


class Refused(Exception):
    """A file cannot be worked on; ``problem`` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


class Parent(Protocol):
    """What the work in the child may ask of the process that started it."""

    def progress(self, rows: int, share: float) -> None:
        """Tell how many rows are done, and which share of the file (0 to 1)."""

    def fetch(self, url: str) -> Path:
        """The bytes at ``url`` as a file; raises OSError with a sentence for people."""


Perform = Callable[[Mapping[str, Any], Parent], Mapping[str, Any]]


@dataclass(slots=True)
class Confined:
    """A child for one kind of work (a key of ``WORK``); started at once, again after a crash.

    ``fetch`` gets (url, target file) and answers nothing, or the sentence that says what went wrong.
    """

    work: str
    workdir: Path
    limits: Limits = field(default_factory=Limits)
    on_progress: Callable[[int, float], None] = lambda _rows, _share: None
    fetch: Callable[[str, Path], str] = lambda _url, _target: "fetching is not allowed"
    _pid: int = 0
    _line: socket.socket | None = None
    _fetched: int = 0

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._end()

    def ask(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Have one order done; raises Refused when it cannot be, whatever became of the child."""
        line = self._line or self._start()
        with suppress(BrokenPipeError):
            _send(line, order)
        deadline = time.monotonic() + self.limits.seconds
        answers = Answers()
        while True:
            if time.monotonic() > deadline:
                self._end()
                raise Refused(timed_out(self.limits.seconds))
            if not select.select([line], [], [], POLL_SECONDS)[0]:
                continue
            data = _received(line)
            try:
                lines = answers.lines(data)
            except TooLongError:
                data = b""
            if not data:
                raise Refused(self._lost())
            for text in lines:
                answer = self._heard(line, json.loads(text))
                if answer is not None:
                    return answer

    def _heard(self, line: socket.socket, answer: Mapping[str, Any]) -> dict[str, Any] | None:
        if "progress" in answer:
            self.on_progress(int(answer["progress"][0]), float(answer["progress"][1]))
        elif "fetch" in answer:
            self._fetched += 1
            target = self.workdir / f"fetched-{self._fetched}"
            wrong = self.fetch(str(answer["fetch"]), target)
            _send(line, {"wrong": wrong} if wrong else {"file": str(target)})
        elif "problem" in answer:
            raise Refused(_problem(answer["problem"]))
        elif "crash" in answer:
            raise Refused(replace(broke_off(), place=str(answer["crash"])))
        else:
            return dict(answer["result"])
        return None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        started = {"work": self.work, "workdir": str(self.workdir), "limits": asdict(self.limits)}
        order = json.dumps({**started, "parent": os.getpid()})
        sys.stdout.flush()
        sys.stderr.flush()
        if threading.active_count() == 1 and not THREADED & sys.modules.keys():
            self._pid = os.fork()
            if not self._pid:
                ours.close()
                os.dup2(theirs.fileno(), 0)
                live(order)
        else:
            command = [sys.executable, "-P", "-c", SPAWNED, order]
            self._pid = os.posix_spawn(
                sys.executable,
                command,
                {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
            )
        theirs.close()
        self._line = ours
        return ours

    def _lost(self) -> Problem:
        """Say in plain words why the child ended without an answer."""
        patience = time.monotonic() + GRACE_SECONDS
        while not _has_ended(self._pid) and time.monotonic() < patience:
            time.sleep(GRACE_SECONDS / 50)
        status = self._end()
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return out_of_memory() if killed else broke_off()

    def _end(self) -> int:
        """Kill whatever is left of the child and its own children; its wait status."""
        status = 0
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._pid:
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            for kill in (os.killpg, os.kill):
                with suppress(ProcessLookupError, PermissionError):
                    kill(self._pid, signal.SIGKILL)
            if not ended:
                status = os.waitpid(self._pid, 0)[1]
            self._pid = 0
        return status


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _send(line: socket.socket, value: Mapping[str, Any]) -> None:
    line.sendall(json.dumps(value, default=str).encode() + b"\n")


def _received(line: socket.socket) -> bytes:
    try:
        return line.recv(1 << 20)
    except ConnectionError:
        return b""


def _problem(value: Mapping[str, Any]) -> Problem:
    words = {"cause": Message(**value["cause"]), "remedy": Message(**value["remedy"])}
    return Problem(**{**value, **words})


class _Line:
    """The child's end of the line."""

    def __init__(self, line: socket.socket) -> None:
        self._socket = line
        self._pending = b""
        self._told = 0.0

    def orders(self) -> Any:
        """The next line that the parent sent; None when it has hung up."""
        while b"\n" not in self._pending:
            data = _received(self._socket)
            if not data:
                return None
            self._pending += data
        text, _, self._pending = self._pending.partition(b"\n")
        return json.loads(text)

    def answer(self, value: Mapping[str, Any]) -> None:
        _send(self._socket, value)

    def progress(self, rows: int, share: float) -> None:
        now = time.monotonic()
        if now - self._told >= PROGRESS_SECONDS:
            self._told = now
            self.answer({"progress": [rows, share]})

    def fetch(self, url: str) -> Path:
        self.answer({"fetch": url})
        reply = self.orders() or {"wrong": "the command has ended"}
        if "wrong" in reply:
            raise OSError(reply["wrong"])
        return Path(reply["file"])


def live(started: str) -> None:
    """The whole life of a child, whose line to the parent is standard input; does not return."""
    try:
        _serve(json.loads(started))
    finally:
        # Nothing that the parent had registered or buffered before the fork is done twice.
        os._exit(0)


def _serve(started: Mapping[str, Any]) -> None:
    line = _Line(socket.socket(fileno=os.dup(0)))
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(silence, standard)
    # A group of its own: Ctrl+C on the terminal reaches the parent, which ends the child.
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in set(os.environ).difference(PASSED_ON):
        del os.environ[name]
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    # Each arena reserves 64 MB of address space, which the limit on it would count.
    ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)
    tempfile.tempdir = started["workdir"]
    shut_doors(Limits(**started["limits"]), started["parent"], one_task=False)
    # Nothing that loading makes is garbage, and looking for some is a tenth of its time.
    gc.disable()
    perform = _engine(WORK[started["work"]])
    gc.freeze()
    gc.enable()
    done = 0
    while (order := line.orders()) is not None:
        line.answer(_performed(perform, order, line))
        done += 1
        if not done % COLLECT_EVERY:
            # Frictionless leaves packed files open in circles of objects, and few may be open here.
            gc.collect()


def _engine(module: str) -> Perform:
    """What does the work; when it cannot be loaded, something that says so to every order."""
    try:
        perform: Perform = import_module(module).perform
    except (ImportError, MemoryError, SyntaxError) as error:
        why = error

        def refuse(_order: Mapping[str, Any], _parent: Parent) -> Mapping[str, Any]:
            raise why

        return refuse
    return perform


def _performed(
    perform: Perform,
    order: Mapping[str, Any],
    line: _Line,
) -> Mapping[str, Any]:
    try:
        return {"result": perform(order, line)}
    except Refused as error:
        return {"problem": asdict(error.problem)}
    except MemoryError:
        return {"problem": asdict(out_of_memory())}
    except Exception as error:  # noqa: BLE001  (told by type and place, without values)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return {"crash": f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"}
