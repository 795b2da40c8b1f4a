"""The child that parses files: what it may not do, and that its end is told and survived."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

WORK = """
import os, socket, time
def perform(order, parent):
    match order["do"]:
        case "say": return {"said": order["word"]}
        case "abort": os.abort()
        case "kill": os.kill(os.getpid(), 9)
        case "eat": return {"eaten": len(bytearray(8 * 2**30))}
        case "sleep": time.sleep(60)
        case "print": print("data of somebody", flush=True); return {}
        case "raise": raise ValueError("11010519491231002X")
        case "environment": return {"names": sorted(os.environ)}
        case "interfaces": return {"names": [name for _, name in socket.if_nameindex()]}
        case "fetch": return {"text": parent.fetch(order["url"]).read_text()}
        case "progress":
            for step in range(3): parent.progress(step, step / 2); time.sleep(0.12)
            return {}
"""

ROUND = """
import json, sys, time
from dataclasses import replace
from pathlib import Path
from catalog.cli import confined
from datasets.confined.endings import Refused
from schemas.records import Limits
if sys.argv[1] == "spawn":
    import pyarrow
confined.WORK["test"] = "the_work"
told = []
def fetch(url, target):
    if url == "bad": return "It is not there."
    target.write_text("from " + url)
    return ""
limits = Limits(seconds=int(sys.argv[3]), memory_bytes=2 * 2**30)
with confined.Confined("test", Path(sys.argv[2]), limits, lambda *step: told.append(step), fetch) as child:
    for order in json.loads(sys.argv[4]):
        try:
            print(json.dumps(child.ask(order)))
        except Refused as error:
            print(json.dumps([error.problem.code, error.problem.place]))
print(json.dumps(told))
"""


def ask(folder: Path, *orders: dict[str, Any], how: str = "fork", seconds: int = 30) -> list[Any]:
    (folder / "the_work.py").write_text(WORK)
    done = subprocess.run(
        [sys.executable, "-c", ROUND, how, folder, str(seconds), json.dumps(orders)],
        env={**os.environ, "PYTHONPATH": str(folder), "GONGKAI_SECRET_KEY": "not for children"},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


SAY = {"do": "say", "word": "好"}


@pytest.mark.parametrize(("deed", "code"), [("abort", "examination-crashed"), ("kill", "out-of-memory"), ("eat", "out-of-memory"), ("raise", "examination-crashed")])  # fmt: skip
def test_what_becomes_of_the_child_is_told_and_the_next_order_done(tmp_path, deed, code) -> None:
    before, told, after, _ = ask(tmp_path, SAY, {"do": deed}, SAY)
    assert before == after == {"said": "好"}
    assert told[0] == code
    assert "11010519491231002X" not in json.dumps(told)


def test_a_child_that_takes_too_long_is_ended(tmp_path) -> None:
    begun = time.monotonic()
    told, after, _ = ask(tmp_path, {"do": "sleep"}, SAY, seconds=1)
    assert told[0] == "timeout"
    assert after == {"said": "好"}
    assert time.monotonic() - begun < 20


def test_the_child_has_no_network_no_settings_and_no_voice(tmp_path) -> None:
    environment, interfaces, silent, _ = ask(
        tmp_path, {"do": "environment"}, {"do": "interfaces"}, {"do": "print"}
    )
    assert not [name for name in environment["names"] if name.startswith("GONGKAI_")]
    here = sum(1 for _ in Path("/sys/class/net").iterdir())
    # Where the system forbids a network of its own, the child stays in ours.
    assert interfaces["names"] == ["lo"] or len(interfaces["names"]) == here
    assert silent == {}


def test_the_parent_fetches_for_the_child_and_hears_of_progress(tmp_path) -> None:
    fetched, failed, _, told = ask(
        tmp_path, {"do": "fetch", "url": "x"}, {"do": "fetch", "url": "bad"}, {"do": "progress"}
    )
    assert fetched == {"text": "from x"}
    assert failed[0] == "examination-crashed"
    assert told == [[0, 0.0], [1, 0.5], [2, 1.0]]


def test_a_process_with_threads_has_its_children_from_a_nursery(tmp_path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n1,2\n")
    told = subprocess.run(
        [sys.executable, "-c", THREADED, tmp_path], capture_output=True, text=True, check=True,
        timeout=60,
    )  # fmt: skip
    assert told.stdout == "[1, 1]\n"
    assert told.stderr == ""


THREADED = """
import sys
from pathlib import Path
import pyarrow
from catalog.cli.confined import Confined
order = {"path": "table.csv", "shown": "table.csv", "remote": False, "trusted": True}
path = str(Path(sys.argv[1], "table.csv"))
with Confined("profile", Path(sys.argv[1])) as child:
    order |= {"path": path, "shown": path}
    print([len(child.ask(order)["tables"]) for _ in range(2)])
"""


def test_the_child_dies_with_its_parent(tmp_path) -> None:
    (tmp_path / "the_work.py").write_text(WORK)
    parent = subprocess.Popen(
        [sys.executable, "-c", ROUND, "fork", tmp_path, "60", json.dumps([{"do": "sleep"}])],
        env={**os.environ, "PYTHONPATH": str(tmp_path)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    patience = time.monotonic() + 20
    while not (held := children.read_text().split()) and time.monotonic() < patience:
        time.sleep(0.02)
    time.sleep(0.5)
    parent.send_signal(signal.SIGKILL)
    parent.wait(10)
    time.sleep(0.3)
    state = Path(f"/proc/{held[0]}/stat")
    assert not state.exists() or state.read_text().split(")")[1].split()[0] == "Z"
