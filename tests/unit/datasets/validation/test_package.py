"""A data package is validated resource by resource, as Frictionless validates it."""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from frictionless import Package

from datasets.validation.package import validate_package
from datasets.validation.typed_tables import Limits, can_validate_typed, validate_typed
from tests.common.frictionless_oracle import Case, Outcome, comparable, differences, plain

AREAS = {
    "name": "areas",
    "path": "areas.xlsx",
    "schema": {
        "fields": [{"name": "code", "type": "integer"}, {"name": "name", "type": "string"}],
        "primaryKey": ["code"],
    },
}
FACTS = {
    "name": "facts",
    "path": "facts.jsonl",
    "schema": {
        "fields": [
            {"name": "area", "type": "integer"},
            {"name": "title", "type": "string"},
            {"name": "value", "type": "number", "constraints": {"minimum": 0}},
        ],
        "foreignKeys": [
            {"fields": ["area"], "reference": {"resource": "areas", "fields": ["code"]}},
            {
                "fields": ["area", "title"],
                "reference": {"resource": "areas", "fields": ["code", "name"]},
            },
        ],
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    for row in [
        ["code", "name"],
        [1, "东区"],
        [2, "西区"],
        [2, "南区"],
        ["x", "北区"],
        [None, None],
    ]:
        book.active.append(row)
    book.save(tmp_path / "areas.xlsx")
    facts = [
        {"area": 1, "title": "东区", "value": 1.5},
        {"area": 2, "title": "东区", "value": -1},
        {"area": 9, "title": "西区", "value": "x"},
        {"area": None, "title": None, "value": 0},
        {"area": 2, "title": None, "value": 2},
    ]
    text = "".join(json.dumps(fact, ensure_ascii=False) + "\n" for fact in facts)
    (tmp_path / "facts.jsonl").write_text(text, "utf-8")
    (tmp_path / "areas.json").write_text('[{"code": 1, "name": "东区"}]', "utf-8")
    return tmp_path


def resource(described: Mapping[str, Any]) -> dict[str, Any]:
    form = str(described["path"]).rpartition(".")[2]
    return {**described, "type": "table", "scheme": "file", "format": form, "encoding": "utf-8"}


def ask(case: Case) -> Outcome:
    package = Package.from_descriptor(copy.deepcopy(dict(case.source)), basepath=case.basepath)

    def judge(one: Any) -> Mapping[str, Any]:
        assert can_validate_typed(one, None)
        return validate_typed(one, None, Limits(case.limit_errors, case.limit_rows))

    return Outcome(report=comparable(validate_package(package, judge)))


def question(folder: Path, *resources: Mapping[str, Any], **more: Any) -> Case:
    source = {"name": "p", "resources": [resource(one) for one in resources]}
    return Case(source=source, basepath=str(folder), kind="package", **more)


@pytest.mark.parametrize("order", [(AREAS, FACTS), (FACTS, AREAS)])
@pytest.mark.parametrize("limit_errors", [1_000, 1, 2])
def test_keys_look_into_the_other_resources(
    folder: Path, order: tuple[Mapping[str, Any], ...], limit_errors: int
) -> None:
    case = question(folder, *order, limit_errors=limit_errors)
    found = ask(case)
    assert not differences(plain(case), found)
    assert found.report
    assert not found.report["valid"]
    assert [task["name"] for task in found.report["tasks"]] == [one["name"] for one in order]


def test_a_key_may_look_into_a_resource_that_refers_back(folder: Path) -> None:
    areas = copy.deepcopy(AREAS)
    areas["schema"]["foreignKeys"] = [  # type: ignore[index]
        {"fields": ["code"], "reference": {"resource": "facts", "fields": ["area"]}}
    ]
    case = question(folder, areas, FACTS)
    assert not differences(plain(case), ask(case))


def test_a_package_without_faults_is_valid(folder: Path) -> None:
    case = question(folder, {**AREAS, "path": "areas.json"})
    found = ask(case)
    assert not differences(plain(case), found)
    assert found.report
    assert found.report["valid"]


def test_a_package_that_is_not_one_is_reported_without_looking_at_resources(folder: Path) -> None:
    package = Package.from_descriptor(dict(question(folder, AREAS).source), basepath=str(folder))
    package.resources[0].name = None

    def judge(one: Any) -> Mapping[str, Any]:
        raise AssertionError(one)

    report = comparable(validate_package(package, judge))
    assert report == comparable(package.validate().to_descriptor())
    assert not report["valid"]
    assert report["tasks"] == []
