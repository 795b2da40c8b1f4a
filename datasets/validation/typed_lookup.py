"""The values that foreign keys of a table may have, read column by column where that is possible."""

from collections.abc import Callable, Iterable
from typing import Any

from datasets.validation.typed_cells import TypedBatch, UnsureError
from datasets.validation.typed_opening import open_typed
from datasets.validation.typed_proof import Judge

Lookup = dict[str, dict[tuple[str, ...], set[tuple[Any, ...]]]]
"""Values by the name of the resource referred to ("" is the table itself) and its key's fields."""


def read_lookup(resource: Any, is_typed: Callable[[Any], bool]) -> Lookup:
    """The values that the foreign keys of a Frictionless resource refer to.

    ``is_typed`` says which resources our readers know; the others are read by Frictionless. Errors
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
    found: set[tuple[Any, ...]] = set()
    if is_typed(resource):
        table = open_typed(resource)
        try:
            found.update(_columnar(resource, table.batches, names))
        finally:
            table.close()
            resource.close()
    else:
        with resource:
            found.update(tuple(row.get(name) for name in names) for row in resource.row_stream)
    found.discard((None,) * len(names))
    return found


def _columnar(
    resource: Any, batches: Iterable[TypedBatch], names: tuple[str, ...]
) -> Iterable[tuple[Any, ...]]:
    fields = resource.header.get_expected_fields()
    places = {field.name: place for place, field in enumerate(fields)}
    judges = {name: Judge(fields[places[name]]) for name in names if name in places}
    start = resource.dialect.create_first_content_row()
    for batch in batches:
        content = batch.since(start)
        if len(content.columns) != len(fields):
            raise UnsureError
        columns = [
            _listed(judges[name].values(content.columns[places[name]]))
            if name in judges
            else [None] * len(content.numbers)
            for name in names
        ]
        yield from zip(*columns, strict=True)
        for _, cells in content.ragged:
            yield tuple(_cell_value(judges.get(name), cells, places.get(name, 0)) for name in names)


def _cell_value(judge: Judge | None, cells: list[Any], place: int) -> Any:
    if judge is None:
        return None
    return judge.decide(cells[place] if place < len(cells) else None).value


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else list(values.to_list())
