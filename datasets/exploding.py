"""Patterns that may keep Python's engine busy for ever."""

import re
from typing import Any, Final

_REPEATED_GROUP: Final = re.compile(r"\)[*+{]")


def may_explode(schema: Any) -> bool:
    """Whether a pattern in a Frictionless schema repeats a group, as ``(a+)+`` does.

    On some texts Python tries all ways to cut such a text into pieces, which double with each letter.
    """
    patterns = (str(field.constraints.get("pattern") or "") for field in schema.fields)
    return any(_REPEATED_GROUP.search(pattern) for pattern in patterns)
