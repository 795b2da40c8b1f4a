"""A large published file sent to several clients, and the API while slow ones take their time."""

import http.client
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from catalog.models import Examination, Resource
from tests.bench.figures import Row, Spread, seconds
from tests.bench.load import asked
from tests.bench.scale import Scale
from tests.common.deliveries import Place, open_place, table
from tests.common.processes import poll, webs
from tests.common.servers import free_port

CLIENTS = 4
SLOW = 24
SLOW_BYTES = 500_000
"""What a slow client takes in a second."""
NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 2;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; client_body_temp_path {folder}; proxy_temp_path {folder};
fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""


def downloads(scale: Scale, folder: Path) -> list[Row]:
    """``gongkai serve`` beside nginx with the same bytes and the same clients."""
    file = folder / "site" / "large.csv"
    file.parent.mkdir()
    with file.open("wb") as out:
        block = os.urandom(2**20)
        for _ in range(scale.download_bytes // len(block)):
            out.write(block)
    with open_place(folder, 60, None) as place:
        address = _published(place, folder, file)
        env = place.env | {"GONGKAI_RATE_LIMIT_PERCENT": "0"}
        with webs(env, place.logs, 1) as [(_, port)]:
            ours = min(_several(port, address, scale) for _ in range(scale.tries))
            lists = ["/api/v1/datasets?limit=20"] * scale.repeats
            idle = asked(port, lists, 1).spread
            with _slow(port, address):
                busy = asked(port, lists, 1).spread
    peer, called = _peer(folder, file, scale)
    size = scale.download_bytes * CLIENTS / 10**6
    return [
        Row(
            f"Download of {scale.download_bytes // 10**6} MB by {CLIENTS} clients at once",
            f"{size / ours:,.0f} MB/s",
            f"{size / peer:,.0f} MB/s ({called})",
            f"{peer / ours:.2f}x",
        ),
        _beside(idle, busy),
    ]


def _beside(idle: Spread, busy: Spread) -> Row:
    return Row(
        f"A list of the API while {SLOW} slow clients download",
        str(busy),
        f"{idle} (nobody downloads)",
        f"{idle.p95 / busy.p95:.2f}x at p95",
    )


def _published(place: Place, folder: Path, file: Path) -> str:
    """The address of a published table whose CSV file is the large one."""
    path = folder / "table.csv"
    path.write_bytes(table(10))
    slug, resource = place.stack.entry()
    place.stack.deliver(resource, path, path.name)
    place.stack.publish(slug)
    blob = place.stack.runtime.storage.put_file(file)
    with place.stack.runtime.database.write() as session:
        held = session.scalars(
            select(Examination)
            .join(Resource, Resource.current_examination_id == Examination.id)
            .where(Resource.id == resource)
        ).one()
        large = {"sha256": blob.sha256, "bytes": blob.size}
        held.artefacts = {**held.artefacts, "csv": large}
    return f"/datasets/{slug}/table.csv"


def _several(port: int, address: str, scale: Scale) -> float:
    threads = [
        threading.Thread(target=_take, args=(port, address, scale.download_bytes))
        for _ in range(CLIENTS)
    ]

    def run() -> None:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return seconds(run)


def _take(port: int, address: str, size: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    held, room = 0, bytearray(2**20)
    with closing(connection):
        connection.request("GET", address)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()[:300]
        while got := answer.readinto(room):
            held += got
    assert held == size // 2**20 * 2**20, held


@contextmanager
def _slow(port: int, address: str) -> Iterator[None]:
    """Clients that have begun a download and take a little at a time."""
    over = threading.Event()

    def sip(connection: socket.socket) -> None:
        while not over.wait(0.1):
            connection.recv(SLOW_BYTES // 10)

    with ExitStack() as stack:
        threads = []
        for _ in range(SLOW):
            connection = stack.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
            connection.connect(("127.0.0.1", port))
            connection.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            threads.append(threading.Thread(target=sip, args=(connection,), daemon=True))
        for thread in threads:
            thread.start()
        time.sleep(1)
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join(5)


def _peer(folder: Path, file: Path, scale: Scale) -> tuple[float, str]:
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    port = free_port()
    if program is None:
        with _kernel(file, port):
            return min(_several(port, "/", scale) for _ in range(scale.tries)), "bare sendfile"
    # Its workers are another user's and must be able to read the file.
    for place in (folder, file.parent):
        place.chmod(0o755)
    text = NGINX.format(folder=folder, port=port, root=file.parent)
    (folder / "nginx.conf").write_text(text)
    words = [program, "-c", str(folder / "nginx.conf")]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as process:
        try:
            assert poll(lambda: _listens(port), 20, 0.1), "nginx did not start"
            address = f"/{file.name}"
            return min(_several(port, address, scale) for _ in range(scale.tries)), "nginx"
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@contextmanager
def _kernel(file: Path, port: int) -> Iterator[None]:
    """The least a server can do: a thread for each client, and the kernel sends."""
    listener = socket.create_server(("127.0.0.1", port))

    def send(connection: socket.socket) -> None:
        with connection, file.open("rb") as source:
            connection.recv(65_536)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {file.stat().st_size}\r\n\r\n"
            connection.sendall(head.encode())
            connection.sendfile(source)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=send, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        listener.close()
