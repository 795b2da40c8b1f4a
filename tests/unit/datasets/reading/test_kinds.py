"""The kind of a file is told by its content."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading import CONTAINERS, READERS
from datasets.reading.kinds import sniff
from datasets.reading.problems import UnreadableError
from tests.common import packed_files, ugly_files


def write(folder, data: bytes):
    path = folder / "名单.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"a,b\n1,2\n", "csv"),
        (b"[a],b\n1,2\n", "csv"),
        (b"<5%,b\n1,2\n", "csv"),
        ("{甲},乙\n".encode(), "csv"),
        (b"BM,MZ\n1,2\n", "csv"),
        (b'[{"a":1}]', "json"),
        (b"  [\n  [1]]", "json"),
        (b"[]", "json"),
        (b'{\n"a":\n[{"b":1}]}', "json"),
        (b'{"a":1}\n{"a":2}\n', "ndjson"),
        (b'{"type":"FeatureCollection","features":[]}', "json"),
        (b"\xff\xfea\0,\0b\0\n\0", "csv"),
        (ugly_files.far_corner(), "xlsx"),
        (ugly_files.ods([["a"]]), "ods"),
        (packed_files.zipped({"a.csv": b"a"}), "zip"),
        (b"\x1f\x8b\x08\0", "gzip"),
    ],
)
def test_content_decides(tmp_path, data, kind):
    assert sniff(write(tmp_path, data)) == kind


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"%PDF-1.4", "PDF"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"BM\x00\x00", "BMP"),
        (packed_files.zipped({"ppt/presentation.xml": b""}), "PPTX"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "DOC"),
        (b"<?xml version='1.0'?><rows/>", "XML"),
        (b"SQLite format 3\x00", "SQLite"),
        (b"MIME-Version: 1.0\n", "MHTML"),
    ],
)
def test_what_is_no_table_is_refused_by_its_true_name(tmp_path, data, named):
    with pytest.raises(UnreadableError) as refused:
        sniff(write(tmp_path, data))
    assert refused.value.problem.cause.params == {"kind": named}


def test_a_web_page_is_explained(tmp_path):
    with pytest.raises(UnreadableError) as refused:
        sniff(write(tmp_path, ugly_files.web_page()))
    assert "web page" in refused.value.problem.cause.text


@given(st.binary(max_size=300))
def test_any_bytes_are_told_or_refused(tmp_path_factory, data):
    try:
        kind = sniff(write(tmp_path_factory.mktemp("kinds"), data))
    except UnreadableError as error:
        assert error.problem.code  # noqa: PT017  (either outcome is right)
    else:
        assert kind in {*READERS, *CONTAINERS}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a,b\n1,\x002\n", "binary-file"),
        (b"a\x00,b\n1,2\n", "binary-file"),
        ("a,b\n1,2\n".encode("utf-16-le"), "encoding-unknown"),
        ("序号,名称\n1,甲\n".encode("utf-16-be"), "encoding-unknown"),
    ],
)
def test_one_nul_in_a_short_text_makes_no_text_of_two_bytes(tmp_path, data: bytes, code: str):
    with pytest.raises(UnreadableError) as caught:
        sniff(write(tmp_path, data))
    assert caught.value.problem.code == code
