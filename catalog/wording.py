"""Words for people: messages become sentences of a language, refusals become problem documents.

Message ids are English; the catalogue under ``catalog/translations`` holds the other languages.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import Any, Protocol

from schemas.records import Message, Problem

TRANSLATIONS = Path(__file__).parent / "translations"
DOMAIN = "messages"
LOCALES: dict[str, str] = {"zh": "zh_Hans_CN", "en": "en"}
"""Languages of the portal (the word in ``?lang=``) and the name of each in the catalogue."""
DEFAULT_LANGUAGE = "zh"
_COMMA = {"zh": "、", "en": ", "}
PROBLEM_TYPE = "application/problem+json"


class Refusal(Protocol):
    """What a rule's error tells a door; ``catalog.errors.RuleError`` is one."""

    status: int
    title: str
    code: str
    cause: Message
    remedy: Message | None
    fields: dict[str, Sequence[Message]]
    reasons: tuple[Problem, ...]


@lru_cache(maxsize=len(LOCALES))
def _catalogue(language: str) -> NullTranslations:
    return translation(DOMAIN, TRANSLATIONS, [LOCALES[language]], fallback=True)


def say(message: Message, language: str = DEFAULT_LANGUAGE) -> str:
    """The sentence in this language; a message without translation is said in English.

    A parameter that is itself a message is said in the same language.
    """
    text = str(_catalogue(language).gettext(message.text)) if message.text else ""
    if not message.params:
        return text
    values = {name: _part(value, language) for name, value in message.params.items()}
    if language == "en":
        text = _counted(text, values)
    try:
        return text % values
    except (KeyError, TypeError, ValueError):
        # A translation with a wrong place must not turn an answer into an error.
        return message.text


_ONE: dict[str, str] = {
    "classes": "class",
    "duties": "duty",
    "entries": "entry",
    "subqueries": "subquery",
}
"""Counted things whose singular is not the word without its last letter."""

_NO_COUNT = frozenset(
    ["as", "begins", "contains", "covers", "does", "ends", "has", "holds", "is", "names", "opens",
     "stands", "waits", "was"]
)  # fmt: skip
"""Words that end like a plural after a place, and are none."""

_OF_ONE = {
    "are": "is", "differ": "differs", "have": "has", "hold": "holds", "need": "needs",
    "share": "shares", "stand": "stands", "wait": "waits", "were": "was", "carry": "carries",
    "write": "writes", "begin": "begins",
}  # fmt: skip
"""What is said of several things -> of one."""

_COUNT = re.compile(
    r"%\((?P<number>\w+)\)[sd] "
    r"(?P<kind>(?:(?:[a-z]+ )?(?=[a-z]+\(s\))|(?:different|public|repeated|working) )?)"
    r"(?P<thing>[a-z]+(?:\(s\)|s\b))(?P<said>(?: [a-z]+)?)"
)


def _counted(text: str, values: Mapping[str, Any]) -> str:
    """An English sentence whose counted things agree with their numbers: ``1 row is``, ``2 rows are``.

    Sentences are written for several things, some with ``row(s)``; other languages need no such care.
    """

    def agree(found: re.Match[str]) -> str:
        if found["thing"] in _NO_COUNT:
            return found[0]
        thing = found["thing"].replace("(s)", "s")
        said = found["said"]
        if str(values.get(found["number"])) == "1":
            thing = _ONE.get(thing, thing.removesuffix("s"))
            said = f" {_OF_ONE.get(said[1:], said[1:])}" if said else ""
        return f"%({found['number']})s {found['kind']}{thing}{said}"

    return _COUNT.sub(agree, text)


def listed(words: Sequence[str], language: str = DEFAULT_LANGUAGE) -> str:
    """Words one after another as the language lists them."""
    return _COMMA[language].join(words)


def _part(value: Any, language: str) -> Any:
    if isinstance(value, Message):
        return say(value, language)
    if isinstance(value, (list, tuple, set, frozenset)):
        return listed([str(_part(item, language)) for item in value], language)
    return value


_PLACES: dict[str, Message] = {
    "row": Message("row %(number)s"),
    "rows": Message("rows %(number)s"),
    "column": Message("column %(number)s"),
    "columns": Message("columns %(number)s"),
    "line": Message("line %(number)s"),
    "byte": Message("byte %(number)s"),
    "sheet": Message("sheet %(number)s"),
}
"""Words with which engines name places -> how they are said."""


_NUMBERS = r"\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*…?"
_PLACE = re.compile(rf"(rows?|columns?|line|byte) ({_NUMBERS})")
_PLACED = re.compile(rf"{_PLACE.pattern}(?:, {_PLACE.pattern})*")


def place(text: str, language: str = DEFAULT_LANGUAGE) -> str:
    """A place such as ``rows 3-5, 9`` or ``row 3, column 4``, said; anything else stays as it is."""
    word, _, name = text.partition(" ")
    if word == "sheet" and name:
        found = [(word, name)]
    elif _PLACED.fullmatch(text):
        found = [
            (one[1].rstrip("s") if one[2].isdigit() else one[1], one[2])
            for one in _PLACE.finditer(text)
        ]
    else:
        return text
    said = (Message(_PLACES[word].text, {"number": number}) for word, number in found)
    return listed([say(one, language) for one in said], language)


def reason(problem: Problem, language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """One problem of an engine or a shut gate, said: code, place, cause, remedy."""
    return {
        "code": problem.code,
        "place": place(problem.place, language),
        "cause": say(problem.cause, language),
        "remedy": say(problem.remedy, language),
    }


def spoken(record: Mapping[str, Any], language: str = DEFAULT_LANGUAGE) -> str:
    """A message that was stored as JSON (``text`` and ``params``), said."""
    params = {
        name: Message(value["text"], value.get("params") or {}) if _stored(value) else value
        for name, value in (record.get("params") or {}).items()
    }
    return say(Message(str(record.get("text", "")), params), language)


def _stored(value: Any) -> bool:
    return isinstance(value, Mapping) and "text" in value


def problem(
    error: Refusal, language: str = DEFAULT_LANGUAGE, *, public_url: str = ""
) -> dict[str, Any]:
    """The problem document of a refusal (RFC 9457) with our members ``code``, ``remedy``,
    ``errors`` by field and ``reasons``."""
    document: dict[str, Any] = {
        "type": f"{public_url.rstrip('/')}/developers/problems/{error.code}",
        "title": say(Message(error.title), language),
        "status": error.status,
        "detail": say(error.cause, language),
        "code": error.code,
    }
    if error.remedy is not None:
        document["remedy"] = say(error.remedy, language)
    if error.fields:
        document["errors"] = {
            name: [say(message, language) for message in messages]
            for name, messages in error.fields.items()
        }
    if error.reasons:
        document["reasons"] = [reason(item, language) for item in error.reasons]
    return document
