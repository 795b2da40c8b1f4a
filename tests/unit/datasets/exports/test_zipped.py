"""An archive made while it is sent: whole, the same every time, of bounded memory."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime

from datasets.exports import zipped
from datasets.exports.zipped import Member

MOMENT = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)


def test_what_goes_in_comes_out_in_order_with_its_time():
    members = [
        Member("datapackage.json", MOMENT, (b"{}",)),
        Member("data/表.csv", MOMENT, (b"a\n", b"1\n")),
    ]
    data = b"".join(zipped.stream(members))
    assert data == b"".join(zipped.stream(members))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["datapackage.json", "data/表.csv"]
        assert archive.read("data/表.csv") == b"a\n1\n"
        assert archive.infolist()[0].date_time == (2026, 3, 5, 8, 30, 0)


def test_a_time_before_the_first_that_zip_knows_becomes_that():
    old = Member("a", datetime(1970, 1, 1, tzinfo=UTC), ())
    with zipfile.ZipFile(io.BytesIO(b"".join(zipped.stream([old])))) as archive:
        assert archive.infolist()[0].date_time[0] == 1980


def test_a_long_file_takes_no_more_memory_than_a_short_one():
    def pieces() -> Iterator[bytes]:
        for number in range(200):
            yield bytes(str(number), "ascii") * 60_000

    tracemalloc.start()
    total = sum(len(piece) for piece in zipped.stream([Member("long", MOMENT, pieces())]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 0
    assert peak < 4 * 2**20
