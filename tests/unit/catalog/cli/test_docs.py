"""What the documentation shows is what the commands print."""

import json
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[4] / "catalog" / "docs" / "validate-scan-profile.md"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
EXAMPLES = re.findall(r"^```console\n\$ (.*?)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
FIGURES = re.compile(
    r'[\d.,]+ (?:s|rows/s)\b|用时 [\d.]+ 秒，每秒 [\d,]+ 行|"seconds": [\d.]+|"(?:md5|sha256)": "[^"]*"'
)


@pytest.mark.parametrize(("command", "shown"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_an_example_prints_what_the_page_shows(gongkai, tmp_path, command, shown) -> None:
    for name, content in FILES:
        (tmp_path / name).write_text(content, encoding="utf-8")
    settings, _, rest = command.partition("gongkai ")
    words = rest.split()
    environment = dict(setting.split("=") for setting in settings.split())
    code = 0 if words[0] == "profile" else 1
    printed = gongkai(*words, code=code, **environment).out
    assert FIGURES.sub("#", printed) == FIGURES.sub("#", shown)
    if "--json" in words:
        assert json.loads(shown)


def test_the_page_has_an_example_of_each_command() -> None:
    assert {command.partition("gongkai ")[2].split()[0] for command, _ in EXAMPLES} == {
        "validate",
        "scan",
        "profile",
    }
