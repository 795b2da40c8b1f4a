"""Values that somebody masked already: recorded, and left alone."""

import re
from collections.abc import Iterator
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import Detector, Hit, always, filling
from datasets.sensitive.person_name import SURNAMES
from schemas.records import Message
from schemas.vocabularies import Severity

STARS: Final = "[*＊×●•■xX#]"

# Possessive: what was taken as a mask is not given back to make room for the end of the number.
_NUMBER: Final = re.compile(
    rf"(?<![\dA-Za-z])\d{{1,14}}[ -]?{STARS}{{3,}}+[ -]?[\dXx]{{0,6}}+(?![\dA-Za-z])", re.ASCII
)
_NAME, _NAME_GATE = filling(rf"[{SURNAMES}](?:[*＊×]{{1,2}}[\u3400-\u9fff]?|[某Ｘ]{{1,2}})")
_NUMBER_SHAPE: Final = f"[0-9][ -]?{STARS}{{3}}"


def find_masked(text: str) -> Iterator[Hit]:
    """Digits with stars in the middle, and surnames with stars or 某 after them."""
    plain = fold(text)
    for found in _NUMBER.finditer(plain):
        yield Hit(*found.span())
    name = _NAME.fullmatch(plain)
    if name:
        yield Hit(*name.span(1))


MASKED: Final = Detector(
    name="masked",
    gate=f"{_NUMBER_SHAPE}|{_NAME_GATE}",
    find=find_masked,
    weigh=always(Severity.LOW),
    message=Message("Numbers or names that are masked already; nothing has to be done."),
)
