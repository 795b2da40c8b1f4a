"""What failed before is tried again ever more rarely, and at last no more."""

from typing import Final

MOST_IN_VAIN: Final = 64


class Hopes:
    """Whether something quick but unsure is worth trying again."""

    def __init__(self) -> None:
        self._in_vain = 0

    def are_left(self) -> bool:
        """Whether to try now: after a failure at the 2nd, 4th, 8th, … opportunity since."""
        if self._in_vain & (self._in_vain - 1) or self._in_vain > MOST_IN_VAIN:
            self._in_vain += 1
            return False
        return True

    def come_true(self, came: bool) -> None:
        """Tell how the try went."""
        self._in_vain = 0 if came else self._in_vain + 1
