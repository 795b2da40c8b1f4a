"""What a confined child does in tests: anything that a parser taken over by a file might."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datasets.confined.life import Parent

READIED_IN = os.getpid()


def perform(order: Mapping[str, Any], parent: Parent) -> Mapping[str, Any]:
    """Do what the order says, or try to."""
    try:
        return DEEDS[order["do"]](order, parent) or {}
    except OSError as error:
        return {"refused": error.strerror}


def _who(_order: Mapping[str, Any], _parent: Parent) -> dict[str, Any]:
    opened = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return {"pid": os.getpid(), "nursery": READIED_IN, "fds": opened}


def _spin(_order: Mapping[str, Any], _parent: Parent) -> None:
    while True:
        pass


def _steps(_order: Mapping[str, Any], parent: Parent) -> None:
    for step in range(3):
        parent.progress(step)


def _kill_the_nursery(_order: Mapping[str, Any], _parent: Parent) -> None:
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)


def _read_in_a_thread(order: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    held: list[Any] = []
    read = {**order, "do": "read"}
    thread = threading.Thread(target=lambda: held.append(perform(read, parent)))
    thread.start()
    thread.join()
    return dict(held[0])


def _connect(order: Mapping[str, Any], _parent: Parent) -> None:
    with socket.socket() as line:
        line.connect((order["host"], order["port"]))


Deed = Callable[[Mapping[str, Any], Parent], Mapping[str, Any] | None]
DEEDS: dict[str, Deed] = {
    "say": lambda order, _: {"said": order["word"]},
    "who": _who,
    "environment": lambda _order, _parent: {"names": sorted(os.environ)},
    "abort": lambda _order, _parent: os.abort(),
    "kill": lambda _order, _parent: os.kill(os.getpid(), signal.SIGKILL),
    "kill the nursery": _kill_the_nursery,
    "eat": lambda _order, _parent: {"eaten": len(bytearray(8 * 2**30))},
    "spin": _spin,
    "sleep": lambda _order, _parent: time.sleep(60),
    "babble": lambda order, _: {"said": "x" * order["size"]},
    "progress": _steps,
    "read": lambda order, _: {"text": Path(order["path"]).read_text(encoding="utf-8")},
    "list": lambda order, _: {"names": sorted(one.name for one in Path(order["path"]).iterdir())},
    "write": lambda order, _: {"size": Path(order["path"]).write_text(order["text"], "utf-8")},
    "remove": lambda order, _: Path(order["path"]).unlink(),
    "link": lambda order, _: os.link(order["path"], "linked"),
    "read in a thread": _read_in_a_thread,
    "connect": _connect,
}
