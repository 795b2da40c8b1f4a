"""How good the detectors are: recall and precision on generated cells whose truth is known.

Real personal data may not be kept for this, so the cells are made: identity numbers, mobiles and
cards in the spellings seen in real files, among codes, amounts, dates and serial numbers that look
like them.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from datasets.identifiers import CREDIT_CODE_ALPHABET, passes_luhn, valid_citizen_id, valid_uscc
from datasets.sensitive.bank_card import BANK_CARD
from datasets.sensitive.detector import Detector
from datasets.sensitive.identity import CITIZEN_ID
from datasets.sensitive.phone import MOBILE

MEASURED: Final[dict[str, Detector]] = {
    "citizen-id": CITIZEN_ID,
    "mobile": MOBILE,
    "bank-card": BANK_CARD,
}


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


def evaluate(cells: Iterable[LabelledCell]) -> dict[str, Score]:
    """The score of each measured detector over ``cells``, each judged alone."""
    counts = {name: [0, 0, 0] for name in MEASURED}
    for cell in cells:
        for name, detector in MEASURED.items():
            seen = next(iter(detector.find(cell.text)), None) is not None
            wanted = cell.truth == name
            if seen or wanted:
                counts[name][(0 if seen else 1) if wanted else 2] += 1
    return {name: Score(*numbers) for name, numbers in counts.items()}


def citizen_id(chance: random.Random) -> str:
    """A made-up identity number that passes its check."""
    region = chance.choice(("110105", "120101", "130102", "310104", "440305", "510107", "530102"))
    born = date(1930, 1, 1) + timedelta(days=chance.randrange(34_000))
    stem = f"{region}{born:%Y%m%d}{chance.randrange(1, 999):03d}"
    return next(stem + check for check in "0123456789X" if valid_citizen_id(stem + check))


def credit_code(chance: random.Random) -> str:
    """A made-up credit code that passes its outer check."""
    kind = chance.choice(("91", "92", "11", "12", "51", "52"))
    stem = f"{kind}110108" + "".join(chance.choices(CREDIT_CODE_ALPHABET, k=9))
    return next(stem + check for check in CREDIT_CODE_ALPHABET if valid_uscc(stem + check))


def bank_card(chance: random.Random) -> str:
    """A made-up UnionPay number that passes Luhn."""
    stem = "6222" + "".join(chance.choices("0123456789", k=chance.choice((11, 14))))
    return next(stem + check for check in "0123456789" if passes_luhn(stem + check))


def mobile(chance: random.Random) -> str:
    """A made-up mobile number."""
    return f"1{chance.choice('3456789')}{chance.randrange(10**9):09d}"


def labelled_cells(count: int, seed: int = 0) -> list[LabelledCell]:
    """``count`` cells, half of them with personal data, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  (test data, not secrets)
    cells: list[LabelledCell] = []
    while len(cells) < count:
        name, make = chance.choice(_WANTED)
        cells.append(LabelledCell(chance.choice(_DRESSES)(make(chance)), name))
        cells.append(LabelledCell(chance.choice(_DECOYS)(chance), ""))
    return cells[:count]


_WANTED: Final[Sequence[tuple[str, Callable[[random.Random], str]]]] = (
    ("citizen-id", citizen_id),
    ("mobile", mobile),
    ("bank-card", bank_card),
)
_FULL_WIDTH: Final = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_DRESSES: Final[Sequence[Callable[[str], str]]] = (
    lambda value: value,
    lambda value: f" {value}\t",
    lambda value: value.translate(_FULL_WIDTH),
    lambda value: f"当事人{value},已告知。",
    lambda value: f"（{value}）",
    lambda value: f"\u200b{value}",
)
_DECOYS: Final[Sequence[Callable[[random.Random], str]]] = (
    credit_code,
    lambda chance: f"{chance.randrange(10**7) / 100:.2f}",
    lambda chance: f"{date(2000, 1, 1) + timedelta(days=chance.randrange(9_000))} 10:15:00",
    lambda chance: f"京人社罚〔2023〕{chance.randrange(10**5)}号",
    lambda chance: f"JY1{chance.randrange(10**13):013d}",
    lambda chance: f"010-{chance.randrange(2 * 10**7, 9 * 10**7)}",
    lambda chance: f"{chance.randrange(10**19, 10**20)}",
    lambda chance: f"{chance.randrange(73, 135)}.{chance.randrange(10**13):013d}",
    lambda _chance: "1101051949****002X",
    lambda _chance: "138****8000",
    lambda _chance: "18000-200000元",
)
