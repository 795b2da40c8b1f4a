"""Elements that every foreign catalogue has, read with their doubts.

A reading never fails: what cannot be understood is left out, kept under its own label in
``Notes.ignored`` and told in ``Notes.warnings``.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from schemas.interop import wordings
from schemas.interop.values import date, plain, prose, said, same_text, several, shown, web_address
from schemas.records import Message
from schemas.vocabularies import Openness, UpdateCycle

_MAIL = re.compile(r"[^\s@,，;；、:：]+@[^\s@,，;；、]+")
_FORMAT_WORDS = {
    "其他": "other", "其它": "other", "接口": "api", "数据接口": "api", "api接口": "api", "服务接口": "api",
    "文件": "file", "链接": "link", "数据库": "database", "excel": "xlsx",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Notes:
    """Doubts and leftovers gathered while one record is read."""

    warnings: list[Message] = field(default_factory=list)
    ignored: dict[str, Any] = field(default_factory=dict)

    def doubt(self, text: str, label: str, value: Any) -> None:
        """Warn with a text that may name %(label)s and %(value)s, and keep the value."""
        self.warnings.append(Message(text, {"label": label, "value": shown(value)}))
        self.ignored[label] = plain(value)


def read_openness(
    stated: Any, condition: Any, notes: Notes, *, label: str, condition_label: str
) -> tuple[str, str, str]:
    """Openness, conditional mode and condition from a label (or 是/否) and a text beside it.

    Portals write the openness itself into 开放条件; the compilation guide writes 是 or 否 into
    是否向社会开放 and a text into 开放条件.
    """
    word, terms = said(stated), said(condition)
    if not word and prose(condition):
        word, label, terms = prose(condition), condition_label, ""
    if not word:
        return "", "", ""
    found = wordings.openness(word)
    if not found and (answer := wordings.yes_or_no(word)) is not None:
        free = not terms or wordings.openness(terms) == Openness.UNCONDITIONAL
        opened = Openness.UNCONDITIONAL if free else Openness.CONDITIONAL
        found = opened.value if answer else Openness.WITHHELD.value
    if not found:
        _doubt_openness(word, notes, label)
        return "", "", terms
    mode = wordings.openness_mode(word) or wordings.openness_mode(terms)
    if wordings.openness(terms):
        terms = ""
    conditional = found == Openness.CONDITIONAL
    return found, mode if conditional else "", terms if conditional else _unused(terms, notes)


def _unused(terms: str, notes: Notes) -> str:
    if terms:
        notes.ignored["openness_condition"] = terms
    return ""


def _doubt_openness(word: str, notes: Notes, label: str) -> None:
    if wordings.sharing(word):
        notes.doubt(
            "“%(value)s” under “%(label)s” speaks of sharing between agencies; the openness was "
            "left unassessed.",
            label,
            word,
        )
    else:
        notes.doubt(
            "The openness “%(value)s” under “%(label)s” is not known; it was left unassessed.",
            label,
            word,
        )


def read_sharing(value: Any, notes: Notes, label: str) -> str:
    """A Sharing, or nothing with a warning."""
    word = said(value)
    found = wordings.sharing(word)
    if word and not found:
        notes.doubt("The sharing “%(value)s” under “%(label)s” is not known.", label, word)
    return found


def read_cycle(value: Any, notes: Notes, label: str) -> str:
    """An UpdateCycle; unknown words count as irregular, with a warning."""
    word = said(value)
    found = wordings.update_cycle(word)
    if word and not found:
        notes.doubt(
            "The update cycle “%(value)s” under “%(label)s” is not known; it was read as irregular.",
            label,
            word,
        )
        return UpdateCycle.IRREGULAR.value
    return found


def read_date(value: Any, notes: Notes, label: str) -> str:
    """An ISO date or time, or nothing with a warning."""
    found = date(value)
    if found is None:
        notes.doubt("The date “%(value)s” under “%(label)s” cannot be read.", label, value)
        return ""
    return found


def read_address(value: Any, notes: Notes, label: str) -> str:
    """A web address, or nothing with a warning."""
    found = web_address(value)
    if not found and said(value):
        notes.doubt("“%(label)s” holds no web address; it was left out.", label, value)
    return found


def read_description(value: Any, title: str, notes: Notes) -> str:
    """The abstract, with a warning if it says no more than the title (guide, element 6)."""
    text = prose(value) if said(value) else ""
    if text and same_text(text, title):
        notes.warnings.append(Message("The description only repeats the title."))
    return text


def read_formats(value: Any) -> tuple[str, ...]:
    """Format names in lower case, once each."""
    names = (name.lower().lstrip(".") for name in several(value))
    return tuple(dict.fromkeys(_FORMAT_WORDS.get(name, name) for name in names if name))


def read_contact(value: Any) -> tuple[str, str, str]:
    """Name, telephone and mail out of one free text such as 联系方式."""
    text = said(value)
    found = _MAIL.search(text)
    mail = found[0] if found else ""
    rest = text.replace(mail, "").strip(" ,，;；、/") if mail else text
    if any(sign.isdigit() for sign in rest):
        return "", rest, mail
    return rest, "", mail
