"""The other end of a child's line: an order is sent, what the child says is followed, its end told."""

import json
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from datasets.confined.answers import Answers, TooLongError
from datasets.confined.endings import (
    EndedError,
    Refused,
    broke_off,
    ended_with,
    out_of_memory,
    timed_out,
)
from schemas.records import Message, Problem

POLL_SECONDS: Final = 0.25
ENDING_SECONDS: Final = 30.0
ANSWER_BYTES: Final = 512 * 2**20


class StoppedError(Exception):
    """The caller asked to stop; nothing is known about the file."""


class LostError(Exception):
    """The process that the child was forked from has ended, and the child with it."""


class Child(Protocol):
    """A child and the line to it."""

    @property
    def line(self) -> socket.socket:
        """What it is told and answers goes over this socket."""

    def end(self) -> int:
        """Kill whatever is left of it, and wait for it: its exit code, minus the signal that ended it.

        Raises ``LostError`` when that cannot be known.
        """


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long one order may take, and how long one line of the answer may be."""

    seconds: float
    bytes: int = ANSWER_BYTES


Heard = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""Takes what a child says before its answer; what is to be said to that, if anything."""


def ask(
    child: Child,
    order: Mapping[str, Any],
    bounds: Bounds,
    heard: Heard = lambda _said: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Have one order done.

    Raises ``Refused`` when it cannot be, and ``EndedError`` when the child is no more: it broke off, or
    was ended because it did not answer in its bounds. ``should_stop`` is asked several times a second;
    when it says yes the child is ended and ``StoppedError`` raised. Raises ``LostError``.
    """
    try:
        with suppress(BrokenPipeError):
            _send(child.line, order)
        return _followed(child, bounds, heard, should_stop)
    except StoppedError:
        child.end()
        raise
    except _Late:
        raise EndedError(timed_out(int(bounds.seconds)), child.end()) from None
    except TooLongError:
        raise EndedError(out_of_memory(), child.end()) from None
    except ConnectionError:
        status = child.end()
        raise EndedError(ended_with(status, int(bounds.seconds)), status) from None


class _Late(Exception):
    """The time for one order is over."""


def _followed(
    child: Child, bounds: Bounds, heard: Heard, should_stop: Callable[[], bool]
) -> dict[str, Any]:
    deadline = time.monotonic() + bounds.seconds
    answers = Answers(bounds.bytes)
    with selectors.DefaultSelector() as selector:
        selector.register(child.line, selectors.EVENT_READ)
        while True:
            if should_stop():
                raise StoppedError
            left = deadline - time.monotonic()
            if left < 0:
                raise _Late
            if not selector.select(min(POLL_SECONDS, left)):
                continue
            data = child.line.recv(1 << 20)
            if not data:
                raise ConnectionError
            for text in answers.lines(data):
                said = json.loads(text)
                if "result" in said:
                    return dict(said["result"])
                if "problem" in said:
                    raise Refused(decode_problem(said["problem"]))
                if "crash" in said:
                    raise Refused(replace(broke_off(), place=str(said["crash"])))
                reply = heard(said)
                if reply is not None:
                    _send(child.line, reply)


def _send(line: socket.socket, value: Mapping[str, Any]) -> None:
    line.sendall(json.dumps(value, default=str).encode() + b"\n")


def decode_problem(value: Mapping[str, Any]) -> Problem:
    """Rebuild a problem from its JSON form."""
    words = {"cause": Message(**value["cause"]), "remedy": Message(**value["remedy"])}
    return Problem(**{**value, **words})
