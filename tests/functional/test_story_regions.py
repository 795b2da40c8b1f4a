"""Regions are called by their names: entered by page, API and command, and read everywhere."""

from click.testing import CliRunner

from catalog.cli import gongkai
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, UNIT, Stack


def _in_regions(stack: Stack) -> None:
    for unit, region in ((UNIT, "340301"), (OTHER_UNIT, "340302")):
        stack.ok("PATCH", f"/api/v1/units/{unit}", "admin", json={"region": region},
                 headers={"If-Match": "*"})  # fmt: skip


def _said(stack: Stack) -> list[str]:
    return [one["name"] for one in stack.ok("GET", "/api/v1/openness?by=region")["regions"]]


def test_a_region_is_named_at_every_door_and_read_by_its_name(stack: Stack) -> None:
    _in_regions(stack)
    slug, resource = stack.entry(region="340301")
    stack.ok("PATCH", f"/api/v1/resources/{resource}", "lin",
             json={"url": "https://data.example/a.csv", "format": "csv"},
             headers={"If-Match": "*"})  # fmt: skip
    stack.publish(slug)
    assert _said(stack) == ["340301", "340302"]
    admin = Browser(stack.client)
    admin.sign_in("admin")
    admin.open("/admin/units")
    admin.send("/admin/regions", region_code="34x", region_name="甲区")
    assert (admin.status, 'id="region_code-error"' in admin.page) == (422, True)
    admin.send("/admin/regions", region_code="340301", region_name="甲区")
    put = stack.ok("PUT", "/api/v1/regions/340302", "admin", json={"name": "乙区"})
    assert put == {"code": "340302", "name": "乙区"}
    stack.ok("PUT", "/api/v1/regions/340302", "lin", status=403, json={"name": "丙区"})
    assert _said(stack) == ["甲区", "乙区"]
    environment = {
        "GONGKAI_HOME": str(stack.runtime.settings.home),
        "GONGKAI_DATABASE_URL": str(stack.runtime.settings.database_url or ""),
    }
    done = CliRunner().invoke(gongkai, ["unit", "region", "340302", "丁区"], env=environment)
    assert done.output == "340302 丁区\n"
    assert _said(stack) == ["甲区", "丁区"]
    assert [one["name"] for one in stack.ok("GET", "/api/v1/regions")["items"]] == ["甲区", "丁区"]
    reader = Browser(stack.client)
    stack.client.delete_cookie("gk_session")
    for path in (
        "/openness?by=region",
        f"/units/{UNIT}",
        f"/datasets/{slug}",
        "/datasets?region=340301",
    ):
        reader.open(path)
        assert "甲区" in reader.text, path
    reader.open("/openness?region=340301")
    assert "甲区" in reader.text
