"""The fields of CKAN's ``package_search``: what a value said of each means to the database."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import String, and_, cast, exists, func, literal_column, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from catalog.models import Dataset, Publication, Resource, Unit
from catalog.services import ckan
from schemas.interop import ckan_dates
from schemas.interop.ckan_grammar import Exists, Range, Term, UnreadableQueryError
from schemas.licences import LICENCES
from schemas.vocabularies import DatasetState, Openness

Leaf = Term | Exists | Range
NOTHING: Final[ColumnElement[bool]] = literal_column("1 = 0")


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a field may have to look at: the database, and the time of the question."""

    session: Session
    now: datetime


Meaning = Callable[[Lookup, Any], ColumnElement[bool]]


def words_in_columns(text: str) -> ColumnElement[bool]:
    """The text stands, as it is, in what describes an entry."""
    texts = (
        Dataset.title,
        Dataset.description,
        Unit.name,
        Dataset.theme,
        Dataset.code,
        Dataset.slug,
    )
    return or_(
        *(one.icontains(text, autoescape=True) for one in texts), _keyword(text, whole=False)
    )


def _keyword(text: str, *, whole: bool) -> ColumnElement[bool]:
    # Lists are stored as JSON with escapes, on either database.
    written = json.dumps(text) if whole else json.dumps(text)[1:-1]
    return cast(Dataset.keywords, String).contains(written, autoescape=True)


