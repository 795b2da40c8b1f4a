"""The folder store under kill and damage."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datasets.storage import BlobDamaged, open_storage

ROOT = Path(__file__).parents[4]
PUT_FOR_EVER = """
import sys
from pathlib import Path
from datasets.storage import open_storage
store = open_storage(sys.argv[1], Path(sys.argv[2]))
sources = sorted(Path(sys.argv[2]).glob("source-*"))
blobs = {source: store.put_file(source) for source in sources}
print("ready", flush=True)
while True:
    for source in sources:
        store.delete(blobs[source].sha256)
        store.put_file(source)
"""


def test_a_writer_killed_at_any_moment_leaves_each_blob_whole_or_absent(tmp_path):
    for number in range(3):
        (tmp_path / f"source-{number}").write_bytes(bytes([number]) * (1_500_000 + number))
    url = f"file://{tmp_path}/store"
    store = open_storage(url, tmp_path)
    seen = 0
    for pause in range(12):
        with subprocess.Popen(
            [sys.executable, "-c", PUT_FOR_EVER, url, tmp_path],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.0015 * pause)
            os.kill(process.pid, signal.SIGKILL)
        for sha256 in store.iter_hashes():
            assert store.verify(sha256)
            seen += 1
    assert seen, "no kill ever found a blob in place, so this test shows nothing"


def order_of_put(tmp_path, source):
    code = (
        "import sys; from pathlib import Path; from datasets.storage import open_storage\n"
        "open_storage(sys.argv[1], Path(sys.argv[2])).put_file(Path(sys.argv[2]) / 'source')"
    )
    trace = tmp_path / "trace"
    subprocess.run(
        [
            *("strace", "-f", "-y", "-o", trace, "-e", "trace=write,fsync,rename"),
            *(sys.executable, "-c", code, f"file://{tmp_path}/store", str(tmp_path)),
        ],
        cwd=ROOT,
        check=True,
    )
    lines = [line.split(" ", 1)[1].strip() for line in trace.read_text().splitlines()]
    return [line for line in lines if "/store" in line]


@pytest.mark.skipif(
    subprocess.run(["which", "strace"], capture_output=True, check=False).returncode != 0,
    reason="strace is not installed: the order of system calls cannot be seen",
)
def test_bytes_are_on_the_disk_before_their_name_and_the_name_before_the_answer(tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"z" * 3_000_000)
    calls = order_of_put(tmp_path, source)
    written = max(n for n, call in enumerate(calls) if call.startswith("write("))
    synced = next(n for n, call in enumerate(calls) if "fsync" in call and ".part>" in call)
    renamed = next(n for n, call in enumerate(calls) if call.startswith("rename("))
    assert written < synced < renamed
    assert calls[-1].startswith("fsync(")
    assert "/blob/" in calls[-1]


def test_a_stored_file_cannot_be_written_and_no_temporary_one_stays(tmp_path):
    store = open_storage(f"file://{tmp_path}/store", tmp_path)
    (tmp_path / "source").write_bytes(b"data")
    blob = store.put_file(tmp_path / "source")
    with store.local_path(blob.sha256) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert list((tmp_path / "store" / "incoming").iterdir()) == []


def test_a_flipped_byte_is_found_and_never_handed_out_and_a_lost_tail_is_mended(tmp_path):
    store = open_storage(f"file://{tmp_path}/store", tmp_path)
    (tmp_path / "source").write_bytes(b"data")
    blob = store.put_file(tmp_path / "source")
    with store.local_path(blob.sha256) as path:
        pass
    path.chmod(0o644)
    path.write_bytes(b"dat!")
    assert not store.verify(blob.sha256)
    with pytest.raises(BlobDamaged), store.local_path(blob.sha256):
        pass
    path.write_bytes(b"da")
    store.put_file(tmp_path / "source")
    assert store.verify(blob.sha256)
