"""One contract for every kind of store: whole or absent, under the hash, for good."""

import hashlib
import random
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.storage import (
    OPENERS,
    BlobDamaged,
    BlobMissing,
    StorageSettingError,
    StoreUnavailable,
    open_storage,
)
from tests.common import servers

ABSENT = "0" * 64
KINDS = [
    "file",
    "memory",
    pytest.param("s3", marks=pytest.mark.scaled),
]


@pytest.fixture(scope="module")
def s3_url(tmp_path_factory):
    with servers.start_s3(tmp_path_factory.mktemp("s3")) as url:
        yield url


def storage_url(kind, request, folder):
    if kind == "s3":
        place, _, query = request.getfixturevalue("s3_url").partition("?")
        return f"{place}/{folder.name}/数据?{query}"
    return {"file": f"file://{folder}/store", "memory": "memory:"}[kind]


@pytest.fixture(params=KINDS)
def storage(request, tmp_path):
    return open_storage(storage_url(request.param, request, tmp_path), tmp_path / "cache")


def write(folder: Path, data: bytes) -> Path:
    path = folder / f"source-{hashlib.sha256(data).hexdigest()[:8]}"
    path.write_bytes(data)
    return path


def test_every_kind_of_store_is_tried_here():
    assert {getattr(kind, "values", (kind,))[0] for kind in KINDS} == set(OPENERS)


@pytest.mark.parametrize("size", [0, 1, 262_144, 300_000, 9 * 2**20])
def test_what_was_put_comes_back_under_its_hash(storage, tmp_path, size):
    data = random.Random(size).randbytes(size)
    blob = storage.put_file(write(tmp_path, data))
    assert (blob.sha256, blob.size) == (hashlib.sha256(data).hexdigest(), size)
    assert storage.size(blob.sha256) == size
    chunks = list(storage.open_range(blob.sha256))
    assert b"".join(chunks) == data
    assert max(map(len, chunks), default=0) <= 256 * 1024
    assert storage.verify(blob.sha256)
    with storage.local_path(blob.sha256) as path:
        assert path.read_bytes() == data


def test_putting_the_same_bytes_again_changes_nothing_even_at_once(storage, tmp_path):
    source = write(tmp_path, b"the same bytes")
    with ThreadPoolExecutor(4) as pool:
        blobs = list(pool.map(storage.put_file, [source] * 12))
    assert len(set(blobs)) == 1
    assert list(storage.iter_hashes()) == [blobs[0].sha256]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 700_001), st.none() | st.integers(0, 900_000))
def test_any_range_is_that_slice_of_the_bytes(storage, tmp_path, start, end):
    data = random.Random(7).randbytes(700_000)
    blob = storage.put_file(write(tmp_path, data))
    if end is not None and end < start:
        with pytest.raises(ValueError, match="range"):
            storage.open_range(blob.sha256, start, end)
    else:
        assert b"".join(storage.open_range(blob.sha256, start, end)) == data[start:end]


def test_what_is_not_there_is_said_to_be_missing_at_once(storage):
    assert storage.size(ABSENT) is None
    storage.delete(ABSENT)
    assert list(storage.iter_hashes()) == []
    with pytest.raises(BlobMissing) as caught:
        storage.open_range(ABSENT)
    assert caught.value.problem.code == "file-missing"
    with pytest.raises(BlobMissing), storage.local_path(ABSENT):
        pass
    with pytest.raises(BlobMissing):
        storage.verify(ABSENT)


def test_a_deleted_blob_is_gone_by_every_way(storage, tmp_path):
    blob = storage.put_file(write(tmp_path, b"gone"))
    with storage.local_path(blob.sha256):
        pass
    storage.delete(blob.sha256)
    assert storage.size(blob.sha256) is None
    with pytest.raises(BlobMissing), storage.local_path(blob.sha256):
        pass


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a" * 63, "A" * 64, "g" * 64, "a" * 64 + "\n"]
)
def test_only_a_hash_names_a_blob(storage, name):
    with pytest.raises(ValueError, match="64 lower-case"):
        storage.size(name)


def test_a_read_that_is_never_begun_leaves_nothing_open(storage, tmp_path):
    blob = storage.put_file(write(tmp_path, b"x" * 600_000))
    storage.open_range(blob.sha256)
    half = storage.open_range(blob.sha256)
    next(half)
    half.close()


@pytest.mark.scaled
def test_a_signed_link_gives_the_bytes_under_their_chinese_name(s3_url, tmp_path):
    storage = open_storage(s3_url, tmp_path / "cache")
    blob = storage.put_file(write(tmp_path, b"a,b\n1,2\n"))
    link = storage.link(blob.sha256, "行政处罚 职权.csv", "text/csv; charset=utf-8")
    with urllib.request.urlopen(link, timeout=10) as answer:
        assert answer.read() == b"a,b\n1,2\n"
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert answer.headers["Content-Disposition"] == (
            "attachment; filename*=UTF-8''%E8%A1%8C%E6%94%BF%E5%A4%84%E7%BD%9A%20"
            "%E8%81%8C%E6%9D%83.csv"
        )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(link.replace("text%2Fcsv", "text%2Fhtml"), timeout=10)


@pytest.mark.scaled
def test_a_link_can_be_withheld_or_name_the_public_address(s3_url, tmp_path):
    silent = open_storage(f"{s3_url}&links=none", tmp_path)
    assert silent.link(ABSENT, "a.csv", "text/csv") is None
    shown = open_storage(f"{s3_url}&links=https://files.example.org", tmp_path)
    assert shown.link(ABSENT, "a.csv", "text/csv").startswith("https://files.example.org/")


@pytest.mark.scaled
def test_a_damaged_copy_in_the_store_is_never_handed_out_as_a_file(s3_url, tmp_path):
    import obstore

    storage = open_storage(s3_url, tmp_path / "cache")
    blob = storage.put_file(write(tmp_path, b"true bytes"))
    obstore.put(storage._store, f"blob/{blob.sha256[:2]}/{blob.sha256}", b"fake bytes")
    assert not storage.verify(blob.sha256)
    with pytest.raises(BlobDamaged), storage.local_path(blob.sha256):
        pass
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.scaled
def test_a_wrong_secret_is_a_store_that_does_not_answer_and_tells_no_secret(s3_url, tmp_path):
    storage = open_storage(s3_url.replace("@", "f@"), tmp_path)
    with pytest.raises(StoreUnavailable) as caught:
        storage.size(ABSENT)
    assert "tester" not in str(caught.value)
    assert "tester" not in str(caught.value.problem)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("ftp://host/folder", "storage URL"),
        ("", "storage URL"),
        ("file://elsewhere/folder", "file:"),
        ("file:relative", "file:"),
        ("memory:named", "memory:"),
        ("s3://key:secret@host", "s3:"),
        ("s3://key:secret@host/bucket?colour=red", "colour"),
        ("s3://key:secret@host/bucket?endpoint=gopher", "endpoint"),
    ],
)
def test_a_storage_url_that_cannot_be_used_is_refused_by_its_part(url, place, tmp_path):
    with pytest.raises(StorageSettingError) as caught:
        open_storage(url, tmp_path)
    assert caught.value.problem.place == place
    assert "secret@" not in str(caught.value.problem)


def test_key_and_secret_may_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(StorageSettingError):
        open_storage("s3://host/bucket", tmp_path)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    link = open_storage("s3://host/bucket?style=virtual", tmp_path).link(ABSENT, "a", "text/csv")
    assert link.startswith(f"https://bucket.host/blob/00/{ABSENT}?")
    assert "from-environment" in link
