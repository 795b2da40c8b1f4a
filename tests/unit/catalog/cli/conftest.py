"""The command as people run it: a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def reports(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


Run = Callable[..., Done]


@pytest.fixture
def gongkai(tmp_path: Path) -> Run:
    def run(*words: str | Path, code: int = 0, given: bytes = b"", **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "catalog", *map(str, words)],
            cwd=tmp_path,
            input=given,
            capture_output=True,
            check=False,
            timeout=120,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "LANG": "C.UTF-8",
                **environment,
            },
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, (words, done.returncode, out, err)
        assert "Traceback" not in out + err
        return Done(done.returncode, out, err)

    return run


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(
        "序号,姓名,证号\n1,甲,11010519491231002X\n二,乙,11010519491231002X\n3,丙,1\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    path = tmp_path / "people.schema.json"
    fields = [
        {"name": "序号", "type": "integer"},
        {"name": "姓名", "type": "string"},
        {"name": "证号", "type": "string", "constraints": {"unique": True}},
    ]
    path.write_text(json.dumps({"fields": fields}), encoding="utf-8")
    return path
