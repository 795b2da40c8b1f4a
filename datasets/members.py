"""How one of several tables of a file is named: by its file in an archive, its sheet, its number.

``archive.csv``, ``Sheet1`` and ``archive.xlsx#Sheet1`` are names that the file gives. ``Sheet1:2`` is the
second of the tables that stand below each other on a sheet, ``:2`` that of a file without sheets: no
sheet has a colon in its name, and no file on the systems that offices use.
"""

import re
from typing import Final

_NAMED: Final = re.compile(r"(.*):([1-9][0-9]{0,3})", re.DOTALL)


def split_member(member: str) -> tuple[str, int]:
    """The file or sheet that a name asks for, and which of its tables; 0 where it says nothing."""
    found = _NAMED.fullmatch(member)
    return (found[1], int(found[2])) if found else (member, 0)
