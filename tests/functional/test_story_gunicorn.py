"""The portal as a server process of its own, beside separate workers: what it needs, it starts itself."""

import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from tests.common.servers import free_port
from tests.common.stack import Stack


def test_a_server_process_follows_the_search_index_by_itself(
    embedded: Stack, tmp_path: Path
) -> None:
    slug, resource = embedded.entry(title="城市公交站点")
    path = tmp_path / "table.csv"
    path.write_text("名称,数值\n甲,1\n乙,2\n")
    port = free_port()
    server = subprocess.Popen(
        [
            Path(sys.executable).parent / "gunicorn", "--workers", "2", "--threads", "2",
            "--bind", f"127.0.0.1:{port}", "catalog.web:from_env()",
        ],
        env=os.environ | {"GONGKAI_HOME": str(embedded.runtime.settings.home)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        embedded.deliver(resource, path, "table.csv")
        embedded.publish(slug)
        address = f"http://127.0.0.1:{port}/api/v1/datasets?q={quote('公交')}"
        end, found = time.monotonic() + 40, ""
        while slug not in found and time.monotonic() < end:
            time.sleep(0.3)
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    found = answer.read().decode()
            except OSError:
                continue
        assert slug in found
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0
