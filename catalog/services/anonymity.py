"""The k-anonymity of a delivery's public file, before it is published and for whoever reviews it.

Nothing is stored: the file is named by its hash and never changes, so the same question gives the
same report whenever it is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from catalog.auth import Identity
from catalog.errors import Conflict, Invalid
from catalog.models import Examination
from catalog.services import deliveries
from datasets import anonymity
from datasets.anonymity import Anonymity, AnonymityProblem
from schemas.records import Message


@dataclass(frozen=True, slots=True)
class Measurable:
    """A public file that can be measured, with the columns that are suggested for it."""

    sha256: str
    columns: tuple[str, ...]
    suggested: tuple[str, ...]
    sensitive: str


def measurable(session: Session, actor: Identity, version_id: str) -> Measurable:
    """The public file of a delivery; for the unit's staff and its reviewers."""
    version = deliveries.get_version(session, actor, version_id)
    found = of(version.examination)
    if found is None:
        raise Conflict(
            "no-public-file",
            Message("There is no public file of this delivery yet."),
            Message("Agree to the repairs and settle the findings first."),
        )
    return found


def of(examination: Examination | None) -> Measurable | None:
    """The same for an examination in hand; None while there is no public file."""
    parquet = examination.artefacts.get("parquet") if examination else None
    if examination is None or parquet is None:
        return None
    columns = [str(field["name"]) for field in examination.public_schema.get("fields", [])]
    suggested, sensitive = anonymity.suggest(columns)
    return Measurable(parquet["sha256"], tuple(columns), tuple(suggested), sensitive)


def measured(parquet: Path, fields: Sequence[str], sensitive: str) -> Anonymity:
    """The report over a file in hand; a question that cannot be answered is refused by field."""
    try:
        return anonymity.measure(parquet, fields, sensitive)
    except AnonymityProblem as error:
        problem = error.problem
        place = "sensitive" if problem.place and problem.place == sensitive else "fields"
        raise Invalid(
            problem.code, problem.cause, problem.remedy, fields={place: [problem.cause]}
        ) from None
