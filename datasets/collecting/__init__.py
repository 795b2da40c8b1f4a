"""Workbooks for people who collect data: templates to fill in, and deliveries handed back with marks."""

from datasets.collecting.marked import Mark, Marking, fields_named, mark_workbook
from datasets.collecting.recognition import outdated, recognised
from datasets.collecting.template import (
    MEDIA_TYPE,
    digest_of,
    header_of,
    mark_of,
    template_file_name,
    write_template,
)

__all__ = [
    "MEDIA_TYPE",
    "Mark",
    "Marking",
    "digest_of",
    "fields_named",
    "header_of",
    "mark_of",
    "mark_workbook",
    "outdated",
    "recognised",
    "template_file_name",
    "write_template",
]
