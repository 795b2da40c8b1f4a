"""How places in a table are written."""

from collections.abc import Iterable


def ranges(numbers: Iterable[int]) -> str:
    """Numbers as a clerk would write them: 1-2, 5, 7-9."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and number == parts[-1][1] + 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in parts)
