"""One delivery: what was found in it, what is mended and settled: ``/versions``."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http, wording
from catalog.api.answers import one
from catalog.api.doors import PREFIX, Door, File
from catalog.models import Examination, Version
from catalog.services import anonymity, deliveries, marking, settlements
from datasets import settling
from datasets.collecting import MEDIA_TYPE
from schemas.anonymity import AnonymityIn, AnonymityOut
from schemas.resources import (
    ConsentIn,
    FindingOut,
    MemberIn,
    RepairOut,
    RepairsIn,
    SettlementIn,
    VersionOut,
    VersionSummary,
)

door = Door("versions", "One delivery: examination, repairs, settlements")

_FACTS = (
    "kind", "media_type", "encoding", "delimiter", "sheet", "members", "rows", "columns",
    "table_schema", "profile", "preview",
)  # fmt: skip


def shown(session: Session, version_id: str, *, status: int = 200) -> Response:
    """A delivery with its examination, in the language of the request."""
    session.flush()
    version = deliveries.get_version(session, http.actor(), version_id)
    return one(
        VersionSummary,
        version,
        status=status,
        location=f"{PREFIX}/versions/{version.id}" if status != 200 else "",
        **examined(version),
    )


def examined(version: Version) -> dict[str, Any]:
    """What the engines found; empty while they are at work."""
    found = version.examination
    if found is None:
        return {
            "report": None, "repairs": [], "findings": [], "problems": [], "rows": None,
            "columns": None, "encoding": "", "profile": {}, "artefacts": {},
            "recipe": _recipe(version),
        }  # fmt: skip
    return {
        **{name: getattr(found, name) for name in _FACTS},
        "report": found.report or None,
        "repairs": [_repair(repair) for repair in found.repairs],
        "recipe": _recipe(version),
        "findings": findings(version, found),
        "problems": [_problem(problem) for problem in found.problems],
        "artefacts": found.artefacts,
    }


def _repair(repair: dict[str, Any]) -> dict[str, Any]:
    return dict(RepairOut().dump({**repair, "message": _said(repair["message"])}))


def _recipe(version: Version) -> list[dict[str, Any]]:
    """What is done to this delivery and, by itself, to the next ones of the table."""
    return [
        {"id": step.id, "text": wording.say(step.text, http.language()), "used": step.used}
        for step in deliveries.recipe_steps(version)
    ]


def findings(version: Version, found: Examination) -> list[dict[str, Any]]:
    """Findings with what was decided about each."""
    decided = settlements.decided(version)
    shown_findings = []
    for finding in found.findings:
        held = decided.get(finding["id"])
        shown_findings.append(
            FindingOut().dump(
                {
                    **finding,
                    "message": _said(finding["message"]),
                    "actions": settlements.actions(version, finding["id"]),
                    "settled": held.action
                    if held and not settling.is_lost(finding)
                    else finding["settled"],
                    "ground": held.ground if held else "",
                    "consent": bool(held and held.consent_by),
                }
            )
        )
    return shown_findings


def _problem(problem: dict[str, Any]) -> dict[str, str]:
    return {
        "code": problem["code"],
        "place": problem["place"],
        "cause": _said(problem["cause"]),
        "remedy": _said(problem["remedy"]),
    }


def _said(message: dict[str, Any]) -> str:
    return wording.spoken(message, http.language())


@door.get("/versions/<version_id>", answers=VersionOut)
def show(version_id: str) -> Response:
    """A delivery: its state, report, repairs, findings and profile"""
    with http.reading() as session:
        return shown(session, version_id)


@door.get("/versions/<version_id>/marked.xlsx", answers=File(MEDIA_TYPE))
def marked(version_id: str) -> Response:
    """The delivery as a workbook with its bad cells marked and explained; for who may deliver"""
    with http.reading() as session:
        order = marking.order(
            session, http.actor(), version_id, language=http.language(),
            settings=http.runtime().settings,
        )  # fmt: skip
    return http.send_marked(order)


@door.post("/versions/<version_id>/repairs", answers=VersionOut, body=RepairsIn, status=202)
def repair(body: dict[str, Any], version_id: str) -> Response:
    """Agree to repairs; the delivery is examined again"""
    with http.transaction() as session:
        deliveries.accept_repairs(session, http.actor(), version_id, body["accept"], now=http.now())
        return shown(session, version_id, status=202)


@door.post("/versions/<version_id>/member", answers=VersionOut, body=MemberIn, status=202)
def choose_member(body: dict[str, Any], version_id: str) -> Response:
    """Say which file of an archive or sheet of a workbook is meant"""
    with http.transaction() as session:
        deliveries.choose_member(session, http.actor(), version_id, body["member"], now=http.now())
        return shown(session, version_id, status=202)


@door.post(
    "/versions/<version_id>/settlements",
    answers=VersionOut,
    body=SettlementIn(many=True),
    status=202,
)
def settle(body: list[dict[str, Any]], version_id: str) -> Response:
    """Settle findings, each by one of its actions; keeping needs a ground"""
    with http.transaction() as session:
        deliveries.settle(session, http.actor(), version_id, body, now=http.now())
        return shown(session, version_id)


@door.post("/versions/<version_id>/consents", answers=VersionOut, body=ConsentIn, status=202)
def consent(body: dict[str, Any], version_id: str) -> Response:
    """Agree, as a second person, to keeping what a finding names"""
    with http.transaction() as session:
        deliveries.consent(session, http.actor(), version_id, body["finding"], now=http.now())
        return shown(session, version_id, status=202)


@door.post("/versions/<version_id>/anonymity", answers=AnonymityOut, body=AnonymityIn, status=200)
def measure(body: dict[str, Any], version_id: str) -> Response:
    """Count how well people hide behind each other in the public file (k-anonymity)"""
    with http.reading() as session:
        found = anonymity.measurable(session, http.actor(), version_id)
    with http.runtime().storage.local_path(found.sha256) as path:
        report = anonymity.measured(path, body["fields"], body["sensitive"])
    below = [
        {**asdict(each), "share": each.rows / report.rows if report.rows else 0.0}
        for each in report.below
    ]
    sizes = [{"size": size, "classes": classes} for size, classes in report.smallest]
    return one(AnonymityOut, {**asdict(report), "below": below, "smallest": sizes})
