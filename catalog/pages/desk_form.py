"""Registering and amending an entry: the core metadata as a form."""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, require
from catalog.errors import RuleError, Stale
from catalog.models import Dataset
from catalog.pages.asking import field_errors, form_text, form_version, split_words, today
from catalog.pages.desk import DESK_ROLES
from catalog.pages.render import page
from catalog.pages.staff import need, units_of
from catalog.services import directory, facts, negative_list
from schemas.licences import LICENCES
from schemas.vocabularies import THEMES, Role

blueprint = Blueprint("pages-desk-form", __name__)

SAME = ("title", "description", "unit", "contact_name", "contact_phone", "contact_email",
        "resource_class", "theme", "industry", "openness", "licence", "sharing",
        "sharing_condition", "update_cycle", "temporal_start", "temporal_end")  # fmt: skip
RENAMED = {
    "inner_department": "department",
    "class_path": "classification",
    "conditional_mode": "mode",
    "open_condition": "condition",
    "withheld_by": "exemptions",
    "region": "spatial",
    "related_codes": "related",
    "formats": "format_class",
}
"""Value of the directory -> name of the input."""
INDUSTRIES = (
    "农、林、牧、渔业", "采矿业", "制造业", "电力、热力、燃气及水生产和供应业", "建筑业", "批发和零售业",
    "交通运输、仓储和邮政业", "住宿和餐饮业", "信息传输、软件和信息技术服务业", "金融业", "房地产业",
    "租赁和商务服务业", "科学研究和技术服务业", "水利、环境和公共设施管理业", "居民服务、修理和其他服务业",
    "教育", "卫生和社会工作", "文化、体育和娱乐业", "公共管理、社会保障和社会组织", "国际组织",
)  # fmt: skip
"""Sections of GB/T 4754-2017, in their own words."""


def _formats() -> list[tuple[str, str]]:
    """Kinds of resource of the compilation guide (发改高技术〔2017〕1272号, element 7)."""
    return [
        ("电子文件", _("Document")),
        ("电子表格", _("Spreadsheet")),
        ("数据库", _("Database")),
        ("图形图像", _("Image")),
        ("流媒体", _("Audio or video")),
        ("自描述格式", _("Self-describing format")),
    ]


def given() -> dict[str, Any]:
    """The values of the form under the names of the directory; empty choices are left out."""
    values: dict[str, Any] = {name: form_text(name) for name in SAME if name in request.form}
    for name, field in RENAMED.items():
        if field in request.form and name not in {"withheld_by", "related_codes", "formats"}:
            values[name] = form_text(field)
    values["keywords"] = split_words(form_text("keywords"))
    values["related_codes"] = split_words(form_text("related"))
    values["withheld_by"] = request.form.getlist("exemptions")
    if form_text("format_class"):
        values["formats"] = [form_text("format_class")]
    for name in ("openness", "resource_class", "update_cycle", "class_path"):
        if not values.get(name):
            values.pop(name, None)
    for name in ("temporal_start", "temporal_end"):
        values[name] = values.get(name) or None
    return values


def typed() -> dict[str, Any]:
    """What was typed, to show the form again."""
    return {**request.form.to_dict(), "exemptions": request.form.getlist("exemptions")}


def _intended(dataset: Dataset, name: str) -> Any:
    return dataset.proposed.get(name, getattr(dataset, name))


def stored(dataset: Dataset, exemptions: list[str]) -> dict[str, Any]:
    """The values of an entry under the names of the inputs, with the changes that wait for a review."""
    values = {name: _intended(dataset, name) for name in SAME if name != "unit"}
    plain = {"withheld_by", "class_path", "related_codes", "formats"}
    values |= {RENAMED[name]: _intended(dataset, name) for name in RENAMED if name not in plain}
    return {
        **values,
        "unit": dataset.unit.code,
        "keywords": "，".join(_intended(dataset, "keywords")),
        "related": "，".join(dataset.related_codes),
        "format_class": dataset.formats[0] if dataset.formats else "",
        "classification": dataset.code.partition("/")[0],
        "exemptions": exemptions,
    }


