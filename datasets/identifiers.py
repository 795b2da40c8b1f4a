"""Numbers that the state gives to people and bodies: form, check digits, and what they say.

Every predicate takes any text and answers; none raises. Full-width digits, spaces and hyphens
are folded first, because real files are full of them.

Sources: GB 11643-1999 (citizen identity number), GB 32100-2015 (unified social credit code),
GB 11714-1997 (organisation code inside it), GB/T 2260 (regions), ISO/IEC 7812-1 (bank cards).
"""

import re
import unicodedata
from datetime import date
from typing import Final

PROVINCES: Final[dict[str, str]] = {
    "11": "北京市", "12": "天津市", "13": "河北省", "14": "山西省", "15": "内蒙古自治区",
    "21": "辽宁省", "22": "吉林省", "23": "黑龙江省", "31": "上海市", "32": "江苏省",
    "33": "浙江省", "34": "安徽省", "35": "福建省", "36": "江西省", "37": "山东省",
    "41": "河南省", "42": "湖北省", "43": "湖南省", "44": "广东省",
    "45": "广西壮族自治区", "46": "海南省", "50": "重庆市", "51": "四川省", "52": "贵州省",
    "53": "云南省", "54": "西藏自治区", "61": "陕西省", "62": "甘肃省", "63": "青海省",
    "64": "宁夏回族自治区", "65": "新疆维吾尔自治区", "71": "台湾省",
    "81": "香港特别行政区", "82": "澳门特别行政区",
}  # fmt: skip
"""First two digits of GB/T 2260. Counties change every year and abolished ones stay in identity
numbers for life, so the province is all that a check may rely on."""

RESIDENCE_PERMIT_REGIONS: Final = frozenset({"810000", "820000", "830000"})
"""Regions of the residence permit for people of Hong Kong, Macao and Taiwan."""

CREDIT_CODE_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""GB 32100-2015, table 2: no I, O, S, V, Z."""

_CREDIT_CODE_VALUES: Final = {char: value for value, char in enumerate(CREDIT_CODE_ALPHABET)}
CREDIT_CODE_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_CREDIT_CODE_KINDS: Final = frozenset("123456789ANY")
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CITIZEN_CHECKS: Final = "10X98765432"
EARLIEST_BIRTH_YEAR: Final = 1800

LATEST_BIRTH: Final = date(2099, 12, 31)
"""The latest birth date to believe where the result may not depend on the day it is asked."""

_SEPARATOR = re.compile(r"[\s\-·.]+")
_CREDIT_CODE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{18}", re.ASCII)
_CITIZEN_ID = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
_OLD_CITIZEN_ID = re.compile(r"[1-9][0-9]{14}", re.ASCII)
_ORGANISATION_CODE = re.compile(r"[0-9A-Z]{8}[0-9X]", re.ASCII)
_BANK_CARD = re.compile(r"[0-9]{16,19}", re.ASCII)

_DASHES: Final = frozenset({"Pd"})
_SPACES: Final = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})


class _Folding(dict[int, int]):
    """Table for ``str.translate`` that folds one character to one character, filled as it is asked."""

    def __missing__(self, point: int) -> int:
        self[point] = folded = _fold_point(point)
        return folded


def _fold_point(point: int) -> int:
    if point < 0x80:
        return point
    char = chr(point)
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return ord("0") + digit
    category = unicodedata.category(char)
    if category == "No":
        return (
            point  # a number in a circle, or small above: a mark of its own, no digit of a number
        )
    if category in _DASHES:
        return ord("-")
    if category in _SPACES:
        return ord(" ")
    plain = unicodedata.normalize("NFKC", char)
    return ord(plain) if len(plain) == 1 and plain.isascii() else point


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Replace every digit, letter, dash and space by its plain ASCII form, character by character.

    The result has the length of ``text``, so places found in it are places in the original.
    """
    return text if text.isascii() else text.translate(_FOLDING)


def normalise_code(text: str) -> str:
    """The code as it should have been written: NFKC, upper case, without separators."""
    if text.isascii() and text.isalnum():
        return text.upper()
    folded = unicodedata.normalize("NFKC", fold(text))
    return _SEPARATOR.sub("", folded).upper()


def region_known(code: str) -> bool:
    """Whether the first two digits name a province of GB/T 2260, or a residence permit's region."""
    return code[:2] in PROVINCES or code[:6] in RESIDENCE_PERMIT_REGIONS


def valid_region(text: str) -> bool:
    """Whether ``text`` is six digits beginning with a known province (GB/T 2260)."""
    code = normalise_code(text)
    return len(code) == 6 and code.isascii() and code.isdigit() and code[:2] in PROVINCES


