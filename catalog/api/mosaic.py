"""What public tables tell together: ``/mosaic``, and the same for a delivery under review."""

from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import page, whole
from catalog.api.doors import Door
from catalog.http.joining import sketched
from catalog.services import mosaic
from catalog.services.mosaic import Pair
from catalog.services.paging import Page
from schemas.mosaic import PairOut
from schemas.paging import page_of

door = Door("mosaic", "Tables that share keys, and what joining them brings together")


def _shown(pair: Pair) -> dict[str, Any]:
    linked, link = pair.linked, pair.linked.link
    return dict(
        PairOut().dump(
            {
                "severity": linked.severity.value,
                "kind": link.kind,
                "matched": link.matched,
                "together": linked.together,
                "left": {
                    **asdict(pair.left), "columns": link.left_columns, "share": link.left_share,
                    "gains": linked.left_gains,
                },
                "right": {
                    **asdict(pair.right), "columns": link.right_columns, "share": link.right_share,
                    "gains": linked.right_gains,
                },
            }
        )
    )  # fmt: skip


@door.get("/mosaic", answers=page_of(PairOut))
def listing() -> Response:
    """Pairs of public tables that share keys, the gravest first; of your units, unless you see all.
    ``total`` is null where not all tables could be compared in time"""
    with http.reading() as session:
        found = mosaic.report(session, http.actor())
    total = len(found.pairs) if found.complete and not found.left_out else None
    return page(Page(found.pairs, "", total), _shown, limit=max(len(found.pairs), 1))


@door.get("/versions/<version_id>/mosaic", answers=page_of(PairOut))
def of_version(version_id: str) -> Response:
    """What the public file of a delivery would make possible together with public tables"""
    with http.reading() as session:
        version, found = mosaic.candidate(session, http.actor(), version_id)
        if found is None:
            return whole([], _shown)
        return whole(mosaic.hints(session, version, sketched(found)), _shown)
