"""Ugly values at every member of every body and at every argument: refused or taken, never a fault."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from catalog.settings import Settings
from tests.common.stack import UNIT, Stack, open_stack
from tests.conftest import NOW

UGLY_VALUES: tuple[Any, ...] = (
    None, "", "字" * 10_000, "a\u202eb", "\ufeff", -1, 2**63 - 1, 1.5, True, [None], {}, "0001-01-01",
)  # fmt: skip
UGLY_BODIES: tuple[Any, ...] = (
    None,
    [],
    {},
    "x",
    5,
    True,
    [1],
    [[]],
    [{}],
    {"": None},
    {"a": {"b": [1]}},
)
UGLY_ARGUMENTS = ("", "x", "-1", "9" * 30, "%E5%AD%97", "2026-02-30", "WyJ4Il0", "%F0%9F%98%80")
WRITERS = ("lin", "admin", "keeper")


@dataclass
class Target:
    """A product with one draft and the description of its calls."""

    stack: Stack
    document: dict[str, Any]
    names: dict[str, str]

    def fill(self, path: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], "0" * 32), path)

    def schema(self, reference: dict[str, Any]) -> dict[str, Any]:
        name = reference.get("$ref", reference.get("items", {}).get("$ref", "")).rpartition("/")[2]
        found = self.document["components"]["schemas"].get(name, {})
        return dict(found)


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with open_stack(Settings(home=tmp_path_factory.mktemp("fuzz")), NOW) as stack:
        slug, resource = stack.entry()
        version = stack.ok(
            "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
            data={"file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")},
        )["id"]  # fmt: skip
        stack.work()
        names = {
            "slug": slug, "resource_id": resource, "version_id": version, "code": UNIT, "name": "dev",
            "number": "1", "token_id": "1",
        }  # fmt: skip
        yield Target(stack, stack.ok("GET", "/api/v1/openapi.json"), names)


def _bodies(target: Target, operation: dict[str, Any]) -> Iterator[Any]:
    content = operation["requestBody"]["content"]["application/json"]["schema"]
    properties = target.schema(content).get("properties", {})
    many = content.get("type") == "array"
    yield from UGLY_BODIES
    for name in properties:
        for value in UGLY_VALUES:
            yield [{name: value}] if many else {name: value}
    for value in UGLY_VALUES:
        body = dict.fromkeys(properties, value)
        yield [body] if many else body


def _operations(document: dict[str, Any], *methods: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in methods
    ]


def test_no_ugly_body_at_any_call_is_a_fault_of_ours(target: Target) -> None:
    for method, path, operation in _operations(target.document, "post", "put", "patch"):
        if "requestBody" not in operation or path.endswith("/retirement"):
            continue
        for number, body in enumerate(_bodies(target, operation)):
            who = WRITERS[number % len(WRITERS)]
            answer = target.stack.call(method.upper(), target.fill(path), who, json=body)
            assert answer.status_code < 500, (method, path, who, body)
            if answer.status_code >= 400:
                assert answer.mimetype == "application/problem+json"
                assert answer.get_json()["detail"]


def test_no_ugly_argument_at_any_call_is_a_fault_of_ours(target: Target) -> None:
    for _, path, operation in _operations(target.document, "get"):
        names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
        for name in [*names, "surprise", "_sort"]:
            for value in UGLY_ARGUMENTS:
                for who in ("", "admin"):
                    answer = target.stack.call("GET", f"{target.fill(path)}?{name}={value}", who)
                    assert answer.status_code < 500, (path, name, value)


def test_no_ugly_address_is_a_fault_of_ours(target: Target) -> None:
    for method, path, _ in _operations(target.document, "get", "post", "delete"):
        if "{" not in path:
            continue
        for value in (
            "..",
            "%00",
            "%ff",
            "%F0%9F%98%80",
            "9" * 40,
            "-1",
            "x" * 5000,
            "a%2fb",
            "%0a",
        ):
            address = re.sub(r"\{\w+\}", value, path)
            answer = target.stack.call(method.upper(), address, "admin")
            assert answer.status_code < 500, (method, address)
    for address in (
        "/datasets/%00/table.csv", "/datasets/x/%ff.csv", f"/versions/{'x' * 64}/a.csv",
        "/versions/%00/%00", f"/versions/{'9' * 5000}/t.parquet", "/datasets/x/.csv", "//evil.example/",
        "/\\evil.example", "/api/v1//datasets", "/api/v1/datasets/",
    ):  # fmt: skip
        assert target.stack.call("GET", address).status_code < 500, address
