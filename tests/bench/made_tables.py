"""The made-up table of the validation figures: twelve columns of every common kind, any length.

Blocks of rows are written column-wise, so that even a 10 GB file is made in a minute. Nothing is
random: each value follows from its row number, so every run measures the same bytes.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import polars as pl

BLOCK_ROWS: Final = 100_000

CLASSES: Final = [f"类别{number:02d}" for number in range(16)]
WORDS: Final = [
    "北京市", "朝阳区", "行政许可", "登记", "公司", "第一", "检查", "合格", "项目", "备注内容", "说明", "街道办事处",
]  # fmt: skip

SCHEMA: Final[dict[str, Any]] = {
    "fields": [
        {
            "name": "序号",
            "type": "integer",
            "constraints": {"required": True, "unique": True, "minimum": 1},
        },
        {
            "name": "编码",
            "type": "string",
            "constraints": {"required": True, "unique": True, "pattern": "[A-Z]{2}[0-9]{8}"},
        },
        {"name": "名称", "type": "string", "constraints": {"minLength": 2, "maxLength": 40}},
        {"name": "类别", "type": "string", "constraints": {"enum": CLASSES}},
        {
            "name": "日期",
            "type": "date",
            "constraints": {"minimum": "2000-01-01", "maximum": "2030-12-31"},
        },
        {"name": "时间", "type": "datetime"},
        {"name": "金额", "type": "number", "constraints": {"minimum": 0}},
        {"name": "年限", "type": "integer", "constraints": {"minimum": 0, "maximum": 150}},
        {"name": "比例", "type": "number", "constraints": {"minimum": 0, "maximum": 1}},
        {"name": "是否", "type": "boolean", "trueValues": ["是"], "falseValues": ["否"]},
        {"name": "区划", "type": "string", "constraints": {"pattern": "11[0-9]{4}"}},
        {"name": "备注", "type": "string"},
    ],
    "missingValues": ["", "NA", "-"],
}
NAMES: Final = [field["name"] for field in SCHEMA["fields"]]

DIRT: Final = (
    ("序号", "x1"),
    ("编码", "bad"),
    ("名称", "短"),
    ("类别", "类别99"),
    ("日期", "2024-02-30"),
    ("日期", "1999-12-31"),
    ("时间", "2024-01-01 10:00"),
    ("金额", "-1"),
    ("金额", "1e"),
    ("年限", "200"),
    ("比例", "1.5"),
    ("是否", "maybe"),
    ("区划", "31ab"),
    ("序号", ""),
    ("编码", ""),
)
DIRT_EVERY: Final = 1_000
"""One row in so many is spoilt; in turn by each of DIRT, cut short, made too long, and emptied."""


def frame(first: int, rows: int) -> Any:
    """Rows ``first`` to ``first + rows - 1`` as texts; rows are counted from 1."""
    n = pl.col("n")
    spread = (n * 7_919 + 13) % 1_000_003
    words = pl.Series(WORDS)
    word = pl.Expr.replace_strict

    def one(step: int) -> Any:
        return word((n // step) % len(WORDS), range(len(WORDS)), words, return_dtype=pl.String)

    day = pl.format("{}-{}", *(_two((n + shift) % size + 1) for shift, size in ((0, 12), (5, 28))))
    clock = pl.format("{}:{}:{}", _two(n % 24), _two(n % 60), _two(n * 7 % 60))
    remark = pl.when(n % 6 == 0).then(pl.format('{}, "引"{}', one(1), one(5)))
    columns = {
        "序号": n.cast(pl.String),
        "编码": pl.format("KM{}", _digits(n, 8)),
        "名称": pl.format("{}{}{}", one(1), one(3), n % 977),
        "类别": pl.format("类别{}", _two(n * 7 % 16)),
        "日期": pl.format("20{}-{}", _two(n % 24), day),
        "时间": pl.format("20{}-{}T{}", _two(n % 24), day, clock),
        "金额": pl.format("{}.{}", spread % 100_000, _two(n % 100)),
        "年限": pl.when(n % 17 == 0).then(pl.lit("NA")).otherwise((n * 13 % 120).cast(pl.String)),
        "比例": pl.format("0.{}", _digits(spread % 10_000, 4)),
        "是否": pl.when(n % 3 == 0).then(pl.lit("否")).otherwise(pl.lit("是")),
        "区划": pl.format("11{}", _digits(n % 10_000, 4)),
        "备注": remark.otherwise(pl.format("{}{}{}{}", one(1), one(7), one(11), one(2))),
    }
    numbers = pl.DataFrame({"n": pl.int_range(first, first + rows, eager=True)})
    return numbers.select(**columns)


def _digits(value: Any, width: int) -> Any:
    return value.cast(pl.String).str.zfill(width)


def _two(value: Any) -> Any:
    return _digits(value, 2)


def csv_blocks(rows: int, *, dirty: bool = False, quoted: bool = False) -> Iterator[bytes]:
    """The table as UTF-8 CSV, the header first."""
    yield (",".join(NAMES) + "\n").encode()
    style = "always" if quoted else "necessary"
    for first in range(1, rows + 1, BLOCK_ROWS):
        part = frame(first, min(BLOCK_ROWS, rows + 1 - first))
        text = str(part.write_csv(include_header=False, quote_style=style))
        yield (_spoilt(text, first) if dirty else text).encode()


def _spoilt(text: str, first: int) -> str:
    lines = text.split("\n")
    for place in range(DIRT_EVERY - first % DIRT_EVERY, len(lines) - 1, DIRT_EVERY):
        kind = (first + place) // DIRT_EVERY % (len(DIRT) + 3)
        cells = lines[place].split(",", 11)
        if kind < len(DIRT):
            name, value = DIRT[kind]
            cells[NAMES.index(name)] = value
        elif kind == len(DIRT):
            cells = cells[:9]
        elif kind == len(DIRT) + 1:
            cells.append("多余")
        else:
            cells = []
        lines[place] = ",".join(cells)
    return "\n".join(lines)


def write_csv(
    path: Path, rows: int, *, dirty: bool = False, quoted: bool = False, encoding: str = "utf-8"
) -> Path:
    """The table in a file; the path, for chaining."""
    with path.open("wb") as file:
        for block in csv_blocks(rows, dirty=dirty, quoted=quoted):
            file.write(block if encoding == "utf-8" else block.decode().encode(encoding))
    return path
