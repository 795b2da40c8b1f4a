"""Where Frictionless falls over or misjudges: each case of the page on validation, one by one."""

import gzip
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.common.counting import calls_of
from tests.common.frictionless_oracle import Case, differences, ours, plain

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def case_of(folder: Path, text: str, fields: list[dict[str, Any]], **more: Any) -> Case:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    keys = {key: more.pop(key) for key in ("primaryKey", "foreignKeys") if key in more}
    source = {
        "name": "t", "type": "table", "path": "t.csv", "scheme": "file", "format": "csv",
        "encoding": "utf-8", "schema": {"fields": fields, **keys},
    }  # fmt: skip
    return Case(source=source, basepath=str(folder), **more)


def errors_of(case: Case) -> list[tuple[str, Any, str]]:
    report = ours(case).report
    assert report is not None
    (task,) = report["tasks"]
    return [(one["type"], one.get("rowNumber"), one["note"]) for one in task["errors"]]


def falls_over(case: Case) -> bool:
    raised = plain(case).raised
    return raised not in ("", "FrictionlessException")


@pytest.mark.parametrize(
    ("kind", "bound", "naive", "aware"),
    [
        ("datetime", "2024-01-01T00:00:00", "2024-01-02T00:00:00", "2024-01-02T00:00:00Z"),
        ("time", "08:00:00", "09:00:00", "09:00:00Z"),
    ],
)
def test_a_moment_with_a_zone_does_not_keep_a_bound_without_one(
    tmp_path: Path, kind: str, bound: str, naive: str, aware: str
) -> None:
    field = {"name": "a", "type": kind, "constraints": {"minimum": bound}}
    case = case_of(tmp_path, f"a\n{naive}\n{aware}\nx\n", [field])
    assert falls_over(case)
    assert [one[:2] for one in errors_of(case)] == [("constraint-error", 3), ("type-error", 4)]


def test_a_bound_that_cannot_be_read_is_one_error_that_names_it(tmp_path: Path) -> None:
    field = {"name": "a", "type": "integer", "constraints": {"minimum": "abc"}}
    case = case_of(tmp_path, "a\n1\n2\n", [field])
    assert falls_over(case)
    ((kind, _, note),) = errors_of(case)
    assert kind == "schema-error"
    assert note.startswith('constraint "minimum" of field "a" is "abc"')


@pytest.mark.parametrize("kind", ["array", "object", "list", "geojson"])
@pytest.mark.parametrize("as_key", [True, False])
def test_lists_and_objects_may_be_unique(tmp_path: Path, kind: str, as_key: bool) -> None:
    values = {
        "array": ("[1, 2]", "[2]", "[1,2]"),
        "object": ('{"a": 1, "b": 2}', "{}", '{"b": 2, "a": 1}'),
        "list": ("a,b", "b", "a,b"),
        "geojson": (
            '{"type": "Point", "coordinates": [1, 2]}', '{"type": "Point", "coordinates": [2, 2]}',
            '{"coordinates": [1, 2], "type": "Point"}',
        ),
    }[kind]  # fmt: skip
    quoted = ['"' + value.replace('"', '""') + '"' for value in values]
    field: dict[str, Any] = {"name": "a", "type": kind}
    keys: dict[str, Any] = {"primaryKey": ["a"]} if as_key else {}
    if not as_key:
        field["constraints"] = {"unique": True}
    case = case_of(tmp_path, "\n".join(["a", *quoted, ""]), [field], **keys)
    assert falls_over(case)
    expected = "primary-key" if as_key else "unique-error"
    assert errors_of(case) == [(expected, 4, "the same as in the row at position 2")]


def test_a_pattern_with_a_flag_is_read_by_re2(tmp_path: Path) -> None:
    field = {"name": "a", "type": "string", "constraints": {"pattern": "(?i)[a-c]+"}}
    case = case_of(tmp_path, "a\nABC\nxyz\n", [field])
    assert falls_over(case)
    assert errors_of(case) == [("constraint-error", 3, 'constraint "pattern" is "(?i)[a-c]+"')]


def test_a_pattern_that_is_none_is_one_error_that_names_it(tmp_path: Path) -> None:
    field = {"name": "a", "type": "string", "constraints": {"pattern": "("}}
    ((kind, _, note),) = errors_of(case_of(tmp_path, "a\nx\n", [field]))
    assert kind == "schema-error"
    assert 'constraint "pattern" of field "a" is "("' in note


def test_a_pattern_that_explodes_is_decided_at_once(tmp_path: Path) -> None:
    field = {"name": "a", "type": "string", "constraints": {"pattern": "(a+)+$"}}
    # Python's own patterns would be busy with this cell for years.
    case = case_of(tmp_path, "a\n" + "a" * 60 + "!\n", [field])
    assert [one[:2] for one in errors_of(case)] == [("constraint-error", 2)]


LONG = [f"v{number}" for number in range(1_100)]


