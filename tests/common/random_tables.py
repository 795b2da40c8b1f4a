"""Tables and schemas at random, with all the dirt that files have; for Hypothesis.

``cases(folder)`` draws one whole question: a schema over every field type, a table that mostly
fits it, a dialect, an encoding, damage, a checklist and limits.
"""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st

from tests.common.frictionless_oracle import Case
from tests.common.random_values import FORMATS, GOOD, NASTY, OPTIONS, TYPES, bounds_of

V2: Final = "https://datapackage.org/profiles/2.0/tableschema.json"
V2_RESOURCE: Final = "https://datapackage.org/profiles/2.0/dataresource.json"
NAMES: Final = ("序号", "名称", "a", "b", "c d", "值", "A", "名,称", 'q"q', "é")
UNHASHABLE: Final = ("array", "object", "geojson", "list")
LINE_ENDS: Final = ("\n", "\n", "\r\n", "\r\n", "\r")
DIRT: Final = (
    "", "", "   ", ",", ",,,,,,", '"', '""', 'a"b"c,1', '"a"b,2', ' "x",3', "\x00", "a\x00b,1",
    "a\rb", "a\r\r\nb", "\ufeffa,b", "\u2028", "a\x0bb,\x0c", "\x85,1", '"a\nb",2', '"a\r\nb"',
    '"unclosed,1', "'a,b',c", "a;b;c", "a\tb", "#comment,1", "\x1a", "1,2,3,4,5,6,7,8,9,10",
    "\\,\\", '"x\\"y",z', "𠮷,镕", "e\u0301", "\u00a0",
)  # fmt: skip
ERROR_NAMES: Final = (
    "type-error", "constraint-error", "blank-row", "extra-cell", "missing-cell", "unique-error",
    "primary-key", "foreign-key", "duplicate-row", "blank-label", "duplicate-label",
    "incorrect-label", "#row", "#cell", "#header", "#label", "#table", "#file", "row-constraint",
)  # fmt: skip


@st.composite
def fields(draw: Any, name: str, *, v2: bool) -> dict[str, Any]:
    """A field of any type with the options and constraints its type supports."""
    kind = draw(st.sampled_from(TYPES))
    made: dict[str, Any] = {"name": name, "type": kind}
    if draw(st.integers(0, 2)) == 0 and kind in FORMATS:
        made["format"] = draw(st.sampled_from(FORMATS[kind]))
    for key, values in OPTIONS.get(kind, {}).items():
        if draw(st.integers(0, 2)) == 0:
            made[key] = draw(st.sampled_from(values))
    if draw(st.integers(0, 7)) == 0:
        made["missingValues"] = draw(
            st.sampled_from([["NA"], ["", "-"], ["1"], [], ["None"], ["nan"]])
        )
    constraints = draw(_constraints(kind, v2=v2))
    if constraints:
        made["constraints"] = constraints
    return made


