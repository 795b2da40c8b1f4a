import hashlib
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.storage import TooLarge, receive


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=3000), chunk=st.integers(1, 700))
def test_an_upload_lands_whole_with_its_hash_and_size(tmp_path, data, chunk):
    received = receive(io.BytesIO(data), tmp_path / "in", len(data), chunk)
    assert received.path.read_bytes() == data
    assert received.sha256 == hashlib.sha256(data).hexdigest()
    assert received.size == len(data)


def test_one_byte_too_many_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(TooLarge) as caught:
        receive(io.BytesIO(b"x" * 1001), tmp_path / "in", 1000, 100)
    assert caught.value.problem.cause.params == {"limit": 1000}
    assert list((tmp_path / "in").iterdir()) == []


def test_an_upload_without_end_is_stopped_at_the_bound(tmp_path):
    class Endless(io.RawIOBase):
        read_bytes = 0

        def read(self, size=-1):
            self.read_bytes += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(TooLarge):
        receive(stream, tmp_path / "in", 5_000_000)
    assert stream.read_bytes <= 7_000_000


def test_a_broken_connection_leaves_nothing(tmp_path):
    class Broken(io.RawIOBase):
        def read(self, size=-1):
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        receive(Broken(), tmp_path / "in", 100)
    assert list((tmp_path / "in").iterdir()) == []
