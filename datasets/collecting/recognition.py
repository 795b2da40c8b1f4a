"""What a delivered workbook says of the template it was made from."""

from collections.abc import Mapping
from typing import Any

from datasets.collecting.template import digest_of
from schemas import tables
from schemas.records import Message, Repair
from schemas.workbooks import DIGEST, STANDARD


def recognised(mark: Mapping[str, str]) -> dict[str, Any] | None:
    """The published schema whose template was filled in; None when the workbook names none.

    ``mark`` is ``Table.template``, which a clerk can write as well: only names of ours count.
    """
    name = mark.get(STANDARD, "")
    return tables.load(name) if name in tables.names() else None


def outdated(mark: Mapping[str, str], schema: Mapping[str, Any] | None) -> Repair | None:
    """A remark when the workbook was made from another schema than the one it is judged by."""
    made_from = mark.get(DIGEST, "")
    if schema is None or not made_from or made_from == digest_of(schema):
        return None
    return Repair(
        id=f"other-template:{made_from[:16]}",
        kind="other-template",
        place="",
        message=Message(
            "The workbook was made from an earlier template, or from that of another table. It is "
            "judged by the rules of this table; download its template anew for the next delivery."
        ),
    )
