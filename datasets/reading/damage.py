"""Long codes that a spreadsheet has destroyed, which nothing can bring back.

A spreadsheet keeps 15 digits of a number: an 18-digit code opened in it ends in ``000``, read as a
64-bit float it becomes the nearest multiple of 16 to 128, and shown in a narrow column it is saved
as ``1.1E+17``. Of the invalid all-digit 18-character codes in files of a real portal two thirds
were made this way. GB 32100-2015 and GB 11643-1999 check digits tell chance from damage.
"""

import re
from dataclasses import dataclass, field

from datasets.reading.cells import EDGES

SCIENTIFIC = re.compile(r"[1-9](?:\.\d+)?[eE]\+?(\d{2})")
CODE_HEADER = re.compile(
    r"代码|编号|编码|号码|证号|证件|账号|帐号|卡号|电话|手机|身份证|许可证|注册号|识别号|ID|code",
    re.IGNORECASE,
)
LONG_CODE = 16
CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
KEPT = 1_000
"""How many damaged cells are listed one by one; the rest is only counted."""


@dataclass(slots=True)
class Damage:
    """Destroyed cells found so far: (record number, column number) from 1 and the cell's text."""

    cells: list[tuple[int, int, str]] = field(default_factory=list)
    count: int = 0

    def add(self, record: int, column: int, cell: str) -> None:
        """Count a cell, and keep its place while there is room."""
        self.count += 1
        if len(self.cells) < KEPT:
            self.cells.append((record, column, cell))


def is_destroyed(cell: str, header: str) -> bool:
    """Tell a code whose last digits were lost from one that merely looks odd."""
    text = cell.strip(EDGES)
    scientific = SCIENTIFIC.fullmatch(text)
    if scientific is not None:
        power = int(scientific[1])
        return 14 <= power <= 24 or (power >= 10 and CODE_HEADER.search(header) is not None)
    if len(text) != 18 or not (text.isascii() and text.isdigit()):
        return False
    rounded = text.endswith("000") or int(float(text)) == int(text)
    return rounded and not has_check_digit(text)


def has_check_digit(text: str) -> bool:
    """Say whether 18 digits pass as a credit code (GB 32100-2015) or a citizen number (GB 11643-1999)."""
    total = sum(int(text[i]) * pow(3, i, 31) for i in range(17))
    if CREDIT_CODE[(31 - total % 31) % 31] == text[17]:
        return True
    total = sum(int(text[i]) * CITIZEN_WEIGHTS[i] for i in range(17))
    return "10X98765432"[total % 11] == text[17]
