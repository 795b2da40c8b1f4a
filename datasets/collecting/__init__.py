"""Workbooks for people who collect data: templates to fill in, and deliveries handed back with marks.

``datasets.collecting.marked`` parses files of users: what is here loads without the reading engine.
"""

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
    "digest_of",
    "header_of",
    "mark_of",
    "outdated",
    "recognised",
    "template_file_name",
    "write_template",
]
