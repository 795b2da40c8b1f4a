"""Fifty hostile clients beside an honest one: it gets its answers, they get theirs or are told to wait."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from urllib.parse import quote, urlencode

from tests.common.servers import free_port
from tests.common.stack import Stack, wait_until

HOSTILE = 50
SECONDS = 6
ROWS = 60_000
LOOP = "SELECT count(*) FROM range(100000000) a, range(100000000) b"
HEAVY = "SELECT a.站名, count(*) FROM {0} a JOIN {0} b ON a.客流 < b.客流 GROUP BY 1 ORDER BY 2"
FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="stations.csv"\r\n'
    b"Content-Type: text/csv\r\n\r\n%s\r\n--x--\r\n"
)
KINDS = ("sql", "gate", "slow", "long", "rows", "dump", "garbage")


@dataclass
class Seen:
    """What clients were answered."""

    statuses: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def note(
        self, kind: str, status: int, headers: "http.client.HTTPMessage | None" = None
    ) -> None:
        with self.lock:
            self.statuses[f"{kind} {status}"] += 1
            if status in {429, 503} and headers is not None and "Retry-After" not in headers:
                self.troubles.append(f"{kind}: {status} without Retry-After")
            if status in {500, 502, 504}:
                self.troubles.append(f"{kind}: {status}")


@contextmanager
def serving(home: Path) -> Iterator[int]:
    """``gongkai serve`` as it is delivered, behind one proxy."""
    port = free_port()
    server = subprocess.Popen(
        [Path(sys.executable).parent / "gongkai", "serve", "--port", str(port)],
        env=os.environ | {"GONGKAI_HOME": str(home), "GONGKAI_PROXY_COUNT": "1"},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_until(lambda: answered(port, "/healthz", "127.0.0.1") == 200, 90)
        yield port
        assert server.poll() is None
    finally:
        server.terminate()
        server.wait(timeout=30)


def call(
    port: int, path: str, address: str, **more: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"X-Forwarded-For": address, **more})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def answered(port: int, path: str, address: str) -> int:
    with suppress(OSError, http.client.HTTPException):
        return call(port, path, address)[0]
    return 0


def held_slowly(port: int, path: str, address: str, stop: Event) -> int:
    """Ask for something large, and take a few bytes of it now and then."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as reading:
        reading.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {address}\r\n\r\n"
        reading.sendall(head.encode())
        first = reading.recv(256)
        while not stop.wait(0.5) and reading.recv(64):
            pass
        return int(first.split()[1])


def test_an_honest_client_is_unharmed_by_fifty_hostile_ones(
    embedded: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "stations.csv"
    lines = (f"站点{n},{n % 977},{'说明' * 60}{n}" for n in range(ROWS))
    path.write_text("站名,客流,备注\n" + "\n".join(lines) + "\n")
    slug, resource = embedded.entry(title="公交站点客流")
    embedded.ok(
        "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
        data=FORM % path.read_bytes(), content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    embedded.work()
    embedded.publish(slug)
    package = embedded.ok("GET", f"/api/3/action/package_show?id={slug}")["result"]
    file, stop, seen = package["resources"][0]["id"], Event(), Seen()

    def hostile(number: int) -> None:
        address, kind = f"203.0.113.{number}", KINDS[number % len(KINDS)]
        paths = {
            "sql": f"/api/v1/query?{urlencode({'sql': HEAVY.format(f'{chr(34)}{slug}/table{chr(34)}')})}",
            "gate": f"/api/v1/query?{urlencode({'sql': LOOP})}",
            "long": f"/api/v1/datasets?q={quote('政' * 3_000)}",
            "rows": f"/api/v1/resources/{resource}/rows?_sort=-{quote('备注')}&_limit=10000",
            "garbage": f"/datasets/{'%2e%2e/' * 50}?a={'b' * 3_000}&lang=%zz",
        }
        while not stop.is_set():
            try:
                if kind in {"slow", "dump"}:
                    large = f"/datasets/{slug}/table.csv"
                    large = large if kind == "slow" else f"/datastore/dump/{file}"
                    seen.note(kind, held_slowly(port, large, address, stop))
                    continue
                status, headers, _ = call(port, paths[kind], address)
                seen.note(kind, status, headers)
            except (OSError, http.client.HTTPException, IndexError) as error:
                if not stop.is_set():
                    seen.troubles.append(f"{kind}: {type(error).__name__}")
                time.sleep(0.2)

    honest: list[tuple[str, int, float]] = []
    with serving(embedded.runtime.settings.home) as port:
        with ThreadPoolExecutor(HOSTILE) as pool:
            for number in range(HOSTILE):
                pool.submit(hostile, number)
            time.sleep(1)
            end = time.monotonic() + SECONDS
            asked = ("/", f"/datasets/{slug}", f"/api/v1/datasets?q={quote('公交')}",
                     f"/api/v1/resources/{resource}/rows?_limit=5", f"/datasets/{slug}/table.csv",
                     "/api/3/action/package_list")  # fmt: skip
            while time.monotonic() < end:
                for path_asked in asked:
                    began = time.monotonic()
                    status = answered(port, path_asked, "198.51.100.1")
                    honest.append((path_asked, status, time.monotonic() - began))
            stop.set()
        assert answered(port, "/", "198.51.100.1") == 200
    print(
        seen.statuses,
        seen.troubles[:9],
        len(honest),
        sorted(t for _, _, t in honest)[-5:],
        [h for h in honest if h[1] != 200][:9],
    )
    assert not seen.troubles, seen.troubles[:9]
    assert [one for one in honest if one[1] != 200] == []
    assert sorted(seconds for _, _, seconds in honest)[len(honest) // 2] < 3
    assert len(honest) >= len(asked)
