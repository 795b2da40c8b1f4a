"""Entries that repeat others leave the base of the rates; the original never does."""

from pathlib import Path

from sqlalchemy import select

from catalog.models import Dataset
from tests.common.stack import Stack


def base(stack: Stack) -> list[int]:
    counts: list[int] = stack.ok("GET", "/api/v1/openness")["data_rate"]["due"]["declared"][
        "counts"
    ]
    return counts


def declare(stack: Stack, slug: str, original: str) -> int:
    body = {"duplicate_of": original}
    status: int = stack.call("PATCH", f"/api/v1/datasets/{slug}", "lin", json=body).status_code
    return status


def test_two_entries_cannot_repeat_each_other(stack: Stack) -> None:
    first, second, third = (stack.entry(title=title)[0] for title in ("甲", "乙", "丙"))
    assert base(stack) == [0, 3]
    assert declare(stack, first, second) == 200
    assert base(stack) == [0, 2]
    for slug, original in ((second, first), (third, first), (second, third), (first, first)):
        assert declare(stack, slug, original) == 422, (slug, original)
    assert declare(stack, third, second) == 200
    assert base(stack) == [0, 1]
    assert declare(stack, third, "") == 200
    assert base(stack) == [0, 2]


def test_the_original_of_an_entry_can_be_read_and_taken_away(stack: Stack) -> None:
    first, second = (stack.entry(title=title)[0] for title in ("甲", "乙"))
    assert declare(stack, first, second) == 200
    assert stack.ok("GET", f"/api/v1/datasets/{first}", "lin")["duplicate_of"] == second
    assert stack.ok("GET", f"/api/v1/datasets/{second}", "lin")["duplicate_of"] is None
    stack.ok("PATCH", f"/api/v1/datasets/{first}", "lin", json={"duplicate_of": None})
    assert stack.ok("GET", f"/api/v1/datasets/{first}", "lin")["duplicate_of"] is None
    assert base(stack) == [0, 2]


def test_what_repeats_a_retired_entry_is_due_again(stack: Stack) -> None:
    first, second = (stack.entry(title=title)[0] for title in ("甲", "乙"))
    assert declare(stack, first, second) == 200
    assert base(stack) == [0, 1]
    stack.ok("POST", f"/api/v1/datasets/{second}/retirement", "lin", json={"reason": "重复"})
    assert base(stack) == [0, 1]
    assert declare(stack, first, "") == 200
    assert declare(stack, first, second) == 422
    assert base(stack) == [0, 1]


def test_a_circle_in_the_data_takes_nothing_out_of_the_base(stack: Stack) -> None:
    first, second = (stack.entry(title=title)[0] for title in ("甲", "乙"))
    assert declare(stack, first, second) == 200
    with stack.runtime.database.write() as session:
        held = {one.slug: one for one in session.scalars(select(Dataset))}
        held[second].duplicate_of_id = held[first].id
    for slug in (first, second):
        stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"description": "说明"})
    assert base(stack) == [0, 2]


def test_a_submission_that_names_a_duplicate_as_original_is_refused(
    embedded: Stack, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    file.write_text("名称\n甲\n", encoding="utf-8")
    first, second, third = (embedded.entry(title=title)[0] for title in ("甲", "乙", "丙"))
    resource = embedded.ok("GET", f"/api/v1/datasets/{first}", "lin")["resources"][0]["id"]
    embedded.deliver(resource, file, file.name)
    embedded.publish(first)
    assert declare(embedded, first, second) == 200  # waits for the review
    waiting = embedded.ok("GET", f"/api/v1/datasets/{first}", "lin")
    assert (waiting["duplicate_of"], waiting["proposed"]) == (None, {"duplicate_of": second})
    assert declare(embedded, second, third) == 200
    refusal = embedded.call("POST", f"/api/v1/datasets/{first}/submissions", "lin")
    assert refusal.status_code == 409
    assert [one["code"] for one in refusal.get_json()["reasons"]] == ["not-an-original"]
