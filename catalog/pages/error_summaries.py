"""Summaries of errors in finished pages: each line names its field and leads to it, with or without scripts.

What a rule says of a field does not name it, and what the field is called stands further down, in the
form. So the page is made first and its summary completed from it.
"""

import re

from flask_babel import gettext as _

from catalog import http

_SUMMARY = '<div class="error-summary"'
_LINE = re.compile(r'<a href="#([^"]+)" data-problem>(.*?)</a>', re.DOTALL)
_LABEL = re.compile(r'<label[^>]* for="([^"]+)"[^>]*>([^<]*)')
_GROUP = re.compile(r'<fieldset[^>]* id="([^"]+)"[^>]*>\s*<legend[^>]*>([^<]*)')
_NAMED = re.compile(r'<(?:input|select|textarea)[^>]* id="([^"]+)"[^>]* aria-label="([^"]*)"')
_ID = re.compile(r' id="([^"]+)"')


def completed(text: str) -> str:
    """A page whose summary of errors, where it has one, names the fields; its title says so first."""
    if _SUMMARY not in text:
        return text
    names = {
        key: name.strip()
        for pattern in (_NAMED, _GROUP, _LABEL)
        for key, name in pattern.findall(text)
    }
    there = set(_ID.findall(text))
    colon = ": " if http.language() == "en" else "："

    def line(found: re.Match[str]) -> str:
        field, cause = found.groups()
        if field not in there:
            return f"<span data-problem>{cause}</span>"
        said = f"{names[field]}{colon}{cause}" if names.get(field) else cause
        return f'<a href="#{field}" data-problem>{said}</a>'

    return _LINE.sub(line, text).replace("<title>", f"<title>{_('Problem')}{colon}", 1)
