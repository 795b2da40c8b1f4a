"""Looking whether what open entries offer really answers: our own bytes by hash, links by asking."""

import io
import time

from catalog import outbox
from catalog.jobs.context import JobContext
from catalog.jobs.fetching import fetch_policy
from catalog.outbox import JobName
from catalog.runtime import Runtime
from catalog.services import availability
from catalog.services.availability import Finding, Offer
from datasets.storage import Storage
from datasets.storage.contract import BlobMissing
from harvesters.http import FetchPolicy, FetchProblem, fetch

AT_ONCE = 200
SECONDS = 300.0
"""One job checks so many entries, or for so long; then it asks for the next one."""
HEAD_BYTES = 64 * 1024
"""What is read of a link: enough to see that data answers and not a page."""
LINK_SECONDS = 20.0
_PAGES = (b"<!doctype html", b"<html")


def check_availability(context: JobContext) -> None:
    """Check the entry named, or every entry that is due; each finding is written as it is made."""
    runtime = context.runtime
    named = context.args.get("dataset_id")
    with runtime.database.read() as session:
        ids = [named] if named else availability.due(session, runtime.clock(), AT_ONCE)
    begun, left = time.monotonic(), bool(not named and len(ids) == AT_ONCE)
    for done, dataset_id in enumerate(ids):
        if time.monotonic() - begun > SECONDS:
            left = True
            break
        with runtime.database.read() as session:
            offered = availability.offer(session, dataset_id)
        if offered is None:
            continue
        found = look(runtime, offered)
        with context.step() as session:
            if availability.offer(session, dataset_id) == offered:
                availability.record(session, offered, found, runtime.clock())
        context.note(done / len(ids), "")
    with context.effects() as session:
        if left:
            outbox.enqueue(session, JobName.CHECK_AVAILABILITY, {}, now=runtime.clock())


def look(runtime: Runtime, offered: Offer) -> Finding:
    """Whether everything that an entry offers answers; the first that does not ends the look."""
    if not (offered.blobs or offered.links or offered.landing_page):
        return Finding("nothing-offered")
    for sha256 in offered.blobs:
        if reason := _stored(runtime.storage, sha256):
            return Finding(reason)
    settings = fetch_policy(runtime.settings)
    policy = FetchPolicy(
        allow_private=settings.allow_private,
        extra_ports=settings.extra_ports,
        max_bytes=HEAD_BYTES,
        wall_seconds=LINK_SECONDS,
        user_agent="Gongkai (open data link check)",
    )
    for url in offered.links:
        if reason := _linked(url, policy, data=True):
            return Finding(reason)
    if not (offered.blobs or offered.links):
        return Finding(_linked(offered.landing_page, policy, data=False))
    return Finding()


def _stored(storage: Storage, sha256: str) -> str:
    try:
        return "" if storage.verify(sha256) else "hash-differs"
    except BlobMissing:
        return "bytes-missing"


def _linked(url: str, policy: FetchPolicy, *, data: bool) -> str:
    """The code of what is wrong with a link; ``data`` says that a page for people is not enough."""
    head = io.BytesIO()
    media_type = ""
    try:
        media_type = fetch(url, policy=policy, out=head).media_type
    except FetchProblem as error:
        if error.problem.code != "too-large":  # it answers, with more than is read here
            return error.problem.code
    start = head.getvalue()[:200].lstrip().lower()
    is_page = media_type in {"text/html", "application/xhtml+xml"} or start.startswith(_PAGES)
    return "page-instead-of-data" if data and is_page else ""
