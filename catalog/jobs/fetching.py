"""Fetching a delivery from a URL through the guarded client."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from catalog.auth import SYSTEM
from catalog.jobs.context import JobContext
from catalog.services import deliveries, examinations
from catalog.settings import Settings
from harvesters.http import FetchPolicy, FetchProblem, fetch


def fetch_policy(settings: Settings) -> FetchPolicy:
    """The bounds of one fetch as the operator set them."""
    return FetchPolicy(
        allow_private=settings.allowed_private(),
        max_bytes=settings.fetch_bytes,
        wall_seconds=settings.fetch_seconds,
        extra_ports=settings.extra_ports(),
    )


def fetch_version(context: JobContext) -> None:
    """Bring the bytes behind a delivery's URL into storage, then ask for the examination."""
    runtime = context.runtime
    with runtime.database.read() as session:
        version = examinations.in_hand(session, context.args["version_id"])
        url = version.source_url if version else ""
    with context.workdir() as folder:
        target = folder / "fetched"
        try:
            with target.open("wb") as out:
                fetched = fetch(url, policy=fetch_policy(runtime.settings), out=out)
        except FetchProblem as error:
            _failed(context, error)
            return
        blob = runtime.storage.put_file(target)
    with context.effects() as session:
        version = examinations.in_hand(session, context.args["version_id"])
        if version is not None:
            name = unquote(PurePosixPath(urlsplit(fetched.url).path).name)[:200]
            deliveries.record_fetched(session, version, blob, name, now=runtime.clock())


def _failed(context: JobContext, error: FetchProblem) -> None:
    with context.effects() as session:
        version = examinations.in_hand(session, context.args["version_id"])
        if version is None:
            return
        digest = examinations.request_digest(version)
        examinations.record_examination(
            session, SYSTEM, version, examinations.problem_result(error.problem), {}, digest,
            now=context.runtime.clock(),
        )  # fmt: skip
