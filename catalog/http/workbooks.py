"""Workbooks made while somebody waits: templates to fill in, and deliveries handed back with marks."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore
from typing import Any

from werkzeug.wrappers import Response

from catalog import wording
from catalog.errors import Busy, RuleError
from catalog.http.blobs import disposition
from catalog.http.context import language, runtime
from catalog.http.protection import FILE_POLICY
from catalog.services.marking import Order
from datasets import child
from datasets.collecting import MEDIA_TYPE, template_file_name, write_template
from schemas.records import Message, Problem

_SLOTS = BoundedSemaphore(2)  # each parses a file of a user in a process of its own
WAIT_SECONDS = 10


def send_template(schema: Mapping[str, Any], name: str, *, standard: str = "") -> Response:
    """The template of a schema, explained in the language of the request."""
    spoken = language()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(
            schema, path, lambda one: wording.say(one, spoken), spoken, standard=standard
        )
        return _attachment(path, template_file_name(schema, name), "no-cache")


def send_marked(order: Order) -> Response:
    """The delivery as a workbook with its errors marked; made in a child process, kept nowhere."""
    if not _SLOTS.acquire(timeout=WAIT_SECONDS):
        raise Busy(
            "busy",
            Message("Other workbooks are being marked just now."),
            Message("Try again in a minute."),
        )
    try:
        with (
            TemporaryDirectory() as folder,
            runtime().storage.local_path(order.sha256) as source,
        ):
            made = child.run_marking(source, Path(folder) / "work", order.request, order.marking)
            if isinstance(made, Problem):
                raise RuleError(made.code, made.cause, made.remedy)
            return _attachment(made, order.file_name, "no-store")
    finally:
        _SLOTS.release()


def _attachment(path: Path, file_name: str, keeping: str) -> Response:
    response = Response(path.read_bytes(), content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = disposition(file_name)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = keeping
    return response
