"""A process that prepares entries for the one that writes the index.

It is told the database and spans of ids as JSON on its standard input, and answers a line for each entry and
an empty line after each span.
"""

import json
import os
import sys

from catalog.db import open_database
from catalog.search.documents import Units
from catalog.search.preparing import HIDDEN, PUBLIC, prepared_within

NICENESS = 5
"""Those who ask come first."""


def main() -> None:
    """Answer everything that is asked, and end."""
    os.nice(NICENESS)
    url, spans = json.load(sys.stdin)
    database = open_database(url)
    units: Units = {}
    for first, last in spans:
        made = prepared_within(database, (first, last), units)
        lines = [(PUBLIC if one.public else HIDDEN) + one.fields for one in made]
        sys.stdout.buffer.write(b"\n".join([*lines, b"", b""]))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
