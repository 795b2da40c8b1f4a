"""Work on files of users is done in a child process: a crafted one can crash a parser or eat memory.

A 1.7 kB workbook with a far corner cell aborts the process of the spreadsheet library, which
Python cannot catch; so parsers of user files never run in a process that serves people. The child
has no network and no settings, limits on memory, CPU time, open files and file size, and dies with
its parent; where the system refuses it a network of its own, the parent logs ``network-not-left``.
Parent and child speak JSON lines: one request on standard input; on standard output at most one
``{"refused": why}``, any number of ``{"progress": [share, stage]}`` and then ``{"result": …}``.
Whatever libraries print is discarded: it may hold data.
"""

import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from datasets.answers import Answers, TooLongError
from datasets.collecting.marked import Mark, Marking, mark_workbook
from datasets.confinement import broke_off, out_of_memory, shut_doors, timed_out
from datasets.examination import examine
from datasets.exports import make_formats
from schemas.records import (
    ExaminationRequest,
    ExaminationResult,
    Finding,
    Limits,
    Message,
    Problem,
    Repair,
    Settlement,
)

LOG = logging.getLogger(__name__)
PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "LD_LIBRARY_PATH")
POLL_SECONDS = 0.25
MARKED = "marked.xlsx"
"""The marked workbook in the work folder."""


class StoppedError(Exception):
    """The caller asked to stop; nothing is known about the file."""


def run_examination(
    source: Path,
    workdir: Path,
    request: ExaminationRequest,
    on_progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> ExaminationResult:
    """Examine one file in a child process and wait for it.

    A crash, too much memory or too much time give a result with a Problem. ``should_stop`` is
    asked several times a second; when it says yes the child is killed and StoppedError raised.
    """
    ended = _run(
        {"task": "examine"}, source, workdir, request, (on_progress, should_stop)
    )  # fmt: skip
    return (
        ExaminationResult(problems=(ended,)) if isinstance(ended, Problem) else decode_result(ended)
    )


def run_marking(
    source: Path, workdir: Path, request: ExaminationRequest, marking: Marking
) -> Path | Problem:
    """Make the marked workbook of one file in a child process and wait for it.

    Answers where in ``workdir`` it stands, or why there is none.
    """
    order = {"task": "mark", "marking": asdict(marking)}
    ended = _run(order, source, workdir, request, (lambda _share, _stage: None, lambda: False))
    return ended if isinstance(ended, Problem) else workdir / MARKED


def run_formats(
    parquet: Path,
    workdir: Path,
    names: Sequence[str],
    limits: Limits,
    should_stop: Callable[[], bool],
) -> dict[str, Path] | Problem:
    """Make formats of a published table in a child process and wait for it.

    Answers the files by format, without those that cannot hold the table, or why there are none.
    Raises ``StoppedError`` as ``run_examination`` does.
    """
    request = ExaminationRequest(file_name=parquet.name, limits=limits)
    order = {"task": "formats", "names": list(names)}
    ended = _run(order, parquet, workdir, request, (lambda _share, _stage: None, should_stop))
    if isinstance(ended, Problem):
        return ended
    return {name: workdir / path for name, path in ended["made"].items()}


def _run(
    task: Mapping[str, Any],
    source: Path,
    workdir: Path,
    request: ExaminationRequest,
    listeners: tuple[Callable[[float, str], None], Callable[[], bool]],
) -> Mapping[str, Any] | Problem:
    """Have a child do one task; its result as JSON, or why it gave none."""
    workdir.mkdir(parents=True, exist_ok=True)
    order = {
        **task,
        "source": str(source.resolve()),
        "workdir": str(workdir.resolve()),
        "request": asdict(request),
        "parent": os.getpid(),
    }
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "datasets.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=workdir,
        env=_environment(workdir),
        start_new_session=True,
    )
    try:
        result = _converse(child, order, request.limits.seconds, *listeners)
    finally:
        _end(child)
    return result if result is not None else _crashed(child.returncode, request.limits.seconds)


def _environment(workdir: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONUTF8": "1",
        "TMPDIR": str(workdir.resolve()),
        # Each arena reserves 64 MB of address space, which the limit on it would count.
        "MALLOC_ARENA_MAX": "2",
        "ARROW_DEFAULT_MEMORY_POOL": "system",
    }


