"""Templates and static files keep what the strict content policy and the vocabularies demand."""

import hashlib
import json
import re
from pathlib import Path

import jinja2
import pytest

from catalog.services import contributions, planning, signals
from schemas import vocabularies as words

CATALOG = Path(__file__).parents[4] / "catalog"
TEMPLATES = sorted(path.relative_to(CATALOG / "templates").as_posix()
                   for path in (CATALOG / "templates").rglob("*.html"))  # fmt: skip
SHEETS = sorted((CATALOG / "static" / "css").glob("*.css"))
KINDS = {
    "state": words.DatasetState,
    "openness": words.Openness,
    "mode": words.ConditionalMode,
    "version": words.VersionState,
    "severity": words.Severity,
    "settlement": words.SettlementAction,
    "review": words.ReviewState,
    "verdict": words.Verdict,
    "item": words.ItemState,
    "adjustment": words.AdjustmentKind,
    "adjustment-state": words.AdjustmentState,
    "notice": words.NoticeState,
    "job": words.JobState,
    "outcome": words.HarvestOutcome,
    "unit-kind": words.UnitKind,
    "role": words.Role,
    "cycle": words.UpdateCycle,
    "sharing": words.Sharing,
    "resource-class": words.ResourceClass,
    "field-type": words.FieldType,
    "ground": words.Ground,
    "basis": words.Basis,
    "law-level": words.LawLevel,
    "secrecy": words.Secrecy,
    "reach-policy": words.ReachPolicy,
    "list-task": words.ListTaskKind,
    "exception-kind": words.ExceptionKind,
    "guideline-kind": words.GuidelineKind,
    "guideline-state": words.GuidelineState,
    "list-kind": words.ListKind,
    "rate": words.RateKind,
    "scope": words.TargetScope,
    "step": planning.Step,
    "sign": signals.Sign,
    "cause": contributions.Cause,
    "unit-cause": contributions.UnitCause,
}


@pytest.fixture
def environment():
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(CATALOG / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_null_translations(newstyle=True)
    made.globals["N_"] = str
    for name in ("number", "date", "datetime", "filesize", "percent", "say", "place"):
        made.filters[name] = str
    return made


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_can_be_compiled(environment, name):
    assert environment.get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_nothing_that_the_content_policy_refuses(name):
    text = (CATALOG / "templates" / name).read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text), "styles stand in sheets, never in attributes"
    assert not re.search(r"\son[a-z]+\s*=", text), "scripts stand in app.js, never in attributes"
    assert "hx-on" not in text
    assert not re.search(r'["\'(](https?:)?//', text), "a page asks nothing of another host"
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag or 'type="application/ld+json"' in tag


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_form_that_changes_something_carries_the_token(name):
    text = (CATALOG / "templates" / name).read_text(encoding="utf-8")
    for form in re.findall(r'<form\b[^>]*method="post".*?</form>', text, re.DOTALL):
        assert "csrf_field()" in form


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_of_a_closed_list_has_a_word(environment, kind):
    spoken = environment.get_template("_macros/status.html").module.WORDS[kind]
    assert set(spoken) == {member.value for member in KINDS[kind]}


def test_every_theme_of_the_shipped_list_has_a_word(environment):
    spoken = environment.get_template("_macros/status.html").module.WORDS["theme"]
    assert set(spoken) == set(words.THEMES)


def test_a_word_follows_the_language_of_the_moment_not_of_the_first_request(environment):
    language = {"now": "en"}

    def translate(text):
        return text if language["now"] == "en" else f"<{language['now']}>"

    environment.install_gettext_callables(translate, lambda one, _many, _n: one, newstyle=True)
    macros = environment.get_template("_macros/status.html")
    english = str(macros.module.word("state", "draft"))
    language["now"] = "zh"
    assert english == "Draft"
    assert "zh" in str(macros.module.word("state", "draft"))


def test_an_unlisted_code_is_its_own_word(environment):
    spoken = environment.get_template("_macros/status.html").module.word("theme", "老年食堂")
    assert str(spoken) == "老年食堂"


def test_every_icon_that_is_asked_for_is_drawn(environment):
    paths = environment.get_template("_macros/icons.html").module.PATHS
    signs = environment.get_template("_macros/status.html").module.WORDS
    asked = {entry[1] for group in signs.values() for entry in group.values() if len(entry) > 1}
    for name in TEMPLATES:
        text = (CATALOG / "templates" / name).read_text(encoding="utf-8")
        asked |= set(re.findall(r'\bicon\("([a-z-]+)"\)', text))
    assert asked <= set(paths)


def test_the_frame_loads_every_sheet_and_every_sheet_is_small():
    frame = (CATALOG / "templates" / "base.html").read_text(encoding="utf-8")
    for sheet in SHEETS:
        assert f'"{sheet.stem}"' in frame or f"css/{sheet.name}" in frame
        assert len(sheet.read_text(encoding="utf-8").splitlines()) < 400


def test_sheets_use_only_colours_and_sizes_that_have_a_name():
    named = set()
    for sheet in SHEETS:
        text = sheet.read_text(encoding="utf-8")
        named |= set(re.findall(r"^\s*(--[a-z0-9-]+):", text, re.MULTILINE))
    for sheet in SHEETS:
        assert set(re.findall(r"var\((--[a-z0-9-]+)", sheet.read_text(encoding="utf-8"))) <= named


def test_vendored_files_are_the_ones_the_manifest_names():
    vendor = CATALOG / "static" / "vendor"
    manifest = json.loads((vendor / "MANIFEST.json").read_text(encoding="utf-8"))
    assert {entry["file"] for entry in manifest} == {path.name for path in vendor.glob("*.js")}
    for entry in manifest:
        assert entry["licence"]
        assert hashlib.sha256((vendor / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
