"""The siege of the stories, longer, at two server processes as large portals run them."""

from pathlib import Path

from catalog.settings import Settings
from tests.common.hostile import besieged, settled
from tests.common.processes import environment, served
from tests.common.stack import open_stack
from tests.conftest import NOW

SECONDS = 60
THREADS = 48
"""Of each process: as many as the documentation of limits asks for."""


def test_an_honest_client_is_unharmed_at_two_server_processes(tmp_path: Path) -> None:
    with open_stack(Settings(home=tmp_path / "home"), NOW) as stack:
        target = settled(stack, tmp_path)
        env = environment(stack.runtime.settings, proxy_count="1")
        with served(env, tmp_path, threads=THREADS) as port:
            besieged(port, target, SECONDS)
