"""Detectors against a naive reading of their rules, character by character and cell by cell.

Nothing here is taken from the detectors but ``find``: the rules are read once more, slowly, from
GB 11643-1999, GB 32100-2015, ISO/IEC 7812-1 and the shapes of documents and telephones.
"""

import random
import re
import unicodedata
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datasets.sensitive import DETECTORS

REGIONS = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82"
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def plain(text: str) -> str:
    """Full-width and other digits and letters as ASCII; dashes and invisible marks as one each."""
    return "".join(map(_plain, text))


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if char.isascii() or category == "No":
        return char
    if category == "Nd":
        return str(unicodedata.decimal(char))
    if category in ("Pd", "Zs", "Zl", "Zp", "Cf", "Cc"):
        return "-" if category == "Pd" else " "
    folded = unicodedata.normalize("NFKC", char)
    return folded if len(folded) == 1 and folded.isascii() else char


def windows(text: str, first: str, lengths: range, last: str) -> Iterator[tuple[int, str]]:
    """Where codes begin, and their characters without up to two separators between any of them."""
    beside = "0-9Xx" if "X" in last else "0-9A-Za-z"
    for start, char in enumerate(text):
        if char not in first:
            continue
        code, at, gap = char, start + 1, 0
        while at < len(text) and len(code) < lengths.stop:
            here = text[at]
            if here in last and len(code) + 1 in lengths and not in_word(text, at + 1, beside):
                yield start, code + here.upper()
            if here in "0123456789":
                code, gap = code + here, 0
            elif here in " \t\r\n-" and gap < 2:
                gap += 1
            else:
                break
            at += 1


def in_word(text: str, at: int, characters: str) -> bool:
    return re.match(f"[{characters}]", text[at : at + 1]) is not None


def people(text: str) -> set[tuple[str, bool]]:
    """Identity numbers, and whether each is a body's code as well."""
    found = set()
    for start, code in windows(plain(text), "123456789", range(18, 19), "0123456789Xx"):
        if start and plain(text)[start - 1] in "0123456789":
            continue
        if is_identity(code):
            found.add((code, is_body(code)))
    return found


def is_identity(code: str) -> bool:
    try:
        born = date(int(code[6:10]), int(code[10:12]), int(code[12:14]))
    except ValueError:
        return False
    foreigner = code[0] == "9" and code[1:3] in REGIONS and 4 <= int(code[3:6]) <= 894
    known = code[:2] in REGIONS or code[:6] in ("810000", "820000", "830000") or foreigner
    total = sum(int(code[place]) * (2 ** (17 - place) % 11) for place in range(17))
    return known and 1800 <= born.year < 2100 and (12 - total) % 11 == "0123456789X".index(code[17])


def is_body(code: str) -> bool:
    if any(char not in ALPHABET for char in code):
        return False
    outer = sum(ALPHABET.index(code[place]) * 3**place for place in range(17))
    inner = sum(int(code[8 + place], 36) * (3, 7, 9, 10, 5, 8, 4, 2)[place] for place in range(8))
    check = "0123456789X0"[11 - inner % 11]
    region = code[2:4] in REGIONS or code[2:8] in ("100000", "810000", "820000", "830000")
    return ALPHABET[-outer % 31] == code[17] and check == code[16] and region


def cards(text: str) -> set[str]:
    """Of numbers with one beginning the longest, as a card stands before what follows it."""
    folded, by_start = plain(text), {}
    for start, code in windows(folded, "456", range(16, 20), "0123456789"):
        before = folded[:start]
        if re.search(r"[0-9A-Za-z]\Z|[0-9]\.\Z", before) or not is_card(code):
            continue
        by_start[start] = code
    return set(by_start.values())


def is_card(code: str) -> bool:
    if not (code.startswith("62") or code[0] in "45"):
        return False
    doubled = [int(c) * (1 + place % 2) for place, c in enumerate(reversed(code))]
    if sum(value - 9 if value > 9 else value for value in doubled) % 10:
        return False
    return not (len(code) == 18 and (is_shaped(code) or is_code(code)))


def is_shaped(code: str) -> bool:
    return any(is_identity(code[:17] + check) for check in "0123456789X")


def is_code(code: str) -> bool:
    outer = sum(ALPHABET.index(code[place]) * 3**place for place in range(17))
    return code[0] in "123456789" and ALPHABET[-outer % 31] == code[17]


def mobiles(text: str) -> set[str]:
    """Eleven digits in a row that nothing else is written to; 86 may stand before."""
    found = re.finditer(
        r"(?<![0-9A-Za-z.+-])(?:\+?86[- ]?)?(1[3-9]\d{9})(?![0-9A-Za-z.-])", plain(text), re.ASCII
    )
    return {one[1] for one in found}


def found_by(name: str, text: str) -> set[str]:
    folded = plain(text)
    return {
        re.sub(r"[^0-9A-Z]", "", folded[hit.start : hit.end].upper())
        for hit in DETECTORS[name].find(text)
    }


def identity(seed: int, region: str = "") -> str:
    chance = random.Random(seed)
    stem = (region or chance.choice(REGIONS.split()) + "0101") + chance.choice(
        ["19491231", "20001130", "20240229", "19870605"]
    )
    stem += f"{chance.randrange(1000):03d}"
    return next(stem + check for check in "0123456789X" if is_identity(stem + check))


