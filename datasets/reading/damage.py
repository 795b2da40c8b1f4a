"""Long codes that a spreadsheet has destroyed, which nothing can bring back.

A spreadsheet keeps 15 digits of a number: an 18-digit code opened in it ends in ``000``, read as a
64-bit float it becomes the nearest multiple of 16 to 128, and shown in a narrow column it is saved
as ``1.1E+17``. Of the invalid all-digit 18-character codes in files of a real portal two thirds
were made this way. GB 32100-2015 and GB 11643-1999 check digits tell chance from damage.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import mul

from datasets.identifiers import (
    CITIZEN_CHECKS,
    CITIZEN_WEIGHTS,
    CREDIT_CODE_ALPHABET,
    CREDIT_CODE_WEIGHTS,
)

SCIENTIFIC = re.compile(r"[1-9](?:\.\d+)?[eE]\+?(\d{2})")
CODE_HEADER = re.compile(
    r"代码|编号|编码|号码|证号|证件|账号|帐号|卡号|电话|手机|身份证|许可证|注册号|识别号|ID|code",
    re.IGNORECASE,
)
CODE_LENGTH = 18
CHECKED_HEADER = re.compile(r"信用代码|身份证|证件|公民身份|纳税人识别号|税号")
KEPT = 1_000
"""How many damaged cells of a column are listed one by one; the rest is only counted."""
BEYOND_CHANCE = 0.2
"""Of codes that were never near a spreadsheet about one in a hundred looks rounded."""
CODE_POWERS = range(14, 20)
SHORTEST_CODE_POWER = 10

Place = tuple[int, int, str]
"""Record number and column number, both from 1, and the cell's text."""


@dataclass(slots=True)
class ColumnDamage:
    """What speaks for and against damage in one column."""

    failing: int = 0
    rounded: int = 0
    scientific: int = 0
    powers: set[int] = field(default_factory=set)
    rounded_cells: list[Place] = field(default_factory=list)
    scientific_cells: list[Place] = field(default_factory=list)

    def verdict(self, header: str) -> tuple[int, list[Place]]:
        """Count and list the destroyed cells of the column, leaving out what may be chance."""
        count, cells = 0, []
        if CHECKED_HEADER.search(header) or self.rounded > BEYOND_CHANCE * self.failing:
            count += self.rounded
            cells += self.rounded_cells
        one_power = len(self.powers) == 1 and min(self.powers) in CODE_POWERS
        is_code = CODE_HEADER.search(header) and max(self.powers, default=0) >= SHORTEST_CODE_POWER
        if one_power or is_code:
            count += self.scientific
            cells += self.scientific_cells
        return count, cells


@dataclass(slots=True)
class Damage:
    """Traces of destroyed codes by column (from 0), gathered cell by cell and judged at the end."""

    columns: dict[int, ColumnDamage] = field(default_factory=dict)

    def look_at(self, record: int, column: int, cell: str) -> None:
        """Take note of a cell that may have been a code."""
        scientific = SCIENTIFIC.fullmatch(cell)
        if scientific is not None:
            seen = self.columns.setdefault(column, ColumnDamage())
            seen.scientific += 1
            seen.powers.add(int(scientific[1]))
            if len(seen.scientific_cells) < KEPT:
                seen.scientific_cells.append((record, column + 1, cell))
        elif (
            len(cell) == CODE_LENGTH
            and cell.isascii()
            and cell.isdigit()
            and not has_check_digit(cell)
        ):
            seen = self.columns.setdefault(column, ColumnDamage())
            seen.failing += 1
            if cell.endswith("000") or int(float(cell)) == int(cell):
                seen.rounded += 1
                if len(seen.rounded_cells) < KEPT:
                    seen.rounded_cells.append((record, column + 1, cell))

    def add_codes(self, column: int, failing: int, rounded: int, cells: Iterable[Place]) -> None:
        """Take note of codes whose check digits fail; ``cells`` are those of them that are rounded."""
        seen = self.columns.setdefault(column, ColumnDamage())
        seen.failing += failing
        seen.rounded += rounded
        seen.rounded_cells += islice(cells, max(KEPT - len(seen.rounded_cells), 0))

    def verdict(
        self, labels: Sequence[str], destroyed: Iterable[tuple[int, int]]
    ) -> tuple[int, list[Place]]:
        """Judge all columns; ``destroyed`` are places that the file itself stores as numbers."""
        count = 0
        places: dict[tuple[int, int], str] = {}
        for column, seen in self.columns.items():
            more, cells = seen.verdict(labels[column] if column < len(labels) else "")
            count += more
            places.update({(record, at): cell for record, at, cell in cells})
        for place in destroyed:
            if place not in places:
                count += 1
                places[place] = ""
        return count, [(record, column, cell) for (record, column), cell in sorted(places.items())]


def has_check_digit(text: str) -> bool:
    """Say whether 18 digits pass as a credit code (GB 32100-2015) or a citizen number (GB 11643-1999)."""
    digits = [int(char) for char in text[:17]]
    total = sum(map(mul, digits, CREDIT_CODE_WEIGHTS))
    if CREDIT_CODE_ALPHABET[(31 - total % 31) % 31] == text[17]:
        return True
    return CITIZEN_CHECKS[sum(map(mul, digits, CITIZEN_WEIGHTS)) % 11] == text[17]