def _form(
    session: Session,
    actor: Identity,
    values: dict[str, Any],
    *,
    dataset: Dataset | None = None,
    error: RuleError | None = None,
    conflict: dict[str, Any] | None = None,
) -> Response:
    units = units_of(session, actor, Role.EDITOR)
    if dataset is not None:
        units = [(dataset.unit.code, dataset.unit.name)]
    licence = values.get("licence", "")
    known = [*LICENCES, *([licence] if licence and licence not in LICENCES else [])]
    base = f"/desk/datasets/{dataset.slug}" if dataset else "/desk"
    errors = field_errors(error, RENAMED) if error and not isinstance(error, Stale) else {}
    return page(
        "desk/dataset_form.html",
        status_code=error.status if error else 200,
        is_new=dataset is None,
        action=f"{base}/edit" if dataset else "/desk/datasets/new",
        values=values,
        errors=errors,
        revision=dataset.version if dataset else "",
        conflict=conflict,
        units=units,
        themes=THEMES,
        licences=[
            (one, http.say(LICENCES[one].title) if one in LICENCES else one) for one in known
        ],
        items=[
            (item.number, f"{item.number} {item.name}")
            for item in negative_list.in_force(session, today())
        ],
        industries=[(one, one) for one in INDUSTRIES],
        format_classes=_formats(),
        code=dataset.code if dataset else "",
        cancel_url=base,
    )


@blueprint.get("/desk/datasets/new")
def new() -> Response:
    """An empty form."""
    actor = need(*DESK_ROLES)
    with http.reading() as session:
        units = units_of(session, actor, Role.EDITOR)
        values = {
            "resource_class": "3", "openness": "unassessed", "exemptions": [],
            "unit": units[0][0] if len(units) == 1 else "",
        }  # fmt: skip
        return _form(session, actor, values)


@blueprint.post("/desk/datasets/new")
def create() -> Response:
    """Register a draft."""
    actor = need(*DESK_ROLES)
    try:
        with http.transaction() as session:
            slug = directory.create(session, actor, given(), now=http.now()).slug
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            return _form(session, actor, typed(), error=error)
    flash(_("The entry is registered as a draft."), "ok")
    return _onward(slug)


def _onward(slug: str) -> Response:
    """Where the pressed button leads."""
    tail = "/fields" if form_text("then") == "fields" else ""
    return redirect(f"/desk/datasets/{slug}{tail}", 303)


@blueprint.get("/desk/datasets/<slug>/edit")
def edit(slug: str) -> Response:
    """The form with what is stored."""
    actor = need(*DESK_ROLES)
    with http.reading() as session:
        dataset = directory.get(session, actor, slug)
        require(actor, Permission.DATASET_AMEND, dataset)
        closed = facts.links(session, dataset.id).get("", [])
        return _form(session, actor, stored(dataset, closed), dataset=dataset)


@blueprint.post("/desk/datasets/<slug>/edit")
def amend(slug: str) -> Response:
    """Save the description; when somebody saved in between, show both."""
    actor = need(*DESK_ROLES)
    try:
        with http.transaction() as session:
            values = given()
            values.pop("class_path", None)
            if directory.get(session, actor, slug).formats and "formats" not in values:
                values["formats"] = []
            directory.amend(session, actor, slug, values, expected=form_version(), now=http.now())
    except RuleError as error:
        if error.status not in {409, 412, 422}:
            raise
        with http.reading() as session:
            dataset = directory.get(session, actor, slug)
            conflict = _conflict(session, actor, dataset) if isinstance(error, Stale) else None
            return _form(session, actor, typed(), dataset=dataset, error=error, conflict=conflict)
    flash(_("Saved."), "ok")
    return _onward(slug)


def _conflict(session: Session, actor: Identity, dataset: Dataset) -> dict[str, Any]:
    """Who saved in between, and where what they saved differs from what was typed."""
    theirs = stored(dataset, facts.links(session, dataset.id).get("", []))
    yours = typed()
    last = directory.history(session, actor, dataset.slug)[-1]
    labels = {
        "title": _("Title"), "description": _("Summary"), "keywords": _("Keywords"),
        "theme": _("Theme"), "openness": _("Openness type"), "condition": _("Condition"),
        "department": _("Department"), "licence": _("Licence"), "update_cycle": _("Update cycle"),
        "contact_name": _("Contact"), "contact_phone": _("Phone"), "contact_email": _("E-mail"),
        "exemptions": _("Items of the negative list"), "spatial": _("Area"),
    }  # fmt: skip
    return {
        "by": last.actor,
        "at": last.at,
        "fields": [
            {"label": label, "theirs": _plain(theirs.get(name)), "yours": _plain(yours.get(name))}
            for name, label in labels.items()
            if _plain(theirs.get(name)) != _plain(yours.get(name))
        ],
    }


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(value)
    return str(value or "").replace("\r\n", "\n").strip()
