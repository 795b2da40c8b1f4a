"""The one exception of this package: a file that cannot be read as a table, said in plain words."""

from schemas.records import Message, Problem


class UnreadableError(Exception):
    """Reading cannot go on; ``problem`` says where, why and what to do. It never holds cell values."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def refuse(code: str, cause: Message, remedy: Message, place: str = "") -> UnreadableError:
    """Make the exception that says why a file is refused."""
    return UnreadableError(Problem(code=code, cause=cause, remedy=remedy, place=place))
