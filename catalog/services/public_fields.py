"""The fields of an entry as the public knows them, while the unit's own list is ahead of that.

Who amends the fields of a public entry sees the change at once, and deliveries are examined by it; the
public sees it when a review has passed. Closing alone takes effect at once (``proposals`` keeps the same
rule for the entry itself).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from catalog.models import Dataset, Field
from schemas.vocabularies import Openness

CLOSED = (Openness.WITHHELD, Openness.UNASSESSED)
"""Fields that stay out of everything published; what nobody has decided on is not let out."""

Closings = Mapping[str, Sequence[str]]
"""Item numbers by field name, as ``facts.links`` gives them."""


@dataclass(frozen=True, slots=True)
class PublicField:
    """A field with everything that is shown of it, and the items that close it."""

    name: str
    title: str
    type: str
    length: int | None
    description: str
    required: bool
    is_key: bool
    openness: str
    withheld_by: tuple[str, ...] = ()


def own(dataset: Dataset, closings: Closings) -> tuple[PublicField, ...]:
    """The fields as the unit has them."""
    return tuple(_of(field, closings) for field in dataset.fields)


def _of(field: Field, closings: Closings) -> PublicField:
    return PublicField(
        field.name, field.title, field.type, field.length, field.description, field.required,
        field.is_key, str(field.openness), tuple(closings.get(field.name, ())),
    )  # fmt: skip


def shown(dataset: Dataset, closings: Closings) -> tuple[PublicField, ...]:
    """The fields as the public knows them: those of the last passed review, less what was closed since."""
    held = own(dataset, closings)
    if dataset.public_fields is None:
        return held
    closed = {one.name: one for one in held if one.openness in CLOSED}
    kept = (
        PublicField(**{**row, "withheld_by": tuple(row["withheld_by"])})
        for row in dataset.public_fields
    )
    return tuple(
        replace(one, openness=closed[one.name].openness, withheld_by=closed[one.name].withheld_by)
        if one.name in closed
        else one
        for one in kept
    )


def keep(dataset: Dataset, before: Sequence[PublicField], closings: Closings) -> None:
    """After a change of the fields: what the public knew ``before``, until a review passes the change."""
    dataset.public_fields = [asdict(one) for one in before]
    if shown(dataset, closings) == own(dataset, closings):
        dataset.public_fields = None


def reopen(dataset: Dataset, closings: Closings) -> None:
    """The openness that the unit gives the fields is the reviewed one again: an entry is resumed only so."""
    if dataset.public_fields is None:
        return
    now = {one.name: one for one in own(dataset, closings)}
    known = [
        replace(one, openness=now[one.name].openness, withheld_by=now[one.name].withheld_by)
        if one.name in now
        else one
        for one in shown(dataset, closings)
    ]
    keep(dataset, known, closings)
