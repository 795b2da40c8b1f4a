"""The encoding is proved over the whole file, and a failure names byte and line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.reading.encoding import CHUNK, as_utf8
from datasets.reading.problems import UnreadableError

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1)


def write(folder, data: bytes):
    path = folder / "file"
    path.write_bytes(data)
    return path


def detect(path) -> str:
    """The encoding found; the text that comes with it must be the same in UTF-8."""
    encoding, text, _ = as_utf8(path, path.parent / "text")
    assert text.read_bytes().decode("utf-8-sig") == path.read_bytes().decode(encoding)
    return encoding


@given(CHINESE)
def test_chinese_text_is_read_back_in_either_encoding(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("encoding")
    for codec in ("utf-8", "gb18030", "utf-8-sig", "utf-16", "utf-32"):
        data = f"名称,{text}\r\n".encode(codec)
        assert data.decode(detect(write(folder, data))).lstrip("\ufeff") == f"名称,{text}\r\n"


def test_text_that_statistics_read_as_big5_or_thai_is_read_as_gb18030(tmp_path):
    assert detect(write(tmp_path, "誠,1".encode("gb18030"))) == "gb18030"
    assert detect(write(tmp_path, "𠮷镕€,1".encode("gb18030"))) == "gb18030"


def test_chinese_after_a_megabyte_of_ascii_is_seen(tmp_path):
    assert detect(write(tmp_path, b"a,b\n" * CHUNK + "区".encode("gb18030"))) == "gb18030"


@pytest.mark.parametrize("shift", range(4))
def test_characters_across_pieces_of_reading_are_whole(tmp_path, shift):
    text = "x" * shift + "区" * CHUNK
    assert detect(write(tmp_path, text.encode())) == "utf-8"
    assert detect(write(tmp_path, text.encode("gb18030"))) == "gb18030"


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ("名称,地址\n".encode() * 5 + b"\xff\n", "line 6, byte 70"),
        (b"\xef\xbb\xbf" + "区\n".encode() + b"\xff", "line 2, byte 7"),
        ("名称\n地址\n".encode("gb18030") + b"\xff\xff", "line 3, byte 10"),
        (b"\xff\xfe" + "a\n".encode("utf-16-le") + b"\x00\xd8a\x00", "line 2, byte 6"),
        ("区".encode() * CHUNK + b"\n\xff", f"line 2, byte {3 * CHUNK + 1}"),
        ("名称,地址\n".encode() * 5 + "区".encode()[:2], "line 6, byte 70"),
    ],
)
def test_a_damaged_file_names_the_byte_and_the_line(tmp_path, data, place):
    with pytest.raises(UnreadableError) as refused:
        detect(write(tmp_path, data))
    assert refused.value.problem.code == "encoding-damaged"
    assert refused.value.problem.place == place


def test_a_nul_far_into_the_file_is_found(tmp_path):
    with pytest.raises(UnreadableError) as refused:
        detect(write(tmp_path, b"a,b\n" * CHUNK + b"\0"))
    assert refused.value.problem.place == f"line {CHUNK + 1}"


def remarks(folder, data: bytes) -> list[str]:
    _, _, notes = as_utf8(write(folder, data), folder / "text")
    return [note.kind for note in notes]


def test_bytes_that_only_happen_to_decode_as_gb18030_are_said_to_be_doubtful(tmp_path):
    words = "臺灣國際機場營業項目統計資料,縣市鄉鎮區別與電話號碼"
    assert remarks(tmp_path, words.encode("big5") * 9) == ["encoding-doubtful"]
    assert remarks(tmp_path, "北京市朝阳区（示范），单位：万元".encode("gb18030") * 9) == []
    assert (
        remarks(
            tmp_path,
            "朱镕基，喆，𠮷：一二三四五六七八九十百千万亿㎡，北京市朝阳区示范有限公司".encode(
                "gb18030"
            )
            * 9,
        )
        == []
    )


def test_a_file_in_utf_8_is_not_copied(tmp_path):
    path = write(tmp_path, "名称,区\n".encode())
    assert as_utf8(path, tmp_path / "text")[1] == path
    assert not (tmp_path / "text").exists()
