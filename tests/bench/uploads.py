"""A large upload through the real server: how much memory the web process takes."""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.figures import Row, peak, times
from tests.bench.scale import Scale
from tests.common.deliveries import (
    BOUNDARY,
    Place,
    ended,
    multipart,
    open_place,
    table,
    upload,
)
from tests.common.processes import poll
from tests.common.servers import free_port

BLOCK = 2**20
ROOT = Path(__file__).parents[2]


def uploads(scale: Scale, folder: Path) -> list[Row]:
    """Peak memory while a body made on the way is uploaded, beside a plain Flask view."""
    with open_place(folder, 60, None) as place:
        _, resource = place.stack.entry()
        with _gongkai(place) as (pid, port):
            _use(place, resource, port)
            path = f"/api/v1/resources/{resource}/versions"
            ours, took = _send(pid, port, path, place.stack.as_("lin"), scale.upload_bytes)
    with _plain(folder) as (pid, port):
        peers, peer_took = _send(pid, port, "/", {}, scale.upload_bytes)
    size = scale.upload_bytes / 2**20
    return [
        Row(
            f"Upload of {size:,.0f} MiB: peak resident memory of the serving process, "
            "in-process worker counted, examination child not",
            f"{ours / 2**20:.0f} MiB",
            f"{peers / 2**20:.0f} MiB (plain Flask `request.files`)",
            times(ours, peers),
        ),
        Row(
            f"Upload of {size:,.0f} MiB: until it is hashed and safe on the disk",
            f"{took:.1f} s",
            f"{peer_took:.1f} s (plain Flask, neither hashed nor synced)",
            times(took, peer_took),
        ),
    ]


@contextmanager
def _gongkai(place: Place) -> Iterator[tuple[int, int]]:
    port = free_port()
    words = [sys.executable, "-m", "catalog", "serve", "--port", str(port)]
    with (
        (place.logs / "serve.log").open("wb") as log,
        subprocess.Popen(
            words, env={**place.env, "PYTHONPATH": str(ROOT)}, cwd=place.logs, stderr=log
        ) as process,
    ):
        try:
            assert poll(lambda: _listens(port), pause=0.1)
            yield process.pid, port
        finally:
            process.kill()


def _use(place: Place, resource: str, port: int) -> None:
    """A server that has been at work holds more than a fresh one."""
    version = upload(port, place.stack, resource, table(100))
    assert poll(lambda: ended(place.stack.runtime, version), pause=0.05)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for path in ("/", "/datasets", "/openness", "/negative-list", "/api/v1/search?q=1"):
        connection.request("GET", path)
        connection.getresponse().read()
    connection.close()


def _body(size: int) -> Iterator[bytes]:
    head, tail = multipart(b"\0").split(b"\0")
    yield head
    line = b"1,10000001,2026-01-01,12.5,\xe4\xb9\xa1\xe9\x95\x87\n"
    block = (line * (BLOCK // len(line) + 1))[:BLOCK]
    for _ in range(size // BLOCK):
        yield block
    yield tail


def _send(
    pid: int, port: int, path: str, headers: Mapping[str, str], size: int
) -> tuple[int, float]:
    length = len(multipart(b"")) + size
    given = {
        **headers,
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(length),
    }
    begun = time.perf_counter()
    with peak(pid) as found:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=900)
        connection.request("POST", path, body=_body(size), headers=given)
        answer = connection.getresponse()
        assert answer.status in {200, 202}, answer.read()
        connection.close()
    return found.most, time.perf_counter() - begun


@contextmanager
def _plain(folder: Path) -> Iterator[tuple[int, int]]:
    place, port = folder / "plain", free_port()
    place.mkdir()
    script = Path(__file__).with_name("plain_flask.py")
    with subprocess.Popen([sys.executable, script, place, str(port)]) as process:
        try:
            assert poll(lambda: _listens(port), pause=0.1)
            yield process.pid, port
        finally:
            process.kill()


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.connect()
    except OSError:
        return False
    connection.close()
    return True
