"""From a directory entry to an open dataset, on both stacks: the walk of the public contract."""

from pathlib import Path

import pytest

from tests.common.stack import UNIT, Stack

CLEAN = "序号,职权名称,实施依据\n1,对未按规定缴纳保险费的处罚,社会保险法\n2,对虚假招聘的处罚,就业促进法\n"


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "powers.csv"
    path.write_bytes(CLEAN.encode("gb18030"))
    return path


def test_the_walk_of_the_contract_works_as_written(stack: Stack, clean: Path) -> None:
    created = stack.ok(
        "POST", "/api/v1/datasets", "lin", status=201,
        json={
            "unit": UNIT, "title": "行政处罚职权", "description": "区人力社保局行政处罚职权清单",
            "theme": "社会保障", "openness": "unconditional", "update_cycle": "yearly",
        },
    )  # fmt: skip
    assert created["state"] == "draft"
    assert "/" in created["code"]
    slug = created["slug"]
    resource = stack.ok(
        "POST", f"/api/v1/datasets/{slug}/resources", "lin", status=201,
        json={"name": "powers", "title": "职权清单"},
    )  # fmt: skip
    assert stack.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin").status_code == 409
    version = stack.deliver(resource["id"], clean, "职权清单.csv")
    assert version["state"] == "examined", version
    assert version["report"]["valid"] is True
    assert version["encoding"] == "gb18030"
    assert version["rows"] == 2
    assert len(version["sha256"]) == 64
    review = stack.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)["review"]
    decision = f"/api/v1/reviews/{review}/decision"
    assert stack.call("POST", decision, "lin", json={"verdict": "pass"}).status_code == 403
    assert stack.call("GET", f"/datasets/{slug}/powers.csv").status_code == 404
    stack.ok("POST", decision, "wu", json={"verdict": "pass", "reasons": "同意"})
    answer = stack.call("GET", f"/datasets/{slug}/powers.csv")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert answer.data.decode() == CLEAN.replace("\n", "\r\n")
    openness = stack.ok("GET", "/api/v1/openness?by=unit")
    assert openness["unit_rate"]["declared"]["counts"] == [1, 2]
    assert openness["unit_rate"]["declared"]["percent"] == "50.00"
    assert openness["data_rate"]["all"]["declared"]["counts"] == [1, 1]


def test_withdrawal_takes_effect_at_every_door_at_once(stack: Stack, clean: Path) -> None:
    slug, resource = stack.entry()
    version = stack.deliver(resource, clean, "a.csv")
    stack.publish(slug)
    etag = stack.call("GET", f"/datasets/{slug}/table.csv").headers["ETag"].strip('"')
    doors = [
        f"/datasets/{slug}/table.csv",
        f"/datasets/{slug}/table.parquet",
        f"/versions/{etag}/table.csv",
        f"/api/v1/resources/{resource}/rows",
    ]
    assert [stack.call("GET", door).status_code for door in doors] == [200] * 4
    stack.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "lin", json={"reason": "数据有误"})
    assert [stack.call("GET", door).status_code for door in doors] == [410] * 4
    conditional = stack.call("GET", doors[0], headers={"If-None-Match": f'"{etag}"'})
    assert conditional.status_code == 410
    assert stack.call("GET", f"/datasets/{slug}").status_code in {200, 410}
    assert version["sha256"]


def test_a_change_after_submission_voids_the_review(
    stack: Stack, clean: Path, tmp_path: Path
) -> None:
    slug, resource = stack.entry()
    stack.deliver(resource, clean, "a.csv")
    review = stack.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)["review"]
    other = tmp_path / "b.csv"
    other.write_text("序号,职权名称\n1,另一项\n")
    stack.deliver(resource, other, "b.csv")
    answer = stack.call(
        "POST",
        f"/api/v1/reviews/{review}/decision",
        "wu",
        json={"verdict": "pass", "reasons": "同意"},
    )
    assert answer.status_code == 409
    assert stack.ok("GET", f"/api/v1/datasets/{slug}", "lin")["state"] == "draft"
    assert stack.call("GET", f"/datasets/{slug}/table.csv").status_code == 404


def test_personal_data_shuts_the_gate_until_it_is_settled(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "企业名称,统一社会信用代码\n甲商店,11010519491231002X\n乙商店,91350100M000100Y43\n"
    )
    slug, resource = stack.entry(title="个体工商户名录")
    version = stack.deliver(resource, path, "people.csv")
    finding = next(one for one in version["findings"] if one["severity"] == "high")
    assert "11010519491231002X" not in str(version)
    refused = stack.call("POST", f"/api/v1/datasets/{slug}/submissions", "lin")
    assert refused.status_code == 409
    assert "unsettled-findings" in [reason["code"] for reason in refused.get_json()["reasons"]]
    stack.ok(
        "POST", f"/api/v1/versions/{version['id']}/settlements", "lin",
        json=[{"finding": finding["id"], "action": "mask"}],
    )  # fmt: skip
    stack.work()
    stack.publish(slug)
    text = stack.call("GET", f"/datasets/{slug}/table.csv").data.decode()
    assert "11010519491231002X" not in text
    assert "91350100M000100Y43" in text
