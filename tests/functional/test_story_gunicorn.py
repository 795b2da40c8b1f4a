"""The portal as server processes of their own, beside separate workers: what they need, they start
themselves, and what they count, they count together."""

import http.client
import json
import re
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from catalog.http.limits import LIMITS, WINDOW
from catalog.settings import Settings
from tests.common.processes import environment, served
from tests.common.stack import Stack, open_stack, wait_until
from tests.conftest import NOW

SHARE = 1
"""Percent of the table of limits, so that they are soon reached."""
CLIENTS = 8
LIST, ALIVE = "/api/v1/units", "/healthz"


@dataclass(frozen=True)
class Running:
    """A portal at two server processes with one thread each, so that requests at once need both."""

    stack: Stack
    port: int
    folder: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("servers")
    words = ("--access-logfile", "-", "--access-logformat", "by %(p)s %(U)s")
    with open_stack(Settings(home=folder / "home"), NOW) as stack:
        env = environment(stack.runtime.settings, proxy_count="1", rate_limit_percent=str(SHARE))
        with served(env, folder, threads=1, more=words) as port:
            yield Running(stack, port, folder)


def test_a_server_process_follows_the_search_index_by_itself(
    running: Running, tmp_path: Path
) -> None:
    slug, resource = running.stack.entry(title="城市公交站点")
    path = tmp_path / "table.csv"
    path.write_text("名称,数值\n甲,1\n乙,2\n")
    running.stack.deliver(resource, path, "table.csv")
    running.stack.publish(slug)
    address = f"http://127.0.0.1:{running.port}/api/v1/datasets?q={quote('公交')}"
    end, found = time.monotonic() + 40, ""
    while slug not in found and time.monotonic() < end:
        time.sleep(0.3)
        with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:
            found = answer.read().decode()
    assert slug in found


def asked(port: int, address: str, path: str) -> tuple[int, dict[str, str], bytes]:
    """What a client at an address is answered: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"X-Forwarded-For": address})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    finally:
        connection.close()


def answering(folder: Path, path: str) -> set[str]:
    """The processes that have answered requests for a path, as the server's log has them."""
    log = (folder / "gunicorn.log").read_text()
    return set(re.findall(rf"^by <?(\d+)>? {path}$", log, re.MULTILINE))


def left(headers: dict[str, str]) -> tuple[int, int]:
    """How many requests are left, and for how many seconds the window lasts."""
    found = re.fullmatch(r'"reads";r=(\d+);t=(\d+)', headers["RateLimit"])
    assert found is not None
    return int(found[1]), int(found[2])


def test_two_server_processes_hold_a_client_to_one_limit(running: Running) -> None:
    quota = LIMITS["reads"].address * SHARE // 100
    answers: list[tuple[int, dict[str, str], bytes]] = []
    with ThreadPoolExecutor(CLIENTS) as pool:

        def at_once(path: str) -> list[tuple[int, dict[str, str], bytes]]:
            ask = partial(asked, running.port, "192.0.2.1", path)
            return list(pool.map(lambda _: ask(), range(CLIENTS)))

        def both_were_asked() -> bool:
            answers.extend(at_once(LIST))
            return len(answers) >= 2 * quota and len(answering(running.folder, LIST)) == 2

        # What is not counted shows that both have begun.
        wait_until(lambda: at_once(ALIVE) and len(answering(running.folder, ALIVE)) == 2, 90)
        wait_until(both_were_asked, WINDOW)
    other = asked(running.port, "192.0.2.2", LIST)
    good = [headers for status, headers, _ in answers if status == 200]
    assert sorted(left(headers)[0] for headers in good) == list(range(quota))
    refused = [(headers, body) for status, headers, body in answers if status == 429]
    assert len(refused) == len(answers) - quota
    for headers, body in refused:
        rest, wait = left(headers)
        assert (rest, headers["Retry-After"]) == (0, str(wait))
        assert 0 < wait <= WINDOW
        assert json.loads(body)["code"] == "too-many-requests"
    assert (other[0], left(other[1])[0]) == (200, quota - 1)


def test_clients_that_keep_their_connections_are_shared_out_among_the_processes(
    running: Running,
) -> None:
    path = "/readyz"

    def answered() -> Counter[str]:
        log = (running.folder / "gunicorn.log").read_text()
        return Counter(re.findall(rf"^by <?(\d+)>? {path}$", log, re.MULTILINE))

    with ExitStack() as held:
        for _ in range(CLIENTS):
            one = http.client.HTTPConnection("127.0.0.1", running.port, timeout=60)
            held.enter_context(closing(one))
            one.request("GET", path)
            assert one.getresponse().read()
    # Each asked once on a connection of its own, so requests tell where connections are.
    wait_until(lambda: answered().total() == CLIENTS)
    assert len(answered()) == 2
    # On a machine with other work a process may miss its turn.
    assert min(answered().values()) >= CLIENTS // 4
