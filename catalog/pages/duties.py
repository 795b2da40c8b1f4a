"""Everything owed by a day: ``/desk/duties`` for a unit, ``/admin/duties`` for the city."""

from calendar import Calendar as Weeks
from collections import Counter
from datetime import date
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from catalog import http
from catalog.errors import Invalid
from catalog.pages import ics, twins
from catalog.pages.asking import TABLE_SIZE, argument, choice_argument, slice_of, today
from catalog.pages.render import alternates, here, page, word
from catalog.pages.staff import need
from catalog.services import calendars, duties
from catalog.services.duties import Duty, View
from catalog.workdays import is_working_day
from schemas.records import Message
from schemas.vocabularies import DutyKind, DutyStage, Role

blueprint = Blueprint("pages-duties", __name__)
STAFF = (Role.EDITOR, Role.REVIEWER, Role.KEEPER, Role.ADMINISTRATOR, Role.AUDITOR)
WATCHING = (Role.ADMINISTRATOR, Role.AUDITOR)
FORMS = "json,csv,ics"
SHOWN_A_DAY = 4


@blueprint.get("/desk/duties", defaults={"form": "html"})
@blueprint.get(f"/desk/duties.<any({FORMS}):form>")
def desk(form: str) -> Response:
    """What the own units owe, and for keepers and administrators what the city owes."""
    actor = need(*STAFF)
    return _answer(form, duties.view_of(actor), "/desk/duties")


@blueprint.get("/admin/duties", defaults={"form": "html"})
@blueprint.get(f"/admin/duties.<any({FORMS}):form>")
def admin(form: str) -> Response:
    """What everybody owes."""
    need(*WATCHING)
    return _answer(form, View(None, city=True), "/admin/duties")


def _answer(form: str, view: View, path: str) -> Response:
    kind = choice_argument("kind", list(DutyKind))
    stage = choice_argument("stage", list(DutyStage))
    month = _month()
    unit = argument("unit")
    with http.reading() as session:
        settings = http.runtime().settings
        everything = duties.owed(session, view, today=today(), settings=settings)
        calendar = calendars.load(session)
    here_ = [
        one for one in everything
        if (not kind or one.kind == kind) and (not unit or one.unit == unit)
    ]  # fmt: skip
    found = [one for one in here_ if not stage or one.stage == stage]
    if form == "ics":
        return _ics(found)
    if form != "html":
        return twins.answer(form, [_flat(one) for one in found], {"today": today().isoformat()})
    shown, ways = slice_of(found, TABLE_SIZE)
    addresses = twins.links(path, without=("page", "trail", "lang", "month"))
    ics_address = addresses["csv"].replace(f"{path}.csv", f"{path}.ics")
    units = sorted({(one.unit, one.unit_name) for one in everything if one.unit})
    days = {
        day: (is_working_day(day, calendar), day > calendar.certain_until)
        for week in Weeks().monthdatescalendar(month.year, month.month)
        for day in week
    }
    answer = page(
        "admin/duties.html" if path.startswith("/admin") else "desk/duties.html",
        duties=[_row(one) for one in shown],
        counts=duties.counts(here_),
        stages=[("", _("All"), here(stage=None, page=None))]
        + [(one.value, word("duty-stage", one), here(stage=one.value, page=None)) for one in DutyStage],
        stage=stage,
        kinds=[("", _("All"), here(kind=None, page=None))]
        + [(one.value, word("duty", one), here(kind=one.value, page=None)) for one in DutyKind],
        kind=kind,
        units=units,
        unit=unit,
        weeks=_weeks(month, days, found),
        month={"day": month, "before": here(month=_other(month, -1)), "after": here(month=_other(month, 1))},
        today=today(),
        certain_until=calendar.certain_until,
        page=ways,
        twins={**addresses, "ics": ics_address},
        path=path,
    )  # fmt: skip
    return alternates(answer, addresses)


def _month() -> date:
    """The first day of the month that is looked at."""
    text = argument("month")
    if not text:
        return today().replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        found = date.min
    if not 2000 <= found.year <= 2199:
        raise Invalid(
            "bad-address",
            Message(
                "The address asks for something that cannot be read: %(name)s.", {"name": "month"}
            ),
            Message("Go back and choose again."),
            fields={"month": [Message("must be a month like 2026-11")]},
        )
    return found


def _other(month: date, step: int) -> str:
    number = month.year * 12 + month.month - 1 + step
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _weeks(
    month: date, days: dict[date, tuple[bool, bool]], found: list[Duty]
) -> list[list[dict[str, Any]]]:
    due: dict[date, list[Duty]] = {}
    for one in found:
        due.setdefault(one.due_on, []).append(one)
    cells = [
        {
            "day": day,
            "inside": day.month == month.month,
            "working": working,
            "provisional": provisional,
            "today": day == today(),
            "duties": [_row(one) for one in due.get(day, [])[:SHOWN_A_DAY]],
            "more": max(0, len(due.get(day, [])) - SHOWN_A_DAY),
            "stages": Counter(one.stage for one in due.get(day, [])),
        }
        for day, (working, provisional) in days.items()
    ]
    return [cells[at : at + 7] for at in range(0, len(cells), 7)]


def _row(one: Duty) -> dict[str, Any]:
    return {
        "kind": one.kind, "title": one.title, "what": one.what, "due_on": one.due_on,
        "url": one.url, "unit": one.unit, "unit_name": one.unit_name,
        "provisional": one.provisional, "days": one.days, "stage": one.stage,
    }  # fmt: skip


def _flat(one: Duty) -> dict[str, Any]:
    return {
        "id": one.key, "kind": one.kind.value, "stage": one.stage.value,
        "due_on": one.due_on.isoformat(), "provisional": one.provisional,
        "working_days_left": one.days, "unit": one.unit, "unit_name": one.unit_name,
        "title": one.title, "what": http.say(one.what), "url": one.url,
    }  # fmt: skip


def _ics(found: list[Duty]) -> Response:
    base = http.runtime().settings.public_url.rstrip("/")
    events = (
        (one.key, one.due_on, _summary(one), http.say(one.what), base + one.url) for one in found
    )
    body = ics.calendar(_("Open duties"), events, http.now())
    answer = Response(body, content_type=ics.MEDIA_TYPE)
    answer.headers["Content-Disposition"] = http.disposition("duties.ics")
    return answer


def _summary(one: Duty) -> str:
    mark = _("(provisional)") if one.provisional else ""
    unit = f"{one.unit_name} · " if one.unit_name else ""
    return f"{word('duty', one.kind)}{mark}: {unit}{one.title}"
