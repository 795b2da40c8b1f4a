"""How a command ends when nobody reads on, the disk is full or the database is away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from catalog.cli import gongkai

COMMAND = (sys.executable, "-m", "catalog")


def _ended(*words: str, out: int) -> tuple[int, str]:
    """Exit code and standard error of a command that writes to ``out``."""
    done = subprocess.run(
        (*COMMAND, *words), stdout=out, stderr=subprocess.PIPE, text=True, check=False,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.fixture
def table(tmp_path: Path) -> str:
    path = tmp_path / "table.csv"
    path.write_text("名称\n甲\n", encoding="utf-8")
    return str(path)


def test_a_reader_that_goes_away_is_neither_good_nor_a_problem_found(table: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code, said = _ended("validate", table, "--json", out=writer)
    os.close(writer)
    assert (code, said) == (141, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_a_full_disk_is_one_sentence(table: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, said = _ended("validate", table, "--json", out=full.fileno())
    assert (code, said.count("\n")) == (1, 1)
    assert "No space left on device" in said


def _refused(*words: str) -> str:
    """What a command that is refused says, one line on standard error."""
    done = CliRunner().invoke(gongkai, words)
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
    return done.stderr


def test_a_database_that_does_not_answer_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path))
    monkeypatch.setenv("GONGKAI_DATABASE_URL", "postgresql://127.0.0.1:1/x")
    said = _refused("openness", "--json")
    assert said.startswith("database-unusable: The database cannot be used: connection failed")


def test_a_refusal_by_the_database_never_tells_what_was_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path))
    assert CliRunner().invoke(gongkai, ("db", "upgrade")).exit_code == 0
    read_only = f"sqlite:///file:{tmp_path}/catalog.db?mode=ro&uri=true"
    monkeypatch.setenv("GONGKAI_DATABASE_URL", read_only)
    said = _refused("unit", "add", "11110000000021610G", "某某局", "--kind", "department")
    assert "readonly database" in said
    assert "某某局" not in said
