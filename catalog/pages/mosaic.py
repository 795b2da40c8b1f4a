"""What public tables tell together: ``/admin/mosaic``, and the hint beside a delivery under review."""

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.http.joining import sketched
from catalog.pages.asking import choice_argument, slice_of
from catalog.pages.render import here, page, word
from catalog.pages.staff import need
from catalog.services import mosaic
from catalog.services.mosaic import Pair
from schemas.vocabularies import Role, Severity

blueprint = Blueprint("pages-mosaic", __name__)
OVERSIGHT = (Role.ADMINISTRATOR, Role.AUDITOR)
STAFF = (Role.EDITOR, Role.REVIEWER, *OVERSIGHT)
HINTS = 10
PAIRS = 20


def _shown(pair: Pair) -> dict[str, Any]:
    linked, link = pair.linked, pair.linked.link
    return {
        "severity": linked.severity.value,
        "kind": link.kind,
        "matched": link.matched,
        "together": linked.together,
        "left": {"side": pair.left, "columns": link.left_columns, "gains": linked.left_gains,
                 "share": (round(link.left_share * 1000), 1000)},
        "right": {"side": pair.right, "columns": link.right_columns, "gains": linked.right_gains,
                  "share": (round(link.right_share * 1000), 1000)},
    }  # fmt: skip


@blueprint.get("/admin/mosaic")
def index() -> Response:
    """Pairs of public tables that a shared key joins, the gravest first."""
    actor = need(*OVERSIGHT)
    severity = choice_argument("severity", list(Severity))
    with http.reading() as session:
        found = mosaic.report(session, actor)
    counts = {
        one.value: sum(pair.linked.severity is one for pair in found.pairs) for one in Severity
    }
    chosen = [pair for pair in found.pairs if not severity or pair.linked.severity == severity]
    shown, way = slice_of(chosen, PAIRS)
    severities = [("", _("All"), here(severity=None, page=None))]
    severities += [
        (one.value, word("severity", one), here(severity=one.value, page=None)) for one in Severity
    ]
    return page(
        "admin/mosaic.html",
        pairs=[_shown(pair) for pair in shown],
        counts=counts,
        tables=found.compared,
        left_out=found.left_out,
        complete=found.complete,
        severity=severity,
        severities=severities,
        page=way,
    )


@blueprint.get("/desk/versions/<version_id>/mosaic", defaults={"part": ""})
@blueprint.get("/desk/versions/<version_id>/mosaic/<any(pairs):part>")
def hints(version_id: str, part: str) -> Response:
    """What a delivery would tell together with public tables, or the part of another page that says so."""
    actor = need(*STAFF)
    with http.reading() as session:
        version, found = mosaic.candidate(session, actor, version_id)
        pairs: list[Pair] = []
        if found is not None:
            pairs = mosaic.hints(session, version, sketched(found))
    return page(
        "reviews/_mosaic.html" if part else "reviews/mosaic.html",
        version={"id": version_id, "file_name": version.file_name},
        dataset={"slug": version.resource.dataset.slug, "title": version.resource.dataset.title},
        pairs=[_shown(pair) for pair in pairs[:HINTS]],
        total=len(pairs),
    )
