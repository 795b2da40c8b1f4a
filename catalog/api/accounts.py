"""People and their tokens: ``/users`` and ``/tokens``."""

from typing import Any

from werkzeug.wrappers import Response

from catalog import http
from catalog.api.answers import nothing, one, whole
from catalog.api.doors import PREFIX, Door
from catalog.auth import Permission, require
from catalog.errors import stale
from catalog.services import accounts, roles
from schemas.accounts import GrantIn, NewTokenOut, TokenIn, TokenOut, UserIn, UserOut, UserPatch
from schemas.paging import page_of

door = Door("accounts", "People, roles and tokens")


@door.get("/tokens", answers=page_of(TokenOut))
def tokens() -> Response:
    """Your own tokens that still work; never the tokens themselves"""
    actor = http.signed_in()
    with http.reading() as session:
        return whole(accounts.tokens_of(session, actor, actor.name), TokenOut)


@door.post("/tokens", answers=NewTokenOut, body=TokenIn, secret=True)
def make_token(body: dict[str, Any]) -> Response:
    """Make a token for yourself; it is shown only in this answer"""
    actor = http.signed_in()
    with http.transaction() as session:
        token = accounts.make_token(
            session, actor, actor.name, label=body["label"], scopes=tuple(body["scopes"]),
            days=body["days"], now=http.now(),
        )  # fmt: skip
        session.flush()
        newest = accounts.tokens_of(session, actor, actor.name)[0]
        return one(
            TokenOut, newest, status=201, token=token, location=f"{PREFIX}/tokens/{newest.id}"
        )


@door.delete("/tokens/<int(max=2147483647):token_id>")
def revoke_token(token_id: int) -> Response:
    """End a token at once"""
    with http.transaction() as session:
        accounts.revoke_token(session, http.actor(), token_id, now=http.now())
    return nothing()


@door.get("/users", answers=page_of(UserOut))
def users() -> Response:
    """Every account with its roles"""
    http.signed_in()
    with http.reading() as session:
        return whole(accounts.list_users(session, http.actor()), UserOut)


@door.post("/users", answers=UserOut, body=UserIn, secret=True)
def add_user(body: dict[str, Any]) -> Response:
    """Make an account with one role"""
    actor, given = http.signed_in(), body["password"]
    require(actor, Permission.USER_MANAGE)
    password = accounts.hashed(given) if given else None
    with http.transaction() as session:
        user = accounts.add_user(
            session, actor, body["name"], role=body["role"], unit_code=body["unit"],
            password=password, display_name=body["display_name"], now=http.now(),
        )  # fmt: skip
        return one(UserOut, user, status=201)


@door.post("/users/<name>/roles", answers=UserOut, body=GrantIn)
def grant(body: dict[str, Any], name: str) -> Response:
    """Give an account a further role"""
    with http.transaction() as session:
        user = roles.grant(
            session, http.actor(), name, role=body["role"], unit_code=body["unit"], now=http.now()
        )
        return one(UserOut, user, status=201)


@door.delete("/users/<name>/roles/<role>")
def revoke(name: str, role: str) -> Response:
    """Take a role for the whole platform from an account"""
    return _revoke(name, role, "")


@door.delete("/users/<name>/roles/<role>/<unit>")
def revoke_for_unit(name: str, role: str, unit: str) -> Response:
    """Take a role for one unit from an account"""
    return _revoke(name, role, unit)


def _revoke(name: str, role: str, unit: str) -> Response:
    with http.transaction() as session:
        roles.revoke(session, http.actor(), name, role=role, unit_code=unit, now=http.now())
    return nothing()


@door.patch("/users/<name>", answers=UserOut, body=UserPatch)
def set_active(body: dict[str, Any], name: str) -> Response:
    """Close or reopen an account"""
    if http.expected() is not None:
        raise stale()  # accounts have no version that anybody could have been given
    with http.transaction() as session:
        user = accounts.set_active(
            session, http.actor(), name, active=body["active"], now=http.now()
        )
        return one(UserOut, user)
