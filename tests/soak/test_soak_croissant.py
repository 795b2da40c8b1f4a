"""The reference loader of Croissant reads our tables; it weighs 370 MB, so it gets an environment of
its own, made here."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.settings import Settings
from tests.common.chromium import served
from tests.common.isolated import python_with
from tests.common.portal import TABLE, published
from tests.common.stack import open_stack
from tests.conftest import NOW

pytestmark = pytest.mark.soak
LOADER = "mlcroissant==1.1.1"
READ = """
import itertools, json, sys
import mlcroissant as mlc
dataset = mlc.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
rows = [
    {name: value.decode() if isinstance(value, bytes) else str(value) for name, value in row.items()}
    for row in dataset.records(record_set="table")
]
print(json.dumps({"errors": sorted(issues.errors), "rows": rows}))
"""


@pytest.fixture(scope="module")
def loader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has the loader."""
    return python_with(tmp_path_factory.mktemp("loader"), LOADER)


@pytest.fixture
def descriptor(tmp_path: Path) -> Iterator[str]:
    """The address of the descriptor of a table on a served portal."""
    with open_stack(Settings(home=tmp_path / "home"), NOW) as stack:
        (tmp_path / "powers.csv").write_text(TABLE)
        slug = published(stack, tmp_path / "powers.csv", title="行政处罚职权",
                         licence="gongkai-open-1.0", keywords=["处罚"])  # fmt: skip
        with served(stack) as base:
            stack.runtime.settings.public_url = base
            yield f"{base}/datasets/{slug}/croissant.json"


def test_the_reference_loader_reads_every_record(loader: Path, descriptor: str) -> None:
    done = subprocess.run(
        [loader, "-c", READ, descriptor], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["errors"] == []
    assert len(told["rows"]) == 24
    assert told["rows"][0]["table/职权名称"] == "对违法行为1的处罚"
    assert told["rows"][23]["table/序号"] == "24"
