"""Real files and their look-alikes, from the delivery to the public download, through the API.

What may be published after the shown repairs and settlements is published; the rest is refused, and
the refusal says why. The real ones are run when they are at hand, the look-alikes always.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.common import ugly_files
from tests.common.both import BOTH
from tests.common.stack import Stack

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "beijing"

REAL = {
    "bj_01": (98, {"title-rows"}),
    "bj_02": (24, {"blank-rows"}),
    "bj_03": (20, set()),
    "bj_04": (212, {"title-rows", "ghost-columns", "blank-rows"}),
    "bj_05": (152, {"header-marks"}),
    "bj_06": (54, {"title-rows", "blank-headers"}),
    "bj_08": (109, set()),
    "bj_09": (98, {"blank-rows"}),
    "bj_10": (76, set()),
    "bj_11": (43, {"title-rows"}),
    "bj_12": (1779, set()),
    "bj_13": (43, set()),
}
"""Rows after the agreed repairs, and repairs that have to be among the offered ones."""


def publish(stack: Stack, path: Path) -> tuple[dict[str, Any], str, str]:
    """Deliver, agree to every repair, mask what has to be, submit and pass: version, slug, resource."""
    slug, resource = stack.entry(title=path.stem, description="测试用数据，说明与名称不同。")
    version = stack.deliver(resource, path, path.name)
    if version["repairs"]:
        stack.ok(
            "POST",
            f"/api/v1/versions/{version['id']}/repairs",
            "lin",
            status=202,
            json={"accept": "all"},
        )
        stack.work()
        version = stack.ok("GET", f"/api/v1/versions/{version['id']}", "lin")
    high = [one for one in version["findings"] if one["severity"] == "high" and not one["settled"]]
    if high:
        stack.ok(
            "POST", f"/api/v1/versions/{version['id']}/settlements", "lin",
            json=[{"finding": one["id"], "action": "mask"} for one in high],
        )  # fmt: skip
        stack.work()
        version = stack.ok("GET", f"/api/v1/versions/{version['id']}", "lin")
    return version, slug, resource


def check_public(stack: Stack, slug: str, resource: str, rows: int) -> None:
    """Five formats and the row API give the same number of rows."""
    for suffix in ("csv", "json", "ndjson", "xlsx", "parquet"):
        answer = stack.call("GET", f"/datasets/{slug}/table.{suffix}")
        assert answer.status_code == 200, suffix
        assert answer.data
    listed = stack.ok("GET", f"/datasets/{slug}/table.json")
    assert len(listed) == rows
    page = stack.ok("GET", f"/api/v1/resources/{resource}/rows?_limit=5")
    assert len(page["items"]) == min(5, rows)


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.exists(), reason="the real files are not at hand")
@pytest.mark.parametrize("name", sorted(REAL))
def test_a_real_file_is_published_after_the_shown_repairs(embedded: Stack, name: str) -> None:
    _check_real(embedded, name)


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.exists(), reason="the real files are not at hand")
@pytest.mark.parametrize("stack", BOTH[1:], indirect=True)
@pytest.mark.parametrize("name", ["bj_04", "bj_10", "bj_12"])
def test_the_scaled_out_portal_does_the_same(stack: Stack, name: str) -> None:
    _check_real(stack, name)


def _check_real(stack: Stack, name: str) -> None:
    path = next(SAMPLES.glob(f"{name}_*"))
    rows, repairs = REAL[name]
    version, slug, resource = publish(stack, path)
    assert {repair["kind"] for repair in version["repairs"]} >= repairs
    assert version["report"]["valid"] is True
    assert version["rows"] == rows
    stack.publish(slug)
    check_public(stack, slug, resource, rows)


@pytest.mark.skipif(not SAMPLES.exists(), reason="the real files are not at hand")
def test_the_real_file_with_codes_destroyed_by_a_spreadsheet_is_refused(embedded: Stack) -> None:
    version, slug, _ = publish(embedded, next(SAMPLES.glob("bj_07_*")))
    errors = [error for task in version["report"]["tasks"] for error in task["errors"]]
    assert [error["type"] for error in errors] == ["float-damaged-code"] * 5
    assert all(error["rowNumber"] > 3 for error in errors)
    refused = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert refused.status_code == 409
    assert [reason["code"] for reason in refused.get_json()["reasons"]] == ["invalid"]


@pytest.mark.parametrize("name", sorted(ugly_files.UGLY))
def test_a_look_alike_is_published_or_refused_with_a_reason(
    embedded: Stack, name: str, tmp_path: Path
) -> None:
    path = tmp_path / f"{name}.csv"
    path.write_bytes(ugly_files.UGLY[name]())
    version, slug, resource = publish(embedded, path)
    if version["report"]["valid"]:
        embedded.publish(slug)
        check_public(embedded, slug, resource, version["rows"])
        return
    assert any(task["errors"] for task in version["report"]["tasks"])
    refused = embedded.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert refused.status_code == 409
    for reason in refused.get_json()["reasons"]:
        assert reason["place"]
        assert reason["cause"]
        assert reason["remedy"]
