"""Which field of a schema a header means.

Published tables name the same column in several ways: the field's name, its title, a name that the
schema lists under ``"gongkai:aliases"``, or one of them with the asterisk that forms put on what
must be filled in. All of these are names the schema itself gives, so nobody has to agree to them.
"""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

ALIASES_KEY: Final = "gongkai:aliases"
"""Custom property of a field: other headers that mean it."""
MARKS: Final = "*＊"
"""What forms put before or behind the name of a field that must be filled in."""


def named(labels: Sequence[str], schema: Mapping[str, Any] | None) -> list[str]:
    """The labels, each that is another name of a field replaced by the field's name.

    A label stays when it is a field's name, when two labels would get the same name, or when two
    fields share the other name.
    """
    if schema is None:
        return list(labels)
    fields = {str(field["name"]) for field in _fields(schema)}
    other = _other_names(schema)
    meant = [label if label in fields else other.get(_key(label), label) for label in labels]
    return [
        label if label in fields or meant.count(name) > 1 else name
        for label, name in zip(labels, meant, strict=True)
    ]


def names_of(schema: Mapping[str, Any] | None, wanted: Collection[str]) -> Iterator[str]:
    """Every other header that means one of the ``wanted`` fields, and no field by its own name."""
    fields = _fields(schema or {})
    own = {field["name"] for field in fields}
    for field in fields:
        if field["name"] in wanted:
            yield from (name for name in _given(field) if name not in own)


def _fields(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fields that have names; whoever validates the table says what is wrong with a schema."""
    fields = schema.get("fields")
    if not isinstance(fields, list | tuple):
        return []
    return [
        field
        for field in fields
        if isinstance(field, Mapping) and isinstance(field.get("name"), str)
    ]


def _other_names(schema: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    shared = set()
    for field in _fields(schema):
        name = str(field["name"])
        for key in {_key(one) for one in (name, *_given(field))}:
            if found.setdefault(key, name) != name:
                shared.add(key)
    return {key: name for key, name in found.items() if key not in shared and key}


def _given(field: Mapping[str, Any]) -> Iterator[str]:
    title = field.get("title")
    if isinstance(title, str) and title:
        yield title
    aliases = field.get(ALIASES_KEY)
    if isinstance(aliases, list):
        yield from (one for one in aliases if isinstance(one, str))


def _key(label: str) -> str:
    """A header without width of letters, spaces and asterisks."""
    plain = "".join(unicodedata.normalize("NFKC", label.strip().strip(MARKS)).split())
    return plain.strip(MARKS).casefold()
