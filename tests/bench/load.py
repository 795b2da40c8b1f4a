"""Clients that ask a server over and over, lean enough not to be what is measured."""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from tests.bench.figures import Spread

HEAD = "GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"

LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """Requests a second of all clients together, and the milliseconds of single ones."""

    rate: float
    spread: Spread

    def __str__(self) -> str:
        return f"{self.rate:,.0f} requests/s, {self.spread}"


def asked(port: int, addresses: Sequence[str], clients: int, repeats: int = 1) -> Load:
    """Every client asks its share of the addresses, on a connection of its own; the best of
    ``repeats`` runs, because other work may stand in the way of one."""
    requests = [HEAD.format(address=address).encode() for address in addresses]
    _client(port, requests[:clients])
    return max((_once(port, requests, clients) for _ in range(repeats)), key=lambda one: one.rate)


def _once(port: int, requests: Sequence[bytes], clients: int) -> Load:
    shares = [requests[n::clients] for n in range(clients)]
    taken: list[list[float]] = [[] for _ in shares]

    def work(number: int) -> None:
        taken[number] = _client(port, shares[number])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = time.perf_counter() - begun
    every = sorted(one * 1000 for some in taken for one in some)
    assert len(every) == len(requests), "a client gave up"
    return Load(len(every) / whole, Spread(median(every), every[ceil(0.95 * len(every)) - 1]))


def _client(port: int, requests: Sequence[bytes]) -> list[float]:
    taken = []
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            begun = time.perf_counter()
            connection.sendall(request)
            _answer(connection)
            taken.append(time.perf_counter() - begun)
    return taken


def _answer(connection: socket.socket) -> None:
    """Read one answer to its end: so long as it says, or until its last chunk."""
    held = connection.recv(262_144)
    while (end := held.find(b"\r\n\r\n")) < 0:
        held += connection.recv(262_144)
    head = held[:end].lower()
    assert b" 200 " in head[:20], held[:500]
    if b"transfer-encoding: chunked" in head:
        while not held.endswith(LAST_CHUNK):
            held = held[-len(LAST_CHUNK) :] + connection.recv(262_144)
        return
    left = int(head.split(b"content-length:")[1].split(b"\r\n")[0]) - (len(held) - end - 4)
    while left > 0:
        left -= len(connection.recv(262_144))
