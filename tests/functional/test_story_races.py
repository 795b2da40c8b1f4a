"""Two people at the same moment: exactly one of them gets their way, and nothing unreviewed gets out."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from catalog import http
from catalog.auth import SYSTEM
from catalog.services import roles
from catalog.web import create_app
from tests.common.stack import UNIT, Stack


@pytest.fixture
def submitted(stack: Stack, tmp_path: Path) -> tuple[str, str]:
    """An entry with its open review: (slug, review)."""
    path = tmp_path / "table.csv"
    path.write_text("名称,数值\n甲,1\n乙,2\n")
    slug, resource = stack.entry(title="机构名录")
    stack.deliver(resource, path, "table.csv")
    review = stack.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)["review"]
    return slug, str(review)


def together(stack: Stack, calls: list[tuple[str, str, str, Any]]) -> list[int]:
    """Make calls at the same moment, each through a client of its own; their statuses."""
    app = create_app(stack.runtime)
    barrier = Barrier(len(calls))

    def one(call: tuple[str, str, str, Any]) -> int:
        method, path, who, body = call
        client = app.test_client()
        barrier.wait()
        return client.open(path, method=method, headers=stack.as_(who), json=body).status_code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def test_of_two_decisions_at_once_one_counts(stack: Stack, submitted: tuple[str, str]) -> None:
    with stack.runtime.database.write() as session:
        roles.grant(session, SYSTEM, "gao", role="reviewer", unit_code=UNIT, now=stack.clock())
    slug, review = submitted
    path = f"/api/v1/reviews/{review}/decision"
    statuses = together(
        stack,
        [
            ("POST", path, "wu", {"verdict": "pass", "reasons": "好"}),
            ("POST", path, "gao", {"verdict": "return", "reasons": "不"}),
        ],
    )
    assert sorted(statuses) == [200, 409]
    state = stack.ok("GET", f"/api/v1/datasets/{slug}", "lin")["state"]
    assert state == ("published" if statuses[0] == 200 else "draft")
    shown = stack.ok("GET", f"/api/v1/reviews/{review}", "wu")
    assert len(shown["decisions"]) == 1


def test_an_entry_changed_while_it_is_decided_is_not_published_changed(
    stack: Stack, submitted: tuple[str, str]
) -> None:
    slug, review = submitted
    statuses = together(
        stack,
        [
            (
                "POST",
                f"/api/v1/reviews/{review}/decision",
                "wu",
                {"verdict": "pass", "reasons": "好"},
            ),
            ("PATCH", f"/api/v1/datasets/{slug}", "lin", {"title": "偷换的标题"}),
        ],
    )
    assert statuses[1] == 200
    assert statuses[0] in {200, 409}
    public = stack.call("GET", f"/api/v1/datasets/{slug}")
    if statuses[0] == 200:
        assert public.get_json()["title"] == "机构名录"
    else:
        assert public.status_code == 404


def test_of_two_submissions_at_once_one_is_opened(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("名称,数值\n甲,1\n乙,2\n")
    slug, resource = stack.entry(title="机构名录")
    stack.deliver(resource, path, "table.csv")
    call = ("POST", f"/api/v1/datasets/{slug}/submissions", "lin", None)
    assert sorted(together(stack, [call, call, call])) == [201, 409, 409]


def test_of_two_approvals_at_once_one_makes_the_edition(stack: Stack) -> None:
    item = {
        "name": "个人住址", "ground": "15-2", "public_wording": "住址",
        "circumstances": ["自然人的住址"], "scope": {}, "review_by": "2027-11-01",
        "citations": ["《中华人民共和国政府信息公开条例》第十五条"],
    }  # fmt: skip
    made = stack.ok(
        "POST", "/api/v1/negative-list/adjustments", "keeper", status=201,
        json={"reason": "测试", "changes": [{"kind": "add", "item": item}]},
    )  # fmt: skip
    path = f"/api/v1/negative-list/adjustments/{made['id']}/approval"
    statuses = together(stack, [("POST", path, "admin", {}), ("POST", path, "deputy", {})])
    assert sorted(statuses) == [200, 409]
    assert len(stack.ok("GET", "/api/v1/negative-list/editions")["items"]) == 1


def test_versions_delivered_at_once_get_numbers_of_their_own(stack: Stack, tmp_path: Path) -> None:
    _, resource = stack.entry(title="机构名录")
    app = create_app(stack.runtime)

    def deliver(number: int) -> int:
        path = tmp_path / f"{number}.csv"
        path.write_text(f"名称,数值\n甲,{number}\n")
        with path.open("rb") as file:
            answer = app.test_client().post(
                f"/api/v1/resources/{resource}/versions", headers=stack.as_("lin"),
                data={"file": (file, path.name)}, content_type="multipart/form-data",
            )  # fmt: skip
        return answer.status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(deliver, range(4))) == [202] * 4
    listed = stack.ok("GET", f"/api/v1/resources/{resource}/versions", "lin")["items"]
    assert sorted(version["number"] for version in listed) == [1, 2, 3, 4]


def test_a_request_reads_through_one_session_only(embedded: Stack) -> None:
    """Two readers of one thread and a writer between them would wait for each other for ever."""
    app = create_app(embedded.runtime)
    with app.test_request_context("/"), http.reading() as outer:
        with http.reading() as inner:
            assert inner is outer
        assert outer.is_active


def test_of_two_replies_and_two_publications_at_once_one_counts(stack: Stack) -> None:
    asked = {"kind": "data", "title": "希望开放数据", "text": "用于研究", "unit": UNIT}
    for n in range(3):
        made = stack.ok("POST", "/api/v1/requests", status=201, json=asked)
        path = f"/api/v1/requests/{made['id']}/reply"
        replies = [{"outcome": "adopted", "reply": f"答复{n}{who}"} for who in "ab"]
        statuses = together(
            stack, [("POST", path, "lin", replies[0]), ("POST", path, "wu", replies[1])]
        )
        assert sorted(statuses) == [200, 409]
        kept = stack.ok("GET", f"/api/v1/requests/{made['id']}", "lin")["reply"]
        assert kept == replies[statuses.index(200)]["reply"]
