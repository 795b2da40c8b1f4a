"""Columns that name nobody but together may point at one person, told by their headers."""

import re
from collections.abc import Mapping
from typing import Final

from datasets.identifiers import fold
from datasets.sensitive.detector import plain_label

WORDS: Final[Mapping[str, re.Pattern[str]]] = {
    category: re.compile(pattern, re.IGNORECASE)
    for category, pattern in {
        "birth": r"出生(?!地)|生日|\b(?:birth\w*|dob)\b",
        "age": r"年龄|周岁|\bage\b",
        "sex": r"性别|\b(?:sex|gender)\b",
        "district": (
            r"出生地|籍贯|户籍|户口|邮编|邮政编码|行政区|区划|区县|所在区|所属区|辖区|街道|乡镇|社区|村|"
            r"\b(?:district|county|township|zip|postal\w*|postcode)\b"
        ),
        "ethnic": r"民族|\bethnic\w*",
        "nationality": r"国籍|\bnationality\b",
        "education": r"学历|学位|文化程度|专业|毕业|入学|\beducation\b",
        "occupation": r"职业|职务|职称|岗位|工种|入职|\boccupation\b",
        "marriage": r"婚姻|\bmarital\b",
        "politics": r"政治面貌",
    }.items()
}
"""Category -> the words of its headers; the first that fits counts."""


def category_of(label: str) -> str:
    """What a column would tell an outsider of a person; "" when its header says nothing of the kind."""
    plain = fold(plain_label(label))
    return next((category for category, words in WORDS.items() if words.search(plain)), "")
