"""``gongkai standard`` lists, shows and hands out the published table schemas."""

import json

import openpyxl
import pytest
from click.testing import CliRunner

from catalog.cli.standard import standard
from schemas import tables


@pytest.fixture
def call(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return lambda *arguments: CliRunner().invoke(standard, list(arguments))


def test_every_standard_is_listed(call):
    lines = call("list").output.splitlines()
    assert [line.split("\t")[0] for line in lines] == tables.names()
    assert [one["name"] for one in json.loads(call("list", "--json").output)] == tables.names()


def test_a_standard_is_shown_with_its_rules_or_as_table_schema(call, monkeypatch):
    assert "unified social credit code" in call("show", "power-list").output
    assert json.loads(call("show", "power-list", "--json").output) == tables.load("power-list")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "统一社会信用代码" in call("show", "power-list").output
    assert call("show", "unknown").exit_code == 2


def test_a_template_is_written_where_it_was_asked_for(call, tmp_path):
    out = tmp_path / "template.xlsx"
    assert call("template", "power-list", str(out)).exit_code == 0
    header = [cell.value for cell in openpyxl.load_workbook(out).worksheets[0][1]]
    assert header == [field["name"] for field in tables.load("power-list")["fields"]]
    assert call("template", "power-list", str(tmp_path / "no" / "a.xlsx")).exit_code == 2
