"""Strict reading of what clients send: JSON bodies and query strings.

The lenient readers of the frameworks turn deep nesting, lone surrogates and huge integers into
server errors, and accept duplicate keys and NaN; here each is a 400 that says where and why.
"""

import json
import re
from collections import Counter
from typing import Any
from urllib.parse import unquote_to_bytes

from werkzeug.datastructures import MultiDict

from catalog.errors import RuleError
from schemas.records import Message

MAX_JSON_BYTES = 2**20
MAX_DEPTH = 64
MAX_INTEGER_CHARS = 20
MAX_ARGUMENTS = 50
INT64 = range(-(2**63), 2**63)

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _refuse(code: str, cause: Message, remedy: Message) -> RuleError:
    return RuleError(code, cause, remedy)


def _too_deep(data: bytes) -> bool:
    depth = 0
    for byte in _STRING.sub(b"", data).translate(None, _NOT_BRACKETS):
        depth += 1 if byte in b"[{" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        name = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise _refuse(
            "json-duplicate-key",
            Message("The name %(name)s stands twice in one object.", {"name": shown(name)}),
            Message("Send each name once."),
        )
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_INTEGER_CHARS or int(text) not in INT64:
        raise _refuse(
            "json-integer-range",
            Message("A whole number is too large."),
            Message("Send whole numbers between -9223372036854775808 and 9223372036854775807."),
        )
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise _refuse(
            "json-number-range",
            Message("A number is too large."),
            Message("Send a smaller number, or text."),
        )
    return number


def _constant(text: str) -> float:
    raise _refuse(
        "json-not-a-number",
        Message("%(text)s is not a JSON value.", {"text": text}),
        Message("Send null, or leave the name out."),
    )


def shown(text: str) -> str:
    """A client's word, safe to repeat in a message: short and without control characters."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)[
        :60
    ]


def check_text(text: str, place: str) -> None:
    """Refuse text that cannot be stored or shown: lone surrogates and NUL."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        text_at = "The text at %(place)s has characters that no text can have."
        cause = Message(text_at, {"place": shown(place)})
        raise RuleError(
            "text-characters",
            cause,
            Message("Remove NUL characters and broken emoji or rare characters, then send again."),
            fields={shown(place.partition(".")[2] or place): [cause]},
        )


def check_form(form: MultiDict[str, str]) -> None:
    """Refuse a form with text that cannot be stored or shown, in a name or in a value."""
    for name, value in form.items(multi=True):
        check_text(name, "form")
        check_text(value, f"form.{name}")


def _check_texts(value: Any, place: str) -> None:
    if isinstance(value, str):
        check_text(value, place)
    elif isinstance(value, dict):
        for name, part in value.items():
            check_text(name, place)
            _check_texts(part, f"{place}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _check_texts(part, f"{place}.{index}")


def parse_json(data: bytes) -> Any:
    """Read a JSON body strictly (RFC 8259, I-JSON of RFC 7493 as far as named above)."""
    if len(data) > MAX_JSON_BYTES:
        raise _refuse(
            "json-too-long",
            Message("The request body is longer than 1 MiB."),
            Message("Send less at a time; send files as multipart."),
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(
            "json-encoding",
            Message("The request body is not UTF-8 at byte %(byte)s.", {"byte": error.start}),
            Message("Encode the body as UTF-8."),
        ) from None
    if _too_deep(data):
        raise _refuse(
            "json-too-deep",
            Message("The request body is nested deeper than %(depth)s levels.", {"depth": 64}),
            Message("Send a flatter document."),
        )
    try:
        value = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise _refuse(
            "json-syntax",
            Message(
                "The request body is not JSON at line %(line)s, column %(column)s.",
                {"line": error.lineno, "column": error.colno},
            ),
            Message("Send a JSON document (RFC 8259)."),
        ) from None
    _check_texts(value, "body")
    return value


def check_query(raw: str) -> None:
    """Refuse a query string that is not percent-encoded UTF-8 or has too many arguments."""
    problem = None
    if raw.count("&") >= MAX_ARGUMENTS:
        problem = Message("The address has more than %(count)s arguments.", {"count": 50})
    elif _BAD_PERCENT.search(raw):
        problem = Message("The address has a percent sign that is not followed by two digits.")
    else:
        try:
            text = unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            problem = Message("The arguments in the address are not UTF-8.")
        else:
            check_text(text, "query")
    if problem is not None:
        raise _refuse(
            "query-encoding", problem, Message("Percent-encode the arguments as UTF-8 (RFC 3986).")
        )
