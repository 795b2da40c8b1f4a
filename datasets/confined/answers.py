"""What a child process answers over a pipe: lines, whatever pieces they arrive in."""

ANSWER_BYTES = 512 * 2**20


class TooLongError(Exception):
    """A line is longer than any answer may be."""


class Answers:
    """Puts lines together; a long one costs no more than its bytes."""

    def __init__(self, most: int = ANSWER_BYTES) -> None:
        self._most, self._size = most, 0
        self._pieces: list[bytes] = []

    def lines(self, data: bytes) -> list[bytes]:
        """The lines that end in this piece. Raises ``TooLongError``."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > self._most:
            raise TooLongError
        if b"\n" not in data:
            return []
        *ended, rest = b"".join(self._pieces).split(b"\n")
        self._pieces, self._size = [rest], len(rest)
        return ended
