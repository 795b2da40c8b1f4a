"""Whatever a call of the API answers is what its description says: the status, and every member."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import select

from catalog.models import Adjustment, Job, Notice, Review, Version
from tests.common.portal import Portal


@pytest.fixture(scope="module")
def document(portal: Portal) -> dict[str, Any]:
    return dict(portal.stack.ok("GET", "/api/v1/openapi.json"))


@pytest.fixture(scope="module")
def names(portal: Portal) -> dict[str, str]:
    """What stands in addresses: an entry with a table, its delivery, an item, and so on."""
    stack, slug = portal.stack, portal.slugs["open"]
    entry = stack.ok("GET", f"/api/v1/datasets/{slug}", "lin")
    found = {"slug": slug, "code": entry["unit"]["code"], "resource_id": entry["resources"][0]["id"],
             "kind": "powers", "name": "dev"}  # fmt: skip
    with stack.runtime.database.read() as session:
        for name, model in (("version_id", Version), ("job_id", Job), ("review_id", Review),
                            ("adjustment_id", Adjustment), ("notice_id", Notice)):  # fmt: skip
            found[name] = str(session.scalars(select(model.id).order_by(model.id)).first())
    return found


def wrong(document: dict[str, Any], operation: dict[str, Any], answer: Any) -> str:
    """What is not as described."""
    told = operation["responses"]
    described = told.get(str(answer.status_code), told.get("default"))
    if described is None:
        return f"{answer.status_code} is not described"
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rpartition("/")[2]]
    if not answer.is_json:
        return (
            "" if answer.mimetype in described.get("content", {}) else "its form is not described"
        )
    shape = described.get("content", {}).get(answer.mimetype, {}).get("schema")
    if shape is None:
        return f"{answer.mimetype} is not described"
    whole = {**shape, "components": document["components"]}
    found = sorted(Draft202012Validator(whole).iter_errors(answer.get_json()), key=str)
    return f"{found[0].json_path}: {found[0].message[:200]}" if found else ""


@pytest.mark.parametrize("who", ["", "lin", "admin", "auditor"])
def test_every_answer_is_as_described(
    portal: Portal, document: dict[str, Any], names: dict[str, str], who: str
) -> None:
    troubles, good = [], 0
    for path, operations in document["paths"].items():
        if "get" not in operations:
            continue
        address = re.sub(r"\{(\w+)\}", lambda found: names.get(found[1], "1"), path)
        for tail in ("", "?by=unit", "?facets=all&limit=2"):
            answer = portal.get(address + tail, who)
            said = wrong(document, operations["get"], answer)
            troubles += [f"{path}{tail}: {said}"] if said else []
            good += answer.status_code == 200
    assert not troubles, "\n".join(troubles)
    assert good >= 30