def card(seed: int) -> str:
    chance = random.Random(seed)
    stem = chance.choice(["6222", "62", "4000", "5412"])
    while len(stem) < chance.choice([15, 18]):
        stem += str(chance.randrange(10))
    return next(stem + check for check in "0123456789" if luhn(stem + check))


def luhn(code: str) -> bool:
    doubled = [int(c) * (1 + place % 2) for place, c in enumerate(reversed(code))]
    return not sum(value - 9 if value > 9 else value for value in doubled) % 10


SEEDS = st.integers(0, 10**6)
NUMBERS = st.one_of(
    SEEDS.map(identity),
    SEEDS.map(card),
    SEEDS.map(lambda seed: f"1{3 + seed % 7}{seed:09d}"),
    SEEDS.map(lambda seed: identity(seed, ("810000", "820000", "830000", "911156")[seed % 4])),
    st.from_regex(r"\A[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X]\Z"),
    st.sampled_from(["12110101400000179L", "51110000500000193A", "113201151002060016"]),
)
WIDE = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
BREAKS = (" ", "-", "－", "\u00a0", "\u3000", "\u200b", "\n", "\r\n", " - ", "—")


@st.composite
def dressed(draw: st.DrawFn) -> str:
    number: str = draw(NUMBERS)
    if draw(st.booleans()):
        mark, step = draw(st.sampled_from(BREAKS)), draw(st.sampled_from([1, 3, 4, 6, 8]))
        number = mark.join(number[at : at + step] for at in range(0, len(number), step))
    if draw(st.integers(0, 3)) == 0:
        number = number.translate(WIDE)
    return number.lower() if draw(st.integers(0, 3)) == 0 else number


AROUND = ("", "", "证号：", "、", "，", "；", " ", "1 ", "2.", "①", "A", "ID", "NO.", "x", "*", "（", "号",
          "+86", "86-", "=", '"', "_", "/", "\u200e", "元", ".0", "。", "0")  # fmt: skip
TEXTS = st.lists(st.tuples(st.sampled_from(AROUND), dressed()), min_size=1, max_size=3).flatmap(
    lambda parts: st.sampled_from(AROUND).map(lambda end: "".join(a + b for a, b in parts) + end)
)


@settings(deadline=None, max_examples=150)
@given(TEXTS)
@example("①11010519491231002X②440524188001010014")
@example("110105\n19491231\r\n002x")
def test_identity_numbers_are_those_of_the_standard(text: str) -> None:
    expected = people(text)
    assert found_by("citizen-id", text) == {code for code, body in expected if not body}
    assert found_by("citizen-id-or-credit-code", text) == {code for code, body in expected if body}


@settings(deadline=None, max_examples=150)
@given(TEXTS)
@example("6222021234567894 1")
def test_bank_cards_are_those_of_the_standard(text: str) -> None:
    assert found_by("bank-card", text) == cards(text)


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_every_mobile_that_nothing_else_is_written_to_is_found(text: str) -> None:
    found = found_by("mobile", text)
    assert mobiles(text) <= found
    assert all(re.fullmatch("1[3-9][0-9]{9}", number) for number in found)


SHAPES = {
    "passport": ("E12345678", "EA1234567", "G12345678", "D1234567", "SE1234567", "P12345678"),
    "travel-permit": ("C12345678", "CA1234567", "W12345678", "H12345678", "M1234567890"),
    "citizen-id-15": ("110105491231002", "110105 491231 002", "440524-800101-001"),
    "military-id": ("军字第1234567号", "士字第 123456 号"),
    "plate": ("京A12345", "粤B12345D", "沪AD12345", "京A·12345", "鄂A1234警", "粤Z1234港", "川A-1234学"),
    "email": ("zhang.san@qq.com", "a_b+c@mail.example.com.cn"),
    "mobile": ("13800138000", "1 3 8 0 0 1 3 8 0 0 0", "138-0013-8000"),
    "masked": ("110105********002X", "138****8000", "1***********0"),
}  # fmt: skip
NEIGHBOURS = ("{}", "（{}）", "号码{}，已核", "编号：{}。", "“{}”", "a,{},b", "\t{}\n", "{}；无", "\ufeff{}",
              "①{}", "No:{}", "NO.{}")  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_documents_are_found_in_any_company(name: str) -> None:
    for value in SHAPES[name]:
        for wide in (
            value,
            "".join(chr(ord(c) + 0xFEE0) if c.isalnum() and c.isascii() else c for c in value),
        ):
            for around in NEIGHBOURS:
                if name == "masked" and around == "NO.{}":
                    continue
                assert any(DETECTORS[name].find(around.format(wide))), (value, around)


@pytest.mark.parametrize("word", ["Tel.", "tel:", "vx", "weixin", "WeChat", "mob", "手机", "T."])
def test_a_mobile_is_found_behind_the_words_for_it(word: str) -> None:
    assert found_by("mobile", f"{word}13800138000") == {"13800138000"}


@pytest.mark.parametrize("name", ["passport", "travel-permit"])
def test_letters_of_documents_may_be_small_and_stand_apart(name: str) -> None:
    for value in SHAPES[name]:
        letters = re.match("[A-Z]+", value)
        assert letters
        for text in (value.lower(), f"{letters[0]} {value[letters.end() :]}"):
            assert any(DETECTORS[name].find(text)), text
