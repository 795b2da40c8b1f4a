"""Every call by everybody: no fault of ours, and 401, 403 or 404 where due."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from catalog.settings import Settings
from tests.common.stack import OTHER_UNIT, UNIT, Stack, open_stack
from tests.conftest import NOW

API = "/api/v1"
PUBLIC = ""
OWN_EDITOR, OWN_REVIEWER = "lin", "wu"
OTHER_EDITOR, OTHER_REVIEWER = "he", "gao"
EVERYBODY = (
    PUBLIC, OWN_EDITOR, OWN_REVIEWER, OTHER_EDITOR, OTHER_REVIEWER, "keeper", "admin", "auditor",
    "dev",
)  # fmt: skip

DRAFT_READ = {OWN_EDITOR, OWN_REVIEWER, "admin", "auditor"}
"""Who may know of a draft of the first unit."""
ANYBODY = set(EVERYBODY)

READS: dict[str, set[str]] = {
    "/datasets": ANYBODY,
    "/suggestions?q=公交": ANYBODY,
    "/datasets/{draft}": DRAFT_READ,
    "/datasets/{draft}/resources": DRAFT_READ,
    "/datasets/{draft}/history": DRAFT_READ,
    "/datasets/{draft}/quality": set(),
    "/resources/{resource}": DRAFT_READ,
    "/resources/{resource}/versions": DRAFT_READ,
    "/resources/{resource}/rows": set(),
    "/resources/{resource}/files": set(),
    "/resources/{resource}/differences": set(),
    "/versions/{version}": DRAFT_READ,
    "/versions/{version}/mosaic": DRAFT_READ,
    "/mosaic": DRAFT_READ | {OTHER_EDITOR, OTHER_REVIEWER},
    "/versions/{id}/marked.xlsx": set(),
    "/resources/{resource}/template.xlsx": DRAFT_READ,
    "/query?sql=SELECT+1": ANYBODY,
    "/standards": ANYBODY,
    "/standards/{standard}": ANYBODY,
    "/standards/{standard}.xlsx": ANYBODY,
    "/jobs/{job}": DRAFT_READ,
    "/jobs": ANYBODY - {PUBLIC},
    "/reviews": ANYBODY - {PUBLIC, "keeper", "dev"},
    "/units": ANYBODY,
    "/units/{unit}": ANYBODY,
    "/regions": ANYBODY,
    "/negative-list": ANYBODY,
    "/negative-list/items/{item}": set(),
    "/negative-list/editions": ANYBODY,
    "/negative-list/editions/1": set(),
    "/negative-list/diff?from=1&to=2": set(),
    "/negative-list/adjustments": {"keeper", "admin", "auditor"},
    "/negative-list/adjustments/{id}": set(),
    "/negative-list/adjustments/{id}/consequences": set(),
    "/openness/correction-sets": {"admin", "auditor"},
    "/openness/correction-sets/{id}": set(),
    "/openness/correction-sets/{id}/consequences": set(),
    "/negative-list/mismatches/closed": ANYBODY - {PUBLIC},
    "/negative-list/mismatches/open": ANYBODY - {PUBLIC},
    "/datasets/{draft}/proposals": DRAFT_READ,
    "/datasets/{draft}/exceptions": DRAFT_READ,
    "/list-tasks": ANYBODY - {PUBLIC},
    "/lists": ANYBODY,
    "/lists/power": ANYBODY,
    "/lists/power/editions": ANYBODY,
    "/lists/power/editions/1": set(),
    "/lists/power/diff?from=1&to=2": set(),
    "/lists/power/adjustments": {"keeper", "admin", "auditor"},
    "/lists/power/adjustments/{id}": set(),
    "/guides": ANYBODY,
    "/guides/nobody": set(),
    "/guides/nobody/editions/1": set(),
    "/guides/nobody/schemas/nobody": set(),
    "/guides/nobody/diff?from=1&to=2": set(),
    "/laws": ANYBODY,
    "/laws/stale": ANYBODY,
    "/laws/999999": set(),
    "/requests": ANYBODY,
    "/requests/{id}": set(),
    "/notices": ANYBODY,
    "/notices/{id}": set(),
    "/openness": ANYBODY,
    "/openness/entries": ANYBODY,
    "/openness/history?from=2026-01-01": ANYBODY,
    "/openness/changes?from=2026-01-01": ANYBODY,
    "/openness/definitions": ANYBODY,
    "/openness/plan": ANYBODY,
    "/openness/signals": ANYBODY,
    "/openness/targets": ANYBODY,
    "/openness/snapshots": ANYBODY,
    "/openness/snapshots/{id}": set(),
    "/audit/heads": ANYBODY,
    "/sources": {"admin", "auditor"},
    "/sources/{id}": set(),
    "/sources/{id}/runs": {"admin", "auditor"},
    "/runs/{id}": set(),
    "/runs/{id}/items": set(),
    "/reviews/{id}": set(),
    "/tokens": ANYBODY - {PUBLIC},
    "/users": {"admin"},
    "/audit": {"admin", "auditor"},
    "/audit/proof": {"admin", "auditor"},
}
"""Address and who is answered; nobody at all where the thing does not exist."""

STAFF_404 = {"/datasets/{draft}", "/resources/{resource}", "/versions/{version}"}


@dataclass
class World:
    """One product with a draft of the first unit that has a delivery."""

    stack: Stack
    names: dict[str, str]

    def fill(self, address: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: self.names.get(found[1], "0" * 32), address)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_stack(Settings(home=tmp_path_factory.mktemp("permissions")), NOW) as stack:
        slug, resource = stack.entry()
        version = stack.ok(
            "POST", f"{API}/resources/{resource}/versions", "lin", status=202,
            data={"file": (io.BytesIO(b"a,b\n1,2\n"), "a.csv")},
        )  # fmt: skip
        names = {
            "draft": slug, "resource": resource, "version": version["id"], "job": version["job"],
            "unit": UNIT, "item": "NL-001", "standard": "power-list",
        }  # fmt: skip
        stack.work()
        yield World(stack, names)


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_reads_what_they_may_and_nothing_else(world: World, who: str) -> None:
    for address, allowed in READS.items():
        answer = world.stack.call("GET", API + world.fill(address), who)
        if who in allowed:
            assert answer.status_code == 200, (who, address, answer.get_data(as_text=True))
        else:
            assert answer.status_code in {401, 403, 404}, (who, address, answer.status_code)
            assert answer.mimetype == "application/problem+json"
        if "{draft}" in address and who not in allowed:
            assert answer.status_code == 404, (who, address)


WRITES: tuple[tuple[str, str, Any, set[str]], ...] = (
    ("POST", "/datasets", {"unit": UNIT, "title": "新条目"}, {OWN_EDITOR, "admin"}),
    ("POST", "/datasets", {"unit": OTHER_UNIT, "title": "新条目"}, {OTHER_EDITOR, "admin"}),
    ("PATCH", "/datasets/{draft}", {"theme": "其他"}, {OWN_EDITOR, "admin"}),
    ("PATCH", "/datasets/{draft}", {"fields": [{"name": "a"}]}, {OWN_EDITOR, "admin"}),
    ("POST", "/datasets/{draft}/resources", {"title": "表"}, {OWN_EDITOR, "admin"}),
    ("POST", "/datasets/{draft}/submissions", {}, set()),
    ("POST", "/datasets/{draft}/suspension", {"reason": "x"}, set()),
    ("POST", "/datasets/{draft}/resumption", {"reason": "x"}, set()),
    ("POST", "/datasets/{draft}/withdrawal", {"reason": "x"}, set()),
    ("DELETE", "/datasets/{draft}", None, set()),
    ("PATCH", "/resources/{resource}", {"title": "表"}, {OWN_EDITOR, "admin"}),
    ("DELETE", "/resources/{resource}", None, set()),
    ("POST", "/resources/{resource}/versions", {"url": "https://data.example/a.csv"}, {OWN_EDITOR}),
    ("POST", "/versions/{version}/repairs", {"accept": []}, set()),
    ("POST", "/versions/{version}/member", {"member": "x"}, set()),
    ("POST", "/versions/{version}/settlements", [], set()),
    ("POST", "/versions/{version}/consents", {"finding": "x"}, set()),
    ("POST", "/versions/{version}/anonymity", {"fields": ["a"]}, DRAFT_READ),
    ("POST", "/reviews/{id}/decision", {"verdict": "pass"}, set()),
    ("POST", "/units", {"code": "1", "name": "x", "kind": "other"}, set()),
    ("PATCH", "/units/{unit}", {"short_name": "人社局"}, {"admin"}),
    ("PUT", "/regions/110105", {"name": "朝阳区"}, {"admin"}),
    ("POST", "/negative-list/adjustments", {"changes": [], "reason": "x"}, set()),
    ("POST", "/negative-list/adjustments/{id}/approval", None, set()),
    ("POST", "/negative-list/adjustments/{id}/refusal", {"reason": "x"}, set()),
    ("POST", "/negative-list/adjustments/{id}/renewal", None, set()),
    ("POST", "/negative-list/adjustments/{id}/withdrawal", None, set()),
    ("POST", "/negative-list/adjustments/{id}/revision", {"changes": [], "reason": "x"}, set()),
    ("POST", "/negative-list/proposals", {"schema": {"fields": []}}, ANYBODY - {PUBLIC}),
    ("POST", "/list-tasks/999999/decision", {"reason": "x"}, set()),
    (
        "POST",
        "/datasets/{draft}/exceptions",
        {
            "item": "NL-404",
            "kind": "consent",
            "given_by": "x",
            "given_on": "2026-01-01",
            "reason": "x",
        },
        set(),
    ),
    ("POST", "/exceptions/999999/confirmation", None, set()),
    ("POST", "/exceptions/999999/end", None, set()),
    ("POST", "/lists/power/adjustments", {"changes": [], "reason": "x"}, set()),
    ("POST", "/lists/power/adjustments/{id}/approval", None, set()),
    ("POST", "/lists/power/adjustments/{id}/refusal", {"reason": "x"}, set()),
    ("POST", "/lists/power/adjustments/{id}/renewal", None, set()),
    ("POST", "/lists/power/adjustments/{id}/withdrawal", None, set()),
    ("POST", "/lists/power/adjustments/{id}/revision", {"changes": [], "reason": "x"}, set()),
    (
        "POST",
        "/guides/nobody/editions",
        {"kind": "opening", "title": "x", "body": "x", "effective_on": "2020-01-01"},
        set(),
    ),
    ("POST", "/guides/nobody/editions/1/publication", None, set()),
    ("POST", "/guides/nobody/editions/1/refusal", {"reason": "x"}, set()),
    ("POST", "/guides/nobody/editions/1/withdrawal", None, set()),
    ("POST", "/openness/correction-sets", {"reason": "x", "rows": []}, set()),
    ("POST", "/openness/correction-sets/{id}/approval", None, set()),
    ("POST", "/openness/correction-sets/{id}/refusal", {"reason": "x"}, set()),
    ("POST", "/openness/correction-sets/{id}/withdrawal", None, set()),
    ("POST", "/laws", {"title": "", "label": "1"}, set()),
    ("POST", "/laws/texts", {"text": "没有条文"}, set()),
    (
        "POST",
        "/laws/999999/successors",
        {"label": "1", "article": 1, "successor_label": "2", "successors": [1]},
        set(),
    ),
    ("POST", "/laws/999999/replacement", {"replaced_by": "x"}, set()),
    ("POST", "/laws/999999/end", {"on": "2026-01-01"}, set()),
    ("POST", "/notices/{id}/publication", {}, set()),
    ("POST", "/openness/targets", {"rate": "data"}, set()),
    ("POST", "/openness/snapshots", {"period": "never"}, set()),
    (
        "POST",
        "/openness/corrections",
        {"dataset": "nowhere", "from": "2026-01-01", "reason": "x"},
        set(),
    ),
    (
        "POST",
        "/openness/corrections/preview",
        {"dataset": "nowhere", "from": "2026-01-01", "state": "draft"},
        set(),
    ),
    ("POST", "/requests/{id}/reply", {"outcome": "declined", "reply": "x"}, set()),
    ("POST", "/requests/{id}/extension", {"reason": "x"}, set()),
    ("POST", "/requests/{id}/assignment", {"unit": UNIT}, set()),
    ("POST", "/sources", {"name": "x", "kind": "ckan"}, set()),
    ("POST", "/sources/{id}/preview", None, set()),
    ("POST", "/sources/{id}/runs", {}, set()),
    ("POST", "/tokens", {"label": "x", "days": 1}, ANYBODY - {PUBLIC}),
    ("DELETE", "/tokens/999999", None, set()),
    ("POST", "/users", {"name": "!", "role": "auditor"}, set()),
    ("POST", "/users/lin/roles", {"role": "editor"}, set()),
    ("DELETE", "/users/nobody/roles/nobody", None, set()),
    ("DELETE", "/users/nobody/roles/nobody/nobody", None, set()),
    ("PATCH", "/users/nobody", {"active": False}, set()),
    ("POST", "/datasets/{draft}/retirement", {"reason": ""}, set()),
)
"""Method, address, body, and for whom it must succeed; everybody else is refused."""

VALID_REFUSALS = {401, 403, 404, 409, 422}


@pytest.mark.parametrize("who", EVERYBODY)
def test_everybody_writes_what_they_may_and_nothing_else(world: World, who: str) -> None:
    for method, address, body, allowed in WRITES:
        answer = world.stack.call(method, API + world.fill(address), who, json=body)
        place = (who, method, address, answer.status_code, answer.get_data(as_text=True)[:500])
        if who in allowed:
            assert answer.status_code < 300, place
            continue
        assert answer.status_code in VALID_REFUSALS, place
        if who == PUBLIC:
            assert answer.status_code == 401, place
        elif "{draft}" in address and who not in DRAFT_READ:
            assert answer.status_code == 404, place


def test_the_matrix_speaks_of_every_call(world: World) -> None:
    document = world.stack.ok("GET", f"{API}/openapi.json")
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "*", path.removeprefix(API)))
        for path, operations in document["paths"].items()
        for method in operations
        if method in {"get", "post", "put", "patch", "delete"}
    }
    spoken = {("GET", address.partition("?")[0]) for address in READS} | {
        (write[0], write[1]) for write in WRITES
    }
    spoken |= {("POST", "/query"), ("POST", "/requests")}  # for anybody, tested where they are
    plain = {(method, _starred(address)) for method, address in spoken}
    assert described <= plain


def _starred(address: str) -> str:
    known = address.partition("?")[0]
    known = re.sub(r"\{\w+\}", "*", known)
    return re.sub(r"/(999999|nobody|lin|power|110105|1)(?=/|$)", "/*", known)


def test_a_bad_token_is_refused_even_where_nobody_need_sign_in(world: World) -> None:
    for given in ("Bearer gk_nonsense", "Bearer ", "Basic bGluOng=", "gk_x", "Bearer \u00e9"):
        answer = world.stack.client.get(f"{API}/datasets", headers={"Authorization": given})
        assert answer.status_code == 401, given
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_an_expired_or_revoked_token_is_refused(world: World) -> None:
    stack = world.stack
    made = stack.ok("POST", f"{API}/tokens", "lin", status=201, json={"days": 1, "label": "short"})
    held = {"Authorization": f"Bearer {made['token']}"}
    assert stack.client.get(f"{API}/tokens", headers=held).status_code == 200
    listed = stack.ok("GET", f"{API}/tokens", "lin")["items"]
    assert made["token"] not in str(listed)
    assert stack.call("DELETE", f"{API}/tokens/{made['id']}", "he").status_code == 404
    assert stack.call("DELETE", f"{API}/tokens/{made['id']}", "lin").status_code == 204
    assert stack.client.get(f"{API}/tokens", headers=held).status_code == 401


def test_a_token_for_reading_changes_nothing(world: World) -> None:
    stack = world.stack
    made = stack.ok("POST", f"{API}/tokens", "lin", status=201, json={"scopes": ["read"]})
    held = {"Authorization": f"Bearer {made['token']}"}
    draft = f"{API}/datasets/{world.names['draft']}"
    assert stack.client.get(draft, headers=held).status_code == 200
    answer = stack.client.patch(draft, headers=held, json={"theme": "其他"})
    assert answer.status_code == 403
    assert answer.get_json()["code"] == "token-reads-only"


def test_a_missing_and_a_hidden_thing_look_the_same(world: World) -> None:
    for who in (PUBLIC, OTHER_EDITOR):
        hidden = world.stack.call("GET", f"{API}/datasets/{world.names['draft']}", who)
        missing = world.stack.call("GET", f"{API}/datasets/there-is-no-such-entry", who)
        assert hidden.status_code == missing.status_code == 404
        assert hidden.get_data() == missing.get_data()
        told = [dict(one.headers) | {"RateLimit": "counted"} for one in (hidden, missing)]
        assert told[0] == told[1]
