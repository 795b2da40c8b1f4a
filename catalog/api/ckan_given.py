"""What a client of CKAN's Action API sends, in any of its ways, and refusals as CKAN spells them."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import request

from catalog.errors import (
    Busy,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    RuleError,
    TooMany,
    Unauthenticated,
)
from catalog.http.strict import check_form, parse_json
from catalog.wording import say

TRUE: Final = frozenset({"true", "yes", "on", "1", "t", "y"})
FALSE: Final = frozenset({"false", "no", "off", "0", "f", "n", ""})
MOST: Final = 2**31
_NUMBER: Final = re.compile(r"[+-]?\d{1,18}")

Given = dict[str, Any]


class BadRequest(Exception):
    """A request that is no call of an action: answered with a bare JSON string."""


class Refused(Exception):
    """An action's refusal: HTTP status, CKAN's word for its type, and what it says."""

    def __init__(self, status: int, kind: str, said: Mapping[str, Any] | str) -> None:
        super().__init__(kind)
        told = {"message": said} if isinstance(said, str) else dict(said)
        self.status, self.error = status, {"__type": kind, **told}


def not_found(detail: str = "") -> Refused:
    """Nothing by that name that everybody may know of."""
    return Refused(404, "Not Found Error", f"Not found: {detail}" if detail else "Not found")


def invalid(name: str, said: str) -> Refused:
    """A value that cannot be taken."""
    return Refused(409, "Validation Error", {name: [said]})


def denied(detail: str) -> Refused:
    """What nobody may do here."""
    return Refused(403, "Authorization Error", f"Access denied: {detail}")


def refusal(error: RuleError) -> Refused:
    """A refusal of our rules in CKAN's words."""
    said = " ".join(say(one, "en") for one in (error.cause, error.remedy) if one is not None)
    match error:
        case NotFound() | Gone():
            return not_found(said)
        case Forbidden() | Unauthenticated():
            return denied(said)
        case Invalid():
            fields = {name: [say(one, "en") for one in told] for name, told in error.fields.items()}
            return Refused(409, "Validation Error", fields or {"message": said})
        case TooMany() | Busy():
            return Refused(error.status, f"{error.title} Error", said)
    kind = "Internal Server Error" if error.status >= 500 else "Bad Request Error"
    return Refused(error.status, kind, said)


def read() -> Given:
    """The arguments of this request: a form, else the address over a JSON body."""
    try:
        check_form(request.form)
        if form := _lists(request.form.lists()):
            return _whole(form)
        return {**_json(), **_lists(request.args.lists())}
    except RuleError as error:
        raise BadRequest(f"JSON Error: {say(error.cause, 'en')}") from None


def _lists(pairs: Any) -> Given:
    return {
        name: values if len(values) > 1 else values[0] for name, values in pairs if name != "lang"
    }


def _whole(form: Given) -> Given:
    """Old clients send a JSON document as the one name of a form."""
    if len(form) == 1:
        (name,) = form
        if form[name] in {"", "1"} and name.lstrip().startswith("{"):
            return _object(parse_json(name.encode()))
    return form


def _json() -> Given:
    if request.method != "POST" or request.mimetype == "multipart/form-data":
        return {}
    body = request.get_data()
    return _object(parse_json(body)) if body.strip() else {}


def _object(value: Any) -> Given:
    if not isinstance(value, dict):
        raise BadRequest("JSON Error: the request data is not an object")
    return value


def text(given: Given, name: str, default: str = "") -> str:
    """A text; the last of several."""
    value = given.get(name, default)
    if isinstance(value, list):
        value = value[-1] if value else default
    if value is None:
        return default
    if isinstance(value, dict):
        raise invalid(name, "Must be a string")
    return str(value)


def needed(given: Given, name: str = "id") -> str:
    """A text that must be there."""
    found = text(given, name).strip()
    if not found:
        raise invalid(name, "Missing value")
    return found


def natural(given: Given, name: str, default: int) -> int:
    """A whole number from 0 on."""
    number = integer(given, name, default)
    if number < 0:
        raise invalid(name, "Must be a natural number")
    return number


def integer(given: Given, name: str, default: int) -> int:
    """A whole number, in either spelling."""
    value = text(given, name).strip()
    if not value:
        return default
    if not _NUMBER.fullmatch(value):
        raise invalid(name, "Invalid integer")
    return max(-MOST, min(MOST, int(value)))


def boolean(given: Given, name: str, *, default: bool = False) -> bool:
    """Yes or no, in any of CKAN's spellings."""
    value = text(given, name, str(default)).strip().lower()
    if value in TRUE:
        return True
    return default if value not in FALSE else False


def several(given: Given, name: str) -> list[str]:
    """A list: repeated, as JSON, or separated by commas."""
    value = given.get(name)
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise invalid(name, "Could not parse as valid JSON") from None
    if isinstance(value, str):
        value = [one.strip() for one in value.split(",")]
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(name, "Not a list")
    return [str(one) for one in value if str(one)]
