"""Versions beside each other at every door: what the public may see of them, and nothing else."""

from pathlib import Path

from tests.common.browser import Browser
from tests.common.portal import item
from tests.common.stack import Stack

FIRST = "编号,名称,地址\n1,甲所,一号\n2,乙所,二号\n3,丙所,三号\n"
SECOND = "编号,名称,电话区号,地址\n2,乙处,010,二号\n3,丙所,010,三号\n4,丁所,021,四号\n"


def deliver(stack: Stack, slug: str, resource: str, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    stack.deliver(resource, file, file.name)
    held = {one["name"] for one in stack.ok("GET", f"/api/v1/datasets/{slug}", "lin")["fields"]}
    fields = [
        {"name": name, "openness": "unconditional"}
        for name in text.split("\n", maxsplit=1)[0].split(",")
    ]
    if held != {one["name"] for one in fields}:
        stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": fields})
        stack.work()
    stack.publish(slug)


def test_two_versions_are_compared_until_a_field_is_closed(stack: Stack, tmp_path: Path) -> None:
    number = item(stack)
    slug, resource = stack.entry(title="机构名录")
    at = f"/api/v1/resources/{resource}/differences"
    deliver(stack, slug, resource, tmp_path / "table.csv", FIRST)
    assert stack.call("GET", at).get_json()["code"] == "version-not-published"
    deliver(stack, slug, resource, tmp_path / "table.csv", SECOND)

    found = stack.ok("GET", at)
    assert (found["from"], found["to"], found["key"]) == (1, 2, ["编号"])
    assert (found["added"], found["removed"], found["changed"]) == (1, 1, 1)
    assert found["columns_added"] == ["电话区号"]
    assert found["changed_rows"] == [
        {"key": ["2"], "cells": [{"column": "名称", "before": "乙所", "after": "乙处"}]}
    ]
    assert found["removed_rows"] == [["1", "甲所", "一号"]]
    back = stack.ok("GET", f"{at}?from=2&to=1")
    assert (back["added"], back["columns_removed"]) == (1, ["电话区号"])
    assert stack.call("GET", f"{at}?from=1&to=9").status_code == 404
    assert stack.call("GET", f"{at}?from=x").status_code == 422

    visitor = Browser(stack.client.application.test_client())
    visitor.open(f"/datasets/{slug}?tab=versions")
    (link,) = visitor.links(rf"/datasets/{slug}\?tab=versions&table=[^\"]*")
    visitor.open(link)
    assert "Version 2 beside version 1" in visitor.text
    assert "乙所" in visitor.text
    assert "乙处" in visitor.text
    visitor.open(f"/datasets/{slug}?tab=versions&table=table&to=7")
    assert "no such two published versions" in visitor.text

    closing = [
        {"name": name, "openness": "unconditional"} for name in ("编号", "名称", "电话区号")
    ] + [{"name": "地址", "openness": "withheld", "withheld_by": [number]}]
    stack.ok("PATCH", f"/api/v1/datasets/{slug}", "lin", json={"fields": closing})
    assert stack.call("GET", at).status_code == 410  # closing it suspends the entry
    stack.deliver(resource, tmp_path / "table.csv", "table.csv")
    stack.publish(slug)
    found = stack.ok("GET", f"{at}?from=1&to=3")
    assert (found["removed"], found["columns"]) == (1, ["编号", "名称"])
    assert found["removed_rows"] == [["1", "甲所"]]
    assert "地址" not in str(found)
    assert stack.ok("GET", at)["same"]
