"""Programs that would weigh more than the product, or rule over its versions: each in an environment of its own."""

import subprocess
import sys
from pathlib import Path

import pytest


def python_with(folder: Path, *wanted: str) -> Path:
    """The Python of an environment, made here, that has these packages."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    asked = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted]
    if subprocess.run(asked, check=False).returncode:
        pytest.skip(f"{' '.join(wanted)} cannot be installed here")
    return python
