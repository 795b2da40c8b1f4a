"""CKAN's Action API as a test asks it: by GET, in the envelope, at the address that the portal calls its own."""

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from tests.common.portal import BASE, SECRET, Portal

ACTION = "/api/3/action/"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")
_NAME = re.compile(r"[a-z0-9_-]{2,100}")


def ask(portal: Portal, action: str, **given: Any) -> Any:
    """The result of an action by GET."""
    answer = portal.stack.client.get(f"{ACTION}{action}?{urlencode(given, doseq=True)}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert SECRET not in answer.get_data(as_text=True)
    told = answer.get_json()
    assert told["success"] is True
    assert told["help"] == f"{BASE}/api/3/action/help_show?name={action}"
    return told["result"]


def refused(portal: Portal, action: str, **given: Any) -> tuple[int, dict[str, Any]]:
    answer = portal.stack.client.get(f"{ACTION}{action}?{urlencode(given, doseq=True)}")
    told = answer.get_json()
    assert told["success"] is False
    return answer.status_code, told["error"]


def check_package(package: dict[str, Any]) -> None:
    """What udata's schema demands of a package, and CKANHarvester of its times, which it compares as text."""
    assert (package["type"], package["state"], package["private"]) == ("dataset", "active", False)
    assert _NAME.fullmatch(package["name"])
    assert str(UUID(package["id"])) == package["id"]
    organization = package["organization"]
    assert (organization["approval_status"], organization["type"]) == ("approved", "organization")
    assert _NAME.fullmatch(organization["name"])
    for moment in (
        package["metadata_created"],
        package["metadata_modified"],
        organization["created"],
    ):
        assert _MOMENT.fullmatch(moment)
        assert datetime.fromisoformat(moment).tzinfo is None
    for name in ("author", "author_email", "maintainer", "maintainer_email", "license_id",
                 "license_title", "notes", "url", "version", "groups", "tags"):  # fmt: skip
        assert name in package
    assert all(one["id"] and one["name"] for one in package["tags"])
    assert all(_NAME.fullmatch(one["name"]) for one in package["groups"])
    assert all(isinstance(one["value"], str) for one in package["extras"])
    places = [one["position"] for one in package["resources"]]
    assert places == list(range(len(places)))
    for resource in package["resources"]:
        assert {"id", "position", "name", "description", "format", "mimetype", "size", "hash",
                "created", "last_modified", "url", "resource_type"} <= set(resource)  # fmt: skip
        assert None not in (resource["id"], resource["format"], resource["created"])
        assert urlsplit(resource["url"]).scheme in {"http", "https"}
        assert resource["resource_type"] in {None, "file", "file.upload", "api"}
        assert len(resource["hash"]) in {0, 64}
