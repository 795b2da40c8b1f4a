"""Which form of an answer a client would rather have (RFC 9110, section 12.5.1)."""

from collections.abc import Mapping

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.wrappers import Response

from catalog.errors import RuleError
from schemas.records import Message


class NoSuchForm(RuleError):
    """None of the forms that a client takes is one that we have."""

    status = 406
    title = "No such form"


def preferred(offered: Mapping[str, str]) -> str:
    """Of the forms ``offered`` (media type -> name) the one that the header Accept ranks highest; among
    equals, and without the header, the first. Raises ``NoSuchForm``."""
    # Parameters like charset and version are no reason to refuse: there is one form of each type.
    taken = MIMEAccept((kind.partition(";")[0], rank) for kind, rank in request.accept_mimetypes)
    best = max(offered, key=taken.quality) if taken else next(iter(offered))
    if taken and not taken.quality(best):
        raise NoSuchForm(
            "no-such-form",
            Message(
                "Accept names only forms that are not made here: %(named)s.",
                {"named": request.headers.get("Accept", "")[:200]},
            ),
            Message("There are: %(names)s.", {"names": ", ".join(offered)}),
        )
    return offered[best]


def by_accept(answer: Response) -> Response:
    """Say that the answer follows from the header Accept."""
    answer.vary.add("Accept")
    return answer
