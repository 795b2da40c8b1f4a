import hashlib
import os

import pytest

from datasets.storage.cache import Cache


def name(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_copy_is_fetched_once_and_the_oldest_leave_when_the_cache_is_full(tmp_path):
    fetched = []

    def fetch(sha256):
        fetched.append(sha256)
        return iter([contents[sha256]])

    contents = {name(data): data for data in (b"a" * 400, b"b" * 400, b"c" * 400)}
    cache = Cache(tmp_path, max_bytes=1000)
    for number, sha256 in enumerate([*contents, *contents]):
        with cache.hold(sha256, fetch) as path:
            assert path.read_bytes() == contents[sha256]
            if number < 2:
                os.utime(path, (number, number))
    # The third copy pushed the first out; fetching that again pushed the second out.
    assert fetched == [*contents, *list(contents)[:2]]


def test_a_copy_in_use_within_the_hour_is_spared(tmp_path):
    cache = Cache(tmp_path, max_bytes=1)
    for data in (b"a", b"b"):
        with cache.hold(name(data), lambda sha256, data=data: iter([data])) as path:
            pass
        assert path.exists()
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2


def test_a_fetch_that_breaks_off_leaves_no_copy(tmp_path):
    def fetch(_sha256):
        yield b"half"
        raise ConnectionError

    with pytest.raises(ConnectionError), Cache(tmp_path).hold(name(b"whole"), fetch):
        pass
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