@st.composite
def _constraints(draw: Any, kind: str, *, v2: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if draw(st.integers(0, 2)) == 0:
        made["required"] = draw(st.booleans())
    # Over values that cannot be looked up Frictionless falls: rarely, or nothing is compared.
    if draw(st.integers(0, 3)) == 0 and (kind not in UNHASHABLE or draw(st.integers(0, 5)) == 0):
        made["unique"] = True
    for key, values in bounds_of(kind).items():
        if draw(st.integers(0, 4)) == 0 and (v2 or not key.startswith("exclusive")):
            made[key] = draw(st.sampled_from(values))
            if draw(st.integers(0, 59)) == 0:
                made[key] = draw(st.sampled_from(["abc", "(?i)a", "(", "2023-01-05T08:00:00Z"]))
    if draw(st.integers(0, 5)) == 0 and kind != "list":
        made["enum"] = draw(st.lists(st.sampled_from(GOOD[kind]), min_size=1, max_size=4))
    return made


@st.composite
def schemas(draw: Any) -> dict[str, Any]:
    """A Table Schema of one to five fields, with keys now and then."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    v2 = draw(st.booleans())
    made: dict[str, Any] = {"fields": [draw(fields(name, v2=v2)) for name in names]}
    if v2:
        made["$schema"] = V2
    if draw(st.booleans()):
        made["missingValues"] = draw(
            st.sampled_from([[""], ["", "NA"], ["NA"], [], ["-", "0", ""], ["", " "]])
        )
    hashable = [one["name"] for one in made["fields"] if one["type"] not in UNHASHABLE]
    if hashable and draw(st.integers(0, 3)) == 0:
        made["primaryKey"] = draw(
            st.lists(st.sampled_from(hashable), min_size=1, max_size=2, unique=True)
        )
    if hashable and draw(st.integers(0, 5)) == 0:
        made["foreignKeys"] = [
            {
                "fields": [draw(st.sampled_from(hashable))],
                "reference": {"resource": "", "fields": [draw(st.sampled_from(hashable))]},
            }
        ]
    if draw(st.integers(0, 5)) == 0:
        made["fieldsMatch"] = draw(
            st.sampled_from(["exact", "equal", "subset", "superset", "partial"])
        )
    return made


@st.composite
def rows_for(draw: Any, schema: dict[str, Any]) -> list[list[str]]:
    """Rows that mostly fit; some cells are nasty, some rows ragged, blank or repeated."""
    cells = [
        st.one_of(
            st.sampled_from(GOOD[one["type"]]),
            st.sampled_from(GOOD[one["type"]]),
            st.sampled_from((*NASTY, *(schema.get("missingValues") or ()))),
        )
        for one in schema["fields"]
    ]
    made: list[list[str]] = draw(st.lists(st.tuples(*cells).map(list), min_size=0, max_size=12))
    for row in made:
        damage = draw(st.integers(0, 19))
        if damage == 0:
            row.append("extra")
        elif damage == 1:
            row.pop()
        elif damage == 2:
            row[:] = [""] * len(row)
        elif damage == 3:
            row[:] = made[0][: len(row)]
    return made


@st.composite
def labels_for(draw: Any, schema: dict[str, Any]) -> list[str]:
    """The header the schema asks for, or one that is a little wrong."""
    labels = [one["name"] for one in schema["fields"]]
    wrong = draw(st.integers(0, 15))
    place = draw(st.integers(0, len(labels) - 1))
    if wrong == 0:
        labels[place] = draw(st.sampled_from(["", " ", "其他", labels[0], "a ", "B"]))
    elif wrong == 1:
        labels.append(draw(st.sampled_from(["", "extra", labels[0]])))
    elif wrong == 2:
        labels.pop()
    elif wrong == 3:
        labels.reverse()
    elif wrong == 4:
        labels[place] = labels[place].upper()
    return labels


@st.composite
def dialects(draw: Any) -> tuple[dict[str, Any], str, str]:
    """A dialect descriptor, and the delimiter and quote the file is really written with."""
    made: dict[str, Any] = {}
    delimiter = draw(st.sampled_from([",", ",", ",", ",", ";", "\t", "|"]))
    quote = draw(st.sampled_from(['"', '"', '"', "'"]))
    control: dict[str, Any] = {}
    if delimiter != "," or draw(st.booleans()):
        control["delimiter"] = delimiter
    if quote != '"':
        control["quoteChar"] = quote
    if draw(st.integers(0, 9)) == 0:
        control["skipInitialSpace"] = draw(st.booleans())
    if draw(st.integers(0, 14)) == 0:
        control["escapeChar"] = "\\"
    if draw(st.integers(0, 14)) == 0:
        control["doubleQuote"] = draw(st.booleans())
    for key, values in _DIALECT_KEYS.items():
        if draw(st.integers(0, 14)) == 0:
            made[key] = draw(st.sampled_from(values))
    if control:
        made["csv"] = control
    return made, delimiter, quote


_DIALECT_KEYS: Final[dict[str, tuple[Any, ...]]] = {
    "header": (False,),
    "headerRows": ([1], [2], [1, 2], [3]),
    "headerJoin": ("-",),
    "headerCase": (False,),
    "commentChar": ("#",),
    "commentRows": ([2], [1], [3, 4]),
    "skipBlankRows": (True,),
}


@st.composite
def texts(draw: Any, rows: Sequence[Sequence[str]], delimiter: str, quote: str) -> str:
    """The file: rows written one after another, with lines between them that nobody ordered."""
    end = draw(st.sampled_from(LINE_ENDS))
    mixed = draw(st.integers(0, 9)) == 0
    quote_all = draw(st.integers(0, 5)) == 0
    careless = draw(st.integers(0, 11)) == 0
    lines = [_line(row, delimiter, quote, quote_all=quote_all, careless=careless) for row in rows]
    if draw(st.integers(0, 2)) == 0:
        for dirt in draw(st.lists(st.sampled_from(DIRT), min_size=1, max_size=2)):
            lines.insert(draw(st.integers(0, len(lines))), dirt)
    repeats = draw(st.sampled_from([1] * 24 + [12, 60]))
    lines = lines[:1] + lines[1:] * repeats
    ends = [
        draw(st.sampled_from(LINE_ENDS)) if mixed and i < 20 else end for i in range(len(lines))
    ]
    if ends and draw(st.booleans()):
        ends[-1] = ""
    return "".join(line + after for line, after in zip(lines, ends, strict=True))


def _line(
    row: Sequence[str], delimiter: str, quote: str, *, quote_all: bool, careless: bool
) -> str:
    special = (delimiter, quote, "\n", "\r")
    return delimiter.join(
        quote + cell.replace(quote, quote * 2) + quote
        if quote_all or (not careless and any(mark in cell for mark in special))
        else cell
        for cell in row
    )


@st.composite
def encoded(draw: Any, text: str) -> tuple[bytes, str | None]:
    """The file's bytes and the encoding that the descriptor declares, if it does."""
    name, declared = draw(st.sampled_from(_ENCODINGS))
    content = text.encode(name, "replace")
    if draw(st.integers(0, 49)) == 0 and content:
        place = draw(st.integers(0, len(content) - 1))
        content = content[:place] + b"\xff" + content[place:]
    return content, declared


_ENCODINGS: Final[tuple[tuple[str, str | None], ...]] = (
    *[("utf-8", "utf-8")] * 14, ("utf-8", None), ("utf-8-sig", None), ("utf-8-sig", "utf-8"),
    ("gb18030", "gb18030"), ("gb18030", None), ("gbk", "gbk"), ("utf-16", "utf-16"),
    ("utf-16-le", "utf-16-le"), ("big5", "big5"), ("latin-1", "latin-1"),
)  # fmt: skip


@st.composite
def checklists(draw: Any, schema: dict[str, Any]) -> dict[str, Any] | None:
    """Some checks about fields that exist, or nearly; and errors to pick or to skip."""
    if draw(st.integers(0, 2)):
        return None
    names = [*(one["name"] for one in schema["fields"]), "无"]
    name = st.sampled_from(names)
    values = st.lists(
        st.sampled_from(["1", "a", "x", "2023-01-05", 1, 2.5, True, "", None, 150]),
        min_size=1,
        max_size=3,
    )
    check = st.one_of(
        st.just({"type": "duplicate-row"}),
        st.just({"type": "ascii-value"}),
        st.just({"type": "truncated-value"}),
        st.builds(
            lambda i, f: {"type": "deviated-cell", "interval": i, "ignoreFields": f},
            st.sampled_from([1, 3, 0.5]), st.sampled_from([[], ["a"], names[:1]]),
        ),
        st.builds(lambda n: {"type": "sequential-value", "fieldName": n}, name),
        st.builds(
            lambda n, i, a: {
                "type": "deviated-value", "fieldName": n, "interval": i, "average": a,
            },
            name, st.sampled_from([1, 3]), st.sampled_from(["mean", "median", "mode"]),
        ),
        st.builds(lambda n, v: {"type": "forbidden-value", "fieldName": n, "values": v}, name, values),
        st.builds(lambda n, v: {"type": "required-value", "fieldName": n, "values": v}, name, values),
        st.builds(
            lambda f: {"type": "row-constraint", "formula": f},
            st.sampled_from([
                "a > 1", "a == b", "名称 != 'x'", "1 == 1", "syntax error(", "a in [1, 2, b]",
                "str(值) != '1.0'", "序号 + 1 > 值", "[x for x in 名称]", "a or b",
            ]),
        ),
        st.builds(
            lambda k, v: {"type": "table-dimensions", k: v},
            st.sampled_from(["numRows", "minRows", "maxRows", "numFields", "minFields", "maxFields"]),
            st.integers(0, 6),
        ),
    )  # fmt: skip
    own = st.one_of(
        st.builds(
            lambda t, n: {"type": t, "fieldName": n},
            st.sampled_from(["credit-code", "citizen-id", "region-code", "industry-code"]), name,
        ),
        st.builds(lambda a, b: {"type": "date-order", "earlier": a, "later": b}, name, name),
        st.builds(lambda a, b: {"type": "totals", "total": a, "parts": [b]}, name, name),
        st.builds(
            lambda a, b, c: {"type": "row-totals", "label": a, "values": [b], "group": [c]},
            name, name, name,
        ),
    )  # fmt: skip
    made: dict[str, Any] = {"checks": draw(st.lists(st.one_of(check, check, own), max_size=4))}
    for key in ("pickErrors", "skipErrors"):
        if draw(st.integers(0, 4)) == 0:
            made[key] = draw(st.lists(st.sampled_from(ERROR_NAMES), min_size=1, max_size=3))
    return made


DETECTORS: Final[tuple[dict[str, Any], ...]] = (
    *[{}] * 10, {"schema_sync": True}, {"field_type": "string"}, {"sample_size": 2},
    {"buffer_size": 50}, {"field_missing_values": ["1", "NA"]}, {"field_float_numbers": True},
)  # fmt: skip


@st.composite
def cases(draw: Any, folder: Path) -> Case:
    """A whole question about a file that now stands in ``folder``."""
    schema = draw(schemas())
    labels = draw(labels_for(schema))
    rows = draw(rows_for(schema))
    dialect, delimiter, quote = draw(dialects())
    text = draw(texts([labels, *rows], delimiter, quote))
    content, declared = draw(encoded(text))
    form = draw(st.sampled_from(["csv"] * 8 + ["tsv"]))
    path = folder / f"t.{form}"
    path.write_bytes(content)
    source: dict[str, Any] = {
        "name": "t", "type": "table", "path": path.name, "scheme": "file", "format": form,
    }  # fmt: skip
    if declared:
        source["encoding"] = declared
    draw(_put_elsewhere(source, path, labels, rows))
    if dialect:
        source["dialect"] = dialect
    if draw(st.integers(0, 11)):
        source["schema"] = schema
        if "$schema" in schema:
            source["$schema"] = V2_RESOURCE
    for key, values in _EXPECTED_STATS.items():
        if draw(st.integers(0, 24)) == 0:
            source[key] = draw(st.sampled_from(values))
    return Case(
        source=source,
        basepath=str(folder),
        checklist=draw(checklists(schema)),
        detector=draw(st.sampled_from(DETECTORS)),
        limit_errors=draw(st.sampled_from([1_000] * 4 + [0, 1, 2, 3, 5])),
        limit_rows=draw(st.sampled_from([None] * 8 + [1, 2, 3, 10])),
    )


@st.composite
def _put_elsewhere(
    draw: Any, source: dict[str, Any], path: Path, labels: list[str], rows: list[list[str]]
) -> None:
    """Now and then the table is packed, in several parts, or in the descriptor itself."""
    way = draw(st.sampled_from([""] * 16 + ["gz", "parts", "inline"]))
    if way == "gz":
        packed = path.with_name(f"{path.name}.gz")
        packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        source.update(path=packed.name, compression="gz")
    elif way == "parts":
        source["extrapaths"] = [path.name]
    elif way == "inline":
        for key in ("path", "scheme", "format", "encoding"):
            source.pop(key, None)
        source["data"] = [labels, *rows]


_EXPECTED_STATS: Final[dict[str, tuple[Any, ...]]] = {
    "hash": ("sha256:00", "md5:00", "0123", "sha1:00"),
    "bytes": (0, 10),
    "rows": (0, 3),
    "fields": (0, 2),
}
