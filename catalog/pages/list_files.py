"""Lists as files: importing officials' tables, workbooks, differences as feed and workbook, print."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import Invalid, RuleError
from catalog.pages import twins
from catalog.pages.asking import (
    choice_argument,
    day_argument,
    field_errors,
    form_text,
    number_argument,
    today,
)
from catalog.pages.editions import KIND, NEGATIVE
from catalog.pages.editions import address as list_address
from catalog.pages.render import page
from catalog.pages.staff import need
from catalog.services import list_exchange, list_workbooks, negative_list, small_tables
from catalog.services.list_kinds import LIST_TYPES
from catalog.services.list_tables import TableReport
from catalog.services.negative_list import Terms
from datasets.collecting import MEDIA_TYPE
from schemas.records import Message
from schemas.vocabularies import ListKind, ReachPolicy, Role

blueprint = Blueprint("pages-list-files", __name__)
ROLES = (Role.KEEPER, Role.ADMINISTRATOR)


FORMS = {
    "xlsx": (list_workbooks.workbook, MEDIA_TYPE),
    "docx": (
        list_workbooks.document,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
}
"""Files for the office: how each is written, and its media type."""


def office(form: str, title: str, rows: list[dict[str, str]], headings: list[str]) -> Response:
    """Rows as a workbook or a document to keep."""
    write, media_type = FORMS[form]
    answer = Response(write(title, rows, headings), content_type=media_type)
    name = f"{title}-{today().isoformat()}.{form}"
    answer.headers["Content-Disposition"] = http.disposition(name)
    return answer


def links(csv_address: str) -> dict[str, str]:
    """The same list as files for the office."""
    return {form: csv_address.replace(".csv", f".{form}", 1) for form in FORMS}


@blueprint.get("/negative-list.<any(xlsx,docx):form>", defaults=NEGATIVE)
@blueprint.get(f"/lists/{KIND}.<any(xlsx,docx):form>")
def as_file(kind: str, form: str) -> Response:
    """A list in force on a day as a workbook or a document; it can be imported again."""
    on, listed = day_argument("as_of", today()), ListKind(kind)
    with http.reading() as session:
        rows = list_exchange.written(session, listed, on)
    return office(form, LIST_TYPES[listed].name, rows, list_exchange.headings(listed))


@blueprint.get("/negative-list/print")
def printable() -> Response:
    """The list in force on one page, for paper."""
    with http.reading() as session:
        edition = negative_list.edition_on(session, today())
        rows = [negative_list.public_view(one) for one in negative_list.in_force(session, today())]
        return page(
            "lists/print.html",
            items=rows,
            edition={"number": edition.number, "in_force_from": edition.effective_on,
                     "sha256": edition.sha256} if edition else None,
            today=today(),
        )  # fmt: skip


@blueprint.get("/negative-list/diff.<any(json,csv,xlsx,atom):form>", defaults=NEGATIVE)
@blueprint.get(f"/lists/{KIND}/diff.<any(json,csv,xlsx,atom):form>")
def diff(kind: str, form: str) -> Response:
    """What differs between two editions of a list, as a file."""
    old, new = number_argument("from"), number_argument("to")
    with http.reading() as session:
        found = negative_list.diff(session, old, new, kind)
        made = negative_list.edition(session, new, kind).made_at
    title = f"{LIST_TYPES[ListKind(kind)].name}第{old}版与第{new}版对照"
    if form == "atom":
        base = http.runtime().settings.public_url.rstrip("/")
        address = f"{base}{list_address(kind)}/diff.atom?from={old}&to={new}"
        feed = list_workbooks.diff_feed(found, address=address, title=title, updated=made)
        return Response(feed, content_type="application/atom+xml; charset=utf-8")
    rows = list_workbooks.diff_rows(found)
    if form == "xlsx":
        return office(form, title, rows, list(list_workbooks.DIFF_LABELS))
    if form == "csv":
        return twins.answer("csv", rows, {})
    shown: list[dict[str, Any]] = [
        {"kind": one.kind, "number": one.number, "before": one.before, "after": one.after,
         "values": list(one.values)}
        for one in found.changes
    ]  # fmt: skip
    return twins.answer("json", shown, {"from": old, "to": new, "same": found.same})


@blueprint.get("/negative-list/import")
def form() -> Response:
    """The form to import a table."""
    need(*ROLES)
    return _form(choice_argument("list", list(ListKind), ListKind.NEGATIVE))


def _form(
    kind: str,
    *,
    report: TableReport | None = None,
    errors: dict[str, Message] | None = None,
    status_code: int = 200,
) -> Response:
    return page(
        "lists/import.html",
        status_code=status_code,
        kind=kind,
        kinds=list(ListKind),
        headings=list_exchange.headings(ListKind(kind)),
        policies=list(ReachPolicy),
        report=report,
        reason=form_text("reason"),
        errors=errors or {},
    )


@blueprint.post("/negative-list/import")
def take() -> Response:
    """Read a table and say what was read; draft an adjustment when asked and nothing is wrong."""
    actor = need(*ROLES)
    kind = form_text("list") or ListKind.NEGATIVE.value
    if kind not in set(ListKind):
        raise Invalid("bad-form", Message("There is no such list."))
    file = request.files.get("file")
    data = file.read() if file else b""
    name = http.clean_file_name(str(file.filename if file else ""))
    try:
        sheets = small_tables.sheets(data, name)
        with http.transaction() as session:
            report = list_exchange.read(session, ListKind(kind), sheets, today())
            if form_text("then") != "draft" or not report.good or not report.changes:
                bad = form_text("then") == "draft" and not report.good
                return _form(kind, report=report, status_code=422 if bad else 200)
            policy = form_text("policy") or ReachPolicy.REVIEW.value
            made = negative_list.draft(
                session, actor, changes=list(report.changes), reason=form_text("reason"),
                terms=Terms(kind=kind, policy=policy), now=http.now(),
            ).id  # fmt: skip
    except RuleError as error:
        if error.status != 422:
            raise
        return _form(kind, errors=_errors(error), status_code=422)
    flash(_("The adjustment is drafted. Another person approves it."), "ok")
    return redirect(f"/negative-list/adjustments/{made}", 303)


def _errors(error: RuleError) -> dict[str, Message]:
    """What is wrong with the draft, by item of the table."""
    found: dict[str, Message] = {}
    for name, said in field_errors(error).items():
        parts = name.split(".")
        if parts[0] == "changes" and len(parts) > 1 and parts[1].isdigit():
            text = "Item %(number)s of the table, %(place)s: %(text)s"
            params = {"number": int(parts[1]) + 1, "place": ".".join(parts[3:]), "text": said}
            found[name] = Message(text, params)
        else:
            found[name] = said
    return found
