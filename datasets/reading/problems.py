"""The one exception of this package: a file that cannot be read as a table, said in plain words."""

from collections.abc import Iterable

from schemas.records import Message, Problem


class UnreadableError(Exception):
    """Reading cannot go on; ``problem`` says where, why and what to do. It never holds cell values.

    ``members`` are names of tables in the file, where choosing one of them would help.
    """

    def __init__(self, problem: Problem, members: tuple[str, ...] = ()) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.members = members


def refuse(
    code: str, cause: Message, remedy: Message, place: str = "", *, members: Iterable[str] = ()
) -> UnreadableError:
    """Make the exception that says why a file is refused."""
    problem = Problem(code=code, cause=cause, remedy=remedy, place=place)
    return UnreadableError(problem, tuple(members))
