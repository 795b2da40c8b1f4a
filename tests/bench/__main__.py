"""``python -m tests.bench [--quick] [--out FOLDER] [NAME …]``: one table, printed and kept."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

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
from tests.bench.validating import validating

BENCHES: dict[str, Callable[[Scale, Path], list[Row]]] = {
    "validate": validating,
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


def main(words: Sequence[str] | None = None) -> None:
    """Measure, print, and write ``table.md``."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="small sizes, under a minute")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args(words)
    unknown = sorted(set(given.names) - set(BENCHES))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    text = markdown(measure(QUICK if given.quick else FULL, given.names or list(BENCHES)))
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / "table.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
