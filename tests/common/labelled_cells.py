"""How good the detectors are: recall and precision on generated cells whose truth is known.

Real personal data may not be kept for this, so the cells are made: numbers of people in the
spellings seen in real files, among codes, amounts, dates and serial numbers that look like them.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import polars as pl

from datasets.identifiers import (
    CREDIT_CODE_ALPHABET,
    certain_organisation,
    passes_luhn,
    valid_citizen_id,
    valid_organisation_code,
    valid_uscc,
)
from datasets.sensitive.detector import ColumnFacts, Detector, Tally
from datasets.sensitive.scanning import hits

Make = Callable[[random.Random], str]


@dataclass(frozen=True, slots=True)
class LabelledCell:
    """A cell and the name of the detector that must see it, or "" for none."""

    text: str
    truth: str


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of cells: rightly found, missed, wrongly found."""

    found: int = 0
    missed: int = 0
    wrong: int = 0

    @property
    def recall(self) -> float | None:
        """Share of the cells to be found that were; None when there were none."""
        wanted = self.found + self.missed
        return self.found / wanted if wanted else None

    @property
    def precision(self) -> float | None:
        """Share of the cells found that were to be; None when nothing was found."""
        said = self.found + self.wrong
        return self.found / said if said else None


def evaluate(cells: Iterable[LabelledCell], detectors: Mapping[str, Detector]) -> dict[str, Score]:
    """The score of each of the ``MEASURED`` detectors over ``cells``: what the scan of a column holds
    for a hit, where a column of that cell alone would give a finding."""
    told = list(cells)
    texts = pl.Series([cell.text for cell in told], dtype=pl.String)
    scores = {}
    for name in MEASURED:
        held = hits(detectors[name], texts)
        found = missed = wrong = 0
        for cell, hit in zip(told, held, strict=True):
            seen = hit and _reported(detectors[name], cell.text)
            found += seen and cell.truth == name
            missed += not seen and cell.truth == name
            wrong += seen and cell.truth != name
        scores[name] = Score(found, missed, wrong)
    return scores


def _reported(detector: Detector, text: str) -> bool:
    """Whether a hit means anything in a column of this one cell, under a header that says nothing."""
    counts = dict.fromkeys(detector.count(text) if detector.count else (), 1)
    tally = Tally(rows=1, distinct=1, counts=counts)
    return detector.weigh(tally, ColumnFacts("内容", 1)) is not None


def citizen_id(chance: random.Random) -> str:
    """A made-up identity number that passes its check."""
    region = chance.choice(("110105", "120101", "130102", "310104", "440305", "510107", "530102"))
    born = date(1930, 1, 1) + timedelta(days=chance.randrange(34_000))
    stem = f"{region}{born:%Y%m%d}{chance.randrange(1, 999):03d}"
    code = next(stem + check for check in "0123456789X" if valid_citizen_id(stem + check))
    return citizen_id(chance) if certain_organisation(code) else code


def damaged_id(chance: random.Random) -> str:
    """An identity number as a spreadsheet leaves it: zeros at the end, or scientific."""
    code = citizen_id(chance)
    if chance.random() < 0.5:
        return f"{code[0]}.{code[1:15]}E+17"
    lost = code[:15] + "000"
    return damaged_id(chance) if valid_citizen_id(lost) or certain_organisation(lost) else lost


def credit_code(chance: random.Random) -> str:
    """A made-up credit code that passes its outer check."""
    kind = chance.choice(("91", "92", "11", "12", "51", "52"))
    stem = f"{kind}110108" + "".join(chance.choices(CREDIT_CODE_ALPHABET, k=9))
    return next(stem + check for check in CREDIT_CODE_ALPHABET if valid_uscc(stem + check))


def colliding_code(chance: random.Random) -> str:
    """A credit code of a body, sound inside and outside, that has a birth date in its place."""
    day = date(1950, 1, 1) + timedelta(days=chance.randrange(18_000))
    for tail in range(chance.randrange(10), 1_000, 7):
        stem = f"{chance.choice(('12', '51', '52'))}110119{day:%y%m%d}{tail:02d}"[:16]
        for inner in "0123456789":
            if valid_organisation_code(stem[8:] + inner):
                code = next(
                    stem + inner + c for c in CREDIT_CODE_ALPHABET if valid_uscc(stem + inner + c)
                )
                if not valid_citizen_id(code):
                    return code
    return credit_code(chance)