def _converse(
    child: subprocess.Popen[bytes],
    order: Mapping[str, Any],
    seconds: int,
    on_progress: Callable[[float, str], None],
    should_stop: Callable[[], bool],
) -> Mapping[str, Any] | Problem | None:
    """Send the order and follow the answer; None when the child ends without a result."""
    deadline = time.monotonic() + seconds
    stdin, stdout = child.stdin, child.stdout
    if stdin is None or stdout is None:
        raise RuntimeError("the child was started without pipes")
    with suppress(BrokenPipeError):
        stdin.write(json.dumps(order).encode())
        stdin.close()
    answers = Answers()
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while True:
            if should_stop():
                raise StoppedError
            if time.monotonic() > deadline:
                return timed_out(seconds)
            if not selector.select(POLL_SECONDS):
                continue
            data = os.read(stdout.fileno(), 1 << 20)
            if not data:
                return None
            try:
                lines = answers.lines(data)
            except TooLongError:
                return out_of_memory()
            for line in lines:
                answer = json.loads(line)
                if "result" in answer:
                    return dict(answer["result"])
                if "crash" in answer:
                    LOG.warning("an examination broke off: %s", answer["crash"])
                    return broke_off()
                if "refused" in answer:
                    LOG.warning("network-not-left: examinations run in ours; %s", answer["refused"])
                else:
                    on_progress(float(answer["progress"][0]), str(answer["progress"][1]))


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill whatever is left of the child and its own children, and wait for it."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(0.05)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()


def _crashed(returncode: int, seconds: int) -> Problem:
    """Say in plain words why a child ended without an answer."""
    if returncode == -signal.SIGXCPU:
        return timed_out(seconds)
    if returncode == -signal.SIGKILL:
        return out_of_memory()
    LOG.warning("an examination ended with status %d", returncode)
    return broke_off()


def main() -> None:
    """Child side: read the order, shut the doors, examine, answer."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    order = json.loads(sys.stdin.buffer.read())
    request = decode_request(order["request"])
    if refused := shut_doors(request.limits, order["parent"]):
        _answer(answers, {"refused": refused})

    def tell(share: float, stage: str) -> None:
        _answer(answers, {"progress": [share, stage]})

    try:
        result = TASKS[order["task"]](order, request, tell)
    except Exception as error:  # noqa: BLE001  (told to the parent by type and place, without values)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"
        _answer(answers, {"crash": where})
        sys.exit(1)
    _answer(answers, {"result": result})


def _examine(
    order: Mapping[str, Any], request: ExaminationRequest, tell: Callable[[float, str], None]
) -> dict[str, Any]:
    return asdict(examine(Path(order["source"]), Path(order["workdir"]), request, tell))


def _mark(
    order: Mapping[str, Any], request: ExaminationRequest, _tell: Callable[[float, str], None]
) -> dict[str, Any]:
    workdir = Path(order["workdir"])
    marking = decode_marking(order["marking"])
    mark_workbook(Path(order["source"]), workdir, request, marking, workdir / MARKED)
    return {}


def _make_formats(
    order: Mapping[str, Any], _request: ExaminationRequest, _tell: Callable[[float, str], None]
) -> dict[str, Any]:
    return {"made": make_formats(Path(order["source"]), Path(order["workdir"]), order["names"])}


TASKS = {"examine": _examine, "mark": _mark, "formats": _make_formats}
"""What a child can be asked to do."""


def _answer(answers: IO[bytes], value: Mapping[str, Any]) -> None:
    data = memoryview(json.dumps(value, default=str).encode() + b"\n")
    while data:
        data = data[answers.write(data) :]


def decode_request(value: Mapping[str, Any]) -> ExaminationRequest:
    """Rebuild a request from its JSON form."""
    return ExaminationRequest(
        **{
            **value,
            "repairs": tuple(value["repairs"]),
            "settlements": tuple(Settlement(**item) for item in value["settlements"]),
            "withheld": tuple(value["withheld"]),
            "limits": Limits(**value["limits"]),
        }
    )


def decode_marking(value: Mapping[str, Any]) -> Marking:
    """Rebuild what is to be marked from its JSON form."""
    marks = tuple(Mark(**{**mark, "fields": tuple(mark["fields"])}) for mark in value["marks"])
    lists = {name: tuple(value[name]) for name in ("labels", "heading")}
    return Marking(**{**value, **lists, "marks": marks})


def decode_result(value: Mapping[str, Any]) -> ExaminationResult:
    """Rebuild a result from its JSON form."""
    return ExaminationResult(
        **{
            **value,
            "members": tuple(value["members"]),
            "repairs": tuple(_repair(item) for item in value["repairs"]),
            "findings": tuple(_finding(item) for item in value["findings"]),
            "problems": tuple(_problem(item) for item in value["problems"]),
            "preview": _rows(value["preview"]),
        }
    )


def _rows(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(row) for row in rows)


def _repair(item: Mapping[str, Any]) -> Repair:
    shown = {"before": _rows(item["before"]), "after": _rows(item["after"])}
    return Repair(**{**item, **shown, "message": Message(**item["message"])})


def _finding(item: Mapping[str, Any]) -> Finding:
    seen = {"sample": tuple(item["sample"]), "places": tuple(item["places"])}
    return Finding(**{**item, **seen, "message": Message(**item["message"])})


def _problem(item: Mapping[str, Any]) -> Problem:
    words = {"cause": Message(**item["cause"]), "remedy": Message(**item["remedy"])}
    return Problem(**{**item, **words})


if __name__ == "__main__":
    main()
