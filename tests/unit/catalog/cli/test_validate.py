"""``gongkai validate`` as people see it: lines, rows with the bad cell marked, exit codes."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NUMBER = "11010519491231002X"


def test_a_good_table_is_one_line_and_exit_zero(gongkai, tmp_path) -> None:
    (tmp_path / "good.csv").write_text("id,name\n1,x\n2,y\n")
    done = gongkai("validate", "good.csv")
    assert done.lines[0].startswith("valid  good.csv: 2 rows, 0 errors, ")
    assert done.err == ""


def test_errors_stand_with_their_row_and_the_bad_cell_is_marked(gongkai, people, schema) -> None:
    done = gongkai("validate", people, "--schema", schema, code=1)
    assert done.lines[0].startswith("invalid  ")
    assert any(line.strip().startswith("type-error × 1") for line in done.lines)
    assert '    row 3, 序号: type is "integer"' in done.lines
    assert "▶二◀ │ 乙 │" in done.out
    assert "\x1b" not in done.out


def test_numbers_of_people_are_masked_for_people_and_whole_in_the_report(
    gongkai, people, schema
) -> None:
    shown = gongkai("validate", people, "--schema", schema, code=1)
    assert NUMBER not in shown.out + shown.err
    assert "▶1****************X◀" in shown.out
    report = gongkai("validate", people, "--schema", schema, "--json", code=1).reports[0]
    assert report["tasks"][0]["errors"][0]["cells"][2] == NUMBER


def test_chinese_is_spoken_to_a_chinese_terminal(gongkai, people, schema) -> None:
    done = gongkai("validate", people, "--schema", schema, code=1, LANG="zh_CN.UTF-8")
    assert done.lines[0].startswith("未通过  ")
    assert "第 3 行" in done.out


def test_only_some_errors_of_a_kind_are_shown(gongkai, tmp_path) -> None:
    (tmp_path / "many.csv").write_text("a,b\n" + "1\n" * 50)
    done = gongkai("validate", "many.csv", "--show", "3", code=1)
    assert sum(line.strip().startswith("row ") for line in done.lines) == 3
    assert "… and 47 more (--show 50, or --json for all)" in done.out
    assert (
        "reached error limit: 5"
        in gongkai("validate", "many.csv", "--limit-errors", "5", code=1).out
    )
    few = gongkai("validate", "many.csv", "--limit-errors", "5", code=1, LANG="zh_CN.UTF-8")
    assert "已达到错误数上限（5）" in few.out
    whole = gongkai("validate", "many.csv", "--limit-errors", "0", "--json", code=1)
    assert whole.reports[0]["stats"]["errors"] == 50


def test_what_a_terminal_obeys_is_shown_as_a_picture(gongkai, tmp_path) -> None:
    (tmp_path / "evil.csv").write_text("a,b\n\x1b[2Jx,1,2\n")
    done = gongkai("validate", "evil.csv", code=1)
    assert "\x1b" not in done.out
    assert "␛[2Jx" in done.out


def test_a_folder_is_all_its_tables_by_name_and_a_package_is_itself(gongkai, tmp_path) -> None:
    inner = tmp_path / "data" / "inner"
    inner.mkdir(parents=True)
    for path in (
        tmp_path / "data/b.csv",
        inner / "c.csv",
        tmp_path / "data/.hidden.csv",
        tmp_path / "data/a.txt.md",
    ):
        path.write_text("x\n1\n")
    places = [one["tasks"][0]["place"] for one in gongkai("validate", "data", "--json").reports]
    assert places == ["data/b.csv", "data/inner/c.csv"]
    assert "2 files, 0 of them invalid; 2 rows, 0 errors" in gongkai("validate", "data").out
    (tmp_path / "data/datapackage.json").write_text(
        json.dumps({"resources": [{"name": "b", "path": "b.csv"}]})
    )
    assert len(gongkai("validate", "data", "--json").reports) == 1


def test_standard_input_is_read_by_its_content(gongkai) -> None:
    assert (
        gongkai("validate", "-", "--json", given=b"a,b\n1\n", code=1).reports[0]["tasks"][0][
            "place"
        ]
        == "-"
    )
    rows = gongkai("validate", "-", "--json", given=b'[{"a": 1}]').reports[0]["tasks"][0]
    assert rows["labels"] == ["a"]


@pytest.mark.parametrize("words", [
    ("missing.csv",), ("fifo",), (), ("good.csv", "--schema", "no-such-schema"),
    ("good.csv", "--checklist", "missing.json"), ("good.csv", "--checklist", "good.csv"),
    ("good.csv", "--limit-rows", "0"), ("empty",),
])  # fmt: skip
def test_what_is_not_there_is_a_mistake_of_usage(gongkai, tmp_path, words) -> None:
    (tmp_path / "good.csv").write_text("a\n1\n")
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "fifo")
    assert "Usage:" in gongkai("validate", *words, code=2).err


def test_a_file_that_kills_the_parser_is_told_and_the_next_one_judged(gongkai, tmp_path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "deep.json").write_text('[{"a": ' + "[" * 20_000)
    reports = gongkai("validate", "deep.json", "a.csv", "--json", code=1).reports
    assert [report["valid"] for report in reports] == [False, True]


def test_the_form_of_a_table_is_spoken_of_where_frictionless_only_sees_errors(
    gongkai, tmp_path
) -> None:
    rows = "".join(f"{number},某单位{number},{number}00\n" for number in range(1, 9))
    text = f"2026年行政许可汇总表,,\n序号,单位,数量\n{rows}"
    (tmp_path / "titled.csv").write_bytes(text.encode("gb18030"))
    done = gongkai("validate", "titled.csv", code=1)
    assert "Seen in the form of the file:" in done.out
    assert "The text is in GB18030." in done.out
    assert "gongkai publish --accept-repairs" in done.out
    assert gongkai("validate", "titled.csv", "--json", code=1).err == ""


def test_what_is_odd_about_a_titled_table_comes_first_and_its_header_can_be_named(
    gongkai, tmp_path
) -> None:
    rows = "".join(f"{number},某单位{number},{number}00\n" for number in range(1, 9))
    title = "2026年行政许可汇总表,,\n填报单位：某局,,\n"
    (tmp_path / "titled.csv").write_text(f"{title}序号,单位,数量\n{rows}九,某单位,1\n", "utf-8")
    lines = gongkai("validate", "titled.csv", code=1).lines
    odd = next(n for n, line in enumerate(lines) if "The header is row 3." in line)
    named = next(n for n, line in enumerate(lines) if "add --header-row 3." in line)
    wrong = next(n for n, line in enumerate(lines) if "blank-label × 2" in line)
    assert odd < named < wrong
    assert [line.strip() for line in lines[wrong + 1 : -1]] == [
        "header, columns 2-3", "2026年行政许可汇总表 │ ▶◀ │ ▶◀",
    ]  # fmt: skip
    again = gongkai("validate", "titled.csv", "--header-row", "3", "--json").reports[0]
    assert again["tasks"][0]["labels"] == ["序号", "单位", "数量"]
    fields = [{"name": "序号", "type": "integer"}, {"name": "单位"}, {"name": "数量"}]
    (tmp_path / "s.json").write_text(json.dumps({"fields": fields}), "utf-8")
    words = ("validate", "titled.csv", "--header-row", "3", "--schema", "s.json")
    (report,) = gongkai(*words, "--json", code=1).reports
    assert [one["rowNumber"] for one in report["tasks"][0]["errors"]] == [12]
    assert "--header-row" not in gongkai(*words, code=1).out


def test_a_header_of_two_rows_is_named_by_both(gongkai, tmp_path) -> None:
    body = "".join(f"第{n}街道,{n},{n}00,无\n" for n in range(1, 8))
    (tmp_path / "two.csv").write_text(f"单位,行政处罚,,备注\n,件数,金额,\n{body}", "utf-8")
    assert "--header-row 1 --header-row 2" in gongkai("validate", "two.csv", code=1).out
    words = ("--header-row", "1", "--header-row", "2")
    (report,) = gongkai("validate", "two.csv", *words, "--json").reports
    assert (report["tasks"][0]["stats"]["rows"], report["valid"]) == (7, True)


def test_a_terminal_gets_colours_unless_it_says_no(people, schema, tmp_path) -> None:
    assert "\x1b[1;31m" in in_terminal(tmp_path, "validate", str(people), "--schema", str(schema))
    plain = in_terminal(tmp_path, "validate", str(people), "--schema", str(schema), NO_COLOR="1")
    assert "\x1b[1;31m" not in plain
    assert "▶二◀" in plain


def in_terminal(folder: Path, *words: str, **environment: str) -> str:
    """What a terminal of 100 places shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "catalog", *words],
        cwd=folder, stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", **environment},
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 1 << 16)
        except OSError:
            break
        if not data:
            break
        shown += data
    os.close(ours)
    process.wait(30)
    return shown.decode()


def test_ctrl_c_ends_the_command_and_its_child(tmp_path) -> None:
    with (tmp_path / "long.csv").open("w") as file:
        file.write("a,b\n")
        file.writelines(f"{number},x{number}\n" for number in range(1_500_000))
    process = subprocess.Popen(
        [sys.executable, "-m", "catalog", "validate", "long.csv", "--json", "--limit-errors", "0"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "LANG": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[4])},
    )  # fmt: skip
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    patience = time.monotonic() + 20
    while not children.read_text() and time.monotonic() < patience:
        time.sleep(0.02)
    child = children.read_text().split()[0]
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert (out, err) == (b"", b"Stopped.\n")
    assert not Path(f"/proc/{child}").exists()
