"""Errors of a Frictionless report in words that a clerk can act on; pages and terminal say the same."""

import re
from collections.abc import Mapping
from typing import Any

from schemas.field_rules import broken
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
    "industry-code": (
        Message("The industry code does not exist."),
        Message("Use a code of GB/T 4754-2017."),
    ),
    "totals": (
        Message("The total is not the sum of its parts (%(fields)s)."),
        Message("Correct the total or one of its parts."),
    ),
    "date-order": (
        Message("A date that has to come later stands before the other (%(fields)s)."),
        Message("Correct one of the two dates."),
    ),
    "duplicate-row": (
        Message("The row is the same as an earlier one."),
        Message("Remove the repeated row."),
    ),
    "foreign-key": (
        Message("The value is not in the table that it refers to."),
        Message("Correct the value, or add the missing row to the other table."),
    ),
    "source-error": (
        Message("The content cannot be read as a table."),
        Message("Open the file in the program it comes from and save it again."),
    ),
    "encoding-error": (
        Message("The text is not in the encoding that was declared or guessed."),
        Message("Save the file as UTF-8, or declare its encoding."),
    ),
    "format-error": (
        Message(
            "The file is damaged, locked by a password, or of another kind than its name says."
        ),
        Message("Open the file in the program it comes from and save it again."),
    ),
    "scheme-error": (
        Message("The file or address cannot be opened."),
        Message("Check that it exists and that you may read it."),
    ),
    "compression-error": (
        Message("The packed file cannot be unpacked."),
        Message("Pack the file again, or deliver it unpacked."),
    ),
    "hash-count": (
        Message("The hash is not the one that is declared: the file was changed."),
        Message("Fetch the file again, or correct the declared hash."),
    ),
    "byte-count": (
        Message("The file has another size than is declared."),
        Message("Fetch the file again, or correct the declared size."),
    ),
    "field-count": (
        Message("The table has another number of fields than is declared."),
        Message("Correct the table, or the declared number."),
    ),
    "row-count": (
        Message("The table has another number of rows than is declared."),
        Message("Correct the table, or the declared number."),
    ),
    "unmatched-header": (
        Message("No column of the file is in the schema."),
        Message("Correct the header, or use another schema."),
    ),
    "row-constraint": (
        Message("The row breaks a rule of the checklist."),
        Message("Correct the row."),
    ),
    "forbidden-value": (
        Message("The value is on the list of values that may not stand there."),
        Message("Correct the value."),
    ),
    "ascii-value": (
        Message("The value has other characters than ASCII ones."),
        Message("Correct the value."),
    ),
    "sequential-value": (
        Message("The values do not count up by one."),
        Message("Add the missing rows, or correct the numbers."),
    ),
    "truncated-value": (
        Message("The value seems to have been cut by a program."),
        Message("Export the table again from the source system."),
    ),
    "deviated-value": (
        Message("The value is far away from all others of its column."),
        Message("Check the value."),
    ),
    "deviated-cell": (
        Message("The text is much longer than all others of its column."),
        Message("Check the cell; a quotation mark may be missing."),
    ),
    "required-value": (
        Message("A value that has to occur does not."),
        Message("Add the missing row."),
    ),
    "table-dimensions": (
        Message("The table has too many or too few rows or columns."),
        Message("Correct the table."),
    ),
    "package-error": (
        Message("The descriptor of the data package is not right."),
        Message("Correct the descriptor (datapackage.org/standard)."),
    ),
    "resource-error": (
        Message("The descriptor of the table is not right."),
        Message("Correct the descriptor (datapackage.org/standard)."),
    ),
    "schema-error": (
        Message("The schema of the table is not right."),
        Message("Correct the schema (datapackage.org/standard/table-schema)."),
    ),
    "field-error": (
        Message("A field of the schema is not right."),
        Message("Correct the schema (datapackage.org/standard/table-schema)."),
    ),
    "checklist-error": (
        Message("The checklist is not right."),
        Message("Correct the checklist."),
    ),
    "check-error": (
        Message("A check of the checklist does not fit this table."),
        Message("Correct the checklist."),
    ),
}
"""Type of an error -> what is wrong, what to do. Values of the file are never repeated here."""
QUOTED = re.compile(r'"([^"]+)"')
"""Notes put the names of fields in quotation marks."""
OTHER = Message("Correct it in the file and deliver the file again.")


def told(
    error: Mapping[str, Any], field: Mapping[str, Any] | None = None, language: str = ""
) -> tuple[Message, Message]:
    """What is wrong and what to do, from the ``type``, ``note`` and ``title`` of an error.

    With the ``field`` that the error is about it is said more exactly, with what the field says of
    itself in ``language`` (``zh`` or ``en``).
    """
    exact = broken(error, field, language) if field is not None else None
    if exact is not None:
        return exact
    note = str(error.get("note", ""))
    known = ERRORS.get(str(error.get("type", "")))
    if known is None:
        return Message(note or str(error.get("title", ""))), OTHER
    return Message(known[0].text, {"note": note, "fields": QUOTED.findall(note)}), known[1]


NOTES: tuple[tuple[re.Pattern[str], Message], ...] = (
    (re.compile(r'type is "(?P<type>[^"]*)/default"'), Message('type is "%(type)s"')),
    (
        re.compile(r'type is "(?P<type>[^"]*)/(?P<format>[^"]*)"'),
        Message('type is "%(type)s" in the form "%(format)s"'),
    ),
    (
        re.compile(r'constraint "(?P<name>[^"]*)" is "(?P<value>.*)"'),
        Message('constraint "%(name)s" is "%(value)s"'),
    ),
    (
        re.compile(r'the same as (?:in the )?row at position "?(?P<row>\d+)"?'),
        Message("the same as in the row at position %(row)s"),
    ),
    (re.compile(r'at position "(?P<places>[\d, ]+)"'), Message('at position "%(places)s"')),
    (
        re.compile(r'cells composing the primary keys are all "None"'),
        Message("all cells of the key are empty"),
    ),
    (
        re.compile(
            r'for "(?P<fields>.*)": values "(?P<values>.*)" not found in the lookup table '
            r'"(?P<table>.*)" as "(?P<others>.*)"'
        ),
        Message(
            'for "%(fields)s": values "%(values)s" not found in the lookup table "%(table)s" as '
            '"%(others)s"'
        ),
    ),
    (
        re.compile(r'expected is "(?P<expected>.*)" and actual is "(?P<actual>.*)"'),
        Message('expected is "%(expected)s" and actual is "%(actual)s"'),
    ),
    (re.compile("the source is empty"), Message("the source is empty")),
    (
        re.compile(r"reached error limit: (?P<number>\d+)"),
        Message("reached error limit: %(number)s; what follows was not looked at"),
    ),
    (
        re.compile(r"reached row limit: (?P<number>\d+)"),
        Message("reached row limit: %(number)s; what follows was not looked at"),
    ),
)
"""Notes that Frictionless writes, and the same as a sentence that can be translated."""


def noted(note: str) -> Message:
    """A note or warning of Frictionless; one that is not known here is said as it stands."""
    for pattern, message in NOTES:
        if found := pattern.fullmatch(note):
            return Message(message.text, found.groupdict())
    return Message("%(note)s", {"note": note}) if note else Message("")
