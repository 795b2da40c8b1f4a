"""The operator's door: commands on a platform of their own, exit codes 0, 1 and 2."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from frictionless import Report

from catalog.cli import COMMANDS, command, gongkai

UNIT = "11110000000021610G"
PEOPLE = "企业名称,证号\n甲商店,11010519491231002X\n乙商店,11010519491231002X\n"
CLEAN = "序号,职权名称\n1,对虚假招聘的处罚\n"


class Shell:
    """A terminal on a fresh platform."""

    def __init__(self) -> None:
        self._runner = CliRunner()

    def run(self, *words: str, code: int = 0, given: str = "") -> Result:
        result = self._runner.invoke(gongkai, list(words), input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, (words, result.exit_code, result.stdout, result.stderr)
        return result

    def out(self, *words: str, **kwargs: Any) -> str:
        return self.run(*words, **kwargs).stdout


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.chdir(tmp_path)
    return Shell()


@pytest.fixture
def shell(bare: Shell) -> Shell:
    bare.run("db", "upgrade")
    bare.run("unit", "add", UNIT, "市人力资源和社会保障局", "--kind", "department")
    bare.run("user", "add", "lin", "--role", "editor", "--unit", UNIT)
    return bare


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    path = tmp_path / "powers.csv"
    path.write_text(CLEAN)
    return path


def test_every_command_explains_itself(bare: Shell) -> None:
    for name in COMMANDS:
        assert bare.out(name, "--help")
        for inner in getattr(command(name), "commands", {}):
            assert bare.out(name, inner, "--help")
    promised = {
        "serve", "worker", "db", "demo", "unit", "user", "inventory", "validate", "scan", "profile",
        "publish", "harvest", "openness", "negative-list", "audit", "backup", "check", "settings",
    }  # fmt: skip
    assert promised <= set(COMMANDS)


def test_nothing_runs_on_a_database_without_tables(bare: Shell) -> None:
    for words in (
        "serve", "worker", "db check", "demo load", f"unit add {UNIT} 某局 --kind other", "user token x",
        "openness", "negative-list show", "negative-list export", "audit verify", "check",
        "backup create copies", "harvest list", "harvest run x", "laws list", "snapshot list",
    ):  # fmt: skip
        told = bare.run(*words.split(), code=1).stderr
        assert told.splitlines() == [
            "database-empty: The database has no tables yet. Run gongkai db upgrade first."
        ], words
    bare.run("db", "upgrade")
    bare.run("db", "upgrade")
    bare.run("db", "check")


def test_usage_errors_exit_with_two(shell: Shell) -> None:
    shell.run("unit", "add", UNIT, code=2)
    shell.run("no-such-command", code=2)
    shell.run("user", "add", "x", "--role", "king", code=2)
    shell.run("openness", "--json", "--csv", code=2)
    shell.run("validate", "/no/such/file", code=2)


def test_a_refusal_is_one_clear_line_and_exit_one(shell: Shell) -> None:
    refused = shell.run("unit", "add", "123", "某单位", "--kind", "other", code=1)
    assert refused.stdout == ""
    assert "123 is not a unified social credit code" in refused.stderr
    assert "Traceback" not in refused.stderr
    shell.run("user", "token", "nobody", code=1)
    shell.run("unit", "add", UNIT, "再来一次", "--kind", "other", code=1)


def test_a_role_is_taken_as_people_write_it(shell: Shell) -> None:
    for number, word in enumerate(("keeper", "list keeper", "list-keeper", "List_Keeper")):
        assert shell.out("user", "add", f"keeper{number}", "--role", word).split()[1] == "keeper"
    assert shell.out("user", "add", "gao", "--role", "Administrator").split()[1] == "administrator"


def test_a_token_is_printed_alone(shell: Shell) -> None:
    token = shell.out("user", "token", "lin")
    assert token.startswith("gk_")
    assert token == token.strip() + "\n"
    assert token.strip() not in shell.out("user", "list")


def test_a_password_comes_by_standard_input(shell: Shell) -> None:
    shell.run(
        "user", "add", "wu", "--role", "auditor", "--password-stdin", given="four words are\n"
    )
    shell.run("user", "add", "he", "--role", "auditor", "--password-stdin", given="short\n", code=1)
    shell.run("user", "add", "gao", "--role", "auditor", "--password-stdin", given="", code=2)


def test_units_are_imported_from_a_table_row_by_row(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "units.csv"
    rows = f"统一社会信用代码,单位名称,单位类型\n{UNIT},市人社局,行政机关\n123,错误单位,其他\n"
    path.write_bytes(rows.encode("gb18030"))
    report = shell.run("unit", "import", str(path), code=1)
    assert "1 unit taken, 1 row refused" in report.stdout
    assert "row 3" in report.stderr


def test_a_chinese_terminal_is_answered_in_chinese(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    path = tmp_path / "units.csv"
    path.write_text(
        f"统一社会信用代码,单位名称,单位类型\n{UNIT},市人社局,行政机关\n123,错误单位,其他\n"
    )
    report = shell.run("unit", "import", str(path), code=1)
    assert "已录入 1 个单位，1 行未通过。" in report.stdout
    assert report.stderr.startswith("第 3 行：")
    assert "审计链完整" in shell.out("audit", "verify")
    assert "台账与事实记录一致" in shell.out("openness", "--verify")
    assert "均与数据库一致" in shell.out("check")


def test_validate_prints_one_frictionless_report_a_line_in_order(
    shell: Shell, clean: Path, tmp_path: Path
) -> None:
    schema = {
        "fields": [{"name": "序号", "type": "integer"}, {"name": "职权名称", "type": "integer"}]
    }
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1\n")
    good = shell.out("validate", str(clean), "--json")
    Report.from_descriptor(json.loads(good))
    assert json.loads(good)["valid"] is True
    both = shell.run("validate", str(bad), str(clean), "--json", code=1).stdout.splitlines()
    assert [json.loads(line)["valid"] for line in both] == [False, True]
    Report.from_descriptor(json.loads(both[0]))
    judged = shell.run(
        "validate", str(clean), "--schema", str(tmp_path / "schema.json"), code=1
    ).stdout
    assert "type-error" in judged


def test_validate_reads_descriptors_but_not_beyond_their_folder(
    shell: Shell, clean: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "inner.csv").write_text(CLEAN)
    package = folder / "datapackage.json"
    resources = [{"name": "a", "path": "inner.csv"}, {"name": "b", "path": "inner.csv"}]
    package.write_text(json.dumps({"resources": resources}))
    report = json.loads(shell.out("validate", str(package), "--json"))
    assert [task["place"] for task in report["tasks"]] == ["inner.csv", "inner.csv"]
    outside = folder / "resource.json"
    outside.write_text(json.dumps({"name": "a", "path": "../powers.csv"}))
    shell.run("validate", str(outside), code=1)
    shell.run("validate", str(outside), "--trusted")


def test_scan_finds_personal_numbers_and_never_prints_them(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    found = shell.run("scan", str(path), "--json", code=1)
    assert json.loads(found.stdout.splitlines()[0])["severity"] == "high"
    assert "19491231" not in found.stdout + found.stderr


def test_the_openness_figures_come_as_text_json_and_csv(shell: Shell) -> None:
    figures = json.loads(shell.out("openness", "--by", "unit", "--json"))
    assert figures["unit_rate"]["declared"] == {"counts": [0, 1], "percent": "0.00"}
    assert figures["data_rate"]["all"]["declared"] == {"counts": [0, 0], "percent": None}
    rows = list(csv.DictReader(io.StringIO(shell.out("openness", "--by", "unit", "--csv"))))
    assert rows[0]["key"] == UNIT


def test_the_trail_and_the_stores_are_checked(shell: Shell, tmp_path: Path) -> None:
    assert "whole" in shell.out("audit", "verify")
    shell.run("check", "--bytes")
    shell.run("check", "--repair")


INVENTORY = [
    {"信息资源名称": "公交站点", "信息资源提供方": "市交通局", "信息资源摘要": "全市公交站点",
     "开放属性": "无条件开放", "更新周期": "每年"},
    {"信息资源名称": "道路名称", "信息资源提供方": "市交通局", "信息资源摘要": "全市道路",
     "开放属性": "不予开放", "更新周期": "每月"},
]  # fmt: skip


def test_an_inventory_is_imported_once(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps(INVENTORY, ensure_ascii=False))
    first = json.loads(shell.run("inventory", "import", str(path), "--json").stdout)
    assert first["counts"]["new"] == 2, first
    again = json.loads(shell.run("inventory", "import", str(path), "--json").stdout)
    assert again["counts"]["new"] == 0
    assert again["counts"]["same"] == 2
    assert "inventory.json" in shell.out("harvest", "list")


def test_a_backup_comes_back_whole_and_only_into_an_empty_place(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps(INVENTORY, ensure_ascii=False))
    shell.run("inventory", "import", str(path))
    copy = tmp_path / "copy"
    shell.run("backup", "create", str(copy))
    shell.run("backup", "create", str(copy), code=2)
    assert "not-empty" in shell.run("backup", "restore", str(copy), code=1).stderr
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path / "second"))
    shell.run("backup", "restore", str(copy))
    shell.run("check", "--bytes")
    assert "lin" in shell.out("user", "list")
    blob = next(iter(copy.glob("blob/??/*")))
    blob.write_bytes(b"damaged")
    monkeypatch.setenv("GONGKAI_HOME", str(tmp_path / "third"))
    assert "damaged" in shell.run("backup", "restore", str(copy), code=1).stderr


def test_settings_are_listed_with_help_and_without_secrets(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_SECRET_KEY", "do-not-show")
    monkeypatch.setenv("GONGKAI_STORAGE_URL", "s3://KEY:hidden@localhost/bucket")
    shown = shell.out("settings", "--json")
    assert "do-not-show" not in shown
    assert "hidden" not in shown
    assert all(setting["help"] for setting in json.loads(shown).values())


def test_the_list_is_shown_drafted_and_exported(shell: Shell, tmp_path: Path) -> None:
    assert shell.out("negative-list", "show") == ""
    assert shell.out("negative-list", "export").splitlines()[1:] == [], "the head alone"
    path = tmp_path / "list.csv"
    path.write_text(
        "事项类别,事项名称,情形,依据\n"
        "个人隐私,个人参保明细,含有可识别自然人的记录,《中华人民共和国政府信息公开条例》第十五条\n"
    )
    shell.run("user", "add", "qian", "--role", "keeper")
    drafted = shell.out(
        "negative-list", "import", str(path), "--as", "qian", "--reason", "首次编制"
    )
    assert "waits for approval by another person" in drafted
    refused = shell.run(
        "negative-list", "import", str(path), "--as", "lin", "--reason", "x", code=1
    )
    assert "not-allowed" in refused.stderr
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    shell.run(
        "negative-list",
        "import",
        str(tmp_path / "odd.csv"),
        "--as",
        "qian",
        "--reason",
        "x",
        code=1,
    )
