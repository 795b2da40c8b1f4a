"""Frozen period results and how to check them: ``/openness/snapshots``."""

from base64 import b64decode
from fractions import Fraction
from typing import Any

from flask import Blueprint, flash, redirect
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.auth import Identity, Permission, can
from catalog.errors import RuleError
from catalog.http.blobs import Artefact
from catalog.models import Job, Snapshot
from catalog.pages import figures, twins
from catalog.pages.asking import (  # fmt: skip
    PAGE_SIZE,
    TABLE_SIZE,
    field_errors,
    form_text,
    numbered,
    page_number,
    slice_of,
    today,
)
from catalog.pages.render import alternates, page
from catalog.services import freezing, openness, periods, snapshots
from catalog.services.snapshots import Wish, headline
from catalog.services.targets import Targets
from datasets import proof
from datasets.proof.tally import flat
from schemas.records import Message
from schemas.vocabularies import Basis, RateKind

blueprint = Blueprint("pages-snapshots", __name__)
LIST = "/openness/snapshots"
MOST = 10_000


def _signer() -> proof.Signer:
    return proof.signer(http.runtime().settings.signing_seed())


@blueprint.get(LIST, defaults={"form": "html"})
@blueprint.get(f"{LIST}.<any(json,csv):form>")
def index(form: str) -> Response:
    """Every frozen result, newest day first, and the key that signs them."""
    return _index(form)


