"""Looks at what ``gongkai validate`` is given before anything reads it: what would keep every reader busy
for ever is refused.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from catalog.cli import refusals
from datasets.confined.endings import Refused
from datasets.exploding import far_corner, hopeless_json, hopeless_line

LINED: Final = (".csv", ".tsv", ".gz", ".bz2", ".xz", ".zip")
"""Files that are read line by line, or may hold such."""
WORKBOOKS: Final = (".xlsx",)
JSON: Final = (".json", ".geojson")
WORKBOOK_READING: Final = "datasets.reading.workbooks"


def refuse_hopeless(given: Mapping[str, Any] | str, basepath: str, local: str) -> None:
    """Raise ``Refused`` for a descriptor or file that no reader gets through.

    ``given`` and ``basepath`` are what the engine is handed; ``local`` is the file of a bare table.
    """
    for resource in resources_of(given):
        named = resource.get("path") if isinstance(resource, Mapping) else None
        if isinstance(named, str) and "\0" in named:
            raise Refused(refusals.impossible_path(str(resource.get("name", ""))))
    for path in [local] if local else list(_named(given, basepath)):
        _look_at(path)
    if local.lower().endswith(JSON) and (why := hopeless_json(local)):
        raise Refused(refusals.hopeless(why))


def resources_of(given: Mapping[str, Any] | str) -> Iterable[Any]:
    """What is validated, each table as it is described, whatever nonsense that may be."""
    described = given if isinstance(given, Mapping) else {"path": given}
    found = described.get("resources", [described])
    return found if isinstance(found, list) else ()


def _look_at(path: str) -> None:
    ending = path.lower()
    if ending.endswith(LINED):
        line, cells = hopeless_line(path)
        if line:
            raise Refused(refusals.too_many(line, cells) if cells else refusals.endless(line))
    if ending.endswith(WORKBOOKS):
        rows, columns = far_corner(path)
        if rows:
            raise Refused(import_module(WORKBOOK_READING).far_corner(rows, columns).problem)


def _named(given: Mapping[str, Any] | str, basepath: str) -> Iterator[str]:
    """The files that a descriptor names, the parts of tables in several files among them."""
    for resource in resources_of(given):
        if isinstance(resource, Mapping):
            more = resource.get("extrapaths")
            for path in (resource.get("path"), *(more if isinstance(more, list) else ())):
                if isinstance(path, str) and path.lower().endswith((*LINED, *WORKBOOKS)):
                    local = os.path.join(basepath, path)  # noqa: PTH118
                    if os.path.isfile(local):  # noqa: PTH113  (a pipe would be waited for)
                        yield local
