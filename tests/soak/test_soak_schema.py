"""Schemathesis reads the description of the API and asks what it can think of: no answer is a fault of ours,
none is one that the description does not name."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.settings import Settings
from tests.common.chromium import served
from tests.common.isolated import python_with
from tests.common.portal import Portal, settle
from tests.common.stack import open_stack
from tests.conftest import NOW

ASKER = "schemathesis==4.32.5"
EXAMPLES = 50
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture(scope="module")
def asker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of an environment that has it."""
    return python_with(tmp_path_factory.mktemp("asker"), ASKER).with_name("schemathesis")


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    with open_stack(Settings(home=folder / "home", rate_limit_percent=0), NOW) as stack:
        yield settle(stack, folder)


@pytest.mark.parametrize("who", ["", "dev", "lin", "admin"])
def test_every_answer_is_one_that_the_description_names(
    asker: Path, portal: Portal, who: str, tmp_path: Path
) -> None:
    with served(portal.stack) as base:
        words = [
            asker, "run", f"{base}/api/v1/openapi.json", "--checks", CHECKS, "--seed", "1",
            "--max-examples", str(EXAMPLES), "--no-color",
        ]  # fmt: skip
        for name, value in portal.stack.as_(who).items():
            words += ["--header", f"{name}: {value}"]
        if who != "admin":
            words += ["--include-method", "GET"]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8_000:]
