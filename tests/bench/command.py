"""The command beside that of Frictionless: whole processes, from the shell and back."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench.figures import Row, seconds, times
from tests.bench.made_tables import SCHEMA, write_csv
from tests.bench.scale import Scale

TRIES = 7
GONGKAI = (sys.executable, "-m", "catalog", "validate")
FRICTIONLESS = (sys.executable, "-m", "frictionless", "validate")
FILES = 50


def command(_scale: Scale, folder: Path) -> list[Row]:
    """One small table with its schema, and a folder of them."""
    (folder / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    write_csv(folder / "small.csv", 100)
    words = ("small.csv", "--schema", "schema.json", "--json")
    ours, peer = (_best(folder, (*program, *words)) for program in (GONGKAI, FRICTIONLESS))
    one = Row(
        "Validate 100 rows, the whole command",
        f"{ours:.2f} s",
        f"{peer:.2f} s (frictionless validate)",
        times(ours, peer),
    )
    many = folder / "many"
    many.mkdir()
    for number in range(FILES):
        write_csv(many / f"table-{number}.csv", 100)
    all_ours = _best(folder, (*GONGKAI, "many", "--json"), 2)
    each = Row(
        f"Validate {FILES} tables of 100 rows in a folder",
        f"{all_ours:.2f} s",
        f"{peer * FILES:.0f} s (frictionless validate, {FILES} times)",
        times(all_ours, peer * FILES),
    )
    return [one, each]


def _best(folder: Path, words: Sequence[str], tries: int = TRIES) -> float:
    def run() -> None:
        # A bad table is exit code 1; anything above would be no figure.
        done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
        if done.returncode > 1 or not done.stdout:
            raise RuntimeError(done.stderr.decode())

    return min(seconds(run) for _ in range(tries))
