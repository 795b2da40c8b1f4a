"""Terms of use that an entry may name: how they are called, where they stand, whether they are open.

China has no national open licence; the platform's own terms are those that Chinese portals write:
free of charge, attribution, no warranty, no unlawful use. The others are those of the Open
Definition's list of conformant licences.
"""

from dataclasses import dataclass
from typing import Final

from schemas.records import Message


@dataclass(frozen=True, slots=True)
class Licence:
    """``name`` is its Chinese name, as documents carry it; ``title`` the same for pages of either
    language. ``url`` is absolute, or a path of this portal. ``is_open``: meets the Open Definition 2.1.
    """

    code: str
    name: str
    title: Message
    url: str
    is_open: bool


LICENCES: Final[dict[str, Licence]] = {
    one.code: one
    for one in (
        Licence(
            "gongkai-open-1.0",
            "本平台开放数据使用条款 1.0",
            Message("Open data terms of this platform 1.0"),
            "/developers/terms",
            is_open=True,
        ),
        Licence(
            "CC-BY-4.0",
            "知识共享署名 4.0",
            Message("Creative Commons Attribution 4.0"),
            "https://creativecommons.org/licenses/by/4.0/",
            is_open=True,
        ),
        Licence(
            "CC0-1.0",
            "知识共享零 1.0（公有领域）",
            Message("Creative Commons Zero 1.0"),
            "https://creativecommons.org/publicdomain/zero/1.0/",
            is_open=True,
        ),
        Licence(
            "ODC-BY-1.0",
            "开放数据共用署名许可 1.0",
            Message("Open Data Commons Attribution 1.0"),
            "https://opendatacommons.org/licenses/by/1-0/",
            is_open=True,
        ),
        Licence(
            "ODbL-1.0",
            "开放数据库许可 1.0",
            Message("Open Database Licence 1.0"),
            "https://opendatacommons.org/licenses/odbl/1-0/",
            is_open=True,
        ),
    )
}
"""Code -> licence. An entry may carry another text (harvested ones do); then that text is its title."""


def licence_address(base: str, code: str) -> str:
    """The absolute address of a licence, "" for a text that is none of ours."""
    known = LICENCES.get(code)
    if known is None:
        return ""
    return known.url if known.url.startswith("http") else base + known.url


def licence_name(code: str) -> str:
    """What a licence is called; a text that is none of ours stays as it is."""
    known = LICENCES.get(code)
    return known.name if known is not None else code
