"""Our engine gives the report that Frictionless gives, over the shared corpus.

The corpus lies beside the repository and holds tables, descriptors and what Frictionless 5.21
reported; ``test_differential`` makes tables of the same kinds and asks Frictionless now.
"""

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.common.frictionless_oracle import Case, Outcome, ours, ours_typed

CORPUS = Path(__file__).resolve().parents[5] / "shared" / "conformance" / "frictionless"
pytestmark = [
    # Frictionless warns of things it ignores, and leaves archives open.
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TYPED = ("xlsx", "json", "jsonl", "ndjson")
ERROR_KEYS = ("type", "rowNumber", "fieldNumber", "fieldName")


def _cases() -> list[dict[str, Any]]:
    path = CORPUS / "cases.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else []


CASES = {case["id"]: case for case in _cases()}


@pytest.fixture(scope="module")
def whole_errors() -> dict[str, list[dict[str, Any]]]:
    return json.loads(gzip.decompress((CORPUS / "reports.json.gz").read_bytes()))


@pytest.mark.skipif(not CASES, reason="the shared corpus is not here")
def test_the_corpus_is_whole() -> None:
    assert len(CASES) == 639


@pytest.mark.parametrize(
    "name",
    [name for name, case in sorted(CASES.items()) if case["descriptor"].get("format") in TYPED],
)
def test_a_typed_case_of_the_corpus_is_reported_as_expected(
    name: str,
    whole_errors: dict[str, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[name]
    monkeypatch.chdir(CORPUS)
    found = ours_typed(_question(case))
    if found is None:
        return  # left to Frictionless
    assert found.report
    _assert_expected(case["expected"], found.report)
    _assert_errors(whole_errors[name], _errors(found.report))


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_of_the_corpus_is_reported_as_expected(
    name: str,
    whole_errors: dict[str, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[name]
    monkeypatch.chdir(CORPUS)
    found = ours(_question(case))
    if "raises" in case["expected"]:
        _assert_raised(case["expected"], found)
        return
    assert found.report is not None, f"{found.raised}: {found.text}"
    _assert_expected(case["expected"], found.report)
    _assert_errors(whole_errors[name], _errors(found.report))


def _question(case: Mapping[str, Any]) -> Case:
    options = dict(case["options"])
    options.pop("parallel", None)
    return Case(
        source=case["descriptor"],
        basepath=case["basepath"],
        kind=case["kind"],
        checklist=case["checklist"],
        detector=case["detector"],
        trusted=case["trusted"],
        **options,
    )


def _errors(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [*report["errors"], *(error for task in report["tasks"] for error in task["errors"])]


def _assert_expected(expected: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    assert report["valid"] is expected["valid"]
    assert [[error.get(key) for key in ERROR_KEYS] for error in _errors(report)] == expected[
        "errors"
    ]
    for task, wanted in zip(report["tasks"], expected["tasks"], strict=True):
        assert {key: task[key] for key in wanted} == wanted


def _assert_errors(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> None:
    """Every key that the corpus records."""
    for one, other in zip(expected, found, strict=True):
        wanted = {key: value for key, value in one.items() if key != "task"}
        assert {key: other.get(key) for key in wanted} == wanted


def _assert_raised(expected: Mapping[str, Any], found: Outcome) -> None:
    if expected["raises"] == "FrictionlessException":
        assert found.raised == "FrictionlessException"
        assert found.text == expected["text"]
    else:
        # Frictionless fell over; what we say instead is asserted in test_deviations.
        assert found.report is not None, f"{found.raised}: {found.text}"
