"""``python -m tests.bench [--quick] [--out FOLDER] [NAME …]``: one table, printed and kept.

A name stands for the benches that begin with it, too: ``validate`` for ``validate-dirty`` and so on.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from catalog.runtime import collect_seldom
from tests.bench.artefacts import artefacts
from tests.bench.command import command
from tests.bench.detection import detection
from tests.bench.doors import doors
from tests.bench.downloads import downloads
from tests.bench.examining import delivery, start_up
from tests.bench.exchanging import exchanging
from tests.bench.figures import Row, markdown
from tests.bench.harvests import harvests
from tests.bench.ledger import ledger
from tests.bench.ledger_rooms import rooms
from tests.bench.reading import rates
from tests.bench.rows import rows
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.searching import searching
from tests.bench.uploads import uploads
from tests.bench.validating import clean, dirty, forms, large, lines, small, workbook

BENCHES: dict[str, Callable[[Scale, Path], list[Row]]] = {
    "validate-clean": clean,
    "validate-dirty": dirty,
    "validate-forms": forms,
    "validate-lines": lines,
    "validate-workbook": workbook,
    "validate-small": small,
    "validate-large": large,
    "command": command,
    "artefacts": artefacts,
    "detection": detection,
    "upload": uploads,
    "delivery": delivery,
    "search": searching,
    "rows": rows,
    "download": downloads,
    "start-up": start_up,
    "rates": rates,
    "ledger": ledger,
    "rooms": rooms,
    "harvest": harvests,
    "exchange": exchanging,
    "doors": doors,
}
OUT = Path(__file__).parents[2] / "bench-results"


def measure(scale: Scale, names: Sequence[str]) -> list[Row]:
    """Every bench in a folder of its own, which is gone afterwards."""
    found: list[Row] = []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(
            prefix="gongkai-bench-", ignore_cleanup_errors=True
        ) as folder:
            found += BENCHES[name](scale, Path(folder))
    return found


def _meant(name: str) -> list[str]:
    """The benches that a name stands for."""
    return [one for one in BENCHES if one == name or one.startswith(f"{name}-")]


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write ``table.md``."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(words)
    collect_seldom()  # as every process of the product does
    unknown = sorted(name for name in given.names if not _meant(name))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHES)}")
    names = dict.fromkeys(one for name in given.names or BENCHES for one in _meant(name))
    text = markdown(measure(QUICK if given.quick else FULL, list(names)))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
