"""Errors of a Frictionless report as the templates take them."""

from collections.abc import Mapping
from typing import Any

from catalog.pages.staff import message
from schemas import report_words
from schemas.records import Message


def told(
    error: Mapping[str, Any], field: Mapping[str, Any] | None, language: str
) -> dict[str, Message]:
    """What is wrong and what to do; an error of a check of our own says it by itself."""
    if own := error.get("gongkai:message"):
        return {"message": message(own), "remedy": report_words.OTHER}
    wrong, remedy = report_words.told(error, field, language)
    return {"message": wrong, "remedy": remedy}
