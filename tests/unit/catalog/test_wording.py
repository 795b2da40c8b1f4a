"""Messages become sentences, refusals become problem documents."""

import re
from typing import Any

import pytest
from babel.messages.pofile import read_po

from catalog import wording
from catalog.errors import Conflict, Invalid
from schemas.records import Message, Problem

COUNTED = frozenset(
    [
        "arguments",
        "articles",
        "bytes",
        "cells",
        "changes",
        "characters",
        "classes",
        "columns",
        "counts",
        "datasets",
        "days",
        "deadlines",
        "digits",
        "duties",
        "entries",
        "errors",
        "events",
        "fields",
        "figures",
        "files",
        "findings",
        "groups",
        "heads",
        "items",
        "jobs",
        "levels",
        "lines",
        "others",
        "pages",
        "parts",
        "places",
        "questions",
        "records",
        "requests",
        "rows",
        "seconds",
        "sheets",
        "statements",
        "subqueries",
        "tables",
        "texts",
        "things",
        "times",
        "units",
        "values",
        "years",
    ]
)
"""What sentences count; every other word with that end after a place is a verb."""


def test_a_message_is_said_with_its_params() -> None:
    assert wording.say(Message("%(count)s rows", {"count": 3}), "en") == "3 rows"


@pytest.mark.parametrize(
    ("text", "params", "said"),
    [
        ("%(count)s findings", {"count": 1}, "1 finding"),
        ("%(count)s findings", {"count": "1,001"}, "1,001 findings"),
        ("%(count)s findings", {"count": 0}, "0 findings"),
        ("%(rows)s rows, %(errors)s errors", {"rows": 2, "errors": "1"}, "2 rows, 1 error"),
        ("%(count)d row(s) are empty.", {"count": 1}, "1 row is empty."),
        ("%(count)d row(s) are empty.", {"count": 3}, "3 rows are empty."),
        ("%(count)d column name(s) carry marks", {"count": 1}, "1 column name carries marks"),
        ("%(count)s entries wait", {"count": 1}, "1 entry waits"),
        ("%(days)s working days", {"days": 1}, "1 working day"),
        ("%(name)s holds %(n)s classes", {"name": 1, "n": 1}, "1 holds 1 class"),
        ("%(name)s is twice there", {"name": "1"}, "1 is twice there"),
    ],
)
def test_what_is_counted_agrees_with_its_number(
    text: str, params: dict[str, Any], said: str
) -> None:
    assert wording.say(Message(text, params), "en") == said


def test_every_word_after_a_number_is_known_to_be_counted_or_not() -> None:
    """A verb that ends like a plural would lose its last letter."""
    with (wording.TRANSLATIONS / "zh_Hans_CN/LC_MESSAGES/messages.po").open("rb") as file:
        texts = [one.id for one in read_po(file) if isinstance(one.id, str)]
    words = {word for text in texts for word in re.findall(r"%\(\w+\)[sd] ([a-z]+s)\b", text)}
    said = {word: wording.say(Message(f"%(n)s {word}", {"n": 1}), "en") for word in words}
    assert {word for word in words if said[word] != f"1 {word}"} == COUNTED


def test_a_message_inside_a_message_is_said_too() -> None:
    inner = Message("empty")
    assert wording.say(Message("It is %(why)s.", {"why": inner}), "en") == "It is empty."


def test_a_message_with_a_missing_place_does_not_fall_over() -> None:
    assert (
        wording.say(Message("%(count)s of %(all)s", {"count": 1}), "en") == "%(count)s of %(all)s"
    )


def test_percent_signs_need_no_care_without_params() -> None:
    assert wording.say(Message("90 % of units"), "en") == "90 % of units"


@pytest.mark.parametrize("language", wording.LOCALES)
def test_a_problem_document_names_cause_remedy_fields_and_reasons(language: str) -> None:
    refusal = Conflict(
        "gates-shut",
        Message("%(count)s things are open.", {"count": 1}),
        Message("Settle them."),
        fields={"title": [Message("is needed")]},
        reasons=[Problem("invalid", Message("Not valid."), Message("Mend it."), "powers")],
    )
    document = wording.problem(refusal, language, public_url="https://data.example/")
    assert document["type"] == "https://data.example/developers/problems/gates-shut"
    assert document["status"] == 409
    assert document["code"] == "gates-shut"
    assert set(document) == {
        "type", "title", "status", "detail", "code", "remedy", "errors", "reasons",
    }  # fmt: skip
    assert list(document["errors"]) == ["title"]
    assert document["reasons"][0]["place"] == "powers"


def test_a_plain_refusal_has_no_empty_members() -> None:
    document = wording.problem(Invalid("bad", Message("Bad.")), "en")
    assert set(document) == {"type", "title", "status", "detail", "code"}


def test_a_stored_message_is_said_with_nested_messages() -> None:
    stored = {"text": "It is %(why)s.", "params": {"why": {"text": "empty", "params": {}}}}
    assert wording.spoken(stored, "en") == "It is empty."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rows 1-2, 5, 7-9…", "第 1-2, 5, 7-9… 行"),
        ("row 3, column 4", "第 3 行、第 4 列"),
        ("line 6, byte 70", "第 6 行、字节 70"),
        ("sheet 名单, 二", "工作表“名单, 二”"),
        ("columns 3-4", "第 3-4 列"),
        ("features.properties", "features.properties"),
        ("", ""),
    ],
)
def test_places_are_said_in_chinese_and_left_alone_when_unknown(text: str, said: str) -> None:
    assert wording.place(text, "zh") == said
    assert wording.place(text, "en") == text


def test_one_row_of_several_is_said_to_be_one() -> None:
    assert [wording.place(text, "en") for text in ("columns 3", "rows 7", "rows 7…")] == [
        "column 3", "row 7", "rows 7…",
    ]  # fmt: skip
    assert wording.place("columns 3", "zh") == "第 3 列"
