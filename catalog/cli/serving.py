"""``gongkai serve`` and ``gongkai worker``: the processes that run for a long time."""

import signal
import sys
import tempfile
import threading
from types import FrameType

import click
import waitress
from sqlalchemy import inspect

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


def check_tables(runtime: Runtime) -> None:
    """Refuse to run on a database without tables."""
    if not inspect(runtime.database.engine).has_table("units"):
        raise RuleError(
            "database-empty",
            Message("The database has no tables yet."),
            Message("Run gongkai db upgrade first."),
        )


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
def serve(host: str, port: int) -> None:
    """Run portal, API and in-process workers."""
    with opened() as runtime:
        check_tables(runtime)
        # Bodies that are still arriving belong on the data disk, not on a small /tmp.
        tempfile.tempdir = str(runtime.incoming)
        worker = Worker(runtime)
        follower = Follower(runtime.follow)
        signal.signal(signal.SIGTERM, _stop)
        worker.start()
        follower.start()
        address = f"http://{host}:{port}/"
        note(Message("Gongkai is on %(address)s (stop with Ctrl+C)", {"address": address}))
        try:
            waitress.serve(
                create_app(runtime),
                host=host,
                port=port,
                threads=THREADS,
                connection_limit=CONNECTIONS,
                asyncore_use_poll=True,
                ident=None,
                max_request_body_size=runtime.settings.max_upload_bytes + FORM_BYTES,
                clear_untrusted_proxy_headers=runtime.settings.proxy_count == 0,
            )
        finally:
            worker.stop()
            follower.stop()


@click.command()
def worker() -> None:
    """Take jobs from the table until stopped."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    with opened() as runtime:
        check_tables(runtime)
        running = Worker(runtime)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, end)
        running.start()
        note(Message("The worker takes jobs (stop with Ctrl+C)"))
        ended.wait()
        running.stop()
