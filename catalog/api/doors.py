"""How every call of the API is declared: strict about input, documented, answered in one way.

A view is registered with the shape of its body, its arguments and its answer. Whoever is not signed
in is refused before the body of a changing call is read.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar, cast

from flask import Request, request
from flask_smorest import Blueprint  # type: ignore[import-untyped]
from marshmallow import RAISE, Schema, ValidationError, fields
from webargs.flaskparser import FlaskParser

from catalog import http
from catalog.api.cursors import unseal
from catalog.errors import Invalid, RuleError
from catalog.http import idempotency
from catalog.http.strict import parse_json, shown
from schemas.paging import ColumnArgs, NoArgs
from schemas.records import Message

PREFIX = "/api/v1"
BINARY = {"type": "string", "format": "binary"}
View = TypeVar("View", bound=Callable[..., Any])

_SAID = {
    "Missing data for required field.": Message("is needed"),
    "Unknown field.": Message("is not known here"),
    "Field may not be null.": Message("must not be empty"),
    "Not a valid string.": Message("must be text"),
    "Not a valid integer.": Message("must be a whole number"),
    "Not a valid boolean.": Message("must be true or false"),
    "Not a valid list.": Message("must be a list"),
    "Not a valid mapping type.": Message("must be an object"),
    "Invalid input type.": Message("has the wrong form"),
    "Not a valid date.": Message("must be a date like 2026-11-23"),
}
"""What the form checker says, in our words; anything else it says is passed on."""


@dataclass(frozen=True, slots=True)
class File:
    """The answer of a call that is a file of this media type."""

    media_type: str


class NotJson(RuleError):
    """A body that is not JSON where JSON is read."""

    status = 415
    title = "Not JSON"


def invalid(messages: Any) -> Invalid:
    """The refusal of a body or of arguments, field by field with dotted places."""
    places = dict(_flat(messages, ""))
    names = ", ".join(shown(name) for name in places)
    return Invalid(
        "invalid-values",
        Message("Some values cannot be taken: %(names)s.", {"names": names}),
        Message("Correct the named fields and send it again; nothing was saved."),
        fields=places,
    )


def _flat(messages: Any, place: str) -> list[tuple[str, list[Message]]]:
    if isinstance(messages, Mapping):
        found: list[tuple[str, list[Message]]] = []
        for name, inner in messages.items():
            found += _flat(inner, _join(place, shown(str(name))))
        return found
    said = [_said(message) for message in messages]
    return [(place or "body", said)]


def _join(place: str, name: str) -> str:
    if name == "_schema":
        return place
    return f"{place}.{name}" if place else name


def _said(message: Any) -> Message:
    if isinstance(message, Message):
        return message
    return _SAID.get(str(message), Message("%(text)s", {"text": str(message)}))


class StrictParser(FlaskParser):
    """Reads bodies with the strict JSON reader and refuses unknown arguments by name."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE}  # noqa: RUF012

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body; an empty one counts as an object without members."""
        data = req.get_data(cache=True)
        if not data:
            return [] if schema.many else {}
        if not req.is_json:
            raise NotJson(
                "not-json",
                Message("The request body is not declared as JSON."),
                Message("Send JSON with the header Content-Type: application/json."),
            )
        return parse_json(data)

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The arguments without ``lang``, which every address takes; a repeated one is refused."""
        given: dict[str, str | list[str]] = {}
        for name, values in req.args.lists():
            if name == "lang":
                continue
            if isinstance(schema.fields.get(name), fields.List):
                given[name] = values
                continue
            if len(values) > 1:
                raise invalid({name: [Message("stands more than once")]})
            given[name] = unseal(values[0], req.path) if name == "after" else values[0]
        return given

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Mapping[str, str] | None,
    ) -> NoReturn:
        """Turn what the form checker found into a refusal by field."""
        messages = cast("dict[str, Any]", error.messages)
        raise invalid(next(iter(messages.values()), messages)) from None


class _Blueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = StrictParser()


