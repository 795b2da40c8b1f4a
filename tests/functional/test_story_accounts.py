"""Roles are given for what they are for, once, and taken away again."""

import re
from pathlib import Path

from sqlalchemy import select

from catalog.models import User
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, UNIT, Stack

ROLES = "/api/v1/users/lin/roles"


def held(stack: Stack, name: str = "lin") -> list[tuple[str, str | None]]:
    users = stack.ok("GET", "/api/v1/users", "admin")["items"]
    (found,) = (one for one in users if one["name"] == name)
    return sorted((one["role"], one.get("unit")) for one in found["roles"])


def test_a_role_for_the_platform_takes_no_unit(embedded: Stack) -> None:
    for role in ("administrator", "auditor", "keeper", "developer"):
        body = {"role": role, "unit": OTHER_UNIT}
        refusal = embedded.call("POST", ROLES, "admin", json=body)
        assert refusal.status_code == 422
        assert "unit" in refusal.get_json()["errors"]
        refusal = embedded.call(
            "POST", "/api/v1/users", "admin", json={**body, "name": f"new-{role}"}
        )
        assert refusal.status_code == 422
    assert held(embedded) == [("editor", UNIT)]


def test_a_role_is_given_once(stack: Stack) -> None:
    for role, unit in (("keeper", ""), ("reviewer", OTHER_UNIT)):
        body = {"role": role, "unit": unit}
        stack.ok("POST", ROLES, "admin", status=201, json=body)
        refusal = stack.call("POST", ROLES, "admin", json=body)
        assert refusal.status_code == 422
        assert list(refusal.get_json()["errors"]) == ["role"]
    assert len(held(stack)) == 3


def test_a_role_taken_away_is_gone_at_once(stack: Stack) -> None:
    slug, _ = stack.entry()
    assert stack.call("GET", f"/api/v1/datasets/{slug}", "lin").status_code == 200
    assert stack.call("DELETE", f"{ROLES}/editor/{UNIT}", "lin").status_code == 403
    assert stack.call("DELETE", f"{ROLES}/editor/{UNIT}", "admin").status_code == 204
    assert held(stack) == []
    assert stack.call("GET", f"/api/v1/datasets/{slug}", "lin").status_code == 404
    for gone in (f"editor/{UNIT}", "keeper", "nonsense", f"editor/{'9' * 18}"):
        assert stack.call("DELETE", f"{ROLES}/{gone}", "admin").status_code in {404, 422}
    newest = stack.ok("GET", "/api/v1/audit", "auditor")["items"][0]
    assert newest["data"] == {"revoked": "editor", "unit": UNIT}
    assert (
        stack.call("DELETE", "/api/v1/users/admin/roles/administrator", "admin").status_code == 403
    )
    assert (
        stack.call("DELETE", "/api/v1/users/admin/roles/administrator", "deputy").status_code == 204
    )
    assert stack.call("GET", "/api/v1/users", "admin").status_code == 403


def test_the_page_of_people_takes_a_role_away(embedded: Stack) -> None:
    admin = Browser(embedded.client.application.test_client())
    admin.sign_in("admin")
    admin.open("/admin/users")
    admin.send("/admin/users/lin/roles/revocation", held=f"editor@{UNIT}")
    assert "The role is taken away." in admin.text
    assert held(embedded) == []
    admin.send("/admin/users/admin/roles/revocation", held="administrator@")
    assert "You cannot take the administrator" in admin.text


def test_a_reviewer_of_every_unit_sees_their_jobs_and_their_files(
    embedded: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    file.write_text("名称\n甲\n", encoding="utf-8")
    condition = {
        "openness": "conditional",
        "conditional_mode": "approval",
        "open_condition": "申请",
    }
    slug, resource = embedded.entry(**condition)
    embedded.deliver(resource, file, file.name)
    embedded.publish(slug)
    path = f"/datasets/{slug}/table.csv"
    assert embedded.call("GET", path, "gao").status_code == 403
    with embedded.runtime.database.write() as session:
        gao = session.scalars(select(User).where(User.name == "gao")).one()
        gao.memberships[0].unit_id = None
    assert embedded.call("GET", path, "gao").status_code == 200
    jobs = [embedded.ok("GET", "/api/v1/jobs", who)["items"] for who in ("gao", "admin")]
    assert len(jobs[0]) == len(jobs[1]) > 0


def test_a_unit_cannot_stand_under_itself_by_any_way(embedded: Stack) -> None:
    def put(unit: str, parent: str) -> int:
        body = {"parent": parent}
        status: int = embedded.call(
            "PATCH", f"/api/v1/units/{unit}", "admin", json=body
        ).status_code
        return status

    assert put(UNIT, UNIT) == 422
    assert put(UNIT, OTHER_UNIT) == 200
    assert put(OTHER_UNIT, UNIT) == 422
    assert put(UNIT, "") == 200
    assert put(OTHER_UNIT, UNIT) == 200


def test_an_act_on_an_entry_seen_otherwise_is_refused(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("名称\n甲\n", encoding="utf-8")
    slug, resource = stack.entry()
    stack.deliver(resource, file, file.name)
    stack.publish(slug)
    path = f"/api/v1/datasets/{slug}"
    seen = stack.call("GET", path, "wu").headers["ETag"]
    stack.ok("PATCH", path, "lin", json={"title": "新标题"})
    reason = {"reason": "核对"}
    for act in ("suspension", "withdrawal", "retirement", "resumption"):
        who = "wu" if act == "resumption" else "lin"
        refusal = stack.call("POST", f"{path}/{act}", who, json=reason, headers={"If-Match": seen})
        assert refusal.status_code == 412, act
    assert stack.ok("GET", path)["state"] == "published"
    seen = stack.call("GET", path, "lin").headers["ETag"]
    found = stack.ok("POST", f"{path}/suspension", "lin", json=reason, headers={"If-Match": seen})
    assert found["state"] == "suspended"
    stale = {"If-Match": '"1-0123456789abcdef"'}
    body = {"active": False}
    assert (
        stack.call("PATCH", "/api/v1/users/dev", "admin", json=body, headers=stale).status_code
        == 412
    )
    assert re.fullmatch(r'"\d+-[0-9a-f]{16}"', seen)
