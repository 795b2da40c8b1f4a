"""A small summary of the keys of a published table, without a value of it.

For each column that can serve as a key (credit codes, names, telephone numbers, addresses, permit
numbers) and for combinations of quasi-identifiers, a sketch keeps the ``SKETCH`` smallest hashes of
the distinct values (bottom-k). Treated columns (``gongkai:treatedBy``) are left out: codes and
masked values join nothing.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import pack, unpack
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyarrow.parquet as pq

from datasets.derivative import TREATED_BY
from datasets.engine import QueryLimits, Question, sorting
from datasets.identifiers import fold
from datasets.quasi_identifiers import category_of
from datasets.query import table_schema
from datasets.sensitive.detector import plain_label

EDITION: Final = 2
"""Changes when sketches made before can no longer be compared with new ones."""

SKETCH: Final = 512
FEWEST_VALUES: Final = 3
UNATTENDED: Final = QueryLimits(seconds=300)
"""For a table that nobody waits for."""
COMBINATION: Final = "combination"
"""Kind of birth date and sex together with a third quasi-identifier, which is named after it."""

KINDS: Final[Mapping[str, re.Pattern[str]]] = {
    kind: re.compile(pattern, re.IGNORECASE)
    for kind, pattern in {
        "citizen-id": r"身份证|证件号|公民身份",
        "credit-code": r"信用代码|纳税人识别号|组织机构代码|\buscc\b",
        "phone": r"电话|手机|联系方式|\b(?:phone|mobile|tel)\b",
        "email": r"邮箱|电子邮件|\be-?mail\b",
        "plate": r"车牌|号牌",
        "permit": r"(?:许可证?|证书|证照)编?号|执照号|注册号|文号|案号|\b(?:permit|licen[cs]e)\b",
        "birth": r"出生|生日|年龄|周岁|\b(?:birth\w*|dob|age)\b",
        "address": r"地址|住址|住所|家庭|户籍|\baddress\b",
        "position": r"经度|纬度|经纬|坐标|\b(?:lng|lat|lon|longitude|latitude)\b",
        "health": r"疾病|病种|诊断|病情|残疾|伤残|\b(?:disease|diagnosis|disability)\b",
        "money": r"收入|工资|补助|救助|补贴|低保|贫困|养老金|欠款|欠税|\b(?:income|salary|wage)\b",
        "conduct": r"处罚|违法|犯罪|失信|被执行|案由|处分",
        "organisation": (
            r"(?:企业|单位|机构|公司|商户|主体|医院|学校|当事人|申请人|相对人)名称|字号|(?:用人|工作)单位"
        ),
        "person": (
            r"姓名|法定代表人|法人代表|负责人|联系人|经办人|申请人|当事人|户主|监护人|经营者|持证人|业主"
        ),
    }.items()
}
"""What a column says, by its header; the first that fits counts."""

DETECTED: Final[Mapping[str, str]] = {
    "person-name": "person",
    "mobile": "phone",
    "landline": "phone",
    "email": "email",
    "plate": "plate",
    "address": "address",
    "birth-date": "birth",
    "position": "position",
    "citizen-id": "citizen-id",
    "citizen-id-or-credit-code": "citizen-id",
    "citizen-id-damaged": "citizen-id",
    "citizen-id-15": "citizen-id",
}
"""What a finding that was kept says of its column, whatever the header."""

THIRD: Final = ("district", "ethnic", "education", "occupation")
"""Quasi-identifiers that are compared together with birth date and sex."""

KEYS: Final = frozenset(
    {
        "citizen-id",
        "credit-code",
        "phone",
        "email",
        "plate",
        "permit",
        "address",
        "organisation",
        "person",
    }
)
"""Kinds whose values can be looked up in another table."""

_FROM: Final = "０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ（）"
_TO: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ()"
_NOISE: Final = r"[\s\-·•.,，、()]"


@dataclass(frozen=True, slots=True)
class KeySketch:
    """The smallest hashes of a key's distinct values. ``columns`` are several for a combination."""

    kind: str
    columns: tuple[str, ...]
    distinct: int
    hashes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TableSketch:
    """A table as the mosaic sees it, without its treated columns; ``kinds`` maps the columns that say
    something of interest to what they say."""

    rows: int
    columns: tuple[str, ...]
    kinds: Mapping[str, str]
    keys: tuple[KeySketch, ...]


