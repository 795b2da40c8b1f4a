"""A table far larger than memory is judged in constant memory, whatever the order of its keys."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import polars as pl

from tests.bench.made_tables import BLOCK_ROWS, NAMES, SCHEMA, frame

ROWS = 21_000_000
"""Three gigabytes."""
MOST_MEGABYTES = 600
PRIME = 99_999_989
"""More than the rows: multiples of a number by it are all different, and in no order."""

JUDGE = """
import json, resource, sys
from datasets.validation import validate
schema = json.loads(sys.argv[2])
source = {"name": "t", "path": "t.csv", "schema": schema}
report = validate(source, basepath=sys.argv[1])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps([report["stats"]["errors"], report["tasks"][0]["stats"]["rows"], peak]))
"""


def test_three_gigabytes_with_keys_in_no_order_need_little_memory(tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("wb") as file:
        file.write((",".join(NAMES) + "\n").encode())
        for first in range(1, ROWS + 1, BLOCK_ROWS):
            numbers = pl.int_range(first, first + BLOCK_ROWS, eager=True)
            codes = "KM" + (numbers * 7_919 % PRIME).cast(pl.String).str.zfill(8)
            rows = frame(first, BLOCK_ROWS).with_columns(codes.alias("编码"))
            file.write(rows.write_csv(include_header=False).encode())
    schema = json.dumps({**SCHEMA, "primaryKey": ["编码"]})
    judged = subprocess.run(
        [sys.executable, "-c", JUDGE, str(tmp_path), schema],
        check=True,
        capture_output=True,
        text=True,
    )
    (tmp_path / "t.csv").unlink()
    errors, rows, megabytes = json.loads(judged.stdout)
    assert (errors, rows) == (0, ROWS)
    assert megabytes < MOST_MEGABYTES
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024 < MOST_MEGABYTES
