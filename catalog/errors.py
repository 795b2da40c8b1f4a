"""What rules raise. A door turns each into its own form: problem document, page or exit code."""

from collections.abc import Mapping, Sequence

from schemas.records import Message, Problem


class RuleError(Exception):
    """Something a rule refuses. ``status`` is the HTTP status every door agrees on.

    ``code`` is stable and machine-readable, ``cause`` says why, ``remedy`` what to do,
    ``fields`` the same by input field, ``reasons`` the shut gates of a submission.
    """

    status = 400
    title = "Bad request"

    def __init__(
        self,
        code: str,
        cause: Message,
        remedy: Message | None = None,
        *,
        fields: Mapping[str, Sequence[Message]] | None = None,
        reasons: Sequence[Problem] = (),
    ) -> None:
        super().__init__(code)
        self.code = code
        self.cause = cause
        self.remedy = remedy
        self.fields = dict(fields or {})
        self.reasons = tuple(reasons)


class Invalid(RuleError):
    """A value breaks a rule of its field."""

    status = 422
    title = "Invalid value"


class Unauthenticated(RuleError):
    """Nobody knows who is asking."""

    status = 401
    title = "Sign-in needed"


class Forbidden(RuleError):
    """The actor is known and may not do this."""

    status = 403
    title = "Not allowed"


class NotFound(RuleError):
    """No such thing, or none that the actor may know of: both look the same."""

    status = 404
    title = "Not found"


class Gone(RuleError):
    """It was public and has been withdrawn or retired; the reason and date are public."""

    status = 410
    title = "Withdrawn"


class Conflict(RuleError):
    """The thing is not in a state that allows this, or a gate is shut."""

    status = 409
    title = "Conflict"


class Stale(RuleError):
    """Somebody else saved in the meantime."""

    status = 412
    title = "Changed in the meantime"


class TooLarge(RuleError):
    """More bytes than allowed."""

    status = 413
    title = "Too large"


class TooMany(RuleError):
    """Too often; ``retry_after`` seconds."""

    status = 429
    title = "Too many requests"

    def __init__(self, code: str, cause: Message, *, retry_after: int) -> None:
        super().__init__(code, cause, Message("Wait and try again."))
        self.retry_after = retry_after


class Busy(RuleError):
    """A part that we need does not answer now; ``retry_after`` seconds."""

    status = 503
    title = "Busy"
    retry_after = 2


class Unfinished(Busy):
    """It is being made and will be there soon."""

    title = "Being made"
    retry_after = 10


class NotOffered(RuleError):
    """What an installation cannot do safely it does not do."""

    status = 501
    title = "Not offered here"


class Full(RuleError):
    """No room left to store it."""

    status = 507
    title = "No room left"


def missing(what: str) -> NotFound:
    """The one answer for things that do not exist and things the actor may not know of."""
    return NotFound(
        f"{what}-not-found",
        Message("There is nothing here under that address."),
        Message("Check the address, or look it up in the directory."),
    )


def stale() -> Stale:
    """The answer to a save that was based on an older state."""
    return Stale(
        "stale",
        Message("Somebody else has changed this since you opened it; nothing was saved."),
        Message("Load it again, compare, and save once more."),
    )
