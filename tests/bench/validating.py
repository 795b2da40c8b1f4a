"""Validation beside Frictionless itself, whose report ours must equal in every key."""

import json
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv
from frictionless import Resource

from datasets.validation import validate
from tests.bench.figures import NONE, Row, seconds, times
from tests.bench.made_tables import NAMES, SCHEMA, frame, write_csv
from tests.bench.scale import Scale

PEERS = Path(__file__).parent / "validating_peers.py"
PEER_PACKAGES = ("pandera[polars]", "dataframely", "pointblank", "polars")
TRIES = 3
SMALL_TRIES = 30
WATCHED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""A small process in between, for a new process counts the memory of the one it comes from, too."""


def clean(scale: Scale, folder: Path) -> list[Row]:
    """The clean file beside Frictionless, beside only reading it, and beside checks of data frames."""
    rows = scale.validated_rows
    path = write_csv(folder / "clean.csv", rows)
    first = _pair(f"{rows:,} rows x 12, clean UTF-8", folder, _described(path.name))
    ours = best(partial(_ours, folder, _described(path.name)))
    return [first, _bare_read(path, ours), *(_others(path, ours) if scale.datasette else [])]


def dirty(scale: Scale, folder: Path) -> list[Row]:
    """Errors of every type, ragged and blank rows among them."""
    rows = scale.validated_rows
    spoilt = _described(write_csv(folder / "dirty.csv", rows, dirty=True).name)
    what = f"{rows:,} rows x 12, 0.1 % of the rows bad"
    return [
        _pair(f"{what}, all errors", folder, spoilt, limit=0),
        _pair(f"{what}, default limit of 1,000 errors", folder, spoilt),
    ]


def forms(scale: Scale, folder: Path) -> list[Row]:
    """The same table written otherwise."""
    rows = scale.validated_rows
    chinese = write_csv(folder / "gb18030.csv", rows, encoding="gb18030")
    quoted = write_csv(folder / "quoted.csv", rows, quoted=True)
    what = f"{rows:,} rows x 12, clean"
    return [
        _pair(f"{what}, GB18030", folder, _described(chinese.name) | {"encoding": "gb18030"}),
        _pair(f"{what}, every cell quoted", folder, _described(quoted.name)),
    ]


def lines(scale: Scale, folder: Path) -> list[Row]:
    """JSON lines."""
    rows = scale.validated_rows
    return [_pair(f"{rows:,} JSON lines", folder, _lines(folder, rows))]


def workbook(scale: Scale, folder: Path) -> list[Row]:
    """A workbook of typed cells."""
    what = f"XLSX of {scale.workbook_rows:,} rows"
    return [_pair(what, folder, _workbook(folder, scale))]


def small(_scale: Scale, folder: Path) -> list[Row]:
    """A table so short that setting things up is all there is to it."""
    table = _described(write_csv(folder / "small.csv", 100).name)
    ours = best(partial(_ours, folder, table), SMALL_TRIES)
    peer = best(partial(_theirs, folder, table), SMALL_TRIES)
    return [
        Row(
            "Validate 100 rows, within a running process",
            f"{ours * 1000:.1f} ms",
            f"{peer * 1000:.1f} ms (Frictionless 5.21)",
            times(ours, peer),
        )
    ]


def large(scale: Scale, folder: Path) -> list[Row]:
    """A file larger than memory, by the command in a process of its own."""
    path = write_csv(folder / "large.csv", scale.large_rows)
    (folder / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    command = (sys.executable, "-m", "catalog", "validate", path.name, "--schema", "schema.json")
    begun = time.perf_counter()
    told = subprocess.run(
        (sys.executable, "-c", WATCHED, *command),
        cwd=folder, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    taken = time.perf_counter() - begun
    return [
        Row(
            f"Validate {path.stat().st_size / 1e6:,.0f} MB of CSV ({scale.large_rows:,} rows x 12) "
            "by the command: time and most memory",
            f"{taken:.1f} s, {int(told) / 1024:,.0f} MB",
        )
    ]


def _described(path: str) -> dict[str, Any]:
    return {"name": "table", "path": path, "schema": SCHEMA}


def _ours(folder: Path, table: Mapping[str, Any], limit: int = 1_000) -> dict[str, Any]:
    return validate(dict(table), basepath=str(folder), limit_errors=limit)


def _theirs(folder: Path, table: Mapping[str, Any], limit: int = 1_000) -> dict[str, Any]:
    described = Resource.from_descriptor(dict(table), basepath=str(folder))
    return dict(described.validate(limit_errors=limit).to_descriptor())


def best(work: Callable[[], object], tries: int = TRIES) -> float:
    """The quickest of a few runs: what else the machine does only ever adds."""
    return min(seconds(work) for _ in range(tries))


def wall_and_cpu(work: Callable[[], object], tries: int = TRIES) -> tuple[float, float]:
    """The least seconds that a few runs took, and the least of all processors together."""
    wall, cpu = [], []
    for _ in range(tries):
        before = time.process_time()
        wall.append(seconds(work))
        cpu.append(time.process_time() - before)
    return min(wall), min(cpu)


def _pair(what: str, folder: Path, table: Mapping[str, Any], *, limit: int = 1_000) -> Row:
    reports: list[dict[str, Any]] = []
    ours, cpu = wall_and_cpu(lambda: reports.append(_ours(folder, table, limit)))
    peer, peer_cpu = wall_and_cpu(lambda: reports.append(_theirs(folder, table, limit)), 1)
    assert _timeless(reports[0]) == _timeless(reports[-1]), f"{what}: the reports differ"
    errors = reports[0]["stats"]["errors"]
    return Row(
        f"Validate {what}: {errors:,} errors, the same report",
        f"{ours:.2f} s ({cpu:.2f} s of CPU)",
        f"{peer:.1f} s ({peer_cpu:.1f} s of CPU; Frictionless 5.21)",
        f"{times(ours, peer)} ({times(cpu, peer_cpu)} by CPU)",
    )


def _timeless(report: dict[str, Any]) -> str:
    for part in (report, *report["tasks"]):
        part["stats"] = {k: v for k, v in part["stats"].items() if k != "seconds"}
    return json.dumps(report, sort_keys=True, default=str)


def _bare_read(path: Path, ours: float) -> Row:
    def read() -> None:
        kinds = dict.fromkeys(NAMES, pa.string())
        pa_csv.read_csv(
            path,
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(column_types=kinds, strings_can_be_null=False),
        )

    peer = best(read)
    return Row(
        "Validate the clean file, beside only reading its cells",
        f"{ours:.2f} s",
        f"{peer:.2f} s (PyArrow `read_csv`, all text, two threads)",
        times(ours, peer),
    )


def _lines(folder: Path, rows: int) -> dict[str, Any]:
    with (folder / "lines.jsonl").open("wb") as file:
        for first in range(1, rows + 1, 100_000):
            table = frame(first, min(100_000, rows + 1 - first))
            numbers = [pl.col(name).cast(pl.Int64) for name in ("序号",)]
            table.with_columns(numbers).write_ndjson(file)
    return _described("lines.jsonl")


def _workbook(folder: Path, scale: Scale) -> dict[str, Any]:
    table = frame(1, scale.workbook_rows)
    typed = [pl.col("序号").cast(pl.Int64), pl.col("金额").cast(pl.Float64)]
    table.with_columns(typed).write_excel(folder / "table.xlsx", autofit=False)
    return _described("table.xlsx")


def _others(path: Path, ours: float) -> list[Row]:
    """Libraries that check a data frame; they name no row numbers and refuse what they cannot type."""
    python = str(path.parent / "peers" / "bin" / "python")
    venv.create(path.parent / "peers", with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", *PEER_PACKAGES]
    what = "Validate the clean file, beside checks of data frames (reading included)"
    if subprocess.run(install, capture_output=True, check=False).returncode:
        return [Row(what, f"{ours:.2f} s", "the peers could not be installed here", NONE)]
    done = subprocess.run(
        [python, str(PEERS), str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
    figures: dict[str, float] = json.loads(done.stdout or "{}")
    return [
        Row(what, f"{ours:.2f} s", f"{peer:.2f} s ({name})", times(ours, peer))
        for name, peer in figures.items()
    ]
