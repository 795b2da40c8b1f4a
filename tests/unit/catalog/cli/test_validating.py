"""The report of the command is the one of Frictionless: the visible corpus, and cases made here."""

import gc
import gzip
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from frictionless import FrictionlessException, Package, Report, Resource, system
from pyarrow import parquet

from catalog.cli.confined import Refused
from catalog.cli.validating import perform
from tests.common import ugly_files

pytestmark = [
    # Frictionless leaves packed files to the collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SHARED = Path(__file__).parents[5] / "shared" / "conformance" / "frictionless"
ORDER = {
    "remote": False, "schema": "", "checklist": None, "limit_errors": 1_000, "limit_rows": None,
    "trusted": False, "json": True, "show": 10, "on": "2026-03-31",
    "header_row": (),
}  # fmt: skip


class Alone:
    """A parent that fetches nothing."""

    def progress(self, rows: int, share: float) -> None: ...

    def fetch(self, url: str) -> Path:
        raise OSError(f"no way to {url}")


def report_of(source: Path | str, **options: Any) -> dict[str, Any]:
    order = {**ORDER, "path": str(source), "shown": str(source), **options}
    answer = perform(order, Alone())
    report: dict[str, Any] = json.loads(answer["line"])
    assert answer["valid"] == report["valid"]
    return report


def timeless(report: dict[str, Any]) -> dict[str, Any]:
    """Without what differs from run to run."""
    for part in (report, *report["tasks"]):
        part["stats"].pop("seconds", None)
    return report


def errors_of(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [*report["errors"], *(one for task in report["tasks"] for one in task["errors"])]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not SHARED.is_dir():
        pytest.skip("the corpus is not beside the project")
    folder = tmp_path_factory.mktemp("corpus")
    for path in (SHARED / "files").rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(SHARED)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return folder


def test_descriptor_files_of_the_visible_corpus_get_the_reports_of_frictionless(
    corpus: Path,
) -> None:
    """Every key that the corpus records; of one case in eight, and of all of them in the soak."""
    cases = json.loads((SHARED / "cases.json").read_bytes())
    whole = json.loads(gzip.decompress((SHARED / "reports.json.gz").read_bytes()))
    step = 1 if os.environ.get("GONGKAI_SOAK") else 8
    different = {}
    for number, case in list(enumerate(cases))[::step]:
        if case["detector"] or "raises" in case["expected"]:
            continue
        descriptor = corpus / case["basepath"] / f"case-{number}.json"
        descriptor.write_text(json.dumps(case["descriptor"]), encoding="utf-8")
        options = {key: case["options"][key] for key in case["options"] if key != "parallel"}
        checklist = {"checklist": case["checklist"], "trusted": case["trusted"]}
        report = timeless(report_of(descriptor, **checklist, **options))
        wrong = corpus_differences(case["expected"], whole[case["id"]], report, f"{corpus}/")
        if wrong:
            different[case["id"]] = wrong
    assert not different


def corpus_differences(
    expected: dict[str, Any], errors: list[dict[str, Any]], report: dict[str, Any], folder: str
) -> list[str]:
    """The keys in which a report is not the recorded one; notes may name the folder of the files."""
    wrong = ["valid"] if report["valid"] is not expected["valid"] else []
    found = errors_of(report)
    if len(found) != len(errors) or len(report["tasks"]) != len(expected["tasks"]):
        wrong.append("count")
    for task, wanted in zip(report["tasks"], expected["tasks"], strict=False):
        wrong += [key for key in wanted if task.get(key) != wanted[key]]
    for one, wanted in zip(found, errors, strict=False):
        told = {key: _without(folder, value) for key, value in one.items()}
        wrong += [key for key in wanted if key != "task" and told.get(key) != wanted[key]]
    return sorted(set(wrong))


def _without(folder: str, value: Any) -> Any:
    return value.replace(folder, "") if isinstance(value, str) else value


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text("id,name\n1,x\n2,\nz,y,w\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("ref\n1\n9\n", encoding="utf-8")
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
    return tmp_path


SCHEMA = {
    "fields": [
        {"name": "id", "type": "integer"},
        {"name": "name", "type": "string", "constraints": {"required": True}},
    ]
}
REFERRING = {
    "fields": [{"name": "ref", "type": "integer"}],
    "foreignKeys": [{"fields": "ref", "reference": {"resource": "a", "fields": "id"}}],
}


def table(**more: Any) -> dict[str, Any]:
    return {
        "name": "a",
        "type": "table",
        "path": "a.csv",
        "scheme": "file",
        "format": "csv",
        **more,
    }


DESCRIPTORS: dict[str, dict[str, Any]] = {
    "inferred": table(),
    "with-schema": table(schema=SCHEMA),
    "schema-by-path": table(schema="schema.json"),
    "schema-that-is-not-there": table(schema="missing.json"),
    "without-name": {"path": "a.csv"},
    "counted": table(rows=7, bytes=3, fields=9, hash="sha256:00"),
    "two-parts": table(extrapaths=["a.csv"]),
    "missing-file": table(path="missing.csv"),
    "inline-data": {"name": "inline", "data": [["id"], [1], ["x"]]},
    "bad-dialect": table(dialect={"csv": {"delimiter": 3}}),
    "package": {
        "resources": [
            table(schema=SCHEMA),
            {"name": "b", "type": "table", "path": "b.csv", "schema": REFERRING},
        ]
    },
    "package-of-nothing": {"resources": []},
    "package-not-a-list": {"resources": "a.csv"},
}


@pytest.mark.parametrize("name", DESCRIPTORS)
@pytest.mark.parametrize("ending", ["json", "yaml"])
def test_a_descriptor_file_gets_the_report_that_frictionless_gives(
    folder: Path, name: str, ending: str
) -> None:
    path = folder / f"{name}.{ending}"
    # JSON is YAML too, so one writing serves both names.
    path.write_text(json.dumps(DESCRIPTORS[name]), encoding="utf-8")
    assert timeless(report_of(path)) == timeless(plain(DESCRIPTORS[name], folder))


def plain(descriptor: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What Frictionless says, as a report even where it raises."""
    made = Package if "resources" in descriptor else Resource
    try:
        report = made.from_descriptor(descriptor, basepath=str(folder)).validate()
    except FrictionlessException as error:
        report = Report.from_validation(errors=error.to_errors())
    return report.to_descriptor()


@pytest.mark.parametrize("outside", ["../outside.csv", "/outside.csv"])
def test_a_descriptor_leads_out_of_its_folder_only_when_trusted(folder: Path, outside: str) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (folder / "outside.csv").write_text("a\n1\n", encoding="utf-8")
    named = outside if outside.startswith("..") else str(folder / "outside.csv")
    path = inner / "resource.json"
    path.write_text(json.dumps({"name": "x", "type": "table", "path": named}), encoding="utf-8")
    refused = report_of(path)
    assert not refused["valid"]
    assert "is not safe" in errors_of(refused)[0]["note"]
    assert report_of(path, trusted=True)["valid"]
    assert not system.trusted


def test_limits_and_checklists_reach_the_engine(folder: Path) -> None:
    path = folder / "resource.json"
    path.write_text(json.dumps(table(schema=SCHEMA)), encoding="utf-8")
    assert len(errors_of(report_of(path))) == 3
    assert len(errors_of(report_of(path, limit_errors=1))) == 1
    assert report_of(path, limit_rows=1)["tasks"][0]["stats"]["rows"] == 1
    picked = report_of(path, checklist={"pickErrors": ["type-error"]})
    assert [one["type"] for one in errors_of(picked)] == ["type-error"]
    file = folder / "checks.yaml"
    file.write_text("skipErrors: ['#cell']\n", encoding="utf-8")
    assert not [
        one for one in errors_of(report_of(path, checklist=str(file))) if "#cell" in one["tags"]
    ]


def test_a_bare_table_is_judged_by_the_schema_that_is_given(folder: Path) -> None:
    assert report_of(folder / "a.csv")["tasks"][0]["place"] == str(folder / "a.csv")
    judged = report_of(folder / "a.csv", schema=str(folder / "schema.json"))
    expected = Resource(
        path="a.csv", basepath=str(folder), schema=SCHEMA and str(folder / "schema.json")
    )
    assert "required" in errors_of(judged)[0]["note"]
    assert expected.name == judged["tasks"][0]["name"]


def test_a_shipped_schema_brings_its_own_checks(folder: Path) -> None:
    path = folder / "codes.csv"
    path.write_text("code\n91110000000000000X\n", encoding="utf-8")
    schema = {"fields": [{"name": "code", "type": "string", "gongkai:check": "credit-code"}]}
    found = errors_of(report_of(path, schema=schema))
    assert [one["type"] for one in found] == ["credit-code"]


@pytest.mark.parametrize(
    "fields",
    [3, [3], [{}], ["id"], [{"name": 3}], [{"name": "id", "constraints": 3}]],
)
def test_a_schema_of_nonsense_is_told_and_not_a_crash(folder: Path, fields: object) -> None:
    path = folder / "resource.json"
    path.write_text(json.dumps(table(schema={"fields": fields})), encoding="utf-8")
    assert not report_of(path)["valid"]


def test_a_check_that_does_not_exist_is_a_mistake_of_usage(folder: Path) -> None:
    schema = {"fields": [{"name": "code", "gongkai:check": "no-such"}]}
    before = system.http_session
    with pytest.raises(Refused) as refused:
        report_of(folder / "a.csv", schema=schema)
    assert refused.value.problem.code == "bad-schema"
    assert system.http_session is before


def test_json_rows_are_a_table_and_a_broken_document_is_an_error(folder: Path) -> None:
    rows = folder / "rows.json"
    rows.write_text('[{"id": 1}, {"id": "x"}]', encoding="utf-8")
    assert report_of(rows)["tasks"][0]["stats"]["rows"] == 2
    schema = {"fields": [{"name": "id", "type": "integer"}]}
    assert [one["type"] for one in errors_of(report_of(rows, schema=schema))] == ["type-error"]
    rows.write_text('[{"id": 1}, {"id"', encoding="utf-8")
    assert not report_of(rows)["valid"]


def test_metadata_files_are_judged_as_metadata(folder: Path) -> None:
    assert report_of(folder / "schema.json")["valid"]
    (folder / "schema.json").write_text(
        '{"fields": [{"name": "a", "type": "none"}]}', encoding="utf-8"
    )
    assert [one["type"] for one in errors_of(report_of(folder / "schema.json"))] == ["field-error"]
    inquiry = folder / "inquiry.json"
    inquiry.write_text(
        json.dumps({"tasks": [{"path": "a.csv"}, {"path": "b.csv"}]}), encoding="utf-8"
    )
    assert [task["name"] for task in report_of(inquiry)["tasks"]] == ["a", "b"]


def test_a_zipped_package_is_a_package(folder: Path) -> None:
    (folder / "datapackage.json").write_text(
        json.dumps({"resources": [table(), {"name": "b", "path": "b.csv"}]}), encoding="utf-8"
    )
    zipped = Path(shutil.make_archive(str(folder.parent / "package"), "zip", folder))
    assert [task["name"] for task in report_of(zipped)["tasks"]] == ["a", "b"]


def test_a_line_of_json_holds_no_character_that_anything_takes_for_a_line_end(folder: Path) -> None:
    path = folder / "separators.csv"
    path.write_text("a,b\n1,\u20282\u2029\x85,3\n", encoding="utf-8")
    order = {**ORDER, "path": str(path), "shown": "x"}
    line = perform(order, Alone())["line"]
    assert len(line.splitlines()) == 1
    assert json.loads(line)["tasks"][0]["errors"][0]["cells"][1] == "\u20282\u2029\x85"


def test_an_address_that_cannot_be_reached_is_an_error_in_the_report(folder: Path) -> None:
    report = report_of("https://data.example/a.csv", remote=True)
    assert [one["type"] for one in errors_of(report)] == ["scheme-error"]
    path = folder / "resource.json"
    path.write_text(
        json.dumps(table(path="https://data.example/a.csv", scheme="https")), encoding="utf-8"
    )
    assert "no way to" in errors_of(report_of(path))[0]["note"]


HOPELESS: dict[str, tuple[bytes, str]] = {
    "deep": (b"[" * 100_000, "json-too-deep"),
    "deep behind text": (b'[{"a": "[[{"}, ' + b'{"a":[1,' * 3_000, "json-too-deep"),
    "a long number": (b'[{"a": ' + b"9" * 100_000 + b"}]", "json-number"),
    "many keys": (json.dumps([{f"k{place}": 1 for place in range(20_000)}]).encode(), "too-many-columns"),
    "many cells": (json.dumps([[*range(20_000)], [1]]).encode(), "too-many-columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOPELESS)
def test_json_that_no_reader_gets_through_is_refused_by_name(tmp_path: Path, name: str) -> None:
    data, code = HOPELESS[name]
    path = tmp_path / "x.json"
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        report_of(path)
    assert refused.value.problem.code == code


def test_brackets_in_texts_and_long_digits_in_texts_are_data(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps([{"a": "[{" * 5_000, "b": "9" * 5_000}] * 2), encoding="utf-8")
    assert report_of(path)["tasks"][0]["stats"]["rows"] == 2


def test_a_parquet_file_is_judged_however_small_it_is(tmp_path: Path) -> None:
    """Frictionless would need a library that is not among ours."""
    parquet.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "rows.parquet")
    assert report_of(tmp_path / "rows.parquet")["valid"]
    parquet.write_table(pa.table({"a": [[1, 2]], "b": [{"x": 1}]}), tmp_path / "nested.parquet")
    assert report_of(tmp_path / "nested.parquet")["tasks"][0]["stats"]["rows"] == 1
    parquet.write_table(pa.table({}), tmp_path / "columns.parquet")
    (error,) = errors_of(report_of(tmp_path / "columns.parquet"))
    assert (error["type"], error["note"]) == ("source-error", "the source is empty")
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "rows.parquet").read_bytes()[:-20])
    (error,) = errors_of(report_of(tmp_path / "cut.parquet"))
    assert "Parquet" in error["note"]


def test_a_locked_archive_is_an_error_of_compression(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.csv.zip", "w") as archive:
        archive.writestr("x.csv", "a\n1\n")
    data = bytearray((tmp_path / "x.csv.zip").read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + place] |= 1
    (tmp_path / "x.csv.zip").write_bytes(data)
    (error,) = errors_of(report_of(tmp_path / "x.csv.zip"))
    assert error["type"] == "compression-error"
    assert "password" in error["note"]


def test_an_opendocument_spreadsheet_is_judged_by_its_cells(tmp_path: Path) -> None:
    (tmp_path / "x.ods").write_bytes(ugly_files.ods([["a", "b"], ["x", "1"], ["y"]]))
    schema = {"fields": [{"name": "a"}, {"name": "b", "constraints": {"required": True}}]}
    report = report_of(tmp_path / "x.ods", schema=schema)
    (error,) = errors_of(report)
    assert (error["type"], error["rowNumber"], report["tasks"][0]["stats"]["rows"]) == (
        "constraint-error", 3, 2,
    )  # fmt: skip
    (tmp_path / "x.ods").write_bytes(ugly_files.ods([["a"]])[:200])
    (error,) = errors_of(report_of(tmp_path / "x.ods"))
    assert error["type"] == "format-error"


@pytest.fixture
def collected() -> Iterator[None]:
    """Files that Frictionless leaves open are closed while it is known why."""
    yield
    gc.collect()


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize(
    ("data", "types", "rows"),
    [
        (b'[{"a": 1}, {"a": 2}]', [], 2),
        (b'{"a": 1}\n{"a": 2}\n{"a": 3}\n', [], 3),
        (b"a\tb\n1\t2\n3\n", ["missing-cell"], 2),
        (b"a,b\n1,2\n3\n", ["missing-cell"], 2),
    ],
)
def test_a_packed_file_that_says_nothing_is_judged_by_what_is_packed(
    tmp_path: Path, data: bytes, types: list[str], rows: int
) -> None:
    for name in ("table.gz", "table"):
        (tmp_path / name).write_bytes(gzip.compress(data))
        report = report_of(tmp_path / name)
        assert [error["type"] for error in errors_of(report)] == types
        assert report["tasks"][0]["stats"]["rows"] == rows


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("data", [b"%PDF-1.7\n...", b"", b"<html><table>"])
def test_a_packed_file_that_is_no_table_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "table.gz").write_bytes(gzip.compress(data))
    with pytest.raises(Refused):
        report_of(tmp_path / "table.gz")


@pytest.mark.usefixtures("collected")
@pytest.mark.parametrize("cut", [slice(0, 30), slice(0, 12), slice(0, 3)])
def test_a_packed_file_that_says_nothing_and_is_cut_off_is_an_error(
    tmp_path: Path, cut: slice
) -> None:
    (tmp_path / "table").write_bytes(gzip.compress(ugly_files.clean_csv() * 9)[cut])
    assert [error["type"] for error in errors_of(report_of(tmp_path / "table"))] != []


@pytest.mark.usefixtures("collected")
def test_tables_of_an_archive_are_found_under_whatever_path_it_gives_them(tmp_path: Path) -> None:
    names = ["./甲.csv", "层//乙.csv", "./a/./丙.CSV"]
    with zipfile.ZipFile(tmp_path / "several.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "a,b\n1,2\n")
    report = report_of(tmp_path / "several.zip")
    assert errors_of(report) == []
    assert [task["stats"]["rows"] for task in report["tasks"]] == [1, 1, 1]
