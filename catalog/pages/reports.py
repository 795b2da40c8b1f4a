"""Reports that officials hand in: ``/desk/reports``. What third parties found: ``/openness/assessments``."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Permission, Subject, can, require
from catalog.errors import RuleError
from catalog.models import Unit
from catalog.pages import figures, report_workbook, twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    argument,
    field_errors,
    form_text,
    slice_of,
    today,
)
from catalog.pages.charts import Point, Series
from catalog.pages.render import alternates, page, word
from catalog.pages.staff import every_unit, need, units_of
from catalog.services import assessments, openness, periods, reports
from catalog.services.openness import Rate
from catalog.services.reports import Cell, Report, Table
from catalog.services.snapshots import Download
from catalog.settings import ZONE
from schemas.records import Message
from schemas.vocabularies import Basis, Role

blueprint = Blueprint("pages-reports", __name__)
STAFF = (Role.EDITOR, Role.REVIEWER, Role.KEEPER, Role.ADMINISTRATOR, Role.AUDITOR)
ASSESSED = "/openness/assessments"
TWIN = ("id", "title", "source", "unit", "assessed_on", "address", "file")
FIELDS = ("title", "source", "assessed_on", "unit", "summary", "address", "results")


@blueprint.get("/desk/reports", defaults={"form": "html"})
@blueprint.get("/desk/reports.<any(json,csv,xlsx):form>")
def show(form: str) -> Response:
    """The report of a period for a unit or, for those who oversee it, the city."""
    actor = need(*STAFF)
    name = argument("period") or periods.last_ended(today())[1].name
    with http.reading() as session:
        everywhere = can(actor, Permission.REPORT_READ, Subject(None))
        choice = (
            every_unit(session)
            if everywhere
            else units_of(session, actor, Role.EDITOR, Role.REVIEWER)
        )
        code = argument("unit") or ("" if everywhere or not choice else choice[0][0])
        report = reports.make(
            session, actor, name, unit_code=code, snapshot_id=argument("snapshot"),
            aims=partial(figures.goals, session), today=today(),
        )  # fmt: skip
        if form == "xlsx":
            return _workbook(report)
        if form != "html":
            return twins.answer(form, _rows(report), _stamp(report))
        return _page(report, [("", _("The city")), *choice] if everywhere else choice)


def _page(report: Report, choice: list[tuple[str, str]]) -> Response:
    addresses = twins.links("/desk/reports")
    files = {**addresses, "xlsx": addresses["csv"].replace("reports.csv", "reports.xlsx")}
    answer = page(
        "desk/reports.html",
        heading=_heading(report),
        stamp=list(_stamp(report).items()),
        frozen=_frozen(report),
        tables=[
            {"name": one.name, "title": one.title, "head": one.head, "numeric": _numeric(one),
             "rows": [[_shown(one, at, cell) for at, cell in enumerate(row)] for row in one.rows]}
            for one in report.tables
        ],
        trend=_series(report),
        signed_by=report_workbook.SIGNED_BY,
        units=choice,
        unit=report.unit.code if report.unit else "",
        period=report.period.name,
        suggested=[(one.name, http.say(one.label)) for one in periods.last_ended(today())],
        twins=files,
    )  # fmt: skip
    return alternates(answer, addresses)


def _heading(report: Report) -> str:
    who = report.unit.name if report.unit else _("The city")
    period = http.say(report.period.label)
    return str(_("%(who)s: open data report, %(period)s", who=who, period=period))


def _stamp(report: Report) -> dict[str, str]:
    frozen = report.frozen
    said = {
        _("Period"): f"{report.period.start.isoformat()} – {report.period.end.isoformat()}",
        _("Counted for"): report.as_of.isoformat(),
        _("Definition"): report.definition,
        _("Edition of the negative list"): str(report.edition or "–"),
        _("Units on the roster"): str(report.roster),
        _("Frozen result"): frozen.id if frozen else _("Not frozen yet: as known today"),
    }
    if frozen is not None:
        said[_("As known at")] = f"{frozen.known_at.astimezone(ZONE):%Y-%m-%d %H:%M}"
        if frozen.restates_id:
            said[_("Reason of the restatement")] = frozen.reason
    return said


def _frozen(report: Report) -> dict[str, Any] | None:
    one = report.frozen
    if one is None:
        return None
    return {
        "id": one.id,
        "restates": one.restates_id or "",
        "later": report.later,
        "due": report.due,
    }


def _series(report: Report) -> list[Series]:
    labels = {Basis.ALL: _("Of all entries"), Basis.DUE: _("Of the entries due to open")}
    months = [point.day.isoformat()[:7] for point in report.points]
    lines = []
    if report.unit is None:
        rates = [point.unit_rate for point in report.points]
        lines.append(Series(_("Units that open data"), list(map(Point, months, rates))))
    for basis, label in labels.items():
        rates = [point.counts.data_rate()[basis] for point in report.points]
        lines.append(Series(label, list(map(Point, months, rates))))
    return lines


def _shown(table: Table, at: int, cell: Cell) -> dict[str, Any]:
    kind = table.kinds[at] if at < len(table.kinds) else ""
    if isinstance(cell, Rate):
        return {"rate": tuple(cell)}
    if isinstance(cell, Fraction):
        return {"share": openness.percent(cell.numerator, cell.denominator)}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, int):
        return {"number": cell}
    return {"text": _text(cell, kind)}


def _numeric(table: Table) -> list[bool]:
    """Which columns hold numbers: they stand at the right, as their headings do."""
    return [
        any(isinstance(cell, Rate | int | Fraction) for cell in column)
        for column in zip(*table.rows, strict=True)
    ]


def _text(cell: Cell, kind: str) -> str:
    if isinstance(cell, Message):
        return http.say(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    return word(kind, cell) if kind and isinstance(cell, str) else str(cell or "")


def _rows(report: Report) -> list[dict[str, Any]]:
    """Every cell on a line of its own: table, row, column, value, and the counts of a rate."""
    found = []
    for table in report.tables:
        for number, row in enumerate(table.rows, 1):
            for at, cell in enumerate(row):
                kind = table.kinds[at] if at < len(table.kinds) else ""
                rate = _counts(cell)
                value: str | int | None = _text(cell, kind)
                if rate:
                    value = openness.percent(*rate)
                elif isinstance(cell, int):
                    value = cell
                found.append({
                    "table": table.name, "row": number, "column": http.say(table.head[at]), "value": value,
                    "n": rate.n if rate else None, "d": rate.d if rate else None,
                })  # fmt: skip
    return found


def _counts(cell: Cell) -> Rate | None:
    """The exact fraction of a cell that shows one."""
    if isinstance(cell, Fraction):
        return Rate(cell.numerator, cell.denominator)
    return cell if isinstance(cell, Rate) else None


def _workbook(report: Report) -> Response:
    heading = _heading(report)
    body = report_workbook.write(report, heading, list(_stamp(report).items()), http.say, word)
    answer = Response(body, content_type=report_workbook.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = http.disposition(f"{heading}.xlsx".replace("/", "-"))
    answer.headers["Content-Security-Policy"] = http.FILE_POLICY
    return answer


@blueprint.get(ASSESSED, defaults={"form": "html"})
@blueprint.get(f"{ASSESSED}.<any(json,csv):form>")
def index(form: str) -> Response:
    """What third parties found, newest first."""
    return _index(form)


def _index(
    form: str = "html", *, errors: dict[str, Message] | None = None, given: dict[str, str] | None = None
) -> Response:  # fmt: skip
    with http.reading() as session:
        found = assessments.listed(session)
        rows: list[dict[str, Any]] = [
            {"id": one.id, "title": one.title, "source": one.source, "unit": unit,
             "assessed_on": one.assessed_on, "summary": one.summary, "address": one.address,
             "results": one.results, "file": one.file_name}
            for one, unit in found
        ]  # fmt: skip
        choice = every_unit(session)
        shown, ways = slice_of(rows, PAGE_SIZE)
        if form == "html":
            units = {one.id: one.unit_id for one, _unit in found}
            for row in shown:
                row["own"] = _own_figures(session, row["assessed_on"], units[row["id"]])
    if form != "html":
        flat = [
            {**{name: row[name] for name in TWIN}, **result}
            for row in rows
            for result in row["results"]
        ]
        return twins.answer(form, flat, {})
    addresses = twins.links(ASSESSED)
    answer = page(
        "openness/assessments.html", status_code=422 if errors else 200, assessments=shown, page=ways,
        twins=addresses, can_manage=can(http.actor(), Permission.ASSESSMENT_MANAGE), units=choice,
        errors=errors or {}, given=given or {},
    )  # fmt: skip
    return alternates(answer, addresses)


def _own_figures(session: Session, on: date, unit_id: int | None) -> dict[str, Any]:
    """What we counted ourselves for the day, of the unit or the city, and where it is explained."""
    if unit_id is not None:
        code = session.get_one(Unit, unit_id).code
        found = openness.of_unit(session, code, on)
        rates = found.data_rate if found else {}
        return {"url": f"/units/{code}?as_of={on}", "figures": _of_data(rates)}
    whole = openness.rates(session, as_of=on)
    units = (_("Units that open data"), tuple(whole.unit_rate["all"]))
    return {"url": f"/openness?as_of={on}", "figures": [units, *_of_data(whole.data_rate)]}


def _of_data(rates: Mapping[str, Rate]) -> list[tuple[str, tuple[int, ...]]]:
    labels = {Basis.ALL: _("Datasets that are open"), Basis.DUE: _("Of the entries due to open")}
    return [(label, tuple(rates[basis])) for basis, label in labels.items() if basis in rates]


@blueprint.post(ASSESSED)
def add() -> Response:
    """Publish what a third party found."""
    actor, given = http.signed_in(), {name: form_text(name) for name in FIELDS}
    try:
        with http.transaction() as session:
            assessments.record(session, actor, given, now=http.now())
    except RuleError as error:
        if error.status != 422:
            raise
        return _index(errors=field_errors(error), given=given)
    flash(_("The assessment is published."), "ok")
    return redirect(ASSESSED, 303)


@blueprint.post(f"{ASSESSED}/<assessment_id>/file")
def attach(assessment_id: str) -> Response:
    """Attach the report of an assessment."""
    actor = http.signed_in()
    require(actor, Permission.ASSESSMENT_MANAGE)
    with http.receive() as upload, http.transaction() as session:
        assessments.attach(
            session, actor, assessment_id, upload.blob, upload.file_name, now=http.now()
        )
    flash(_("The report is attached."), "ok")
    return redirect(ASSESSED, 303)


setattr(attach, http.STREAMED, True)


@blueprint.post(f"{ASSESSED}/<assessment_id>/withdrawal")
def withdraw(assessment_id: str) -> Response:
    """Take an assessment back."""
    with http.transaction() as session:
        assessments.withdraw(session, http.signed_in(), assessment_id, now=http.now())
    flash(_("The assessment is withdrawn."), "ok")
    return redirect(ASSESSED, 303)


@blueprint.get(f"{ASSESSED}/<assessment_id>/file")
def file(assessment_id: str) -> Response:
    """The attached report."""
    with http.reading() as session:
        one = assessments.get(session, assessment_id)
        kind = assessments.media_type(one.file_name) or "application/octet-stream"
        return http.send_blob(
            Download(one.file_sha256, one.file_bytes, one.file_name, kind, one.recorded_at)
        )
