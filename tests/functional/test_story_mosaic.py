"""Two harmless tables that name people together: found when published, told to the reviewer."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from datasets.mosaic import TableSketch, sketch
from datasets.mosaic.sketches import UNATTENDED
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, Stack

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
NAMES = [f"{surname}{given}" for given in ("小明", "敏", "建国") for surname in SURNAMES]
BORN = "姓名,出生日期,奖项\n" + "".join(
    f"{name},19{50 + n % 50}-0{n % 9 + 1}-1{n % 9},优秀\n" for n, name in enumerate(NAMES)
)
HOMES = "户主,住址,面积\n" + "".join(
    f"{name},海淀区清河街道安宁里{n}号楼2单元301室,{60 + n}\n" for n, name in enumerate(NAMES[:30])
)
PLAIN = "许可证编号,区域\n" + "".join(f"XK2026{n:04d},海淀区\n" for n in range(40))


def deliver(stack: Stack, folder: Path, title: str, text: str, unit: str = "") -> tuple[str, str]:
    """An entry with a delivered table: (slug, version)."""
    who = "he" if unit else "lin"
    slug, resource = stack.entry(who, title=title, **({"unit": unit} if unit else {}))
    path = folder / f"{slug}.csv"
    path.write_text(text, "utf-8")
    return slug, stack.deliver(resource, path, "table.csv", who)["id"]


def test_joined_tables_are_found_and_shown_to_those_who_may_know(
    stack: Stack, tmp_path: Path
) -> None:
    winners, version = deliver(stack, tmp_path, "获奖人员", BORN)
    stack.publish(winners)
    homes, second = deliver(stack, tmp_path, "租户名册", HOMES, OTHER_UNIT)
    hint = stack.ok("GET", f"/api/v1/versions/{second}/mosaic", "gao")["items"]
    assert [(one["right"]["dataset"], one["severity"]) for one in hint] == [(winners, "high")]
    assert hint[0]["together"] == ["person", "address", "birth"]
    assert hint[0]["left"]["share"] == 1.0
    assert hint[0]["right"]["share"] == 0.5
    assert hint[0]["matched"] == 30
    assert stack.ok("GET", "/api/v1/mosaic", "admin")["items"] == [], "one is not public yet"
    assert stack.call("GET", f"/api/v1/versions/{second}/mosaic", "lin").status_code == 404
    stack.publish(homes, "he", "gao")
    others, _ = deliver(stack, tmp_path, "许可清单", PLAIN)
    stack.publish(others)
    for who in ("admin", "auditor", "lin", "wu", "he"):
        [pair] = stack.ok("GET", "/api/v1/mosaic", who)["items"]
        assert {pair["left"]["dataset"], pair["right"]["dataset"]} == {winners, homes}
        assert not [name for name in NAMES if name in str(pair)]
    assert stack.call("GET", "/api/v1/mosaic").status_code == 401
    assert stack.call("GET", "/api/v1/mosaic", "dev").status_code == 403
    assert version
    stack.ok("POST", f"/api/v1/datasets/{homes}/withdrawal", "he", json={"reason": "数据有误"})
    assert stack.ok("GET", "/api/v1/mosaic", "admin")["items"] == []


def test_the_administration_and_the_reviewer_read_it_on_their_pages(
    stack: Stack, tmp_path: Path
) -> None:
    winners, _ = deliver(stack, tmp_path, "获奖人员", BORN)
    stack.publish(winners)
    homes, version = deliver(stack, tmp_path, "租户名册", HOMES, OTHER_UNIT)
    review = stack.ok("POST", f"/api/v1/datasets/{homes}/submissions", "he", status=201)["review"]
    gao = Browser(stack.client.application.test_client())
    gao.sign_in("gao")
    gao.open(f"/reviews/{review}")
    part = f"/desk/versions/{version}/mosaic/pairs"
    assert f'hx-get="{part}"' in gao.page
    for address in (part, part.removesuffix("/pairs")):
        gao.open(address)
        assert "Together with 获奖人员" in gao.text
        assert "Names of people" in gao.text
    stack.ok("POST", f"/api/v1/reviews/{review}/decision", "gao", json={"verdict": "pass"})
    stack.work()
    admin = Browser(stack.client.application.test_client(), language="zh")
    admin.sign_in("admin")
    admin.open("/admin/mosaic")
    assert "获奖人员" in admin.text
    assert "租户名册" in admin.text
    admin.open("/admin/mosaic?severity=low")
    assert "租户名册" not in admin.text
    gao.open("/admin/mosaic")
    assert gao.status == 404


def test_a_table_that_takes_too_long_is_tried_once_and_told_of(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    winners, _ = deliver(stack, tmp_path, "获奖人员", BORN)
    homes, _ = deliver(stack, tmp_path, "租户名册", HOMES, OTHER_UNIT)
    stack.publish(homes, "he", "gao")
    tried: list[Path] = []

    def hurried(path: Path, detected: Mapping[str, str]) -> TableSketch:
        tried.append(path)
        return sketch(path, detected, replace(UNATTENDED, seconds=0))

    monkeypatch.setattr("catalog.jobs.sketching.sketch", hurried)
    stack.publish(winners)
    plain, _ = deliver(stack, tmp_path, "许可清单", PLAIN)
    stack.publish(plain)
    assert len(tried) == len(set(tried)) == 2
    assert "total" not in stack.ok("GET", "/api/v1/mosaic", "admin")
    admin = Browser(stack.client.application.test_client())
    admin.sign_in("admin")
    admin.open("/admin/mosaic")
    assert "2 public tables took too long" in admin.text
