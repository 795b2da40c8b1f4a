"""``gongkai validate`` and ``gongkai scan``: the engines on local files, in a child process."""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from catalog.cli.output import as_json, note, problem_line, say, table, tell
from catalog.errors import Invalid
from datasets import child
from schemas import tables
from schemas.records import ExaminationRequest, ExaminationResult, Limits, Message, Problem
from schemas.vocabularies import Severity

FILES = click.Path(exists=True, dir_okay=False, path_type=Path)
DESCRIPTOR_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Task:
    """A table to be judged: its file and, when a descriptor gives one, its schema."""

    path: Path
    schema: Mapping[str, Any] | None


def examined(task: Task, *, limit_errors: int = 1_000) -> ExaminationResult:
    """What the engines find in a file; progress on a terminal only."""
    request = ExaminationRequest(
        file_name=task.path.name,
        table_schema=task.schema,
        limits=Limits(limit_errors=limit_errors),
    )
    with TemporaryDirectory(prefix="gongkai-") as folder:
        return child.run_examination(
            task.path, Path(folder), request, _show_progress(task.path.name), lambda: False
        )


def _show_progress(name: str) -> Any:
    def show(share: float, stage: str) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{name}: {share:4.0%} {stage:<20}", nl=share >= 1, err=True)

    return show


@click.command()
@click.argument("files", nargs=-1, required=True, type=FILES)
@click.option("--schema", default="", help="Name of a shipped schema, or a Table Schema file.")
@click.option("--limit-errors", default=1_000, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--trusted", is_flag=True, help="A descriptor may name files outside its folder.")
@click.option("--json", "json_", is_flag=True, help="One Frictionless report a line.")
def validate(
    files: tuple[Path, ...], schema: str, limit_errors: int, trusted: bool, json_: bool
) -> None:
    """Validate tables, or Frictionless resource or package descriptors. Exit 1 when any is invalid."""
    given = _schema(schema) if schema else None
    good = True
    for file in files:
        report = _joined(
            [
                report_of(task, examined(task, limit_errors=limit_errors))
                for task in _tasks(file, given, trusted=trusted)
            ]
        )
        good = good and report["valid"]
        if json_:
            as_json(report)
        else:
            _print_report(file, report)
    if not good:
        sys.exit(1)


def _schema(chosen: str) -> Mapping[str, Any]:
    if chosen in tables.names():
        return tables.load(chosen)
    path = Path(chosen)
    if not path.is_file():
        names = ", ".join(tables.names())
        raise click.UsageError(f"--schema is neither a file nor one of: {names}")
    return _document(path)


def _document(path: Path) -> dict[str, Any]:
    found = _json_object(path)
    if found is None:
        raise Invalid(
            "bad-descriptor",
            Message("%(file)s is not a JSON object of at most 1 MiB.", {"file": path.name}),
            Message("Check the file."),
        )
    return found


def _json_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a small file; None when it is something else."""
    if path.stat().st_size > DESCRIPTOR_BYTES:
        return None
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _tasks(file: Path, schema: Mapping[str, Any] | None, *, trusted: bool) -> Iterator[Task]:
    """The tables that a file stands for: itself, or what a descriptor names."""
    described = _descriptor(file)
    if described is None:
        yield Task(file, schema)
        return
    for resource in described:
        inner = resource.get("schema")
        yield Task(
            _inside(file, resource.get("path"), trusted=trusted),
            schema or (inner if isinstance(inner, dict) else None),
        )


def _descriptor(file: Path) -> list[dict[str, Any]] | None:
    """The resources of a resource or package descriptor; None for any other file."""
    found = _json_object(file) if file.suffix == ".json" else None
    if found is None:
        return None
    if isinstance(found.get("resources"), list):
        return [one for one in found["resources"] if isinstance(one, dict)]
    return [found] if isinstance(found.get("path"), str) and "name" in found else None


def _inside(descriptor: Path, path: Any, *, trusted: bool) -> Path:
    folder = descriptor.parent.resolve()
    if isinstance(path, list) and len(path) == 1:
        path = path[0]
    target = (folder / path).resolve() if isinstance(path, str) else folder
    outside = not trusted and not target.is_relative_to(folder)
    if outside or not target.is_file():
        raise Invalid(
            "descriptor-path",
            Message("%(file)s names a file that is not there or lies outside its folder.",
                    {"file": descriptor.name}),
            Message("Put the data beside the descriptor, or use --trusted."),
        )  # fmt: skip
    return target


def report_of(task: Task, result: ExaminationResult) -> dict[str, Any]:
    """The Frictionless report of a file; one that could not be read gets a report that says so."""
    if not result.problems:
        tasks = [one | {"place": task.path.name} for one in result.report["tasks"]]
        return {**result.report, "tasks": tasks}
    errors = [_error(problem) for problem in result.problems]
    stats = {"errors": len(errors), "warnings": 0, "seconds": 0.0}
    task_report = {
        "name": "table", "type": "table", "valid": False, "place": task.path.name, "labels": [],
        "stats": stats, "warnings": [], "errors": errors,
    }  # fmt: skip
    return {
        "valid": False,
        "stats": {"tasks": 1, **stats},
        "warnings": [],
        "errors": [],
        "tasks": [task_report],
    }


def _error(problem: Problem) -> dict[str, Any]:
    return {
        "type": "source-error",
        "title": "Source Error",
        "description": "Data reading error because of not supported or inconsistent contents.",
        "message": problem_line(problem),
        "tags": [],
        "note": problem.code,
    }


def _joined(reports: list[dict[str, Any]]) -> dict[str, Any]:
    """One report of several tables."""
    if len(reports) == 1:
        return reports[0]
    summed = {
        name: sum(report["stats"].get(name, 0) for report in reports)
        for name in ("tasks", "errors", "warnings", "seconds")
    }
    return {
        "valid": all(report["valid"] for report in reports),
        "stats": summed,
        "warnings": [],
        "errors": [error for report in reports for error in report["errors"]],
        "tasks": [one for report in reports for one in report["tasks"]],
    }


def _print_report(file: Path, report: Mapping[str, Any]) -> None:
    tell(f"{file}: {'valid' if report['valid'] else 'invalid'}")
    errors = [*report["errors"], *(one for task in report["tasks"] for one in task["errors"])]
    table(
        ("row", "field", "type", "message"),
        [
            (one.get("rowNumber"), one.get("fieldName"), one["type"], one["message"])
            for one in errors
        ],
    )


@click.command()
@click.argument("file", type=FILES)
@click.option("--json", "json_", is_flag=True, help="One finding a line.")
def scan(file: Path, json_: bool) -> None:
    """Look for personal and other sensitive data. Exit 1 when there is any of high severity."""
    result = examined(Task(file, None))
    if result.problems:
        for problem in result.problems:
            note(problem_line(problem))
        sys.exit(1)
    if json_:
        for finding in result.findings:
            as_json(
                {
                    "id": finding.id,
                    "detector": finding.detector,
                    "severity": finding.severity,
                    "field": finding.field,
                    "rows": finding.rows,
                    "message": say(finding.message),
                    "sample": list(finding.sample),
                }
            )
    else:
        table(
            ("severity", "field", "detector", "rows", "sample"),
            [
                (one.severity, one.field, one.detector, one.rows, " ".join(one.sample))
                for one in result.findings
            ],
        )
    if any(finding.severity == Severity.HIGH for finding in result.findings):
        sys.exit(1)
