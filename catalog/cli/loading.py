"""Files at addresses, fetched by the parent through the guarded client: the child has no network."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from catalog.cli.output import joined, say
from harvesters.http import FetchPolicy, FetchProblem, fetch

MOST_BYTES: Final = 4 * 2**30
WALL_SECONDS: Final = 3_600.0
ANYWHERE: Final = ("0.0.0.0/0", "::/0")


def fetch_into(url: str, target: Path, *, trusted: bool) -> str:
    """Write what ``url`` answers to ``target``; answers "" or the sentence that says what went wrong.

    Private addresses and other ports than 80 and 443 are refused unless ``trusted``.
    """
    try:
        with target.open("wb") as out:
            fetch(url, policy=_policy(url, trusted=trusted), out=out)
    except FetchProblem as error:
        target.unlink(missing_ok=True)
        return joined(say(error.problem.cause), say(error.problem.remedy))
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _policy(url: str, *, trusted: bool) -> FetchPolicy:
    bounds = FetchPolicy(max_bytes=MOST_BYTES, wall_seconds=WALL_SECONDS)
    if not trusted:
        return bounds
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return FetchPolicy(
        allow_private=ANYWHERE,
        extra_ports=(port,) if port else (),
        max_bytes=MOST_BYTES,
        wall_seconds=WALL_SECONDS,
    )
