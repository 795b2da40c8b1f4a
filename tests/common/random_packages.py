"""Data packages at random, whose tables refer to each other; for Hypothesis."""

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.common.frictionless_oracle import Case
from tests.common.random_tables import UNHASHABLE, V2, cases
from tests.common.random_typed_tables import typed_cases

V2_PACKAGE = "https://datapackage.org/profiles/2.0/datapackage.json"


@st.composite
def packages(draw: Any, folder: Path) -> Case:
    """A whole question about a package of one to three tables in ``folder``."""
    resources: list[dict[str, Any]] = []
    asked = None
    for name in ("one", "two", "three")[: draw(st.integers(1, 3))]:
        inner = folder / name
        inner.mkdir()
        asked = draw(draw(st.sampled_from([cases, cases, typed_cases]))(inner))
        source = {**asked.source, "name": name}
        source.pop("$schema", None)
        for key in ("path",):
            if key in source:
                source[key] = f"{name}/{source[key]}"
        if "extrapaths" in source:
            source["extrapaths"] = [f"{name}/{path}" for path in source["extrapaths"]]
        resources.append(source)
    for resource in resources:
        if draw(st.booleans()):
            draw(_referring(resource, resources))
    package: dict[str, Any] = {"name": "p", "resources": resources}
    if any(one.get("schema", {}).get("$schema") == V2 for one in resources):
        package["$schema"] = V2_PACKAGE
    assert asked is not None
    return Case(
        source=package,
        basepath=str(folder),
        kind="package",
        checklist=asked.checklist,
        limit_errors=asked.limit_errors,
        limit_rows=asked.limit_rows,
    )


@st.composite
def _referring(draw: Any, resource: dict[str, Any], resources: list[dict[str, Any]]) -> None:
    """Give a table a foreign key into a table of the package, or one that is not there."""
    target = draw(
        st.sampled_from([*resources, {"name": "absent", "schema": resource.get("schema")}])
    )
    here, there = _keyable(resource), _keyable(target)
    if here and there:
        key = {
            "fields": [draw(st.sampled_from(here))],
            "reference": {
                "resource": target["name"],
                "fields": [draw(st.sampled_from(there))],
            },
        }
        resource["schema"] = {**resource["schema"], "foreignKeys": [key]}


def _keyable(resource: dict[str, Any]) -> list[str]:
    fields = (resource.get("schema") or {}).get("fields", [])
    return [field["name"] for field in fields if field["type"] not in UNHASHABLE]
