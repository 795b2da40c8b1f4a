"""How well people hide behind each other in a delivery's public file: ``/desk/versions/<id>/anonymity``."""

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import Invalid
from catalog.pages import charts
from catalog.pages.asking import argument, field_errors
from catalog.pages.render import page
from catalog.pages.staff import need
from catalog.services import anonymity, deliveries
from catalog.services.anonymity import Measurable
from datasets.anonymity import Anonymity, Bin
from schemas.records import Message
from schemas.vocabularies import Role

blueprint = Blueprint("pages-desk-anonymity", __name__)
ROLES = (Role.EDITOR, Role.REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR)
COMMON_K = 5
"""The k that a report is judged by on the page: the usual demand on published records."""


def form(version_id: str, found: Measurable | None) -> dict[str, Any] | None:
    """What the form on another page offers, with the suggestions chosen; None without a public file."""
    if found is None:
        return None
    return {
        "url": f"/desk/versions/{version_id}/anonymity",
        "columns": found.columns,
        "chosen": found.suggested,
        "sensitive": found.sensitive,
    }


def shown(report: Anonymity) -> dict[str, Any]:
    """A report in the words of a reviewer."""
    return {
        "fields": report.fields,
        "rows": report.rows,
        "classes": report.classes,
        "k": report.k,
        "tone": "bad" if report.k == 1 else "ok" if report.k >= COMMON_K else "warn",
        "verdict": _verdict(report),
        "below": [
            {"limit": one.limit, "rows": one.rows, "classes": one.classes,
             "share": (one.rows, report.rows)}
            for one in report.below
        ],
        "bins": [charts.Bin(_label(one), one.rows) for one in report.bins],
        "without": [
            {"field": one.field, "k": one.k, "rows": one.rows, "share": (one.rows, report.rows)}
            for one in sorted(report.without, key=lambda one: one.rows)
        ],
        "diversity": report.diversity,
    }  # fmt: skip


def _label(one: Bin) -> str:
    if one.high is None:
        return str(_("%(low)s rows and more", low=one.low))
    span = str(one.low) if one.high == one.low else f"{one.low}–{one.high}"
    return http.say(Message("%(span)s rows", {"span": span}))


def _verdict(report: Anonymity) -> Message:
    unique = report.below[0].rows
    if not report.rows:
        return Message("The table has no rows.")
    if report.k == 1:
        return Message(
            "k = 1: %(rows)s rows stand alone. Whoever knows these fields of a person finds the row.",
            {"rows": f"{unique:,}"},
        )
    if report.k < COMMON_K:
        return Message(
            "k = %(k)s: every row shares these fields with at least %(others)s others. Five rows "
            "are the usual demand.",
            {"k": report.k, "others": report.k - 1},
        )
    return Message(
        "k = %(k)s: every row shares these fields with at least %(others)s others.",
        {"k": report.k, "others": report.k - 1},
    )


@blueprint.get("/desk/versions/<version_id>/anonymity", defaults={"part": ""})
@blueprint.get("/desk/versions/<version_id>/anonymity/<any(report):part>")
def show(version_id: str, part: str) -> Response:
    """The report by the fields in the address, or by the suggested ones."""
    actor = need(*ROLES)
    with http.reading() as session:
        version = deliveries.get_version(session, actor, version_id)
        found = anonymity.measurable(session, actor, version_id)
        head = {
            "id": version.id,
            "file_name": version.file_name,
            "dataset": version.resource.dataset.title,
            "slug": version.resource.dataset.slug,
        }
    asked = not request.args.keys().isdisjoint({"field", "sensitive"})
    chosen = request.args.getlist("field")[:50] if asked else list(found.suggested)
    sensitive = argument("sensitive") if asked else found.sensitive
    report, errors = None, {}
    if chosen or asked:
        try:
            with http.runtime().storage.local_path(found.sha256) as path:
                report = shown(anonymity.measured(path, chosen, sensitive))
        except Invalid as error:
            errors = field_errors(error)
    return page(
        "desk/_anonymity_report.html" if part else "desk/anonymity.html",
        status_code=422 if errors else 200,
        version=head,
        anonymity={**(form(version_id, found) or {}), "chosen": chosen, "sensitive": sensitive},
        report=report,
        errors=errors,
    )
