"""Fifty hostile clients beside an honest one: it gets its answers, they get theirs or are told to wait."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.common.hostile import answered, besieged, settled
from tests.common.servers import free_port
from tests.common.stack import Stack, wait_until

SECONDS = 6


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


def test_an_honest_client_is_unharmed_by_fifty_hostile_ones(
    embedded: Stack, tmp_path: Path
) -> None:
    target = settled(embedded, tmp_path)
    with serving(embedded.runtime.settings.home) as port:
        besieged(port, target, SECONDS)
