"""Examining a delivery in a child process, and storing what came out."""

import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from catalog.auth import SYSTEM
from catalog.jobs.context import JobContext
from catalog.models import Version
from catalog.services import examinations
from catalog.settings import Settings
from datasets import child
from datasets.storage import Blob
from schemas.records import ExaminationRequest, ExaminationResult, Message, Problem
from schemas.vocabularies import VersionState


def examine_version(context: JobContext) -> None:
    """Read, judge and convert one delivery under its recipe as it stands now."""
    order = _order(context)
    if order is None:
        return
    sha256, request, digest = order
    with (
        context.workdir() as folder,
        context.runtime.storage.local_path(sha256) as source,
    ):
        out = folder / "out"
        result = _run(context, source, out, request)
        artefacts = {
            name: context.runtime.storage.put_file(out / path)
            for name, path in result.artefacts.items()
        }
    _record(context, result, artefacts, digest)


def _order(context: JobContext) -> tuple[str, ExaminationRequest, str] | None:
    with context.step() as session:
        version = _asked_for(context, session)
        if version is not None and version.sha256:
            version.state = VersionState.EXAMINING
            settings = context.runtime.settings
            request = replace(
                examinations.recipe(version),
                limits=examinations.limits(settings),
                pseudonym_key=examinations.pseudonym_key(settings, version.resource.dataset),
            )
            return version.sha256, request, examinations.request_digest(version)
    with context.effects():
        return None


def _asked_for(context: JobContext, session: Session) -> Version | None:
    """The delivery, unless a later job has been asked for: then the examining is that job's."""
    version = examinations.in_hand(session, context.args["version_id"])
    later = version is not None and version.job_id not in {None, context.taken.id}
    return None if later else version


def _run(
    context: JobContext, source: Path, out: Path, request: ExaminationRequest
) -> ExaminationResult:
    shown = 0.0

    def progress(share: float, message: str) -> None:
        nonlocal shown
        moment = time.monotonic()
        if moment - shown >= 0.5:  # a row is written at most twice a second
            shown = moment
            context.note(share * 0.95, message)

    return child.run_examination(source, out, request, progress, context.lost.is_set)


def _record(
    context: JobContext, result: ExaminationResult, artefacts: dict[str, Blob], digest: str
) -> None:
    with context.effects() as session:
        version = _asked_for(context, session)
        if version is None:
            return
        examinations.record_examination(
            session, SYSTEM, version, result, artefacts, digest, now=context.runtime.clock(),
        )  # fmt: skip


def give_up_examination(
    session: Session, args: dict[str, Any], now: datetime, settings: Settings
) -> None:
    """All attempts failed for a reason of ours: say so on the delivery instead of leaving it waiting."""
    version = examinations.in_hand(session, args["version_id"])
    if version is None:
        return
    problem = Problem(
        "examination-broke",
        Message("The examination broke off several times; the file itself may be in order."),
        Message("Deliver it again later; the operator finds the cause under the job's number."),
    )
    digest = examinations.request_digest(version)
    examinations.record_examination(
        session, SYSTEM, version, examinations.problem_result(problem), {}, digest, now=now,
    )  # fmt: skip
