"""Work on files of users for the portal, done in confined children: examining, marking, formats.

Children are forked from one nursery of this process, which has loaded the engine (``tasks``). Each
reads the file it is about and what libraries read, and writes into its work folder only. Where the
system refuses to take the network or the files away from a child, that is logged and it works all the
same: ``network-not-left``, ``files-not-closed``.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from datasets.collecting.marked import Marking
from datasets.confined.asking import Bounds, LostError, StoppedError, ask
from datasets.confined.endings import Refused, broke_off
from datasets.confined.life import Room
from datasets.confined.nurseries import LIBRARIES, Nurseries
from datasets.confined.nursery import Kind
from schemas.records import (
    ExaminationRequest,
    ExaminationResult,
    Finding,
    Limits,
    Message,
    Problem,
    Repair,
)

__all__ = ["StoppedError", "run_examination", "run_formats", "run_marking"]

LOG = logging.getLogger(__name__)
EXAMINATION: Final = "examination"
"""What the children are called in a list of processes."""
NURSERY: Final = Nurseries((Kind(EXAMINATION, "datasets.tasks"),))
ATTEMPTS: Final = 2
"""A file is tried again when the nursery ends under it; what ends two of them is taken for its fault."""
MARKED: Final = "marked.xlsx"
"""The marked workbook in the work folder."""


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
    on_progress, should_stop = listeners
    workdir.mkdir(parents=True, exist_ok=True)
    room = Room(str(workdir.resolve()), (str(source.resolve()), *LIBRARIES), request.limits)
    order = {
        **task,
        "source": str(source.resolve()),
        "workdir": room.workdir,
        "request": asdict(request),
    }

    def heard(said: Mapping[str, Any]) -> None:
        if "progress" in said:
            share, stage = said["progress"]
            on_progress(float(share), str(stage))
        for code, why in said.get("refused", {}).items():
            LOG.warning("%s: a child works without that protection; %s", code, why)

    for _ in range(ATTEMPTS):
        try:
            return _done(room, order, heard, should_stop)
        except Refused as error:
            if error.problem.place:
                LOG.warning("an examination broke off: %s", error.problem.place)
            return replace(error.problem, place="")
        except LostError:
            LOG.warning("nursery-lost: the process that examinations are forked from has ended")
    return broke_off()


def _done(
    room: Room,
    order: Mapping[str, Any],
    heard: Callable[[Mapping[str, Any]], None],
    should_stop: Callable[[], bool],
) -> Mapping[str, Any]:
    child = NURSERY.child(EXAMINATION, room)
    try:
        return ask(child, order, Bounds(room.limits.seconds), heard, should_stop)
    finally:
        child.close()


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
