"""What still stands between an entry and its submission, each reason with place, cause and remedy."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from catalog.models import Dataset, Examination, Resource, Version
from catalog.services import (
    deliveries,
    examinations,
    exemptions,
    facts,
    manifests,
    originals,
    proposals,
)
from datasets import settling
from schemas.records import Message, Problem
from schemas.vocabularies import Openness, VersionState


def _gate(code: str, place: str, cause: Message, remedy: str) -> Problem:
    return Problem(code, cause, Message(remedy), place)


def shut(session: Session, dataset: Dataset, *, now: datetime) -> list[Problem]:
    """Everything that still stands between an entry and its submission; empty when it may go."""
    reasons = _metadata_gates(dataset)
    reasons += exemptions.uncovered(session, dataset, facts.day(now))
    reasons += originals.shut(session, dataset)
    if proposals.intended(dataset, "openness") in facts.OPEN:
        reasons += _delivery_gates(session, dataset)
    return reasons


def _metadata_gates(dataset: Dataset) -> list[Problem]:
    reasons = []
    title, description = (
        str(proposals.intended(dataset, name)).strip() for name in ("title", "description")
    )
    openness = proposals.intended(dataset, "openness")
    if not description or description == title:
        reasons.append(
            _gate(
                "description-missing", "description",
                Message("The description is empty or only repeats the title."),
                "Say in a sentence or two what the table holds, of whom and since when.",
            )
        )  # fmt: skip
    if openness == Openness.UNASSESSED:
        reasons.append(
            _gate(
                "openness-unassessed", "openness",
                Message("Nobody has decided yet how open this entry is."),
                "Choose unconditional, conditional, or withheld with an item of the negative list.",
            )
        )  # fmt: skip
    undecided = [field.name for field in dataset.fields if field.openness == Openness.UNASSESSED]
    if undecided and openness != Openness.WITHHELD:
        reasons.append(
            _gate(
                "fields-unassessed", "fields",
                Message("Openness is undecided for: %(names)s.", {"names": "、".join(undecided[:10])}),
                "Decide for each field whether it is open or withheld.",
            )
        )  # fmt: skip
    return reasons


def _delivery_gates(session: Session, dataset: Dataset) -> list[Problem]:
    held = manifests.resources(session, dataset.id)
    delivered = [
        resource
        for resource in held
        if resource.url or manifests.latest_version(session, resource.id) is not None
    ]
    if not delivered:
        return [
            _gate(
                "nothing-delivered", "resources",
                Message("No table or file has been delivered yet."),
                "Upload a file, or give the address where it can be fetched.",
            )
        ]  # fmt: skip
    reasons = []
    for resource in held:
        reasons += _resource_gates(session, resource)
    return reasons


def _resource_gates(session: Session, resource: Resource) -> list[Problem]:
    version = manifests.latest_version(session, resource.id)
    place = resource.title or resource.name
    if version is None:
        if resource.url:
            return []
        return [
            _gate(
                "nothing-delivered", place, Message("This table has no delivery."),
                "Deliver a file for it, or remove the table.",
            )
        ]  # fmt: skip
    examination = version.examination
    waiting = version.state in {VersionState.RECEIVED, VersionState.EXAMINING}
    if waiting or examination is None:
        return [
            _gate(
                "still-examining", place, Message("The delivery is still being examined."),
                "Wait until the examination has ended.",
            )
        ]  # fmt: skip
    if examination.request_digest != examinations.request_digest(version):
        return [
            _gate(
                "examined-otherwise", place,
                Message("The schema, the repairs or the closed fields changed after the examination."),
                "Wait for the new examination, or deliver the file again.",
            )
        ]  # fmt: skip
    if version.state == VersionState.FAILED:
        return [
            _gate(
                "unreadable", place, Message("The file could not be read as a table."),
                "See what the examination says, and deliver a corrected file.",
            )
        ]  # fmt: skip
    return _findings_gates(resource, version, examination, place)


def _findings_gates(
    resource: Resource, version: Version, examination: Examination, place: str
) -> list[Problem]:
    reasons = []
    if not examination.valid:
        errors = examination.report.get("stats", {}).get("errors", 0)
        reasons.append(
            _gate(
                "invalid", place,
                Message("The file is not valid: %(errors)s errors.", {"errors": errors}),
                "Agree to the shown repairs, or correct the file and deliver it again.",
            )
        )  # fmt: skip
    reasons += _column_gates(resource, examination, place)
    unsettled = deliveries.unsettled(version)
    if examination.valid and not unsettled and not examination.artefacts:
        reasons.append(
            _gate(
                "nothing-left", place,
                Message("Nothing of this table is left to publish."),
                "Open at least one field, or withhold the whole entry by an item of the negative list.",
            )
        )  # fmt: skip
    if unsettled:
        reasons += _lost_gates(unsettled, place)
    unsettled = [one for one in unsettled if not settling.is_lost(one)]
    if unsettled:
        names = "、".join(dict.fromkeys(finding["field"] for finding in unsettled))
        reasons.append(
            _gate(
                "unsettled-findings", place,
                Message("Personal data is unsettled in: %(names)s.", {"names": names}),
                "Drop, mask or generalise it, or keep it with a legal ground and a second person's "
                "consent.",
            )
        )  # fmt: skip
    return reasons


def _lost_gates(unsettled: list[dict[str, Any]], place: str) -> list[Problem]:
    """A decision whose column is gone may be about a column that has another name now."""
    lost = [one["field"] for one in unsettled if settling.is_lost(one)]
    if not lost:
        return []
    return [
        _gate(
            "decisions-lost", place,
            Message(
                "Decisions about personal data fit no column any more: %(names)s.",
                {"names": "、".join(dict.fromkeys(lost))},
            ),
            "See what these columns are called now and decide there; then take the old decisions back.",
        )
    ]  # fmt: skip


def _column_gates(resource: Resource, examination: Examination, place: str) -> list[Problem]:
    """A column nobody has registered might be a closed field under another name."""
    known = {field.name for field in resource.dataset.fields}
    unknown = [
        str(field["name"])
        for field in examination.public_schema.get("fields", [])
        if field["name"] not in known
    ]
    if not unknown:
        return []
    return [
        _gate(
            "columns-unregistered", place,
            Message(
                "These columns are not among the entry's fields: %(names)s.",
                {"names": "、".join(unknown[:10])},
            ),
            "Add them to the fields and decide for each whether it is open or withheld.",
        )
    ]  # fmt: skip
