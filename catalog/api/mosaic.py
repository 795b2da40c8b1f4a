"""What public tables tell together: ``/mosaic``, and the same for a delivery under review."""

from dataclasses import asdict
from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import whole
from catalog.api.doors import Door
from catalog.services import mosaic
from catalog.services.mosaic import Pair
from datasets.mosaic import sketch
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
    """Pairs of public tables that share keys, the gravest first; of your units, unless you see all"""
    with http.reading() as session:
        return whole(mosaic.report(session, http.actor()), _shown)


@door.get("/versions/<version_id>/mosaic", answers=page_of(PairOut))
def of_version(version_id: str) -> Response:
    """What the public file of a delivery would make possible together with public tables"""
    with http.reading() as session:
        version, found = mosaic.candidate(session, http.actor(), version_id)
        if found is None:
            return whole([], _shown)
        with http.runtime().storage.local_path(found.sha256) as path:
            made = sketch(path, found.detected)
        return whole(mosaic.hints(session, version, made), _shown)
