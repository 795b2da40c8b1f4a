"""Which columns of files published earlier are closed by now: the one place that says so.

A file keeps its address for ever, but not against a closing that came later (domain.md, section 3:
withheld values never reach a file).
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.errors import Gone
from catalog.models import Dataset, Examination, ExemptionLink, Resource
from catalog.services import facts, public_fields
from catalog.services.public_fields import CLOSED
from datasets import headings
from schemas.records import Message

Closings = Mapping[str, tuple[str, ...]]
"""Names of what is closed -> the numbers of the items that close it; none where nobody has decided."""


def closings(session: Session, dataset: Dataset) -> Closings:
    """The fields of an entry that are closed now, for the public or for the unit already, also those
    that were closed and then taken off the list: taking a field off the list opens nothing."""
    standing = facts.links(session, dataset.id)
    listed = (*public_fields.own(dataset, standing), *public_fields.shown(dataset, standing))
    held = {field.name for field in listed}
    found = {field.name: field.withheld_by for field in listed if field.openness in CLOSED}
    once = (
        select(ExemptionLink.field, ExemptionLink.item_number)
        .where(ExemptionLink.dataset_id == dataset.id, ExemptionLink.field != "")
        .distinct()
        .order_by(ExemptionLink.field, ExemptionLink.item_number)
    )
    for name, number in session.execute(once):
        if name not in held:
            found[name] = (*found.get(name, ()), number)
    return found


def within(closed: Closings, resource: Resource, examination: Examination) -> frozenset[str]:
    """Columns of a published file that are closed now, under whichever of their names."""
    names = {*closed}
    for schema in (resource.table_schema, examination.table_schema):
        names |= {*headings.names_of(schema, closed)}
    return frozenset(
        str(field["name"])
        for field in examination.public_schema.get("fields", ())
        if field["name"] in names
    )


def check(session: Session, dataset: Dataset, resource: Resource, examination: Examination) -> None:
    """Refuse a file that holds a column closed since it was published. Raises ``Gone``."""
    closed = closings(session, dataset)
    columns = sorted(within(closed, resource, examination))
    if not columns:
        return
    numbers = sorted({number for name in columns for number in closed.get(name, ())})
    params: dict[str, object] = {"names": "、".join(columns[:10]), "items": "、".join(numbers[:10])}
    cause = Message("This version holds what has been closed since: %(names)s.", params)
    if numbers:
        cause = Message(
            "This version holds what has been closed since: %(names)s, by item %(items)s of the "
            "negative list.",
            params,
        )
    raise Gone(
        "holds-closed-columns",
        cause,
        Message("Take the current version; the entry's page says what it leaves out and why."),
    )