def ambiguous_number(chance: random.Random) -> str:
    """A number that passes every check of a person and every check of a body."""
    day = date(1960, 1, 1) + timedelta(days=chance.randrange(9_000))
    while True:
        day += timedelta(days=1)
        for tail in range(100):
            stem = f"12110119{day:%y%m%d}{tail:02d}"
            for last in range(100):
                code = f"{stem}{last:02d}"
                if valid_citizen_id(code) and certain_organisation(code):
                    return code


def bank_card(chance: random.Random) -> str:
    """A made-up UnionPay number that passes Luhn."""
    stem = "6222" + "".join(chance.choices("0123456789", k=chance.choice((11, 14))))
    return next(stem + check for check in "0123456789" if passes_luhn(stem + check))


def mobile(chance: random.Random) -> str:
    """A made-up mobile number."""
    return f"1{chance.choice('3456789')}{chance.randrange(10**9):09d}"


def landline(chance: random.Random) -> str:
    """A made-up number of an office."""
    area = chance.choice(("010", "021", "0371", "0755"))
    return f"{area}{chance.choice(('-', '', ' '))}{chance.randrange(2 * 10**7, 9 * 10**7)}"


def email(chance: random.Random) -> str:
    """A made-up address."""
    return f"u{chance.randrange(10**6)}@{chance.choice(('example.com', 'mail.example.cn'))}"


