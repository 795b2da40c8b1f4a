"""Confidentiality review: facts on the left, the decision on the right: ``/reviews``."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, Subject, can
from catalog.errors import Invalid, RuleError
from catalog.models import Dataset, Release, Resource, Review, Settlement, Version
from catalog.pages import desk_anonymity, desk_versions, entry, entry_parts
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    choice_argument,
    field_errors,
    followed,
    form_text,
    today,
    trail,
)
from catalog.pages.render import here, page, word
from catalog.pages.staff import message, names, need
from catalog.services import anonymity, reviews
from schemas.records import Message
from schemas.vocabularies import Openness, ReviewState, Role, SettlementAction, Verdict

blueprint = Blueprint("pages-reviews", __name__)
ROLES = (Role.REVIEWER, Role.EDITOR, Role.ADMINISTRATOR, Role.AUDITOR)
PENDING = (ReviewState.OPEN, ReviewState.REFERRED)
CHECKLIST = ("secret", "personal", "third-party", "meaning")


def _checklist() -> list[tuple[str, str]]:
    return [
        ("secret", _("It holds no state secret, nor does it together with what is open already.")),
        ("personal", _("It holds no personal data beyond what the law lets us publish.")),
        ("third-party", _("It holds no trade secret or other interest of a third party.")),
        ("meaning", _("Title, description and fields say what the data is.")),
    ]


@blueprint.get("/reviews")
def index() -> Response:
    """Submissions of the units one works for, the most urgent first."""
    actor = need(*ROLES)
    state = choice_argument("state", list(ReviewState), "" if "state" in request.args else "open")
    way = trail()
    with http.reading() as session:
        found = reviews.page(session, actor, state=state, after=way.after, limit=PAGE_SIZE)
        return page(
            "reviews/index.html",
            reviews=[_row(session, actor, one) for one in found.items],
            consents=_consents(session, actor),
            states=[("", _("All"), here(state="", trail=None))]
            + [
                (one.value, word("review", one), here(state=one.value, trail=None))
                for one in ReviewState
            ],
            state=state,
            page=followed(found, PAGE_SIZE, way, found.total or 0),
        )


def _row(session: Session, actor: Identity, one: Review) -> dict[str, Any]:
    ids = [entry["version"] for entry in one.manifest["resources"] if "version" in entry]
    settled = session.scalar(
        select(func.count(Settlement.id)).where(Settlement.version_id.in_(ids))
    )
    return {
        "id": one.id,
        "title": one.dataset.title,
        "unit": {"name": one.dataset.unit.name},
        "submitted": one.submitted_at,
        "by": one.submitted_by_name,
        "due": one.due_on,
        "provisional": False,
        "late": one.state in PENDING and one.due_on < today(),
        "state": one.state,
        "findings": settled or 0,
        "removed": sum(field["openness"] == Openness.WITHHELD for field in one.manifest["fields"]),
        "own": one.submitted_by == actor.user_id,
    }


def _consents(session: Session, actor: Identity) -> list[dict[str, str]]:
    """Findings that an editor wants to keep and the actor may agree to."""
    found = session.execute(
        select(Settlement, Version, Dataset)
        .join(Version, Version.id == Settlement.version_id)
        .join(Resource, Resource.id == Version.resource_id)
        .join(Dataset, Dataset.id == Resource.dataset_id)
        .where(
            Settlement.action == SettlementAction.KEEP,
            Settlement.consent_by.is_(None),
            Version.published_at.is_(None),
        )
        .order_by(Settlement.at)
    )
    return [
        {
            "title": dataset.title,
            "file": version.file_name,
            "url": f"/desk/versions/{version.id}#findings",
        }
        for held, version, dataset in found
        if can(actor, Permission.FINDING_CONSENT, Subject(unit_id=dataset.unit_id, by=held.by))
    ]


def _show(
    session: Session,
    actor: Identity,
    review: Review,
    *,
    values: dict[str, Any] | None = None,
    error: RuleError | None = None,
) -> Response:
    ids = [one["version"] for one in review.manifest["resources"] if "version" in one]
    versions = [
        version
        for version in session.scalars(
            select(Version)
            .where(Version.id.in_(ids))
            .options(selectinload(Version.examination), selectinload(Version.settlements))
        )
        if version.examination is not None
    ]
    own = review.submitted_by == actor.user_id
    pending = review.state in PENDING
    errors = field_errors(error) if error else {}
    for number, reason in enumerate(error.reasons if error else ()):
        errors[f"reason-{number}"] = reason.cause
    return page(
        "reviews/show.html",
        status_code=error.status if error else 200,
        review=_review(review),
        dataset={**entry.shown(review.dataset), **_submitted(review)},
        versions=[_version(one) for one in versions],
        findings=[
            finding for one in versions for finding in _findings(session, actor, one)
        ],
        removed=entry_parts.removed(session, review.dataset, today(), for_staff=True),
        matches=[],
        changes=_changes(session, review),
        checklist=_checklist(),
        values=values or {"check": [], "verdict": "", "reasons": ""},
        errors=errors,
        own=own,
        can_decide=pending and can(actor, Permission.REVIEW_DECIDE, review),
        stale=None,
    )  # fmt: skip


def _submitted(review: Review) -> dict[str, Any]:
    """What would be published, as it was handed in: it may differ from what is public now."""
    held = review.manifest["dataset"]
    return {
        "title": held["title"],
        "description": held["description"],
        "openness": held["openness"],
        "mode": held["conditional_mode"],
        "condition": held["open_condition"],
        "theme": held["theme"],
    }


def _review(review: Review) -> dict[str, Any]:
    return {
        "id": review.id,
        "state": review.state,
        "submitted": review.submitted_at,
        "by": review.submitted_by_name,
        "due": review.due_on,
        "note": review.note,
        "manifest": review.manifest_sha256,
        "decisions": [
            {"verdict": one.verdict, "reasons": one.reasons, "by": one.by_name, "at": one.at}
            for one in review.decisions
        ],
    }


def _version(version: Version) -> dict[str, Any]:
    found = version.examination
    assert found is not None  # noqa: S101  (chosen so by the caller)
    agreed = [one for one in found.repairs if one["accepted"]]
    return {
        "id": version.id,
        "resource_title": version.resource.title or version.resource.name,
        "file_name": version.file_name,
        "sha256": version.sha256,
        "rows": found.rows,
        "columns": found.columns,
        "bytes": version.bytes,
        **desk_versions.read_as(found),
        "repairs": [message(one["message"]) for one in agreed],
        "preview": desk_versions.preview(found) or {"columns": [], "rows": []},
        "report_valid": found.valid,
        "anonymity": desk_anonymity.form(version.id, anonymity.of(found)),
    }


def _findings(session: Session, actor: Identity, version: Version) -> list[dict[str, Any]]:
    assert version.examination is not None  # noqa: S101  (chosen so by the caller)
    shown = desk_versions.findings(actor, version, version.examination)
    people = names(session, {one["consent_by"] for one in shown if one["consent_by"]})
    return [{**one, "consent_by": people.get(one["consent_by"] or 0, "")} for one in shown]


def _changes(session: Session, review: Review) -> list[Message]:
    """What differs from what is public, in the metadata that a reviewer weighs."""
    release = session.scalar(
        select(Release)
        .where(Release.dataset_id == review.dataset_id, Release.review_id != review.id)
        .order_by(Release.number.desc())
        .limit(1)
    )
    if release is None:
        return []
    before = {one["name"]: one["openness"] for one in release.manifest["fields"]}
    now = {one["name"]: one["openness"] for one in review.manifest["fields"]}
    changes = [Message("New field: %(name)s", {"name": one}) for one in now if one not in before]
    changes += [
        Message("Field removed: %(name)s", {"name": one}) for one in before if one not in now
    ]
    changes += [
        Message("Field %(name)s: %(before)s, now %(after)s",
                {"name": one, "before": word("openness", before[one]), "after": word("openness", now[one])})
        for one in now
        if one in before and before[one] != now[one]
    ]  # fmt: skip
    changes += _reworded(release.manifest["fields"], review.manifest["fields"])
    was, is_now = release.manifest["dataset"]["openness"], review.manifest["dataset"]["openness"]
    if was != is_now:
        parts = {"before": word("openness", was), "after": word("openness", is_now)}
        changes.append(Message("Openness of the entry: %(before)s, now %(after)s", parts))
    return changes


def _reworded(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[Message]:
    """Fields that are named, described or typed otherwise than in what is public."""
    known = {one["name"]: one for one in before}
    parts = {"title": _("Title"), "description": _("Description"), "type": _("Type")}
    return [
        Message("Field %(name)s, %(part)s: “%(before)s”, now “%(after)s”",
                {"name": one["name"], "part": said, "before": known[one["name"]][part],
                 "after": one[part]})
        for one in now
        for part, said in parts.items()
        if part in known.get(one["name"], {}) and known[one["name"]][part] != one[part]
    ]  # fmt: skip


@blueprint.get("/reviews/<review_id>")
def show(review_id: str) -> Response:
    """A submission with everything that a decision needs."""
    actor = need(*ROLES)
    with http.reading() as session:
        return _show(session, actor, reviews.get(session, actor, review_id))


@blueprint.post("/reviews/<review_id>/decision")
def decide(review_id: str) -> Response:
    """Pass, return or refer exactly what was looked at."""
    actor = need(*ROLES)
    verdict, checked = form_text("verdict"), request.form.getlist("check")
    try:
        _check_list(verdict, checked)
        with http.transaction() as session:
            reviews.decide(
                session, actor, review_id, verdict=verdict, reasons=form_text("reasons"),
                manifest_sha256=form_text("manifest"), now=http.now(),
            )  # fmt: skip
    except RuleError as error:
        if error.status not in {409, 412, 422}:
            raise
        typed = {"check": checked, "verdict": verdict, "reasons": form_text("reasons")}
        with http.reading() as session:
            return _show(
                session, actor, reviews.get(session, actor, review_id), values=typed, error=error
            )
    flash(_("Your decision is recorded."), "ok")
    return redirect(f"/reviews/{review_id}", 303)


def _check_list(verdict: str, checked: list[str]) -> None:
    """Passing means that every line of the checklist was looked at."""
    if verdict == Verdict.PASS and not set(CHECKLIST) <= set(checked):
        cause = Message("Check every line of the checklist before you pass it.")
        raise Invalid("checklist", cause, fields={"check": [cause]})
