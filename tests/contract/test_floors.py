"""What keeps the house a house: sizes, floors, registries, settings and permissions."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import catalog
import datasets
import harvesters
import schemas
from catalog.auth import Permission
from catalog.auth.permission_map import PERMISSION_MAP
from catalog.jobs import JOBS
from catalog.outbox import JobName
from catalog.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("catalog", "datasets", "harvesters", "schemas")
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations/versions" not in path.as_posix()
)


def test_the_four_packages_are_ours() -> None:
    for package in (catalog, datasets, harvesters, schemas):
        assert Path(str(package.__file__)).is_relative_to(ROOT)


def test_the_floors_stand_in_order() -> None:
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 400
    long = [
        node.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 50
    ]
    assert not long


def test_rules_never_commit_and_never_read_the_clock() -> None:
    for path in (ROOT / "catalog/services").rglob("*.py"):
        text = path.read_text()
        for forbidden in (".commit()", "datetime.now(", "date.today(", "utcnow(", "time.time("):
            assert forbidden not in text, (path.name, forbidden)


def test_backends_are_told_apart_only_where_they_are_opened() -> None:
    allowed = {"catalog/db.py", "catalog/cli/backups.py"}
    for path in SOURCES:
        text = path.read_text()
        if path.relative_to(ROOT).as_posix() not in allowed:
            assert "dialect.name" not in text, path
            assert "get_backend_name" not in text, path


def test_every_job_has_its_function_and_every_permission_its_rule() -> None:
    assert set(JOBS) == set(JobName)
    assert set(PERMISSION_MAP) == set(Permission)


def test_every_setting_has_help_and_stands_in_the_documentation() -> None:
    documents = [ROOT / "catalog/docs" / name for name in ("settings.md", "settings.zh.md")]
    for document in documents:
        text = document.read_text()
        for name, field in Settings.model_fields.items():
            assert field.description, name
            assert f"`GONGKAI_{name.upper()}`" in text, (document.name, name)


def test_every_page_of_the_documentation_is_there_in_both_languages() -> None:
    pages = {one.name for one in (ROOT / "catalog/docs").glob("*.md")}
    assert {one.replace(".zh.md", ".md") for one in pages if one.endswith(".zh.md")} == {
        one for one in pages if not one.endswith(".zh.md")
    }


def test_outgoing_connections_are_made_in_one_module() -> None:
    for path in SOURCES:
        if path.parent.name != "harvesters" or path.name != "http.py":
            tree = ast.parse(path.read_text())
            imported = {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.Import)
                for alias in node.names
            } | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            assert not imported & {"requests", "httpx", "urllib.request", "http.client"}, path
