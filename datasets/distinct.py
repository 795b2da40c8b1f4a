"""The different texts of a column, where they are so few that judging each of them is the least work."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

FEW: Final = 500
SAMPLE: Final = 1_000
"""A part of so many cells says whether a look at the whole column is worth it."""


def few_different(column: pa.StringArray) -> pa.StringArray | None:
    """The different texts of a column, nulls among them; ``None`` where they are more than ``FEW``."""
    if len(column) > 2 * SAMPLE and len(pc.unique(column.slice(0, SAMPLE))) > FEW:
        return None
    different = pc.unique(column)
    return different if len(different) <= FEW else None
