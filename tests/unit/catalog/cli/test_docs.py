"""What the documentation shows is what the commands print."""

import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[4] / "catalog" / "docs"
TEXTS = [
    (DOCS / name).read_text(encoding="utf-8")
    for name in ("validate-scan-profile.md", "validate-scan-profile.zh.md")
]
FILES = re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", TEXTS[0], re.MULTILINE | re.DOTALL)
EXAMPLES_OF = [
    re.findall(r"^```console\n\$ (.*?)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    for text in TEXTS
]
EXAMPLES = list(dict.fromkeys(one for examples in EXAMPLES_OF for one in examples))
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


@pytest.mark.parametrize("examples", EXAMPLES_OF, ids=["en", "zh"])
def test_the_page_has_an_example_of_each_command(examples) -> None:
    assert {command.partition("gongkai ")[2].split()[0] for command, _ in examples} == {
        "validate",
        "scan",
        "profile",
    }


def test_both_languages_show_the_same_files() -> None:
    for name, content in FILES:
        assert f"`{name}`:\n\n" in TEXTS[1]
        assert content in TEXTS[1]