def plate(chance: random.Random) -> str:
    """A made-up vehicle plate, of either length."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    energy = chance.choice(("", "D", "F"))
    return f"{chance.choice('京津沪冀粤')}{chance.choice(letters)}{energy}{chance.randrange(10**5):05d}"


def passport(chance: random.Random) -> str:
    """A made-up passport."""
    return f"{chance.choice('EG')}{chance.randrange(10**8):08d}"


def masked_number(chance: random.Random) -> str:
    """A number masked before it was delivered."""
    return chance.choice(
        (
            f"{citizen_id(chance)[:6]}********{chance.randrange(10**4):04d}",
            f"{mobile(chance)[:3]}****{chance.randrange(10**4):04d}",
            f"6222 **** **** {chance.randrange(10**4):04d}",
        )
    )


MEASURED: Final[Mapping[str, Make]] = {
    "citizen-id": citizen_id,
    "citizen-id-damaged": damaged_id,
    "citizen-id-or-credit-code": ambiguous_number,
    "mobile": mobile,
    "bank-card": bank_card,
    "landline": landline,
    "email": email,
    "plate": plate,
    "passport": passport,
    "masked": masked_number,
}
"""What proves itself in its cell, and how a sample of it is made."""

CHECKED: Final = ("citizen-id", "citizen-id-or-credit-code", "mobile", "bank-card")
"""The identifiers of which 99.9 in a hundred must be found, and 99.9 of those found be right."""

_WIDE: Final = {point: point + 0xFEE0 for point in range(0x21, 0x7F)}
_ARABIC: Final = {ord("0") + digit: 0x660 + digit for digit in range(10)}
_DRESSES: Final[Sequence[Callable[[str], str]]] = (
    lambda value: value,
    lambda value: f" {value}\t",
    lambda value: value.translate(_WIDE),
    lambda value: f"当事人{value},已告知。",
    lambda value: f"（{value}）",
    lambda value: f"\u200b{value}",
    lambda value: f"备注：{value}；{'补充材料' * 20}",
    lambda value: f"第1项\n{value}\n第2项",
    lambda value: f"\u3000{value}\u3000",
)
_GROUPED: Final[Mapping[str, Sequence[tuple[int, ...]]]] = {
    "citizen-id": ((6, 14), (3, 6, 10, 14)),
    "mobile": ((3, 7), (4, 7), (4, 8)),
    "bank-card": ((4, 8, 12, 16), (6,)),
}
_JOINTS: Final = (" ", "-", "\u00a0", "\u2011", "\u2009", "－")


def dressed(name: str, value: str, chance: random.Random) -> str:
    """A value in one of the spellings and surroundings of real files."""
    dress = chance.random()
    if name in _GROUPED and dress < 0.3:
        bounds = (0, *chance.choice(_GROUPED[name]), len(value))
        joint = chance.choice(_JOINTS)
        parts = (value[start:end] for start, end in pairwise(bounds))
        value = joint.join(part for part in parts if part)
    if name in _GROUPED and dress > 0.9:
        value = value.translate(_ARABIC)
    if name == "mobile" and 0.5 < dress < 0.7:
        value = chance.choice(("+86", "+86 ", "0086-", "86 ", "tel")) + value
    return chance.choice(_DRESSES)(value)


def labelled_cells(count: int, seed: int = 0) -> list[LabelledCell]:
    """``count`` cells, half of them with personal data, the same for the same seed."""
    chance = random.Random(seed)
    cells: list[LabelledCell] = []
    common = [name for name in MEASURED if name != "citizen-id-or-credit-code"]
    while len(cells) < count:
        name = "citizen-id-or-credit-code" if len(cells) % 200 == 0 else chance.choice(common)
        cells.append(LabelledCell(dressed(name, MEASURED[name](chance), chance), name))
        cells.append(LabelledCell(chance.choice(DECOYS)(chance), ""))
    return cells[:count]


def _wrong_id(chance: random.Random) -> str:
    """An identity number with a wrong check character that no float would hold."""
    code = citizen_id(chance)
    return f"{code[:16]}{int(code[16]) // 2 * 2 + 1}{'X' if code[17] != 'X' else '5'}"


def _impossible_day(chance: random.Random) -> str:
    code = citizen_id(chance)
    return f"{code[:10]}{chance.choice(('0230', '1301', '0431', '0000'))}{code[14:]}"


def _wrong_card(chance: random.Random) -> str:
    code = bank_card(chance)
    return f"{code[:-1]}{(int(code[-1]) + chance.randrange(1, 10)) % 10}"


def _other_card(chance: random.Random) -> str:
    """A serial number that passes Luhn and begins like no card."""
    stem = f"{chance.choice('12378')}{chance.randrange(10**14):014d}"
    return next(stem + check for check in "0123456789" if passes_luhn(stem + check))


DECOYS: Final[Sequence[Make]] = (
    credit_code,
    colliding_code,
    _impossible_day,
    _wrong_card,
    _other_card,
    lambda chance: f"{chance.randrange(10**7) / 100:.2f}",
    lambda chance: f"{chance.randrange(10**9):,}.00元",
    lambda chance: f"{date(2000, 1, 1) + timedelta(days=chance.randrange(9_000))} 10:15:00",
    lambda chance: f"{date(2000, 1, 1) + timedelta(days=chance.randrange(9_000)):%Y%m%d%H%M%S}",
    lambda chance: f"京人社罚〔2023〕{chance.randrange(10**5)}号",
    lambda chance: f"JY1{chance.randrange(10**13):013d}",
    lambda chance: f"{chance.randrange(10**19, 10**20)}",
    lambda chance: f"2{chance.randrange(10**10):010d}",
    lambda chance: f"{chance.randrange(73, 135)}.{chance.randrange(10**13):013d}",
    lambda chance: f"GB/T {chance.randrange(10**5)}-{chance.randrange(1990, 2025)}",
    lambda chance: f"A{chance.randrange(10**11):011d}",
    lambda chance: f"京城管罚字[2023]第{chance.randrange(10**6):06d}号",
    lambda chance: "".join(chance.choices("0123456789abcdef", k=32)),
    lambda chance: f"{chance.randrange(10**4):04d}-{chance.randrange(10**4):04d}",
    lambda chance: f"北京市某某区第{chance.randrange(100)}街道办事处",
    lambda _chance: "18000-200000元",
    lambda _chance: "见附件3，共13800项",
)
"""What looks like numbers of people and is none."""

CELLS: Final[Sequence[Make]] = (*MEASURED.values(), *DECOYS, _wrong_id)
"""Everything that is made here, one by one."""