@pytest.mark.parametrize(
    "field",
    [
        {
            "type": "string",
            "constraints": {"enum": LONG, "maxLength": 3, "pattern": "[a-x]+[0-9]*"},
        },
        {"type": "integer", "constraints": {"enum": [*range(1_500)], "minimum": 7}},
        {"type": "number", "constraints": {"enum": [f"{n}.5" for n in range(1_050)]}},
        {"type": "any", "constraints": {"enum": [[1], *LONG]}},
    ],
    ids=lambda field: field["type"],
)
def test_a_long_list_of_allowed_values_is_judged_as_frictionless_does(
    tmp_path: Path, field: dict[str, Any]
) -> None:
    cells = ["v1", "v1099", "v2000", "zz9", "5", "8", "1501", "1.50", "-1.5", "nonsense", ""]
    text = "a,b\n" + "".join(f"{cell},x\n" for cell in cells)
    fields = [{"name": "a", **field}, {"name": "b", "type": "string"}]
    case = case_of(tmp_path, text, fields)
    assert not differences(plain(case), ours(case))


def test_a_list_of_allowed_values_is_named_by_its_beginning(tmp_path: Path) -> None:
    allowed = [f"value {number}" for number in range(2_000)]
    field = {"name": "a", "type": "string", "constraints": {"enum": allowed}}
    case = case_of(tmp_path, "a\nvalue 7\nx\ny\n", [field])
    told = plain(case).report
    assert told is not None
    whole = [one["note"] for one in told["tasks"][0]["errors"]]
    found = errors_of(case)
    assert [one[1] for one in found] == [3, 4]
    for note, (_, _, shown) in zip(whole, found, strict=True):
        assert shown == f"{note[:10_000]}…"


def test_a_check_with_two_mistakes_is_told_of_both(tmp_path: Path) -> None:
    wrong = {"type": "deviated-value", "fieldName": "a", "average": "worst"}
    case = case_of(
        tmp_path, "a\nx\n", [{"name": "a", "type": "string"}], checklist={"checks": [wrong]}
    )
    assert falls_over(case)
    assert [one[0] for one in errors_of(case)] == ["check-error", "check-error"]


def test_a_sequence_in_a_field_that_the_table_lacks_is_an_error_of_the_check(
    tmp_path: Path,
) -> None:
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "integer"}]
    sequence = {"type": "sequential-value", "fieldName": "b"}
    case = case_of(tmp_path, "a\n1\nx\n", fields, checklist={"checks": [sequence]})
    assert plain(case).raised == "FrictionlessException"
    assert plain(case).text.strip().endswith("is not in the row")
    said = 'sequential-value check requires field "b" in the table'
    found = [(kind, note) for kind, _, note in errors_of(case)]
    assert found[:2] == [("missing-label", ""), ("check-error", said)]
    assert [kind for kind, _ in found[2:]] == ["type-error"]


def test_a_packed_file_without_its_end_is_an_error_of_compression(tmp_path: Path) -> None:
    case = case_of(tmp_path, "a\n" + "1\n" * 5_000, [{"name": "a", "type": "integer"}])
    packed = gzip.compress((tmp_path / "t.csv").read_bytes())
    (tmp_path / "t.csv.gz").write_bytes(packed[: len(packed) // 2])
    case = case.with_source(path="t.csv.gz", compression="gz")
    assert falls_over(case)
    assert [one[0] for one in errors_of(case)] == ["compression-error"]


@pytest.mark.parametrize(
    ("changes", "kind", "said"),
    [
        ({"dialect": {"headerRows": ["1"]}}, "dialect-error", "hold whole numbers"),
        ({"scheme": "stream"}, "resource-error", "cannot be opened as described"),
        ({"schema": {"fields": [1]}}, "error", "a property of the wrong kind"),
    ],
)
def test_a_description_that_frictionless_falls_over_is_one_error_that_says_so(
    tmp_path: Path, changes: dict[str, Any], kind: str, said: str
) -> None:
    case = case_of(tmp_path, "a\n1\n", [{"name": "a", "type": "integer"}]).with_source(**changes)
    assert falls_over(case)
    report = ours(case).report
    assert report is not None
    (error,) = [*report["errors"], *(one for task in report["tasks"] for one in task["errors"])]
    assert error["type"] == kind
    assert said in error["note"]


def test_a_table_without_a_path_is_told_as_frictionless_tells_it(tmp_path: Path) -> None:
    case = case_of(tmp_path, "a\n1\n", [{"name": "a"}]).with_source(path="", scheme="")
    assert json.dumps(ours(case).report) == json.dumps(plain(case).report)


def test_picking_one_error_costs_the_same_however_many_there_are(tmp_path: Path) -> None:
    calls = []
    for count in (5_000, 20_000):
        case = case_of(
            tmp_path, "a\n" + "x\n" * count, [{"name": "a", "type": "integer"}], limit_errors=0,
            checklist={"pickErrors": ["type-error"]},
        )  # fmt: skip
        found, called = calls_of(partial(errors_of, case))
        assert len(found) == count
        calls.append(called)
    assert calls[1] < 5 * calls[0]


@pytest.mark.parametrize("name", ["blank lines move the header", "anything is base64"])
def test_what_is_misjudged_but_told_is_told_alike(tmp_path: Path, name: str) -> None:
    """The report stays comparable; the form of the file is spoken of beside it, and on delivery."""
    text, field = {
        "blank lines move the header": ("a,b\n\n1,2\n\n\n", {"name": "a"}),
        "anything is base64": ("a\na b c d!\n", {"name": "a", "format": "binary"}),
    }[name]
    case = case_of(tmp_path, text, [{"type": "string", **field}])
    assert json.dumps(ours(case).report) == json.dumps(plain(case).report)
