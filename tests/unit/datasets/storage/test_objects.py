"""The object store under kill and under large files, against a real S3 door."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from datasets.storage import open_storage
from tests.common import servers

pytestmark = pytest.mark.scaled
ROOT = Path(__file__).parents[4]
PUT = """
import resource, sys
from pathlib import Path
from datasets.storage import open_storage
store = open_storage(sys.argv[1], Path(sys.argv[2]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("ready", flush=True)
blob = store.put_file(Path(sys.argv[3]))
print(blob.sha256, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, flush=True)
"""


@pytest.fixture(scope="module")
def s3_url(tmp_path_factory):
    with servers.start_s3(tmp_path_factory.mktemp("s3")) as url:
        yield url


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.write(path.name.encode())
        file.truncate(size)
    return path


def putting(url, folder, source):
    return subprocess.Popen(
        [sys.executable, "-c", PUT, url, folder, source],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_an_upload_in_parts_killed_on_the_way_leaves_nothing_and_can_be_repeated(s3_url, tmp_path):
    source = sparse(tmp_path / "killed", 60_000_000)
    store = open_storage(s3_url, tmp_path / "cache")
    cut_short = 0
    for pause in (0.0, 0.05, 0.1, 0.2):
        with putting(s3_url, tmp_path, source) as process:
            process.stdout.readline()
            time.sleep(pause)
            os.kill(process.pid, signal.SIGKILL)
        hashes = list(store.iter_hashes())
        cut_short += not hashes
        for sha256 in hashes:
            assert store.verify(sha256)
            store.delete(sha256)
    assert cut_short
    blob = store.put_file(source)
    assert store.verify(blob.sha256)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB on Linux alone")
@pytest.mark.parametrize("kind", ["file", "s3"])
def test_memory_is_bounded_whatever_the_size_of_the_file(kind, request, tmp_path):
    url = request.getfixturevalue("s3_url") if kind == "s3" else f"file://{tmp_path}/store"
    source = sparse(tmp_path / f"large-{kind}", 400_000_000)
    with putting(url, tmp_path, source) as process:
        process.stdout.readline()
        _, kibibytes = process.stdout.readline().split()
    assert int(kibibytes) < 100 * 1024
