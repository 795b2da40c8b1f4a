"""The process that cells are forked from: it has one thread and the libraries loaded, opens nothing,
and keeps some cells of each role waiting, so that a statement waits for none to start.

It ends when the process that started it does: the pipe it was given closes then.
"""

import os
import selectors
import signal
import socket
import sys
from contextlib import suppress

from datasets.sql import cell


def main() -> None:
    """``python -m datasets.sql.zygote LIFE READER RUNNER``: numbers of the inherited descriptors."""
    life, *lines = (int(number) for number in sys.argv[1:])
    orders = {
        role: socket.socket(fileno=number) for role, number in zip(cell.WAITING, lines, strict=True)
    }
    silence = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(silence, standard)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    cells = {
        _fork(role, orders): role for role, count in cell.WAITING.items() for _ in range(count)
    }
    with selectors.DefaultSelector() as selector:
        selector.register(life, selectors.EVENT_READ, "life")
        selector.register(woken, selectors.EVENT_READ, "cells")
        while True:
            if "life" in {key.data for key, _ in selector.select()}:
                _end(list(cells))
            with suppress(BlockingIOError):
                os.read(woken, 4096)
            _replace(cells, orders)


def _replace(cells: dict[int, str], orders: dict[str, socket.socket]) -> None:
    """Start a cell for each one that has ended."""
    while cells:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if not ended:
            return
        role = cells.pop(ended)
        if os.waitstatus_to_exitcode(status) == cell.COULD_NOT_LOCK:
            _end(list(cells))
        cells[_fork(role, orders)] = role


def _fork(role: str, orders: dict[str, socket.socket]) -> int:
    parent = os.getpid()
    child = os.fork()
    if not child:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for other, line in orders.items():
            if other != role:
                line.close()
        cell.live(role, orders[role], parent)
    return child


def _end(cells: list[int]) -> None:
    for one in cells:
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
