"""Sheets of workbooks that we make beside the table itself: a guide, a list of errors, a hidden mark.

Clerks fill such a workbook and deliver it whole, so whoever reads one passes these sheets over. Their
names are the same in every language.
"""

from typing import Final

GUIDE_SHEET: Final = "填表说明 Guide"
ERRORS_SHEET: Final = "错误清单 Errors"
MARK_SHEET: Final = "_gongkai"
"""Very hidden. Columns A and B hold keys and values that say what the workbook is (``STANDARD``,
``EDITION``, ``DIGEST``); the columns from D on hold lists of allowed values."""
OWN_SHEETS: Final = frozenset({GUIDE_SHEET, ERRORS_SHEET, MARK_SHEET})

STANDARD: Final = "standard"
"""Name of the schema in ``schemas.tables``; empty for a schema of a table's own."""
EDITION: Final = "edition"
DIGEST: Final = "digest"
"""SHA-256 over the schema in canonical JSON, its first 16 hexadecimal digits."""
MARK_ROWS: Final = 20
"""No more rows than these are read from the mark."""
