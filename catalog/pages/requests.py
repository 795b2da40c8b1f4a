"""What the public asks for: ``/requests``, with the form to ask and the desk where units answer."""

from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, can
from catalog.errors import RuleError
from catalog.models import Request
from catalog.pages import twins
from catalog.pages.asking import (
    TABLE_SIZE,
    argument,
    choice_argument,
    field_errors,
    followed,
    form_text,
    today,
    trail,
)
from catalog.pages.render import alternates, here, page, word
from catalog.pages.staff import every_unit
from catalog.services import directory, requests
from catalog.services.requests import Filters
from schemas.records import Message
from schemas.vocabularies import RequestKind, RequestOutcome, RequestState

blueprint = Blueprint("pages-requests", __name__)
FORM = ("kind", "title", "text", "dataset", "unit", "contact_name", "contact")
MOST = 10_000


@blueprint.get("/requests", defaults={"form": "html"})
@blueprint.get("/requests.<any(json,csv):form>")
def index(form: str) -> Response:
    """Requests with published replies; for staff those of the own units too."""
    kind = choice_argument("kind", list(RequestKind))
    state = choice_argument("state", list(RequestState))
    asked = Filters(kind, state, argument("unit"))
    way = trail()
    with http.reading() as session:
        if form != "html":
            found = requests.page(session, http.actor(), asked, limit=MOST)
            return twins.answer(form, [_flat(one) for one in found.items], {})
        counts = requests.counts(session, http.actor(), today())
        found = requests.page(session, http.actor(), asked, after=way.after, limit=TABLE_SIZE)
        rows = [_row(one) for one in found.items]
    addresses = twins.links("/requests")
    answered = counts["on time"] + counts["late"]
    answer = page(
        "requests/index.html",
        requests=rows,
        counts=counts,
        on_time=(counts["on time"], answered + counts["overdue"]),
        kinds=[("", _("All"), here(kind=None, trail=None))]
        + [
            (one.value, word("request", one), here(kind=one.value, trail=None))
            for one in RequestKind
        ],
        kind=kind,
        page=followed(found, TABLE_SIZE, way, sum(counts.values())),
        twins=addresses,
    )
    return alternates(answer, addresses)


def _row(request: Request, *, key: str = "") -> dict[str, Any]:
    actor = http.actor()
    whole = requests.handles(actor, request) or requests.asked_by(actor, request, key)
    dataset = requests.subject(actor, request)
    return {
        "id": request.id,
        "number": request.number,
        "kind": request.kind,
        "state": request.state,
        **requests.shown(request, whole=whole),
        "unit": request.unit and {"code": request.unit.code, "name": request.unit.name},
        "dataset": dataset and {"slug": dataset.slug, "title": dataset.title},
        "received_at": request.received_at,
        "due_on": request.due_on,
        "provisional": request.provisional,
        "lateness": requests.lateness(request, today()),
        "outcome": request.outcome,
        "replied_on": request.replied_on,
        "published": request.published,
    }  # fmt: skip


def _flat(request: Request) -> dict[str, Any]:
    row = _row(request)
    names = ("number", "kind", "title", "text", "received_at", "due_on", "lateness", "outcome",
             "reply", "replied_on")  # fmt: skip
    unit = row["unit"]["code"] if row["unit"] else ""
    dataset = row["dataset"]["slug"] if row["dataset"] else ""
    return {**{name: row[name] for name in names}, "unit": unit, "dataset": dataset}


@blueprint.get("/requests/new")
def new() -> Response:
    """The form to ask, filled in with the entry somebody comes from."""
    kind = choice_argument("kind", list(RequestKind), RequestKind.DATA)
    given = {"kind": kind, "dataset": argument("dataset"), "unit": argument("unit")}
    return _form(given, {})


def _form(values: dict[str, str], errors: dict[str, Message], status_code: int = 200) -> Response:
    with http.reading() as session:
        return page(
            "requests/form.html",
            status_code=status_code,
            values=values,
            errors=errors,
            kinds=[(one.value, word("request", one), http.say(MEANT[one])) for one in RequestKind],
            units=every_unit(session),
            dataset=_title(session, values.get("dataset", "")),
            working_days=http.runtime().settings.request_working_days,
        )


MEANT = {
    RequestKind.DATA: Message("Data that you need and do not find, or find closed"),
    RequestKind.CORRECTION: Message("Something in published data is wrong"),
    RequestKind.RIGHTS: Message("Published data touches your privacy or other rights"),
    RequestKind.SUGGESTION: Message("How opening data could be done better"),
}
"""What somebody who asks should choose a kind for."""


def _title(session: Session, slug: str) -> str:
    if not slug:
        return ""
    try:
        return directory.get(session, http.actor(), slug).title
    except RuleError:
        return ""


@blueprint.post("/requests")
def ask() -> Response:
    """Take a request and show its number and key."""
    given = {name: form_text(name) for name in FORM}
    try:
        with http.transaction() as session:
            asked = requests.ask(
                session,
                http.actor(),
                {name: text for name, text in given.items() if text},
                client=http.client_digest(),
                working_days=http.runtime().settings.request_working_days,
                now=http.now(),
            )
            address = f"/requests/{asked.request.id}?key={asked.key}"
    except RuleError as error:
        if error.status != 422:
            raise
        return _form(given, field_errors(error), 422)
    flash(_("Your request was taken. Keep the address of this page: it shows the reply."), "ok")
    return redirect(address, 303)


@blueprint.get("/requests/<request_id>")
def show(request_id: str) -> Response:
    """One request, with the forms of who may answer it."""
    return _show(request_id, {}, {})


def _show(
    request_id: str, values: dict[str, str], errors: dict[str, Message], status_code: int = 200
) -> Response:
    actor, key = http.actor(), argument("key")
    with http.reading() as session:
        request = requests.get(session, actor, request_id, key=key)
        handles = requests.handles(actor, request)
        unanswered = request.replied_on is None
        answer = page(
            "requests/show.html",
            status_code=status_code,
            request=_row(request, key=key),
            contact=(request.contact_name, request.contact) if handles else None,
            can_reply=unanswered and can(actor, Permission.REQUEST_REPLY, request),
            can_assign=unanswered and can(actor, Permission.REQUEST_ASSIGN, request),
            outcomes=[(one.value, word("request-outcome", one)) for one in RequestOutcome],
            units=every_unit(session),
            values=values,
            errors=errors,
        )
    if key:
        answer.headers["Cache-Control"] = "private, no-store"
        answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.post("/requests/<request_id>/<any(reply,extension,assignment):act>")
def handle(request_id: str, act: str) -> Response:
    """Answer, take more time, or pass on."""
    given = {name: form_text(name) for name in ("outcome", "reply", "reason", "unit")}
    actor = http.signed_in()
    try:
        with http.transaction() as session:
            if act == "reply":
                words = {name: given[name] for name in ("outcome", "reply")}
                publish = {"publish": bool(form_text("publish"))}
                requests.reply(session, actor, request_id, words | publish, now=http.now())
            elif act == "extension":
                requests.extend(session, actor, request_id, given["reason"], now=http.now())
            else:
                requests.assign(session, actor, request_id, given["unit"], now=http.now())
    except RuleError as error:
        if error.status != 422:
            raise
        return _show(request_id, given, field_errors(error), 422)
    flash(_("Saved."), "ok")
    return redirect(f"/requests/{request_id}", 303)
