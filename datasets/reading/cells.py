"""Cell by cell: what a clean label, a clean cell and a plain number look like."""

import re
import unicodedata
from collections.abc import Sequence

# Characters nobody sees: controls but tab and line ends, zero-width marks, the byte order mark.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)
INVISIBLE_CLASS = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}\x{200b}-\x{200f}\x{2028}-\x{202e}"
    r"\x{2060}\x{2066}-\x{2069}\x{feff}]"
)
"""The same for RE2."""
EDGES = " \t\r\n\u00a0\u3000"
BETWEEN_CJK = re.compile(r"(?<=[\u3400-\u9fff])[ \u00a0\u3000\t]+(?=[\u3400-\u9fff])")
REQUIRED_MARK = re.compile(r"[*＊★※]+|[（(【\[](?:必填|必填项|选填|非必填|必录)[）)】\]]")
UNNAMED = re.compile(r"Unnamed: \d+(?:_level_\d+)?")
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)%?")
GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
FULL_WIDTH = {**{0xFF01 + i: 0x21 + i for i in range(94)}, 0x3000: 0x20}
FULL_WIDTH_ALNUM = {code: to for code, to in FULL_WIDTH.items() if chr(to).isalnum()}


def is_blank_label(label: str) -> bool:
    """Tell a header cell without a name, counting what spreadsheet libraries write instead."""
    text = label.strip(EDGES)
    return not text or UNNAMED.fullmatch(text) is not None


def is_blank_row(row: Sequence[str]) -> bool:
    """Tell a record without any content; spaces count as none."""
    return not any(row) or not "".join(row).strip(EDGES)


def clean_label(label: str) -> str:
    """Take marks of forms off a header cell: asterisks, 必填, line breaks, spaces, full-width letters."""
    text = INVISIBLE.sub("", label)
    text = REQUIRED_MARK.sub("", text)
    text = re.sub(r"[\r\n\t\u00a0\u3000]+", " ", text).translate(FULL_WIDTH_ALNUM)
    text = BETWEEN_CJK.sub("", text.strip(EDGES))
    return re.sub(r" {2,}", " ", text)


def clean_cell(cell: str) -> str:
    """Take spaces off both ends and invisible characters out; line breaks inside stay."""
    return INVISIBLE.sub("", cell).strip(EDGES)


def half_width(cell: str) -> str:
    """Turn full-width digits, letters and marks into plain ones: １２．５ into 12.5."""
    return cell if cell.isascii() else cell.translate(FULL_WIDTH)


def is_number(cell: str) -> bool:
    """Tell a quantity from a code: plain, grouped or full-width, up to 15 digits, no leading zeros."""
    text = half_width(cell.strip(EDGES)).replace(",", "")
    if not NUMBER.fullmatch(text):
        return False
    whole = text.lstrip("+-").partition(".")[0].rstrip("%")
    return len(text) <= 20 and len(whole) <= 15 and not (len(whole) > 1 and whole.startswith("0"))


def plain_number(cell: str, *, grouped: bool, wide: bool) -> str:
    """Rewrite a quantity without full-width digits (``wide``) and thousands marks (``grouped``)."""
    text = cell
    if wide and not text.isascii():
        narrow = unicodedata.normalize("NFKC", text)
        text = narrow if is_number(narrow) else text
    if grouped and "," in text and GROUPED.fullmatch(text.strip(EDGES)):
        text = text.replace(",", "")
    return text