def sketch(
    parquet: Path,
    detected: Mapping[str, str] | None = None,
    limits: QueryLimits = UNATTENDED,
) -> TableSketch:
    """Sketch a published table. ``detected`` maps columns to the detectors of findings kept in them.

    Raises ``QueryProblem`` when all keys together take longer than ``limits`` allow.
    """
    with pq.ParquetFile(parquet) as file:
        names, rows = file.schema_arrow.names, file.metadata.num_rows
        described = {one["name"]: one for one in table_schema(file.schema_arrow).get("fields", [])}
    treated = {name for name in names if described.get(name, {}).get(TREATED_BY)}
    open_names = [name for name in names if name not in treated]
    titles = {name: described.get(name, {}).get("title") or name for name in open_names}
    held = detected or {}
    kinds = {
        name: kind for name, title in titles.items() if (kind := kind_of(title, held.get(name, "")))
    }
    wanted: list[tuple[str, tuple[str, ...]]]
    wanted = [(kind, (name,)) for name, kind in kinds.items() if kind in KEYS]
    wanted += _combinations(titles)
    words = {name: f"c{place}" for place, name in enumerate(names)}
    with (
        TemporaryDirectory(prefix="mosaic-") as folder,
        sorting(limits, Path(folder)) as question,
    ):
        made = [_key(question, parquet, kind, columns, words) for kind, columns in wanted]
    keys = tuple(one for one in made if one.distinct >= FEWEST_VALUES)
    return TableSketch(rows, tuple(open_names), kinds, keys)


def _combinations(titles: Mapping[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """Birth date, sex and a third quasi-identifier, for each third one; columns in that order."""
    found: dict[str, str] = {}
    for name, title in titles.items():
        found.setdefault(category_of(title), name)
    if not {"birth", "sex"} <= set(found):
        return []
    pair = found["birth"], found["sex"]
    return [(f"{COMBINATION}:{one}", (*pair, found[one])) for one in THIRD if one in found]


def kind_of(label: str, detector: str = "") -> str:
    """What a column says, by what was found in it or by its header; "" when nothing of interest."""
    if detector in DETECTED:
        return DETECTED[detector]
    plain = fold(plain_label(label))
    return next((kind for kind, pattern in KINDS.items() if pattern.search(plain)), "")


def _key(
    question: Question, parquet: Path, kind: str, columns: Sequence[str], words: Mapping[str, str]
) -> KeySketch:
    parts = [
        f"upper(regexp_replace(translate({words[name]}::VARCHAR, '{_FROM}', '{_TO}'), '{_NOISE}', '', 'g'))"
        for name in columns
    ]
    value = f"nullif(concat_ws('|', {', '.join(parts)}), '')"
    filled = " AND ".join(f"{words[name]} IS NOT NULL" for name in columns)
    found = question.ask(
        f"SELECT DISTINCT md5_number_lower({value}) AS h "  # noqa: S608  (our words)
        f"FROM read_parquet(?) AS t({', '.join(words.values())}) "
        f"WHERE {filled} AND length({value}) > 1 ORDER BY h LIMIT {SKETCH}",
        [str(parquet)],
    )
    hashes = tuple(found["h"].to_pylist())
    distinct = len(hashes)
    if distinct == SKETCH:
        distinct = (SKETCH - 1) * 2**64 // max(hashes[-1], 1)
    return KeySketch(kind, tuple(columns), distinct, hashes)


def as_json(made: TableSketch) -> dict[str, Any]:
    """A sketch as it is stored; hashes are packed."""
    return {
        "rows": made.rows,
        "columns": list(made.columns),
        "kinds": dict(made.kinds),
        "keys": [
            {
                "kind": key.kind,
                "columns": list(key.columns),
                "distinct": key.distinct,
                "hashes": b64encode(pack(f"<{len(key.hashes)}Q", *key.hashes)).decode(),
            }
            for key in made.keys
        ],
    }


def from_json(stored: Mapping[str, Any]) -> TableSketch:
    """The sketch that ``as_json`` stored."""
    keys = []
    for key in stored["keys"]:
        packed = b64decode(key["hashes"])
        hashes = unpack(f"<{len(packed) // 8}Q", packed)
        keys.append(KeySketch(key["kind"], tuple(key["columns"]), key["distinct"], hashes))
    return TableSketch(stored["rows"], tuple(stored["columns"]), stored["kinds"], tuple(keys))
