"""Fifty hostile clients beside an honest one, at a portal that runs as processes of its own."""

import http.client
import socket
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from urllib.parse import quote, urlencode

from tests.common.stack import Stack

HOSTILE = 50
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


@dataclass(frozen=True)
class Target:
    """What is asked for: an entry with a large table, its table, and the table's id in CKAN's words."""

    slug: str
    resource: str
    file: str


def settled(stack: Stack, folder: Path) -> Target:
    """A published entry whose table is worth an attack."""
    path = folder / "stations.csv"
    lines = (f"站点{n},{n % 977},{'说明' * 60}{n}" for n in range(ROWS))
    path.write_text("站名,客流,备注\n" + "\n".join(lines) + "\n")
    slug, resource = stack.entry(title="公交站点客流")
    stack.ok(
        "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
        data=FORM % path.read_bytes(), content_type="multipart/form-data; boundary=x",
    )  # fmt: skip
    stack.work()
    stack.publish(slug)
    package = stack.ok("GET", f"/api/3/action/package_show?id={slug}")["result"]
    return Target(slug, resource, package["resources"][0]["id"])


def attack(port: int, target: Target, number: int, stop: Event, seen: Seen) -> None:
    """Be one of the hostile clients until told to stop."""
    address, kind = f"203.0.113.{number}", KINDS[number % len(KINDS)]
    table = f'"{target.slug}/table"'
    paths = {
        "sql": f"/api/v1/query?{urlencode({'sql': HEAVY.format(table)})}",
        "gate": f"/api/v1/query?{urlencode({'sql': LOOP})}",
        "slow": f"/datasets/{target.slug}/table.csv",
        "long": f"/api/v1/datasets?q={quote('政' * 3_000)}",
        "rows": f"/api/v1/resources/{target.resource}/rows?_sort=-{quote('备注')}&_limit=10000",
        "dump": f"/datastore/dump/{target.file}",
        "garbage": f"/datasets/{'%2e%2e/' * 50}?a={'b' * 3_000}&lang=%zz",
    }
    while not stop.is_set():
        try:
            if kind in {"slow", "dump"}:
                seen.note(kind, held_slowly(port, paths[kind], address, stop))
                continue
            status, headers, _ = call(port, paths[kind], address)
            seen.note(kind, status, headers)
        except (OSError, http.client.HTTPException, IndexError) as error:
            if not stop.is_set():
                seen.troubles.append(f"{kind}: {type(error).__name__}")
            time.sleep(0.2)


def besieged(port: int, target: Target, seconds: float) -> None:
    """Ask honestly for so long while the others do what they can; the honest client gets every answer,
    and they get theirs or are told how long to wait."""
    stop, seen = Event(), Seen()
    asked = ("/", f"/datasets/{target.slug}", f"/api/v1/datasets?q={quote('公交')}",
             f"/api/v1/resources/{target.resource}/rows?_limit=5", f"/datasets/{target.slug}/table.csv",
             "/api/3/action/package_list")  # fmt: skip
    honest: list[tuple[str, int]] = []
    with ThreadPoolExecutor(HOSTILE) as pool:
        for number in range(HOSTILE):
            pool.submit(attack, port, target, number, stop, seen)
        time.sleep(1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            honest += [(path, answered(port, path, "198.51.100.1")) for path in asked]
        stop.set()
    assert answered(port, "/", "198.51.100.1") == 200
    assert not seen.troubles, (seen.troubles[:9], seen.statuses)
    assert [one for one in honest if one[1] != 200] == [], seen.statuses
    assert {one.split()[0] for one in seen.statuses} == {*KINDS}, "each kind of attack took place"