def birth_date(text: str, latest: date = LATEST_BIRTH) -> date | None:
    """The birth date an identity number of 15 or 18 characters tells, or None if it tells none.

    No date after ``latest`` is a birth date.
    """
    code = normalise_code(text)
    if _CITIZEN_ID.fullmatch(code):
        return _real_date(code[6:14], latest)
    if _OLD_CITIZEN_ID.fullmatch(code):
        return _real_date("19" + code[6:12], latest)
    return None


def _real_date(digits: str, latest: date) -> date | None:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None
    return day if day.year >= EARLIEST_BIRTH_YEAR and day <= latest else None


def citizen_id_shaped(text: str, latest: date = LATEST_BIRTH) -> bool:
    """Whether region and birth date are plausible, whatever the check character says.

    Spreadsheets turn the last three digits of an 18-digit number to zero: such a number fails its
    check and is personal data all the same. Births are bounded by ``latest``, as in ``birth_date``.
    """
    code = normalise_code(text)
    if not _CITIZEN_ID.fullmatch(code):
        return False
    # 9, then the province of application and the ISO 3166 number of the nationality.
    foreigner = code[0] == "9" and code[1:3] in PROVINCES and "004" <= code[3:6] <= "894"
    return (foreigner or region_known(code)) and birth_date(code, latest) is not None


def float_exact(text: str) -> bool:
    """Whether a number is one that a 64-bit float holds exactly: above 2**53 few are.

    Tools that read codes as floats round them to such numbers, and their last digits are lost.
    """
    code = normalise_code(text)
    return code.isascii() and code.isdigit() and len(code) < 300 and int(float(code)) == int(code)


def valid_citizen_id(text: str, latest: date = LATEST_BIRTH) -> bool:
    """Whether ``text`` is an identity number of 18 characters (GB 11643-1999).

    Includes the residence permits 81/82/83 and the foreigner's permanent residence card, which
    begins with 9. Check character: ISO 7064 MOD 11-2. The age of the person is not judged, but
    births are bounded by ``latest``, as in ``birth_date``.
    """
    code = normalise_code(text)
    if not citizen_id_shaped(code, latest):
        return False
    total = sum(int(char) * weight for char, weight in zip(code, CITIZEN_WEIGHTS, strict=False))
    return CITIZEN_CHECKS[total % 11] == code[17]


def plausible_old_citizen_id(text: str) -> bool:
    """Whether ``text`` could be an identity number of 15 digits, which carry no check digit.

    One random number of 15 digits in about seventy passes, so a single hit proves nothing.
    """
    code = normalise_code(text)
    if not _OLD_CITIZEN_ID.fullmatch(code):
        return False
    return code[:2] in PROVINCES and birth_date(code) is not None


def valid_organisation_code(text: str) -> bool:
    """Whether ``text`` is an organisation code of nine characters (GB 11714-1997)."""
    code = normalise_code(text)
    if not _ORGANISATION_CODE.fullmatch(code):
        return False
    total = sum(
        int(char, 36) * weight for char, weight in zip(code, _ORGANISATION_WEIGHTS, strict=False)
    )
    check = 11 - total % 11
    return code[8] == {10: "X", 11: "0"}.get(check, str(check))


def valid_uscc(text: str) -> bool:
    """Whether ``text`` is a unified social credit code (GB 32100-2015), by its own check only."""
    code = normalise_code(text)
    if not _CREDIT_CODE.fullmatch(code) or code[0] not in _CREDIT_CODE_KINDS:
        return False
    if not (code[2:8].isdigit()):
        return False
    total = sum(
        _CREDIT_CODE_VALUES[char] * weight
        for char, weight in zip(code, CREDIT_CODE_WEIGHTS, strict=False)
    )
    return CREDIT_CODE_ALPHABET[(31 - total % 31) % 31] == code[17]


def certain_organisation(text: str) -> bool:
    """Whether a credit code also passes the inner organisation code and names a known region.

    Codes of agencies begin like identity numbers of Beijing (11), Tianjin (12) or Sichuan (51); a
    number that passes both outer checks is an organisation's only if this holds too. State organs
    registered with the centre carry the region 100000.
    """
    code = normalise_code(text)
    region = code[2:8]
    return (
        valid_uscc(code)
        and valid_organisation_code(code[8:17])
        and (region_known(region) or region == "100000")
    )


def passes_luhn(digits: str) -> bool:
    """Whether a string of ASCII digits passes the check of ISO/IEC 7812-1 annex B."""
    if not (digits.isascii() and digits.isdigit()):
        return False
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def valid_bank_card(text: str, *, any_issuer: bool = False) -> bool:
    """Whether ``text`` is a bank card number: 16 to 19 digits, Luhn, issued under 62 (UnionPay).

    ``any_issuer`` also admits 4 and 5, which only a header such as 卡号 justifies: Luhn alone
    accepts one number in ten.
    """
    code = normalise_code(text)
    if not _BANK_CARD.fullmatch(code):
        return False
    prefixes = ("62", "4", "5") if any_issuer else ("62",)
    return code.startswith(prefixes) and passes_luhn(code)
