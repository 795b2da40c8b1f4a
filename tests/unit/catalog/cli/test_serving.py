"""``gongkai serve`` tells the address it listens on, so that addresses in answers lead back to it."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog import runtime as runtime_module
from catalog.cli import gongkai
from catalog.cli.serving import listening_at


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("127.0.0.1", "http://127.0.0.1:8765"),
        ("0.0.0.0", "http://127.0.0.1:8765"),  # noqa: S104 (told, not bound)
        ("::1", "http://[::1]:8765"),
        ("::", "http://[::1]:8765"),
        ("data.example.cn", "http://data.example.cn:8765"),
    ],
)
def test_without_a_public_address_it_is_where_the_server_listens(
    host: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GONGKAI_PUBLIC_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    runtime = runtime_module.from_env(tmp_path)
    assert listening_at(runtime, host, 8765).settings.public_url == told
    runtime.close()


def test_a_public_address_of_the_settings_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_PUBLIC_URL", "https://data.example.cn")
    monkeypatch.chdir(tmp_path)
    runtime = runtime_module.from_env(tmp_path)
    assert listening_at(runtime, "127.0.0.1", 8765) is runtime
    runtime.close()


def test_an_address_that_is_taken_is_told_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    assert CliRunner().invoke(gongkai, ("db", "upgrade")).exit_code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            (sys.executable, "-m", "catalog", "serve", "--port", str(port)),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"cannot-listen: 127.0.0.1:{port} cannot be listened on: Address already in use. "
        "End what listens there, or choose another --host or --port.\n"
    )
