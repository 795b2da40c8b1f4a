"""Cell texts that each field type accepts, texts that look as if, and constraints between them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

NASTY: Final = (
    "", "NA", "-", "None", "nan", "null", " ", "  1 ", "x", "是", "１２", "1_000", "+5", "-0", "007",
    "9" * 30, "1e400", "1e-400", "1E5", ".5", "5.", "inf", "-Infinity", "NaN", "sNaN", "1,000",
    "1.234,5", "$100", "100元", "0x10", "١٢", "true", "TRUE", "0", "1", "1.0", "1.00", "01",
    "2023-1-5", "2023-02-29", "2024-02-29", "0000-01-01", "9999-12-31", "10000-01-01", "20230105",
    "2023-01-05 ", "2023-01-05T08:00:00", "2023-01-05T08:00:00Z", "2023-01-05T24:00:00",
    "2023-01-05x08:00:00.123+08:00", "2023-W01-1T00:00:00", "08:00:00", "24:00:00", "08:00:00+08:00",
    "23:59:60", "2023", "-001", "0001", "1_23", "2023-13", "2023 - 1", "2023-0", "P", "PT", "P1W",
    "P1Y2M", "P-1D", "-P1D", "1,2", "181,0", "180,-90", "nan,1", "[1]", "{}", '[1,"a"]', '{"a":1}',
    "[", '"a"', "1\n", "a\nb", "a\r\nb", "a,b", 'a"b', "'", '"', "\ufeff", "\u3000", "\u200b1",
    "a\x00", "𠮷", "e\u0301", "x" * 255, "a@b.cn", "http://a.cn", "not a uri", "=1+1", "#REF!",
    "\\", "a\\,b",
)  # fmt: skip

GOOD: Final[Mapping[str, Sequence[str]]] = {
    "string": ("a", "b", "北京", "abc", "行政许可", "a@b.cn", "http://a.cn/x", "AB12", "aaa",
               "c5a9bd3c-8d4e-4d6c-9f3b-2b1c1c6e3a10", "YWJj", "x y"),
    "integer": ("1", "2", "3", "10", "-5", "0", "150", "9007199254740993"),
    "number": ("1", "1.5", "-2.25", "0", "1e3", "100.00", "0.1", "123456789.123456789"),
    "boolean": ("true", "false", "True", "False", "TRUE", "FALSE", "1", "0"),
    "date": ("2023-01-05", "2000-02-29", "1999-12-31", "2023-1-5", "0001-01-01", "2023/01/05"),
    "datetime": ("2023-01-05T08:00:00", "2023-01-05 08:00:00", "2023-01-05T08:00:00Z",
                 "2023-01-05T08:00:00.5", "2000-02-29T23:59:59", "2023-01-05T16:00:00+08:00"),
    "time": ("08:00:00", "23:59:59", "00:00:00", "08:00:00Z", "08:00:00.25", "16:00:00+08:00"),
    "year": ("2023", "1999", "0001", "9999"),
    "yearmonth": ("2023-01", "1999-12", "2023-1", "0001-01"),
    "duration": ("P1Y", "P1D", "PT36H", "P1M", "P1W", "PT0S"),
    "geopoint": ("116.4,39.9", "0,0", "-180,90", "[1,2]", '{"lon":1,"lat":2}', "116.4, 39.9"),
    "geojson": ('{"type":"Point","coordinates":[1,2]}', '{"type":"Point"}'),
    "array": ("[]", "[1,2]", '["a"]', '[1,"a"]'),
    "object": ("{}", '{"a":1}', '{"a":1,"b":2}'),
    "list": ("a,b", "1,2", "a", "1;2", "2023-01-05,2023-01-06"),
    "any": ("a", "1", "2.5", "true", "北京"),
}  # fmt: skip

TYPES: Final = (
    "string", "string", "string", "integer", "integer", "number", "number", "boolean", "date",
    "date", "datetime", "time", "year", "yearmonth", "duration", "geopoint", "geojson", "array",
    "object", "list", "any",
)  # fmt: skip

FORMATS: Final[Mapping[str, Sequence[str]]] = {
    "string": ("email", "uri", "uuid", "binary", "default"),
    "date": ("any", "%Y/%m/%d", "%Y年%m月%d日", "%Y-%m-%d", "default", "%d.%m.%y"),
    "datetime": ("any", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "default"),
    "time": ("any", "%H:%M:%S", "%H:%M", "default"),
    "geopoint": ("array", "object", "default"),
    "geojson": ("topojson", "default"),
}

OPTIONS: Final[Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "integer": {"bareNumber": (True, False)},
    "number": {
        "bareNumber": (True, False),
        "groupChar": (",", "", ".", " "),
        "decimalChar": (".", ","),
        "floatNumber": (True, False),
    },
    "boolean": {
        "trueValues": (["是"], ["1", "true"], ["x"]),
        "falseValues": (["否"], ["0"], ["x", "false"]),
    },
    "array": {
        "arrayItem": (
            {"type": "integer"},
            {"type": "string", "constraints": {"maxLength": 1}},
        )
    },
    "list": {
        "delimiter": (",", ";"),
        "itemType": ("string", "integer", "boolean", "number", "date", "datetime", "time"),
    },
}

_TEMPORAL: Final[Mapping[str, Sequence[Any]]] = {
    "date": ("2000-01-01", "2023-01-05", "2030-12-31"),
    "datetime": ("2000-01-01T00:00:00", "2023-01-05T08:00:00", "2030-12-31T00:00:00"),
    "time": ("00:00:00", "08:00:00", "12:00:00"),
    "year": ("1999", "2023", 2000),
    "yearmonth": ("2023-01", "1999-12"),
    "integer": (0, 1, "1", 3, 100),
    "number": (0, 1, "1.5", 2.25, "100"),
}

_PATTERNS: Final = (
    "[a-z]+", "a|b", r"\d+", "[A-Z]{2}[0-9]{2}", ".*", "^a$", r"\w{1,3}", "[^a]", r"北\S?", "(?:ab?)+",
    "a.c", r"[\w.]+@[\w.]+", "", "x{255}", r"\D*", r"\bab", "(a+)b?", r"a\Z", "[0-9]*$",
)  # fmt: skip


def bounds_of(kind: str) -> dict[str, Sequence[Any]]:
    """Constraints with a value that the type supports, ``required``, ``unique``, ``enum`` apart."""
    if kind in _TEMPORAL:
        return {
            f"{stem}{suffix}": _TEMPORAL[kind]
            for stem, suffix in (
                ("minimum", ""),
                ("maximum", ""),
                ("exclusive", "Minimum"),
                ("exclusive", "Maximum"),
            )
        }
    lengths: dict[str, Sequence[Any]] = {"minLength": (0, 1, 2, 3), "maxLength": (1, 2, 5)}
    if kind == "string":
        return {**lengths, "pattern": _PATTERNS}
    return lengths if kind in ("array", "object", "list") else {}
