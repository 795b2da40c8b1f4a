"""The description of the API changes only on purpose: ``python tests/contract/test_openapi.py``
writes the snapshot anew."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from catalog.api.documentation import DESCRIPTION
from catalog.runtime import build
from catalog.settings import Settings
from catalog.web import create_app

SNAPSHOT = Path(__file__).with_name("openapi.json")


def describe(home: Path) -> dict[str, Any]:
    """The document as the program makes it."""
    runtime = build(Settings(home=home))
    try:
        document: dict[str, Any] = create_app(runtime).extensions[DESCRIPTION].to_dict()
        return document
    finally:
        runtime.close()


def as_text(document: dict[str, Any]) -> str:
    """The document as the snapshot keeps it."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return describe(tmp_path_factory.mktemp("openapi"))


def test_the_description_is_the_one_that_was_agreed(document: dict[str, Any]) -> None:
    assert as_text(document) == SNAPSHOT.read_text(encoding="utf-8")


def test_it_is_openapi_3_1_and_every_call_has_a_summary(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                assert operation.get("summary"), (method, path)
                assert len(operation["tags"]) == 1, (method, path)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def follow(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                place: Any = document
                for step in value["$ref"].removeprefix("#/").split("/"):
                    place = place[step]
            for part in value.values():
                follow(part)
        elif isinstance(value, list):
            for part in value:
                follow(part)

    follow(document)


def test_refusals_are_problem_documents(document: dict[str, Any]) -> None:
    answer = document["components"]["responses"]["DEFAULT_ERROR"]
    assert list(answer["content"]) == ["application/problem+json"]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        SNAPSHOT.write_text(as_text(describe(Path(folder))), encoding="utf-8")
    sys.exit(0)
