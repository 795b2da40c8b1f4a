"""Facets of CKAN's ``package_search``: how many of the entries found have each value of a field."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog.models import Dataset, Publication, Unit
from catalog.services import ckan

GROUPED: Final[Mapping[str, Any]] = {
    "organization": Unit.code,
    "owner_org": Unit.code,
    "groups": Dataset.theme,
    "theme": Dataset.theme,
    "license_id": Dataset.licence,
    "openness": Dataset.openness,
    "extras_openness": Dataset.openness,
    "update_cycle": Dataset.update_cycle,
    "extras_update_cycle": Dataset.update_cycle,
}
_FILE_FORMAT: Final = re.compile(r'"format":"([a-z]+)","media_type"|"link_format":"([^"]+)"')
_OF_UNITS: Final = frozenset({"organization", "owner_org"})


@dataclass(frozen=True, slots=True)
class FacetItem:
    """One value of a facet."""

    name: str
    display_name: str
    count: int


def from_index(session: Session, name: str, counted: Sequence[tuple[str, int]]) -> list[FacetItem]:
    """The values of a facet as the index counted them."""
    titles: dict[str, str] = {}
    if name in _OF_UNITS:
        codes = [value for value, _ in counted]
        rows = session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(codes)))
        titles = {row.code: row.name for row in rows}
    return [_item(name, value, titles.get(value, ""), count) for value, count in counted]


def facet(session: Session, chosen: Any, name: str) -> list[FacetItem]:
    """The values of a field and how many of the chosen entries have each; looks at all of them."""
    column = GROUPED.get(name)
    if column is not None:
        rows = session.execute(
            chosen.with_only_columns(column, func.max(Unit.name), func.count())
            .where(column != "")
            .group_by(column)
        )
        return [_item(name, value, title, count) for value, title, count in rows]
    if name == "tags":
        lists = session.scalars(chosen.with_only_columns(Dataset.keywords))
        counted = Counter(word for words in lists for word in dict.fromkeys(words))
    elif name == "res_format":
        documents = session.scalars(chosen.with_only_columns(Publication.document))
        counted = Counter(
            one.upper()
            for document in documents
            for one in {first or second for first, second in _FILE_FORMAT.findall(document)}
        )
    else:
        return []
    return [FacetItem(value, value, count) for value, count in counted.items()]


def _item(name: str, value: str, title: str, count: int) -> FacetItem:
    if name == "organization":
        return FacetItem(value.lower(), title, count)
    if name == "owner_org":
        return FacetItem(ckan.organization(value, title, None).id, title, count)
    if name == "groups":
        return FacetItem(ckan.group(value).name, value, count)
    return FacetItem(value, value, count)
