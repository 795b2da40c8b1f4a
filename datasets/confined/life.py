"""The life of a confined child: what it gives up, the orders it is given, the answers it sends.

Both ends speak JSON lines over a socket pair. To an order a child answers any number of
``{"progress": [...]}``, ``{"fetch": url}`` and ``{"refused": {what: why}}``, and then one of
``{"result": …}``, ``{"problem": …}`` and ``{"crash": place in the program}``. It has no network:
what it needs from an address the other end fetches. Whatever libraries print is discarded, for it
may hold data.
"""

import ctypes
import gc
import json
import os
import signal
import socket
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn, Protocol

from datasets.confined import landlock
from datasets.confined.doors import shut_doors
from datasets.confined.endings import Refused, lacks_memory, out_of_memory
from schemas.records import Limits

PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "LD_LIBRARY_PATH")
QUIET: Final = {
    "PYTHONUTF8": "1",
    # Each arena reserves 64 MB of address space, which the limit on it would count.
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    # The allocators that Arrow and Polars bring along keep a thread each; a fork takes none along.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "_RJEM_MALLOC_CONF": "background_thread:false",
}
"""What libraries are told before they are loaded."""
M_ARENA_MAX: Final = -8
PR_SET_NAME: Final = 15
COULD_NOT_LOCK: Final = 3
"""Exit code of a child that may run only locked in, on a system that refuses it."""
COLLECT_EVERY: Final = 32


class Parent(Protocol):
    """What the work in a child may ask of the process that ordered it."""

    def progress(self, *step: Any) -> None:
        """Tell how far the work is."""

    def fetch(self, url: str) -> Path:
        """The bytes at ``url`` as a file; raises OSError with a sentence for people."""


Perform = Callable[[Mapping[str, Any], Parent], Mapping[str, Any]]
"""One order done; raises ``Refused`` when the file cannot be worked on."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a child is given: the folder that it may write into, files and folders that it may read
    (``None``: whatever its user may read and write), its limits, and the folder that relative paths
    start from, its own if no other is named. ``strict``
    says that it is not to live on a system that cannot lock it in."""

    workdir: str = ""
    reads: tuple[str, ...] | None = ()
    limits: Limits = field(default_factory=Limits)
    strict: bool = False
    one_task: bool = True
    current: str = ""


def decode_room(value: Mapping[str, Any]) -> Room:
    """Rebuild a room from its JSON form."""
    reads = None if value["reads"] is None else tuple(value["reads"])
    return Room(**{**value, "reads": reads, "limits": Limits(**value["limits"])})


def load(module: str) -> Perform:
    """What does the work; when it cannot be loaded, something that says so to every order."""
    try:
        perform: Perform = import_module(module).perform
    except (ImportError, MemoryError, SyntaxError) as error:
        why = error

        def refuse(_order: Mapping[str, Any], _parent: Parent) -> Mapping[str, Any]:
            raise why

        return refuse
    return perform


def hush() -> None:
    """Discard whatever is printed from now on."""
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(silence, standard)
    if silence not in (0, 1, 2):
        os.close(silence)


def begin(name: str, parent: int, limits: Limits, *, one_task: bool) -> dict[str, str]:
    """Give up settings, network and all beyond ``limits``; what the system refused to take, by
    the code under which it is told."""
    # A group of its own: Ctrl+C on a terminal reaches the parent, which ends the child.
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NAME, name.encode())
    libc.mallopt(M_ARENA_MAX, 2)
    for other in set(os.environ).difference(PASSED_ON, QUIET):
        del os.environ[other]
    os.environ.update(QUIET)
    refused = shut_doors(limits, parent, one_task=one_task)
    return {"network-not-left": refused} if refused else {}


def settle(room: Room) -> dict[str, str]:
    """Go into the room and lock its door; what the system refused, as ``begin`` answers it.

    Raises OSError in a ``strict`` room that cannot be locked.
    """
    if room.workdir:
        os.chdir(room.current or room.workdir)
        os.environ["TMPDIR"] = tempfile.tempdir = room.workdir
    if room.reads is None:
        return {}
    writes = [Path(room.workdir), Path(os.devnull)] if room.workdir else []
    try:
        landlock.give_up_all_but(map(Path, room.reads), writes)
    except OSError as error:
        if room.strict:
            raise
        return {"files-not-closed": str(error.strerror)}
    return {}


def serve(line: socket.socket, perform: Perform, refused: Mapping[str, str]) -> NoReturn:
    """Do one order after the other until the other end hangs up, and end."""
    status = 1
    try:
        caller = _Caller(line)
        if refused:
            caller.answer({"refused": refused})
        done = 0
        while (order := caller.next()) is not None:
            caller.answer(_performed(perform, order, caller))
            done += 1
            if not done % COLLECT_EVERY:
                # Frictionless leaves packed files open in circles of objects, and few may be open here.
                gc.collect()
        status = 0
    except ConnectionError:
        status = 0  # whoever asked has gone
    finally:
        # Nothing that was registered or buffered before the fork is done twice.
        os._exit(status)


class _Caller:
    """The child's end of the line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line.makefile("rb")
        self._socket = line

    def next(self) -> Any:
        """The next line that the other end sent; None when it has hung up."""
        text = self._line.readline()
        return json.loads(text) if text.endswith(b"\n") else None

    def answer(self, value: Mapping[str, Any]) -> None:
        self._socket.sendall(json.dumps(value, default=str).encode() + b"\n")

    def progress(self, *step: Any) -> None:
        self.answer({"progress": step})

    def fetch(self, url: str) -> Path:
        self.answer({"fetch": url})
        reply = self.next() or {"wrong": "the command has ended"}
        if "wrong" in reply:
            raise OSError(reply["wrong"])
        return Path(reply["file"])


def _performed(perform: Perform, order: Mapping[str, Any], caller: Parent) -> Mapping[str, Any]:
    try:
        return {"result": perform(order, caller)}
    except Refused as error:
        return {"problem": asdict(error.problem)}
    except MemoryError:
        return {"problem": asdict(out_of_memory())}
    except ConnectionError:
        raise
    except BaseException as error:  # noqa: BLE001  (told by type and place, without values)
        if lacks_memory(str(error)):
            return {"problem": asdict(out_of_memory())}
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return {"crash": f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}"}
