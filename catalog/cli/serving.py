"""``gongkai serve`` and ``gongkai worker``: the processes that run for a long time."""

import signal
import sys
import tempfile
import threading
from dataclasses import replace
from types import FrameType
from typing import Any

import click
import waitress

from catalog.cli.opening import opened
from catalog.cli.output import note
from catalog.errors import RuleError
from catalog.jobs import Worker
from catalog.runtime import Runtime
from catalog.search import Follower
from catalog.web import create_app
from schemas.records import Message

THREADS = 48
"""More than ``catalog.http.turns`` lets costly work hold, so that pages are always answered."""
CONNECTIONS = 1_000
"""Open at a time; those that send or take nothing cost no thread."""
FORM_BYTES = 2**20
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}  # noqa: S104 (looked up, not bound)
"""Where this machine reaches a server that listens on all its addresses."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def listening_at(runtime: Runtime, host: str, port: int) -> Runtime:
    """The runtime with the address it listens on as its public one, unless the settings name one:
    addresses in answers then lead back here."""
    if "public_url" in runtime.settings.model_fields_set:
        return runtime
    name = ANY_ADDRESS.get(host) or (f"[{host}]" if ":" in host else host)
    told = runtime.settings.model_copy(update={"public_url": f"http://{name}:{port}"})
    return replace(runtime, settings=told)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Run portal, API and in-process workers."""
    with opened() as kept:
        runtime = listening_at(kept, host, port)
        # Bodies that are still arriving belong on the data disk, not on a small /tmp.
        tempfile.tempdir = str(runtime.incoming)
        server = _listening(runtime, host, port)
        worker = Worker(runtime)
        follower = Follower(runtime.follow)
        signal.signal(signal.SIGTERM, _stop)
        worker.start()
        follower.start()
        address = f"http://{host}:{port}/"
        note(Message("Gongkai is on %(address)s (stop with Ctrl+C)", {"address": address}))
        try:
            server.run()
        finally:
            worker.stop()
            follower.stop()


def _listening(runtime: Runtime, host: str, port: int) -> Any:
    """The server with its socket open; an address that cannot be had is a refusal."""
    app = create_app(runtime)
    try:
        return waitress.create_server(
            app,
            host=host,
            port=port,
            threads=THREADS,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,
            ident=None,
            max_request_body_size=runtime.settings.max_upload_bytes + FORM_BYTES,
            clear_untrusted_proxy_headers=runtime.settings.proxy_count == 0,
        )
    except (OSError, ValueError) as error:  # waitress says of an unknown host that it is no value
        why = error.strerror if isinstance(error, OSError) else str(error).rstrip(".")
        told = {"host": host, "port": port, "why": why}
        raise RuleError(
            "cannot-listen",
            Message("%(host)s:%(port)s cannot be listened on: %(why)s.", told),
            Message("End what listens there, or choose another --host or --port."),
        ) from None


@click.command()
def worker() -> None:
    """Take jobs from the table until stopped."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    with opened() as runtime:
        running = Worker(runtime)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        running.start()
        note(Message("The worker takes jobs (stop with Ctrl+C)"))
        ended.wait()
        running.stop()
