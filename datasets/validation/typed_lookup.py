"""The values that foreign keys of a table may have, read column by column where that is possible."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from types import NoneType
from typing import Any, Final

from datasets.validation.content import Content
from datasets.validation.typed_cells import TypedBatch, UnsureError
from datasets.validation.typed_opening import open_typed
from datasets.validation.typed_proof import Judge
from datasets.validation.typed_streams import open_stream

Lookup = dict[str, dict[tuple[str, ...], set[tuple[Any, ...]]]]
"""Values by the name of the resource referred to ("" is the table itself) and its key's fields."""


def read_lookup(resource: Any, is_typed: Callable[[Any], bool]) -> Lookup:
    """The values that the foreign keys of a Frictionless resource refer to.

    ``is_typed`` says which resources our readers know; Frictionless reads the others. Errors
    in a table referred to are reported where that table is validated. Raises ``UnsureError`` where
    there is no such table.
    """
    lookup: Lookup = {}
    for key in resource.schema.foreign_keys:
        name, fields = key["reference"]["resource"], tuple(key["reference"]["fields"])
        known = lookup.setdefault(name, {})
        if fields not in known:
            known[fields] = _values(_referred(resource, name), fields, is_typed)
    return lookup


def _referred(resource: Any, name: str) -> Any:
    """A fresh copy of the resource referred to, without foreign keys of its own."""
    if name and name != resource.name:
        package = resource.package
        if not package or not package.has_resource(name):
            raise UnsureError
        resource = package.get_resource(name)
    copied = resource.to_copy()
    if copied.schema.foreign_keys:
        copied.schema.foreign_keys = []
    return copied


def _values(
    resource: Any, names: tuple[str, ...], is_typed: Callable[[Any], bool]
) -> set[tuple[Any, ...]]:
    openers = (open_typed, open_stream) if is_typed(resource) else (open_stream,)
    for open_table in openers:
        fresh = resource.to_copy()
        try:
            table = open_table(fresh)
            try:
                found = set(_columnar(fresh, table.batches, names))
                if table.broken():
                    raise UnsureError
            finally:
                table.close()
        except UnsureError:
            continue
        finally:
            fresh.close()
        found.discard((None,) * len(names))
        return found
    raise UnsureError


def _columnar(
    resource: Any, batches: Iterable[TypedBatch], names: tuple[str, ...]
) -> Iterable[tuple[Any, ...]]:
    fields = resource.header.get_expected_fields()
    places = {field.name: place for place, field in enumerate(fields)}
    judges = {name: Judge(fields[places[name]]) for name in names if name in places}
    within = Content.of(resource.dialect)
    for batch in batches:
        content = within.in_batch(batch)
        if len(content.columns) != len(fields):
            raise UnsureError
        columns = [
            _listed(hashable(judges[name].values(content.columns[places[name]])))
            if name in judges
            else [None] * len(content.numbers)
            for name in names
        ]
        yield from zip(*columns, strict=True)
        for _, cells in content.ragged:
            read = [_cell_value(judges.get(name), cells, places.get(name, 0)) for name in names]
            yield tuple(hashable(read))


def hashable(values: Any) -> Any:
    """The values of a key as something that can be looked up: lists and objects by their content."""
    if not isinstance(values, list):
        return values
    return [one if isinstance(one, _PLAIN) else _frozen(one) for one in values]


_PLAIN: Final = (str, int, float, date, time, NoneType)


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return frozenset((key, _frozen(one)) for key, one in value.items())
    if isinstance(value, list):
        return (list, *map(_frozen, value))
    if isinstance(value, Decimal) and value.is_snan():
        return object()  # equal to nothing
    return value


def _cell_value(judge: Judge | None, cells: list[Any], place: int) -> Any:
    if judge is None:
        return None
    return judge.decide(cells[place] if place < len(cells) else None).value


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else list(values.to_list())
