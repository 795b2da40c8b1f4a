"""What the doors of other people's standards share: the catalogue's own description, validators,
arguments that are refused by name."""

from collections.abc import Callable
from importlib.metadata import version

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog.errors import RuleError
from catalog.http.caching import Body, for_everybody, tag_of
from catalog.http.context import runtime
from catalog.services import publications
from schemas.published import Site
from schemas.records import Message

RELEASE = version("gongkai")
DESCRIPTION = "全市公共机构数据资源目录：无条件开放、有条件开放和不予开放的条目及其依据。"


def site() -> Site:
    """The catalogue itself, as the settings have it."""
    settings = runtime().settings
    return Site(
        settings.public_url.rstrip("/"),
        settings.site_name,
        DESCRIPTION,
        settings.site_owner or settings.site_name,
    )


def check_arguments(*known: str) -> None:
    """Refuse arguments that the door does not know, or that stand twice."""
    for name, values in request.args.lists():
        if name not in {*known, "lang"} or len(values) > 1:
            raise RuleError(
                "unknown-argument",
                Message(
                    "The argument %(name)s is not known here, or stands twice.", {"name": name[:60]}
                ),
                Message("This address takes: %(names)s.", {"names": ", ".join(known)})
                if known
                else Message("This address takes no arguments."),
            )


def whole(session: Session, make: Callable[[], Body], *, media_type: str, name: str) -> Response:
    """An answer about the whole catalogue; ``name`` becomes the name of the saved file."""
    arguments = sorted(request.args.items(multi=True))
    return for_everybody(
        make,
        media_type=media_type,
        tag=tag_of(RELEASE, site(), request.path, arguments, publications.stamp(session)),
        modified=publications.last_change(session),
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
