"""What commands print: lines in the language of the terminal, one line for a refusal."""

import json
import os
from collections.abc import Mapping
from typing import Any

import click

from catalog import wording
from catalog.errors import RuleError
from schemas.records import Message, Problem
from schemas.vocabularies import Severity

LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
SEVERITIES = {
    Severity.HIGH: Message("high"),
    Severity.MEDIUM: Message("medium"),
    Severity.LOW: Message("low"),
}


def language() -> str:
    """The language of the operator's terminal."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LANG") if os.environ.get(name)), "")
    return "zh" if chosen.startswith("zh") else "en"


def say(message: Message) -> str:
    """The sentence for the operator."""
    return wording.say(message, language())


def say_stored(record: Mapping[str, Any]) -> str:
    """The sentence for the operator, of a message that was stored as JSON."""
    return wording.spoken(record, language())


def joined(*sentences: str) -> str:
    """Sentences one after another; Chinese ones have no space between them."""
    return ("" if language() == "zh" else " ").join(filter(None, sentences))


def tell(text: str | Message) -> None:
    """One line on standard output; a message is said in the operator's language."""
    click.echo(say(text) if isinstance(text, Message) else text)


def note(text: str | Message) -> None:
    """One line on standard error, beside the result; a message as in ``tell``."""
    click.echo(say(text) if isinstance(text, Message) else text, err=True)


def at(place: str) -> str:
    """How a line about a place begins: the place and a colon; nothing where there is none."""
    said = wording.place(place, language())
    return f"{said}{colon()}" if said else ""


def colon() -> str:
    """The colon of the operator's language, with the space that belongs to it."""
    return "：" if language() == "zh" else ": "


def as_json(value: Any) -> None:
    """One line of JSON on standard output."""
    click.echo(json_line(value))


def json_line(value: Any) -> str:
    """JSON on one line for every reader: the three separators that some take for line ends are escaped."""
    return json.dumps(value, ensure_ascii=False, default=str).translate(LINE_ENDS)


def refuse(error: RuleError) -> None:
    """A refusal: cause and remedy on one line, then each bad field and shut gate on its own."""
    remedy = say(error.remedy) if error.remedy else ""
    note(f"{error.code}: {joined(say(error.cause), remedy)}")
    for name, messages in error.fields.items():
        note(f"  {name}: {'; '.join(say(message) for message in messages)}")
    for reason in error.reasons:
        note(f"  {problem_line(reason)}")


def problem_line(problem: Problem) -> str:
    """A problem on one line."""
    return f"{problem.code}: {at(problem.place)}{joined(say(problem.cause), say(problem.remedy))}"


def visible(text: str) -> str:
    """``text`` without anything that a terminal obeys: control characters become pictures of them."""
    return "".join(map(_picture, text)) if not text.isprintable() else text


def _picture(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "�"
