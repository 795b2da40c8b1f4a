"""Writing XML: elements as text, every value escaped, no character that XML 1.0 forbids."""

import re
from typing import Final
from xml.sax.saxutils import escape, quoteattr

FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""XML 1.0, production 2 (Char): these cannot be written, not even as references."""
HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Markup(str):
    """Text that is XML already."""

    __slots__ = ()


def element(name: str, *inside: str, **attributes: str) -> Markup:
    """An element. ``Markup`` inside stays as it is, other text is escaped; of attributes ``_`` stands
    for ``:`` (two for itself) and those with an empty value are left out."""
    given = "".join(
        f" {_name(key)}={quoteattr(FORBIDDEN.sub('', value))}"
        for key, value in attributes.items()
        if value
    )
    content = "".join(one if isinstance(one, Markup) else written(one) for one in inside)
    return Markup(f"<{name}{given}>{content}</{name}>" if content else f"<{name}{given}/>")


def _name(key: str) -> str:
    return "_".join(part.replace("_", ":") for part in key.split("__"))


def written(text: str) -> str:
    """Text as it stands between tags."""
    return escape(FORBIDDEN.sub("", text))