class Door:
    """A group of calls under ``/api/v1`` with one tag in the description."""

    def __init__(self, name: str, description: str) -> None:
        self.tag, self.description = name, description
        self.blueprint = _Blueprint(
            f"api-{name.replace(' ', '-')}", __name__, url_prefix=PREFIX, description=description
        )

    def get(
        self, rule: str, *, answers: Any, query: type[Schema] = NoArgs, alike: bool = False
    ) -> Callable[[View], View]:
        """Declare a call that reads; ``alike`` where whoever is not signed in gets what was made for
        others (``http.kept_alike``)."""
        guard = http.kept_alike if alike else None
        return self._call("GET", rule, answers=answers, query=query, guard=guard)

    def post(
        self,
        rule: str,
        *,
        answers: Any,
        body: Any = None,
        status: int = HTTPStatus.CREATED,
        streamed: bool = False,
        secret: bool = False,
        anybody: bool = False,
        reads: bool = False,
    ) -> Callable[[View], View]:
        """Declare a call that makes something; ``streamed`` views read their body themselves, and
        what goes through ``secret`` ones is not kept for repeats. ``anybody`` needs no account; one
        that only ``reads`` may be repeated without a key."""
        return self._call(
            "POST", rule, answers=answers, body=body, status=status, streamed=streamed,
            guard=None if reads else partial(_for_anybody if anybody else _for_accounts, secret=secret),
        )  # fmt: skip

    def patch(self, rule: str, *, answers: Any, body: Any) -> Callable[[View], View]:
        """Declare a call that changes something in part."""
        return self._call("PATCH", rule, answers=answers, body=body, guard=_for_accounts)

    def put(self, rule: str, *, answers: Any, body: Any) -> Callable[[View], View]:
        """Declare a call that replaces something."""
        return self._call("PUT", rule, answers=answers, body=body, guard=_for_accounts)

    def delete(self, rule: str) -> Callable[[View], View]:
        """Declare a call that removes something."""
        return self._call(
            "DELETE", rule, answers=None, status=HTTPStatus.NO_CONTENT, guard=_for_accounts
        )

    def _call(
        self,
        method: str,
        rule: str,
        *,
        answers: Any,
        body: Any = None,
        query: type[Schema] = NoArgs,
        status: int = HTTPStatus.OK,
        streamed: bool = False,
        guard: Callable[[Callable[..., Any]], Callable[..., Any]] | None = None,
    ) -> Callable[[View], View]:
        blueprint = self.blueprint
        media_type = answers.media_type if isinstance(answers, File) else None
        answered = blueprint.response(
            status, BINARY if isinstance(answers, File) else answers, content_type=media_type
        )

        def register(view: View) -> View:
            called: Callable[..., Any] = answered(view)
            if query is NoArgs:
                called = _without_arguments(called)
            elif query is not ColumnArgs:
                called = blueprint.arguments(query(), location="query", arg_name="query")(called)
            if body is not None:
                shape = body() if isinstance(body, type) else body
                called = blueprint.arguments(shape, required=_needed(shape), arg_name="body")(
                    called
                )
            if guard is not None:
                called = guard(called)
            setattr(called, http.STREAMED, streamed)
            blueprint.route(rule, methods=[method], tags=[self.tag])(called)
            return view

        return register


def _needed(shape: Schema) -> bool:
    return any(field.required for field in shape.fields.values())


def _without_arguments(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        unknown = [name for name in request.args if name != "lang"]
        if unknown:
            raise invalid({name: ["Unknown field."] for name in unknown})
        return view(*args, **kwargs)

    return checked


def _for_anybody(view: Callable[..., Any], *, secret: bool = False) -> Callable[..., Any]:
    for_accounts = _for_accounts(view, secret=secret)

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not http.actor().anonymous:
            return for_accounts(*args, **kwargs)
        if idempotency.HEADER in request.headers:
            raise Invalid(
                "idempotency-key-anonymous",
                Message("An Idempotency-Key belongs to an account; this request has none."),
                Message("Sign in or send a token with it, or leave the key out."),
            )
        return view(*args, **kwargs)

    return guarded


def _for_accounts(view: Callable[..., Any], *, secret: bool = False) -> Callable[..., Any]:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        http.signed_in()
        kept = idempotency.claim(secret=secret)
        return view(*args, **kwargs) if kept is None else kept

    return guarded
