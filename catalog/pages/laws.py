"""The library of legal bases: instruments, revisions, articles, and bases that no longer hold."""

from collections import defaultdict
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.errors import Invalid, RuleError
from catalog.models import Article, Citation, ExemptionItem, LawVersion
from catalog.pages import twins
from catalog.pages.asking import argument, day_argument, field_errors, form_text, today
from catalog.pages.render import alternates, page
from catalog.services import law_editing, laws, stale_bases
from catalog.services.values import Bad, day
from schemas.records import Message
from schemas.vocabularies import LawLevel, ListKind

blueprint = Blueprint("pages-laws", __name__)
FORM = ("title", "level", "label", "in_force_from", "in_force_to", "supersedes")


@blueprint.get("/laws", defaults={"form": "html"})
@blueprint.get("/laws.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every instrument of the library."""
    return _index(form)


def _index(
    form: str = "html",
    *,
    values: dict[str, Any] | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    q = argument("q").casefold()
    with http.reading() as session:
        shown = [laws.summary(law, today()) for law in laws.library(session)]
        stale = stale_bases.listed(session, today())
    shown = [one for one in shown if q in f"{one['title']}\n{one['short_title']}".casefold()]
    if form != "html":
        return twins.answer(form, shown, {})
    addresses = twins.links("/laws")
    answer = page(
        "laws/index.html",
        status_code=status_code,
        laws=shown,
        q=argument("q"),
        stale=sum(one.state == "stale" for one in stale),
        unknown=sum(one.state == "unknown" for one in stale),
        can_change=can(http.actor(), Permission.LAW_MANAGE),
        levels=list(LawLevel),
        values=values or {},
        errors=errors or {},
        twins=addresses,
    )
    return alternates(answer, addresses)


@blueprint.get("/laws/stale", defaults={"form": "html"})
@blueprint.get("/laws/stale.<any(json,csv):form>")
def stale(form: str) -> Response:
    """Bases of items in force that are not in force themselves, or not in the library."""
    on = day_argument("as_of", today())
    with http.reading() as session:
        found = stale_bases.listed(session, on)
    rows = [
        {
            "list_kind": one.list_kind,
            "number": one.number,
            "name": one.name,
            "citation": one.citation,
            "state": one.state,
            "revision": one.revision,
            "ended_on": one.ended_on,
            "successors": list(one.successors),
        }
        for one in found
    ]
    if form != "html":
        return twins.answer(form, rows, {"as_of": on.isoformat()})
    addresses = twins.links("/laws/stale")
    answer = page(
        "laws/stale.html",
        rows=[{**one, "amend_url": _amend_url(one) if one["successors"] else ""} for one in rows],
        as_of=on,
        today=today(),
        can_change=can(http.actor(), Permission.LIST_DRAFT),
        twins=addresses,
    )
    return alternates(answer, addresses)


def _amend_url(one: dict[str, Any]) -> str:
    """The form that amends the item with the articles now in force already filled in."""
    if one["list_kind"] != ListKind.NEGATIVE:
        return f"/lists/{one['list_kind']}"
    return f"/negative-list/adjustments/new?kind=amend&item={one['number']}&basis=current"


@blueprint.get("/laws/<int(max=2147483647):law_id>")
def show(law_id: int) -> Response:
    """One instrument: its revisions, their articles, and the items that rest on each."""
    return _show(law_id)


def _show(
    law_id: int,
    *,
    values: dict[str, str] | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    with http.reading() as session:
        law = law_editing.get(session, law_id)
        after = law_editing.replacement(session, law)
        resting = _resting(session, law_id)
        return page(
            "laws/show.html",
            status_code=status_code,
            values=values or {},
            errors=errors or {},
            others=[one.title for one in laws.library(session) if one.id != law_id],
            law={"id": law.id, "title": law.title, "short_title": law.short_title,
                 "level": law.level},
            replaced_by={"id": after.id, "title": after.title} if after else None,
            versions=[_version(one, resting, today()) for one in reversed(law.versions)],
            can_change=can(http.actor(), Permission.LAW_MANAGE),
        )  # fmt: skip


@blueprint.post("/laws/<int(max=2147483647):law_id>/end")
def end(law_id: int) -> Response:
    """Note that an instrument is in force no longer, and what took its place, if anything did."""
    actor = http.signed_in()
    values = {name: form_text(name) for name in ("on", "replaced_by")}
    try:
        on = _day("on", values["on"])
        if on is None:
            cause = Message("Say from which day on.")
            raise Invalid("law-invalid", cause, fields={"on": [cause]})
        with http.transaction() as session:
            law = law_editing.get(session, law_id)
            if values["replaced_by"]:
                by = laws.find_law(session, values["replaced_by"])
                if by is None:
                    cause = Message("The library does not know this law; add it first.")
                    raise Invalid("law-invalid", cause, fields={"replaced_by": [cause]})
                law_editing.replace(session, actor, law, by, on=on, now=http.now())
            else:
                law_editing.end(session, actor, law, on, now=http.now())
    except RuleError as error:
        if error.status != 422:
            raise
        return _show(law_id, values=values, errors=field_errors(error), status_code=422)
    flash(_("Saved."), "ok")
    return redirect(f"/laws/{law_id}", 303)


def _resting(session: Session, law_id: int) -> dict[int, list[str]]:
    """Numbers of the items in force that cite each article of an instrument."""
    rows = session.execute(
        select(Citation.article_id, ExemptionItem.number)
        .join(ExemptionItem, ExemptionItem.id == Citation.item_id)
        .join(Article, Article.id == Citation.article_id)
        .join(LawVersion, LawVersion.id == Article.law_version_id)
        .where(
            LawVersion.law_id == law_id,
            ExemptionItem.list_kind == ListKind.NEGATIVE,
            ExemptionItem.valid_from <= today(),
            ExemptionItem.valid_to.is_(None) | (ExemptionItem.valid_to > today()),
        )
        .distinct()
        .order_by(ExemptionItem.number)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for article_id, number in rows:
        found[article_id or 0].append(number)
    return found


def _version(one: LawVersion, resting: dict[int, list[str]], on: date) -> dict[str, Any]:
    return {
        "label": one.label,
        "in_force": laws.in_force(one, on),
        "in_force_from": one.in_force_from,
        "in_force_to": one.in_force_to,
        "source": one.source,
        "articles": [
            {
                "number": article.number,
                "gist": article.gist,
                "text": article.text,
                "successors": stale_bases.successor_labels(article),
                "items": resting.get(article.id, []),
            }
            for article in one.articles
        ],
    }


@blueprint.post("/laws")
def add() -> Response:
    """Add a revision, with its instrument when the library does not know it."""
    actor = http.signed_in()
    values = {name: form_text(name) for name in FORM}
    try:
        days = tuple(_day(name, values[name]) for name in ("in_force_from", "in_force_to"))
        with http.transaction() as session:
            made = law_editing.add_version(
                session, actor, title=values["title"], level=values["level"],
                label=values["label"], in_force=(days[0], days[1]),
                supersedes=values["supersedes"], now=http.now(),
            ).law_id  # fmt: skip
    except RuleError as error:
        if error.status != 422:
            raise
        return _index(values=values, errors=field_errors(error), status_code=422)
    flash(_("The revision is in the library."), "ok")
    return redirect(f"/laws/{made}", 303)


def _day(name: str, text: str) -> date | None:
    try:
        return day(text)
    except Bad as bad:
        raise Invalid("bad-date", bad.message, fields={name: [bad.message]}) from None


@blueprint.post("/laws/texts")
def import_text() -> Response:
    """Import the full text of a law from a text file."""
    actor = http.signed_in()
    try:
        text, name = _uploaded()
        with http.transaction() as session:
            done = law_editing.import_text(
                session, actor, text, source=name, title=form_text("text_title"),
                label=form_text("text_label"), now=http.now(),
            )  # fmt: skip
            law_id = done.version.law_id
    except RuleError as error:
        if error.status != 422:
            raise
        renamed = {"title": "text_title", "label": "text_label", "text": "file"}
        return _index(errors=field_errors(error, renamed), values=request.form.to_dict(),
                      status_code=422)  # fmt: skip
    flash(http.say(Message("%(n)s articles have their text now.", {"n": done.texts})), "ok")
    for note in done.notes:
        flash(http.say(note), "warn")
    return redirect(f"/laws/{law_id}", 303)


def _uploaded() -> tuple[str, str]:
    file = request.files.get("file")
    data = file.read() if file else b""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.strip():
            return text, http.clean_file_name(str(file.filename if file else ""))
    cause = Message("The file is no text in UTF-8 or GB18030.")
    raise Invalid("unreadable-text", cause, fields={"text": [cause]})
