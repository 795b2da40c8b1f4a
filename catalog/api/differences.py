"""What differs between two published versions of a table: ``/resources/{id}/differences``."""

from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import one
from catalog.api.doors import Door
from catalog.http.comparing import compared
from catalog.services import version_differences
from schemas.differences import DifferencesArgs, DifferencesOut

door = Door("differences", "What differs between two published versions of a table")


@door.get("/resources/<resource_id>/differences", answers=DifferencesOut, query=DifferencesArgs)
def show(query: dict[str, Any], resource_id: str) -> Response:
    """Rows added, removed and changed by key, and changed columns; ``from`` and ``to`` are numbers"""
    with http.reading() as session:
        pair = version_differences.pair(
            session, http.actor(), resource_id, query["old"], query["new"]
        )
    found = compared(pair)
    old, new = pair.numbers
    told = {**asdict(found), "old": old, "new": new, "same": found.same}
    return one(DifferencesOut, told, version=new)
