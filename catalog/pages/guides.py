"""Guidelines for opening and collecting data: ``/guides``."""

from datetime import date
from typing import Any

import orjson
from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.errors import RuleError, missing
from catalog.models import GuidelineEdition
from catalog.pages import twins
from catalog.pages.asking import field_errors, form_text, number_argument, split_words, today
from catalog.pages.render import alternates, page
from catalog.services import guide_views, guides
from schemas import tables
from schemas.records import Message
from schemas.vocabularies import GuidelineKind, GuidelineState

blueprint = Blueprint("pages-guides", __name__)
FORM = ("slug", "kind", "title", "summary", "body", "changes", "effective_on", "schemas")
AT = "/guides/<slug>/editions/<int(max=2147483647):number>"


@blueprint.get("/guides", defaults={"form": "html"})
@blueprint.get("/guides.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every published guideline."""
    with http.reading() as session:
        shown = guide_views.listed(session, today())
        keeps = can(http.actor(), Permission.GUIDE_DRAFT)
        drafts = [
            {"title": one.title, "by": one.drafted_by_name, "effective_on": one.effective_on,
             "url": f"/guides/{found.slug}/editions/{one.number}"}
            for found in (guides.every(session) if keeps else ())
            for one in found.editions
            if one.state == GuidelineState.DRAFT
        ]  # fmt: skip
    if form != "html":
        return twins.answer(form, shown, {})
    addresses = twins.links("/guides")
    answer = page("guides/index.html", guides=shown, drafts=drafts, can_draft=keeps,
                  twins=addresses)  # fmt: skip
    return alternates(answer, addresses)


@blueprint.get("/guides/<slug>", defaults={"form": "html"})
@blueprint.get("/guides/<slug>.<any(json):form>")
def show(slug: str, form: str) -> Response:
    """A guideline in the edition in force."""
    with http.reading() as session:
        found = guides.in_force(guides.get(session, slug), today())
        if found is None:
            raise missing("edition")
        if form == "json":
            return _json(guide_views.shown(session, http.actor(), found))
        return _show(found)


def _json(value: Any) -> Response:
    return Response(orjson.dumps(value, default=str), content_type="application/json")


@blueprint.get(AT)
def edition(slug: str, number: int) -> Response:
    """One edition, for ever."""
    with http.reading() as session:
        return _show(guides.edition(session, http.actor(), slug, number))


def _show(
    found: GuidelineEdition, errors: dict[str, Message] | None = None, status_code: int = 200
) -> Response:
    actor = http.actor()
    waits = found.state == GuidelineState.DRAFT
    with http.reading() as session:
        value = guide_views.shown(session, actor, found)
    held = guides.in_force(found.guideline, today())
    others = guides.visible(actor, found.guideline)
    return page(
        "guides/show.html",
        status_code=status_code,
        guide={**value, "by": found.drafted_by_name, "refusal": found.refusal,
               "in_force": held is found},
        paragraphs=found.body.splitlines(),
        editions=[
            {"number": one.number, "effective_on": one.effective_on, "state": one.state,
             "changes": one.changes, "url": f"/guides/{found.guideline.slug}/editions/{one.number}",
             "diff_url": f"/guides/{found.guideline.slug}/diff?from={one.number - 1}&to={one.number}"
             if one.number > 1 and any(o.number == one.number - 1 for o in others) else ""}
            for one in reversed(others)
        ],
        can_publish=waits and can(actor, Permission.GUIDE_PUBLISH, found),
        own=waits and found.drafted_by == actor.user_id,
        can_draft=can(actor, Permission.GUIDE_DRAFT),
        errors=errors or {},
    )  # fmt: skip


@blueprint.get("/guides/<slug>/schemas/<name>.json")
def schema(slug: str, name: str) -> Response:
    """A table schema of the edition in force, as Table Schema."""
    with http.reading() as session:
        found = guides.in_force(guides.get(session, slug), today())
        if found is None:
            raise missing("edition")
        return _json(guides.schema_of(found, name))


@blueprint.get("/guides/<slug>/diff")
def diff(slug: str) -> Response:
    """What differs between two editions, line by line."""
    old, new = number_argument("from"), number_argument("to")
    with http.reading() as session:
        before = guides.edition(session, http.actor(), slug, old)
        after = guides.edition(session, http.actor(), slug, new)
        lines = guides.difference(before, after)
    return page(
        "guides/diff.html",
        guide={"slug": slug, "title": after.title},
        old=old,
        new=new,
        lines=lines,
        changed=sum(one.kind != "same" for one in lines),
    )


@blueprint.get("/guides/new")
def new() -> Response:
    """An empty form."""
    if not can(http.signed_in(), Permission.GUIDE_DRAFT):
        raise missing("page")
    return _form({"effective_on": today().isoformat()})


@blueprint.get("/guides/<slug>/edit")
def edit(slug: str) -> Response:
    """The form of the next edition, filled with the newest one."""
    if not can(http.signed_in(), Permission.GUIDE_DRAFT):
        raise missing("page")
    with http.reading() as session:
        found = guides.get(session, slug)
        last = found.editions[-1]
        values = {
            "slug": slug, "kind": found.kind, "title": last.title, "summary": last.summary,
            "body": last.body, "effective_on": today().isoformat(),
            "schemas": "，".join(one["name"] for one in last.schemas),
        }  # fmt: skip
    return _form(values)


def _form(
    values: dict[str, str], errors: dict[str, Message] | None = None, status_code: int = 200
) -> Response:
    return page(
        "guides/form.html",
        status_code=status_code,
        values=values,
        errors=errors or {},
        kinds=list(GuidelineKind),
        standards=tables.names(),
        today=today(),
    )


@blueprint.post("/guides")
def draft() -> Response:
    """Draft the next edition of a guideline; another person publishes it."""
    actor = http.signed_in()
    values = {name: form_text(name) for name in FORM}
    given: dict[str, Any] = {**values, "schemas": _schemas(values), "effective_on": None}
    try:
        given["effective_on"] = date.fromisoformat(values["effective_on"])
    except ValueError:
        given["effective_on"] = None
    try:
        with http.transaction() as session:
            made = guides.draft(session, actor, values["slug"], given, now=http.now()).number
    except RuleError as error:
        if error.status != 422:
            raise
        errors = field_errors(error)
        said = {"schemas" if name.startswith("schemas.") else name: text
                for name, text in errors.items()}  # fmt: skip
        return _form(values, said, 422)
    flash(_("The guideline is drafted. Another person publishes it."), "ok")
    return redirect(f"/guides/{values['slug']}/editions/{made}", 303)


def _schemas(values: dict[str, str]) -> list[str]:
    return split_words(values["schemas"])


@blueprint.post(f"{AT}/withdrawal")
def withdraw(slug: str, number: int) -> Response:
    """Take one's own draft back."""
    actor = http.signed_in()
    with http.transaction() as session:
        guides.withdraw(session, actor, slug, number, now=http.now())
    flash(_("The draft is taken back."), "ok")
    return redirect("/guides", 303)


@blueprint.post(f"{AT}/decision")
def decide(slug: str, number: int) -> Response:
    """Publish a draft, or refuse it."""
    actor = http.signed_in()
    refused = form_text("decision") == "refused"
    try:
        with http.transaction() as session:
            if refused:
                guides.refuse(
                    session, actor, slug, number, reason=form_text("reason"), now=http.now()
                )
            else:
                guides.publish(session, actor, slug, number, now=http.now())
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            found = guides.edition(session, actor, slug, number)
            if found.state != GuidelineState.DRAFT:  # nothing is left on the page to say it at
                raise
            errors = {"reason": next(iter(field_errors(error).values()))}
            return _show(found, errors, error.status)
    flash(_("Refused.") if refused else _("The guideline is published."), "ok")
    return redirect(f"/guides/{slug}/editions/{number}", 303)
