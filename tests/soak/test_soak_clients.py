"""Frictionless' reader of CKAN portals, and pandas, read a served portal. Both bring packages that the product
has no need of, so they get an environment of their own."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from catalog.settings import Settings
from tests.common.chromium import served
from tests.common.isolated import python_with
from tests.common.portal import TABLE, published
from tests.common.stack import open_stack
from tests.conftest import NOW

pytestmark = pytest.mark.soak
WANTED = ("frictionless[ckan,json,excel,parquet]==5.21.0", "pandas", "fsspec", "aiohttp", "pyarrow")
PORTAL = """
import json, sys
from frictionless import Catalog, Package
from frictionless.portals import CkanControl
base, slug, unit, group = sys.argv[1:]
asked = {
    "all": {}, "first": {"num_packages": 1}, "rest": {"num_packages": 1, "results_offset": 1},
    "search": {"search": {"q": "处罚"}}, "none": {"search": {"q": "没有这样的词"}},
    "unit": {"organization_name": unit}, "group": {"group_id": group},
}
found = {}
for name, more in asked.items():
    try:
        catalog = Catalog(control=CkanControl(baseurl=base, **more))
        found[name] = [one.package.name for one in catalog.datasets]
    except Exception as error:
        found[name] = str(error)
package = Package(control=CkanControl(baseurl=base, dataset=slug))
rows = {one.format: len(one.read_rows()) for one in package.resources if one.format != "json"}
print(json.dumps({"found": found, "title": package.title, "rows": rows}))
"""
TABLES = """
import json, sys
import fsspec, pandas, pyarrow.parquet
at = sys.argv[1]
read = {
    "csv": pandas.read_csv(at + ".csv"), "parquet": pandas.read_parquet(at + ".parquet"),
    "json": pandas.read_json(at + ".json"), "ndjson": pandas.read_json(at + ".ndjson", lines=True),
}
with fsspec.open(at + ".parquet", block_size=64) as remote:
    part = pyarrow.parquet.ParquetFile(remote).read(["职权名称"]).num_rows
pieces = fsspec.filesystem("http").cat_ranges([at + ".csv"] * 2, [0, 12], [6, 15])
whole = fsspec.filesystem("http").cat(at + ".csv")
print(json.dumps({
    "rows": {name: len(table) for name, table in read.items()}, "part": part,
    "same": pieces == [whole[0:6], whole[12:15]],
}))
"""


@dataclass(frozen=True)
class Place:
    """Where a portal is, its entries, and the organization and group that CKAN's clients see them in."""

    base: str
    slugs: list[str]
    unit: str
    group: str


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the clients."""
    return python_with(tmp_path_factory.mktemp("clients"), *WANTED)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A served portal with two entries."""
    folder = tmp_path_factory.mktemp("portal")
    with open_stack(Settings(home=folder / "home"), NOW) as stack:
        (folder / "powers.csv").write_text(TABLE)
        slugs = [
            published(stack, folder / "powers.csv", title=title, licence="gongkai-open-1.0")
            for title in ("行政处罚职权", "行政许可职权")
        ]
        names = [
            stack.ok("GET", f"/api/3/action/{kind}_list")["result"][0]
            for kind in ("organization", "group")
        ]
        with served(stack) as base:
            stack.runtime.settings.public_url = base
            yield Place(base, slugs, *names)


def said(python: Path, program: str, *words: str) -> Any:
    """What a program says at its end, run where no file of ours can be taken for a plugin."""
    done = subprocess.run(
        [python, "-P", "-c", program, *words], capture_output=True, text=True, check=False, timeout=300
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_frictionless_reads_the_portal_as_a_ckan(python: Path, portal: Place) -> None:
    slugs = portal.slugs
    told = said(python, PORTAL, portal.base, slugs[0], portal.unit, portal.group)
    found = told["found"]
    assert sorted(found["all"]) == sorted(slugs)
    assert sorted([*found["first"], *found["rest"]]) == sorted(slugs)
    assert sorted(found["unit"]) == sorted(found["group"]) == sorted(slugs)
    assert found["search"][0] == slugs[0]
    assert found["none"] == []
    assert told["title"] == "行政处罚职权"
    assert told["rows"] == dict.fromkeys(("csv", "ndjson", "parquet", "xlsx"), 24)


def test_pandas_reads_every_format_and_parts_by_ranges(python: Path, portal: Place) -> None:
    told = said(python, TABLES, f"{portal.base}/datasets/{portal.slugs[0]}/table")
    assert told["rows"] == dict.fromkeys(("csv", "parquet", "json", "ndjson"), 24)
    assert told["part"] == 24
    assert told["same"]
