"""How rows and columns of totals are called: one home for all who look for them."""

import re
from typing import Final

LEVELS: Final = {"小计": 0, "合计": 1, "总计": 2, "总合计": 2}
"""What a label says its row adds up: everything since the last row of the same or a higher level."""

FOOT: Final = re.compile(r"(?:总?合计|总计|共计|累计|全[区市县]合计|本页合计)(?:[（(：:].*)?")
"""The whole first cell of a last row, without white space, that is no record but adds them all up."""

ROW: Final = r"^[ \t]*(?:[合总小共] {0,4}计|累计|总数|全[市区县省国]|(?i:total|sum))"
"""Begins the name of a row that adds others up; for engines that cannot look around."""

ANYWHERE: Final = re.compile(
    r"合\s*计|总\s*计|小\s*计|共\s*计|总\s*数|^\s*全\s*[市区县省国]|\b(?:sub)?total\b|\bsum\b|\ball\b",
    re.IGNORECASE,
)
"""Stands in some text of a row that may add others up: where counts are hidden, one row too many is
taken for a total rather than one too few."""

COLUMN: Final = "合计|总计|小计|共计"
"""Stands in the header of a column that adds others up."""