def _index(
    form: str = "html", *, errors: dict[str, Message] | None = None, given: str = ""
) -> Response:
    at = page_number()
    with http.reading() as session:
        if form != "html":
            found, _total = snapshots.listed(session, limit=MOST)
            after = snapshots.restatements(session, found)
            return twins.answer(form, [_flat(one, after) for one in found], {})
        found, total = snapshots.listed(session, offset=(at - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        after = snapshots.restatements(session, found)
        rows = [_row(one, after) for one in found]
        may = can(http.actor(), Permission.OPENNESS_FREEZE)
        begun = [_begun(job) for job in freezing.under_way(session, http.now())] if may else []
    addresses = twins.links(LIST)
    public = _signer().public
    answer = page(
        "openness/snapshots.html",
        status_code=422 if errors else 200,
        snapshots=rows,
        page=numbered(total, PAGE_SIZE, at),
        twins=addresses,
        key={"fingerprint": proof.fingerprint(public), "url": "/openness/signing-key.pem"},
        can_freeze=may,
        begun=begun,
        suggested=[(one.name, http.say(one.label)) for one in periods.last_ended(today())],
        errors=errors or {},
        period=given,
    )
    return alternates(answer, addresses)


def _begun(job: Job) -> dict[str, Any]:
    return {
        "period": periods.read(job.args["period"]).label,
        "restates": job.args["restates"],
        "state": job.state,
        "progress": job.progress,
        "created": job.created_at,
        "outcome": freezing.outcome(job),
    }


def _row(one: Snapshot, after: dict[str, str]) -> dict[str, Any]:
    counts = headline(one)
    return {
        "id": one.id,
        "period": periods.read(one.period).label,
        "name": one.period,
        "as_of": one.as_of,
        "made_at": one.made_at,
        "revision": one.revision,
        "restated": one.id in after,
        "restates": one.restates_id,
        "definition": one.definition,
        "units": counts["unit_rate.all"],
        "all": counts["data_rate.all"],
        "due": counts["data_rate.due"],
    }


def _flat(one: Snapshot, after: dict[str, str]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": one.id, "period": one.period, "revision": one.revision, "as_of": one.as_of,
        "made_at": one.made_at.isoformat(), "definition": one.definition, "edition": one.edition,
        "roster": one.roster,
    }  # fmt: skip
    for name, (n, d) in headline(one).items():
        if "rate" in name:
            shown |= {f"{name}.n": n, f"{name}.d": d, f"{name}.percent": openness.percent(n, d)}
    return shown | {
        "input_sha256": one.input_sha256, "manifest_sha256": one.manifest_sha256,
        "bundle_sha256": one.bundle_sha256, "restates": one.restates_id or "",
        "restated_by": after.get(one.id, ""), "reason": one.reason,
    }  # fmt: skip


@blueprint.post(LIST)
def make() -> Response:
    """Freeze a period that has ended."""
    actor, period = http.signed_in(), form_text("period")
    try:
        _ask(actor, Wish(period=period))
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        return _index(errors={"period": error.cause}, given=period)
    return redirect(LIST, 303)


def _ask(actor: Identity, wish: Wish) -> None:
    with http.transaction() as session:
        freezing.ask(session, actor, wish, now=http.now())
    flash(_("The period is being counted and signed; the result appears in the list."), "ok")


@blueprint.post(f"{LIST}/<snapshot_id>/restatement")
def restate(snapshot_id: str) -> Response:
    """Make a restatement with its reason."""
    actor, reason = http.signed_in(), form_text("reason")
    try:
        _ask(actor, Wish(restates=snapshot_id, reason=reason))
    except RuleError as error:
        if error.status not in {409, 422}:
            raise
        with http.reading() as session:
            return _show(session, snapshot_id, errors=_place(error), reason=reason)
    return redirect(LIST, 303)


def _place(error: RuleError) -> dict[str, Message]:
    found = field_errors(error)
    return found if "reason" in found else {"reason": error.cause}


@blueprint.get("/openness/signing-key.pem")
def signing_key() -> Response:
    """The public key that signs frozen results and heads of the trail."""
    return Response(proof.pem_of(_signer().public), content_type="application/x-pem-file")


@blueprint.get("/openness/check-bundle.py")
def recipe() -> Response:
    """The program of a few lines that recomputes a bundle with nothing but the bundle."""
    answer = Response(proof.RECIPE, content_type="text/x-python; charset=utf-8")
    answer.headers["Content-Disposition"] = http.disposition("check-bundle.py")
    return answer


@blueprint.get(f"{LIST}/<snapshot_id>", defaults={"form": "html"})
@blueprint.get(f"{LIST}/<snapshot_id>.<any(json,csv,zip):form>")
def show(snapshot_id: str, form: str) -> Response:
    """One frozen result: its figures, its proof, what it corrected."""
    with http.reading() as session:
        one = snapshots.get(session, snapshot_id)
        if form == "zip":
            return http.send_blob(_bundle(one))
        if form != "html":
            after = snapshots.restatements(session, [one])
            rows = [_figure(one, *place) for place in flat(snapshots.held(one))]
            return twins.answer(form, rows, _flat(one, after))
        return _show(session, snapshot_id)


def _bundle(one: Snapshot) -> Artefact:
    return snapshots.Download(
        one.bundle_sha256, one.bundle_bytes, f"gongkai-{one.period}-{one.revision}.zip",
        snapshots.MEDIA_TYPE, one.made_at,
    )  # fmt: skip


def _figure(one: Snapshot, scope: str, key: str, figure: str, n: int, d: int) -> dict[str, Any]:
    name = one.unit_names.get(key, "") if scope == "unit" else key
    return {"scope": scope, "key": key, "name": name, "figure": figure, "n": n, "d": d,
            "percent": openness.percent(n, d)}  # fmt: skip


def _show(
    session: Session, snapshot_id: str, *, errors: dict[str, Message] | None = None, reason: str = ""
) -> Response:  # fmt: skip
    one = snapshots.get(session, snapshot_id)
    after = snapshots.restatements(session, [one])
    held = snapshots.held(one)
    units, ways = slice_of(_units(one, held), TABLE_SIZE)
    base = f"{LIST}/{one.id}"
    addresses = twins.links(base)
    aims = figures.goals(session, one.as_of)
    changed = [] if one.id in after else snapshots.corrected_since(session, one)
    answer = page(
        "openness/snapshot.html",
        status_code=422 if errors else 200,
        one=_row(one, after) | {
            "begins_on": one.begins_on, "known_at": one.known_at, "edition": one.edition,
            "roster": one.roster, "reason": one.reason, "restated_by": after.get(one.id),
            "input_sha256": one.input_sha256, "manifest_sha256": one.manifest_sha256,
            "bundle_sha256": one.bundle_sha256, "bundle_bytes": one.bundle_bytes,
            "fingerprint": proof.fingerprint(b64decode(one.public_key)), "signature": one.signature,
        },
        rates=_cards(held, aims),
        variants=_variants(held),
        units=units,
        page=ways,
        target=aims.of(RateKind.DATA).value,
        differences=[_difference(one, *each) for each in one.difference],
        corrected=[
            _difference(one, each.scope, each.key, each.figure, each.before, each.after)
            for each in changed
        ],
        can_freeze=can(http.actor(), Permission.OPENNESS_FREEZE),
        twins=addresses,
        bundle_url=f"{base}.zip",
        errors=errors or {},
        reason=reason,
    )  # fmt: skip
    return alternates(answer, addresses)


def _cards(held: proof.Figures, aims: Targets) -> list[dict[str, Any]]:
    whole = held["platform"][""]
    return [
        {"title": _("Units that open data"), "counts": whole["unit_rate.all"],
         "target": aims.of(RateKind.UNIT).value, "unit": _("units")},
        {"title": _("Datasets that are open"), "counts": whole["data_rate.all"],
         "target": aims.of(RateKind.DATA).value, "unit": _("entries")},
    ]  # fmt: skip


def _variants(held: proof.Figures) -> list[tuple[str, tuple[int, int]]]:
    labels = {
        "unit_rate.certified": _("Without units certified to hold nothing that can be opened"),
        "unit_rate.departments": _("Government departments only"),
        "data_rate.due": _("Of the entries due to open"),
        "verified_unit_rate.all": _("Units that open data, verified"),
        "verified_data_rate.all": _("Datasets that are open, verified"),
        "data_rate.field": _("Of the fields"),
        "data_rate.volume": _("Of the records"),
    }
    return [(label, held["platform"][""][name]) for name, label in labels.items()]


def _units(one: Snapshot, held: proof.Figures) -> list[dict[str, Any]]:
    rows = [
        {
            "code": code, "name": one.unit_names.get(code, code),
            "all": named[f"data_rate.{Basis.ALL}"], "due": named[f"data_rate.{Basis.DUE}"],
            "open": named["class.open"][0] + named["class.conditional"][0],
            "withheld": named["class.withheld"][0],
            "rest": named["class.unpublished"][0] + named["class.unassessed"][0]
            + named["class.uncovered"][0],
        }
        for code, named in held["unit"].items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-_share(row["all"]), row["name"]))


def _share(counts: tuple[int, int]) -> Fraction:
    return Fraction(*counts) if counts[1] else Fraction(-1)


def _difference(
    one: Snapshot, scope: str, key: str, figure: str, before: Any, after: Any
) -> dict[str, Any]:
    return {
        "scope": scope,
        "name": one.unit_names.get(key, key) if scope == "unit" else key,
        "figure": figure,
        "before": tuple(before) if before else None,
        "after": tuple(after) if after else None,
    }
