"""A command loads what it needs: seconds of loading are most of the time that a small table takes."""

import subprocess
import sys

from catalog.cli import COMMANDS, command

HEAVY = (
    "sqlalchemy",
    "flask",
    "frictionless",
    "pyarrow",
    "polars",
    "duckdb",
    "rich",
    "babel",
    "tantivy",
)

LOADED = """
import sys
from click.testing import CliRunner
from catalog.cli import gongkai
CliRunner().invoke(gongkai, sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded_by(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_help_loads_nothing_but_the_command_line() -> None:
    assert not loaded_by("--help").intersection(HEAVY)
    assert not loaded_by("validate", "--help").intersection(HEAVY)


def test_validating_as_json_loads_no_engine_into_the_parent(people) -> None:
    assert not loaded_by("validate", str(people), "--json").intersection(HEAVY)


def test_the_child_that_validates_loads_neither_database_nor_web() -> None:
    script = "import sys, catalog.cli.validating; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert not names & {"sqlalchemy", "flask", "tantivy", "duckdb"}


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    for name, (_, summary) in COMMANDS.items():
        said = command(name).get_short_help_str(limit=200)
        assert said.rstrip(".") == summary.rstrip("."), name
