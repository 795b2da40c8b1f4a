"""Archives are looked through before anything comes out of them."""

import gzip
import zipfile

import pytest

from datasets.reading.archives import check_archive, gunzip, inflate, readable_name
from datasets.reading.problems import UnreadableError
from schemas.records import Limits
from tests.common import packed_files


def write(folder, data: bytes):
    path = folder / "archive"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "/etc/a.csv",
        "C:/a.csv",
        "a/../../b.csv",
        "..\\a.csv",
        "\\\\host\\a.csv",
        "con.csv",
    ],
)
def test_names_that_point_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(UnreadableError) as refused:
        check_archive(write(tmp_path, packed_files.zipped({name: b"a"})), Limits())
    assert refused.value.problem.code == "archive-refused"


def test_links_are_refused(tmp_path):
    path = tmp_path / "archive"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.csv")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnreadableError) as refused:
        check_archive(path, Limits())
    assert "link" in refused.value.problem.cause.text


def test_too_many_entries_and_stated_sizes_are_refused_before_inflating(tmp_path):
    many = packed_files.zipped({f"{i}.csv": b"a" for i in range(20)})
    with pytest.raises(UnreadableError) as refused:
        check_archive(write(tmp_path, many), Limits(max_archive_entries=10))
    assert refused.value.problem.code == "archive-too-many-entries"
    with pytest.raises(UnreadableError) as refused:
        check_archive(write(tmp_path, packed_files.zip_bomb(2)), Limits(max_unpacked_bytes=1 << 20))
    assert refused.value.problem.code == "unpacks-too-large"


def test_names_in_gbk_are_read_as_their_maker_saw_them(tmp_path):
    data = packed_files.zipped({"abcd.csv": b"a"}).replace(b"abcd", "名单".encode("gbk"))
    (entry,) = check_archive(write(tmp_path, data), Limits())
    assert readable_name(entry) == "名单.csv"
    (entry,) = check_archive(write(tmp_path, packed_files.zipped({"名单.csv": b"a"})), Limits())
    assert readable_name(entry) == "名单.csv"


def test_gzip_members_in_a_row_are_one_file(tmp_path):
    path = write(tmp_path, gzip.compress(b"a,b\n") + gzip.compress(b"1,2\n" * 1_000_000))
    gunzip(path, tmp_path / "out", Limits())
    assert (tmp_path / "out").read_bytes() == b"a,b\n" + b"1,2\n" * 1_000_000


def test_a_directory_with_any_byte_changed_is_read_or_refused(tmp_path):
    whole = packed_files.zipped({"a.csv": b"a,b\n1,2\n" * 50})
    for place in range(whole.index(b"PK\x01\x02"), len(whole)):
        for value in (0, 0xFF, whole[place] ^ 0x20):
            data = bytearray(whole)
            data[place] = value
            path = write(tmp_path, bytes(data))
            try:
                for entry in check_archive(path, Limits()):
                    assert len(b"".join(inflate(path, entry, Limits()))) == 400
            except UnreadableError as error:
                assert error.problem.code  # noqa: PT017  (either outcome is right)
