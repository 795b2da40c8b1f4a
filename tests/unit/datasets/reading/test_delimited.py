"""Delimited text is read as csv.reader reads it, and cut-off files are refused."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.reading.delimited import choose_delimiter, read_delimited
from datasets.reading.grammar import stream
from datasets.reading.problems import UnreadableError
from schemas.records import ExaminationRequest, Limits

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ue000"), max_size=6)
RAW = st.text(st.sampled_from('ab,";\r\n \t区'), max_size=40)


def write(folder, data: bytes | str):
    path = folder / "file"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path, delimiter: str = ",", **limits: int) -> list[list[str]]:
    return list(stream(path, delimiter, Limits(**limits)))


@settings(deadline=None)
@given(st.lists(st.lists(TEXT, min_size=2, max_size=4), max_size=6))
def test_what_csv_writes_comes_back(tmp_path_factory, rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    assert read(write(tmp_path_factory.mktemp("csv"), out.getvalue())) == rows


@settings(deadline=None, max_examples=500)
@given(RAW)
def test_any_text_is_read_as_csv_reader_reads_it_or_refused_for_an_open_quote(
    tmp_path_factory, text
):
    expected = list(csv.reader(io.StringIO(text, newline="")))
    try:
        strict = list(csv.reader(io.StringIO(text + "\nx", newline="")))[-1] == ["x"]
    except csv.Error:
        strict = True
    path = write(tmp_path_factory.mktemp("csv"), text)
    if strict:
        assert read(path) == expected
    else:
        with pytest.raises(UnreadableError) as refused:
            read(path)
        assert refused.value.problem.code == "unclosed-quote"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n1,5;2\n", ";"),
        ("a\tb\n1,x\t2\n3\t4\n", "\t"),
        ("a|b|c\n1|2|3\n", "|"),
        ("名称\n甲；乙;丙\n丁\n戊\n", ","),
        ("标题\n\na,b,c\n1,2,3\n4,5,6\n", ","),
        ('a,b\n"x;y;z",1\n"x;y;z",2\n', ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_the_one_that_rows_agree_on(tmp_path, text, delimiter):
    assert choose_delimiter(write(tmp_path, text), Limits()) == delimiter


def test_tabs_make_a_tsv(tmp_path):
    table = read_delimited(write(tmp_path, "a\tb\n1\t2\n"), tmp_path, ExaminationRequest("x.csv"))
    assert (table.kind, table.media_type) == ("tsv", "text/tab-separated-values")


def test_every_line_end_is_understood(tmp_path):
    for end in ("\n", "\r\n", "\r"):
        path = write(tmp_path, end.join(["a,b", "1,2", "", "3,4"]))
        assert read(path) == [["a", "b"], ["1", "2"], [], ["3", "4"]]


@pytest.mark.parametrize(
    ("text", "limits", "code", "place"),
    [
        ("a,b\n1,2\n3,4\n", {"max_rows": 2}, "too-many-rows", "row 3"),
        ("a,b,c\n", {"max_columns": 2}, "too-many-columns", "row 1"),
        ("a\n" + "x" * 200 + "\n", {"max_cell_chars": 100}, "cell-too-long", "line 2"),
        ('a,b\n1,"open\n2,3\n4,5\n', {}, "unclosed-quote", "line 2"),
        ('a,b\n1,"open\n' + "2,3\n" * 30 + '5",6\n7,8\n', {}, "unclosed-quote", "line 2"),
    ],
)
def test_limits_and_open_quotes_name_their_place(tmp_path, text, limits, code, place):
    with pytest.raises(UnreadableError) as refused:
        read(write(tmp_path, text), **limits)
    assert (refused.value.problem.code, refused.value.problem.place) == (code, place)


def test_a_long_text_in_quotes_is_no_open_quote(tmp_path):
    text = "\n".join(f"第{i}条 内容" for i in range(100))
    assert read(write(tmp_path, f'a,b\n1,"{text}"\n'))[1] == ["1", text]
