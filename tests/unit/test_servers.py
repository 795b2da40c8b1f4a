"""The test servers themselves: real, private, and gone afterwards."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import obstore
import psutil
import psycopg
import pytest
from obstore.store import S3Store

from tests.common import servers

pytestmark = pytest.mark.scaled
ROOT = Path(__file__).parents[2]


def client(url: str, secret: str | None = None) -> S3Store:
    rest = url.removeprefix("s3://").partition("?")[0]
    user, _, place = rest.partition("@")
    key, _, given = user.partition(":")
    return S3Store(
        bucket=place.partition("/")[2],
        endpoint=f"http://{place.partition('/')[0]}",
        region="us-east-1",
        access_key_id=key.replace("%3A", ":"),
        secret_access_key=secret or given,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )


def test_postgres_answers_in_utf8_and_gives_each_test_a_database_of_its_own(tmp_path):
    with servers.start_postgres(tmp_path) as url:
        one, two = servers.new_database(url), servers.new_database(url)
        assert one != two
        with psycopg.connect(one.replace("+psycopg", "")) as connection:
            connection.execute("create table t as select '市人力社保局' as name")
        with psycopg.connect(two.replace("+psycopg", "")) as connection:
            assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
            assert connection.execute("select to_regclass('t')").fetchone() == (None,)


def test_s3_stores_creates_once_and_refuses_a_wrong_secret(tmp_path):
    with servers.start_s3(tmp_path) as url:
        store = client(url)
        obstore.put(store, "中文/a b", b"bytes", mode="create")
        with pytest.raises(obstore.exceptions.AlreadyExistsError):
            obstore.put(store, "中文/a b", b"other", mode="create")
        assert bytes(obstore.get(store, "中文/a b").bytes()) == b"bytes"
        with pytest.raises(obstore.exceptions.PermissionDeniedError):
            obstore.get(client(url, secret="wrong"), "中文/a b")


def test_no_server_outlives_a_killed_test_process():
    code = (
        "import time; from tests.common.servers import start_all\n"
        "with start_all() as urls: print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        os.kill(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while (alive := [p for p in family if p.is_running()]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert alive == []