def _exact(column: Any, *, upper: bool = False) -> Meaning:
    """A field of one word: equal, begun with, between."""

    def meaning(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
        match leaf:
            case Exists():
                return column != ""  # type: ignore[no-any-return]
            case Term(_, value, prefix=prefix):
                value = value.upper() if upper else value
                if prefix:
                    return column.startswith(value, autoescape=True)  # type: ignore[no-any-return]
                return column == value  # type: ignore[no-any-return]
            case Range():
                return _between(column, leaf, leaf.low, leaf.high)

    return meaning


def _text(*columns: Any) -> Meaning:
    """A field of words: each is somewhere in it; a phrase stands there as it is."""

    def meaning(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
        match leaf:
            case Exists():
                return or_(*(one != "" for one in columns))
            case Term(_, value, phrase=phrase):
                wanted = [value] if phrase else value.split() or [value]
                return and_(
                    *(
                        or_(*(one.icontains(word, autoescape=True) for one in columns))
                        for word in wanted
                    )
                )
            case Range():
                return _between(columns[0], leaf, leaf.low, leaf.high)

    return meaning


def _between(column: Any, leaf: Range, low: Any, high: Any) -> ColumnElement[bool]:
    parts: list[Any] = []
    if leaf.low != "*":
        parts.append(column >= low if leaf.with_low else column > low)
    if leaf.high != "*":
        parts.append(column <= high if leaf.with_high else column < high)
    return and_(true(), *parts)


def _moment(column: Any) -> Meaning:
    def meaning(lookup: Lookup, leaf: Leaf) -> ColumnElement[bool]:
        match leaf:
            case Exists():
                return column.is_not(None)  # type: ignore[no-any-return]
            case Term(_, value):
                begin = ckan_dates.moment(value, lookup.now)
                end = ckan_dates.end_of(value, begin)
                return column == begin if end == begin else and_(column >= begin, column < end)
        ends = [
            None if one == "*" else ckan_dates.moment(one, lookup.now)
            for one in (leaf.low, leaf.high)
        ]
        if leaf.with_high and ends[1] is not None and leaf.high != "*":
            last = ckan_dates.end_of(leaf.high, ends[1])
            if last != ends[1]:
                open_end = Range(leaf.field, leaf.low, leaf.high, leaf.with_low, with_high=False)
                return _between(column, open_end, ends[0], last)
        return _between(column, leaf, ends[0], ends[1])

    return meaning


def _number(column: Any) -> Meaning:
    def meaning(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
        match leaf:
            case Exists():
                return true()
            case Term(_, value):
                return column == _integer(value)  # type: ignore[no-any-return]
        ends = [None if one == "*" else _integer(one) for one in (leaf.low, leaf.high)]
        return _between(column, leaf, ends[0], ends[1])

    return meaning


def _integer(text: str) -> int:
    if not text.lstrip("+-").isdecimal() or len(text) > 9:
        raise UnreadableQueryError(f"{text[:60]!r} is not a number")
    return int(text)


def _occurrences(text: str) -> Any:
    document = Publication.document
    return (func.length(document) - func.length(func.replace(document, text, ""))) / len(text)


_RESOURCES: Final = (
    _occurrences('"media_type":"') + _occurrences('"link":"') - _occurrences('"link":""')
)
"""Files of an entry, and links of tables without files, counted in its document."""


CONSTANTS: Final[Mapping[str, str]] = {
    "state": "active",
    "type": "dataset",
    "dataset_type": "dataset",
    "entity_type": "package",
    "capacity": "public",
    "private": "false",
    "site_id": "default",
}
"""Fields in which every package has the same."""


def _constant(held: str) -> Meaning:
    def meaning(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
        match leaf:
            case Exists():
                return true()
            case Term(_, value, prefix=prefix):
                said = value.lower()
                return true() if held == said or (prefix and held.startswith(said)) else NOTHING
        return NOTHING

    return meaning


def _is_open(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    codes = [one.code for one in LICENCES.values() if one.is_open]
    held = and_(Dataset.licence.in_(codes), Dataset.openness == Openness.UNCONDITIONAL)
    match leaf:
        case Exists():
            return true()
        case Term(_, value) if value.lower() in {"true", "1"}:
            return held
        case Term(_, value) if value.lower() in {"false", "0"}:
            return ~held
    return NOTHING


def _id(lookup: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    match leaf:
        case Exists():
            return true()
        case Term(_, value, prefix=False):
            return Dataset.id.in_(ckan.ids_of(lookup.session, value))
    return NOTHING


def _tags(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    match leaf:
        case Exists():
            return cast(Dataset.keywords, String) != "[]"
        case Term(_, value, prefix=prefix):
            if prefix:
                written = json.dumps(value)[:-1]
                return cast(Dataset.keywords, String).contains(written, autoescape=True)
            return _keyword(value, whole=True)
    return NOTHING


def _organization(lookup: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    """By name or by title: clients write either."""
    match leaf:
        case Exists():
            return true()
        case Term(_, value, prefix=prefix):
            if prefix:
                begun = Unit.code.startswith(value.upper(), autoescape=True)
                return or_(begun, Unit.name.startswith(value, autoescape=True))
            return Unit.code.in_(units_of(lookup, "organization", value))
    return NOTHING


def _owner(lookup: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    match leaf:
        case Exists():
            return true()
        case Term(_, value, prefix=False):
            return Unit.code.in_(units_of(lookup, "owner_org", value))
    return NOTHING


def units_of(lookup: Lookup, name: str, value: str) -> list[str]:
    """Codes of the units that a value of ``organization`` or of ``owner_org`` means."""
    if name == "organization":
        means = or_(Unit.code == value.upper(), Unit.name == value)
        return list(lookup.session.scalars(select(Unit.code).where(means)))
    wanted = value.lower()
    return [
        code
        for code in lookup.session.scalars(select(Unit.code))
        if wanted in {code.lower(), ckan.organization(code, "", None).id}
    ]


def _groups(lookup: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    match leaf:
        case Exists():
            return Dataset.theme != ""
        case Term(_, value, prefix=prefix):
            return Dataset.theme.in_(themes_of(lookup, value, prefix=prefix))
    return NOTHING


def themes_of(lookup: Lookup, value: str, *, prefix: bool = False) -> list[str]:
    """Themes that a value of ``groups`` means, by id, name or title. Entries of any state are looked at:
    which of them have the theme is no part of the answer."""
    held = lookup.session.scalars(select(Dataset.theme).distinct().where(Dataset.theme != ""))
    groups = [ckan.group(theme) for theme in held]
    return [
        one.title
        for one in groups
        if value in {one.name, one.title, one.id}
        or (prefix and (one.name.startswith(value) or one.title.startswith(value)))
    ]


def _format(_: Lookup, leaf: Leaf) -> ColumnElement[bool]:
    document = Publication.document
    match leaf:
        case Exists():
            return _RESOURCES > 0  # type: ignore[no-any-return]
        case Term(_, value, prefix=prefix):
            written = json.dumps(value.lower(), ensure_ascii=False)
            start = written[:-1] if prefix else written
            ends = "" if prefix else ',"media_type"'
            return or_(
                document.contains(f'"format":{start}{ends}', autoescape=True),
                document.icontains(f'"link_format":{start}', autoescape=True),
            )
    return NOTHING


def _of_tables(column: Any) -> Meaning:
    """A field of the tables of an entry whose tables are named to everybody."""
    inner = _text(column)

    def meaning(lookup: Lookup, leaf: Leaf) -> ColumnElement[bool]:
        return and_(
            Dataset.state == DatasetState.PUBLISHED,
            Dataset.openness.in_((Openness.UNCONDITIONAL, Openness.CONDITIONAL)),
            exists(
                select(Resource.id).where(
                    Resource.dataset_id == Dataset.id, Resource.public, inner(lookup, leaf)
                )
            ),
        )

    return meaning


_EXTRAS: Final[Mapping[str, Meaning]] = {
    "openness": _exact(Dataset.openness),
    "openness_mode": _exact(Dataset.conditional_mode),
    "openness_condition": _text(Dataset.open_condition),
    "entry_state": _exact(Dataset.state),
    "code": _exact(Dataset.code),
    "publisher_code": _exact(Unit.code, upper=True),
    "theme": _exact(Dataset.theme),
    "industry": _exact(Dataset.industry),
    "update_cycle": _exact(Dataset.update_cycle),
    "spatial": _exact(Dataset.region),
}

FIELDS: Final[Mapping[str, Meaning]] = {
    "id": _id,
    "name": _exact(Dataset.slug),
    "title": _text(Dataset.title),
    "title_string": _text(Dataset.title),
    "notes": _text(Dataset.description),
    "author": _text(Unit.name),
    "maintainer": _text(Dataset.contact_name),
    "license_id": _exact(Dataset.licence),
    "isopen": _is_open,
    "tags": _tags,
    "groups": _groups,
    "organization": _organization,
    "owner_org": _owner,
    "res_format": _format,
    "res_name": _of_tables(Resource.title),
    "res_description": _of_tables(Resource.description),
    "metadata_modified": _moment(Publication.changed_at),
    "metadata_created": _moment(Dataset.created_at),
    "num_resources": _number(_RESOURCES),
    **{name: _constant(held) for name, held in CONSTANTS.items()},
    **_EXTRAS,
    **{f"extras_{name}": meaning for name, meaning in _EXTRAS.items()},
}
"""Field -> what a value said of it means. A field that is not here has no values."""
