"""Errors of a Frictionless report in words that a clerk can act on."""

from collections.abc import Mapping
from typing import Any

from catalog.pages.staff import message
from schemas.records import Message

ERRORS: dict[str, tuple[Message, Message]] = {
    "type-error": (
        Message("The value is not of the declared type."),
        Message("Correct the value, or change the type of the field."),
    ),
    "constraint-error": (
        Message("The value breaks a rule of its field: %(note)s"),
        Message("Correct the value, or change the rule of the field."),
    ),
    "unique-error": (
        Message("The value stands more than once in a field that has no repeats."),
        Message("Remove or correct the repeated row."),
    ),
    "primary-key": (
        Message("The key of the row is missing or stands more than once."),
        Message("Give each row its own key."),
    ),
    "missing-cell": (
        Message("The row has fewer cells than the header."),
        Message("Fill in the missing cells, or remove the row."),
    ),
    "extra-cell": (
        Message("The row has more cells than the header."),
        Message("Remove the extra cells; put text with commas in quotes."),
    ),
    "blank-row": (Message("The row is empty."), Message("Remove the row.")),
    "blank-header": (
        Message("The header is empty."),
        Message("Name the columns in the first row."),
    ),
    "blank-label": (Message("A column has no name."), Message("Name the column.")),
    "duplicate-label": (
        Message("Two columns have the same name."),
        Message("Give each column its own name."),
    ),
    "missing-label": (
        Message("A column of the schema is not in the file."),
        Message("Add the column, or correct its name."),
    ),
    "extra-label": (
        Message("The file has a column that is not in the schema."),
        Message("Remove the column, or add it to the fields."),
    ),
    "incorrect-label": (
        Message("A column has another name than the schema says."),
        Message("Correct the name of the column."),
    ),
    "credit-code": (
        Message("The unified social credit code is wrong; its check digit does not fit."),
        Message("Copy the code again from its certificate."),
    ),
    "citizen-id": (
        Message("The citizen identity number is wrong; its check digit does not fit."),
        Message("Correct the number, or leave the column out of the public file."),
    ),
    "region-code": (
        Message("The administrative division code does not exist."),
        Message("Use a code of GB/T 2260."),
    ),
    "date-order": (
        Message("A date that has to come later stands before the other."),
        Message("Correct one of the two dates."),
    ),
    "duplicate-row": (
        Message("The row is the same as an earlier one."),
        Message("Remove the repeated row."),
    ),
}
"""Type of an error -> what is wrong, what to do. Values of the file are never repeated here."""
OTHER = Message("Correct it in the file and deliver the file again.")


def told(error: Mapping[str, Any]) -> dict[str, Message]:
    """What is wrong and what to do; an error of a check of our own says it by itself."""
    note = str(error.get("note", ""))
    if own := error.get("gongkai:message"):
        return {"message": message(own), "remedy": OTHER}
    known = ERRORS.get(str(error.get("type", "")))
    if known is None:
        return {"message": Message(note or str(error.get("title", ""))), "remedy": OTHER}
    return {"message": Message(known[0].text, {"note": note}), "remedy": known[1]}
