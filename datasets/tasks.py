"""What a confined child of the portal does with a file: the other side of ``child``."""

import codecs
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from frictionless import Resource

from datasets.child import MARKED
from datasets.collecting.marked import Mark, Marking, mark_workbook
from datasets.confined.life import Parent, Perform
from datasets.examination import examine
from datasets.exports import make_formats
from datasets.validation import accept_schema
from schemas.records import ExaminationRequest, Limits, Settlement


def prepare() -> Perform:
    """Have libraries do what they put off until they are first used, as far as it starts no thread:
    what is done here is done once, and not by every child again. Answers ``perform``."""
    import_module("dateutil.relativedelta")
    for name in ("cp437", "gb2312", "gb18030", "utf-16-le", "utf-8-sig"):
        codecs.lookup(name)
    schema = {"fields": [{"name": "a", "type": "integer", "constraints": {"required": True}}]}
    accept_schema(schema)
    Resource({"name": "table", "data": [["a"], ["x"]], "schema": schema}).validate()
    Resource(path="table.csv")  # finds a name for it
    return perform


def perform(order: Mapping[str, Any], parent: Parent) -> Mapping[str, Any]:
    """Do one task; its result as JSON."""
    return TASKS[order["task"]](order, decode_request(order["request"]), parent)


def _examine(
    order: Mapping[str, Any], request: ExaminationRequest, parent: Parent
) -> dict[str, Any]:
    return asdict(examine(Path(order["source"]), Path(order["workdir"]), request, parent.progress))


def _mark(order: Mapping[str, Any], request: ExaminationRequest, _parent: Parent) -> dict[str, Any]:
    workdir = Path(order["workdir"])
    marking = decode_marking(order["marking"])
    mark_workbook(Path(order["source"]), workdir, request, marking, workdir / MARKED)
    return {}


def _make_formats(
    order: Mapping[str, Any], _request: ExaminationRequest, _parent: Parent
) -> dict[str, Any]:
    return {"made": make_formats(Path(order["source"]), Path(order["workdir"]), order["names"])}


Task = Callable[[Mapping[str, Any], ExaminationRequest, Parent], dict[str, Any]]
TASKS: Final[Mapping[str, Task]] = {"examine": _examine, "mark": _mark, "formats": _make_formats}
"""What a child can be asked to do."""


def decode_request(value: Mapping[str, Any]) -> ExaminationRequest:
    """Rebuild a request from its JSON form."""
    return ExaminationRequest(
        **{
            **value,
            "repairs": tuple(value["repairs"]),
            "settlements": tuple(Settlement(**item) for item in value["settlements"]),
            "withheld": tuple(value["withheld"]),
            "limits": Limits(**value["limits"]),
        }
    )


def decode_marking(value: Mapping[str, Any]) -> Marking:
    """Rebuild what is to be marked from its JSON form."""
    marks = tuple(Mark(**{**mark, "fields": tuple(mark["fields"])}) for mark in value["marks"])
    lists = {name: tuple(value[name]) for name in ("labels", "heading")}
    return Marking(**{**value, **lists, "marks": marks})
