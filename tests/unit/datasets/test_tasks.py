"""What children of the nursery do is prepared once, and not by each of them again."""

import subprocess
import sys
from pathlib import Path

ONE_MORE = """
import sys
from dataclasses import asdict
from pathlib import Path
from datasets import tasks
from schemas.records import ExaminationRequest
class Parent:
    def progress(self, *step): pass
perform, folder = tasks.prepare(), Path(sys.argv[1])
before = set(sys.modules)
for name, text in (("a.csv", "序号,名称\\n1,甲\\n2,乙\\n"), ("b.json", '[{"序号": 1}]')):
    (folder / name).write_text(text, encoding="utf-8")
    request = asdict(ExaminationRequest(name))
    order = {"task": "examine", "source": folder / name, "workdir": folder / "out", "request": request}
    assert perform(order, Parent())["artefacts"]
print(sorted({name.partition(".")[0] for name in set(sys.modules) - before}))
"""


def test_an_examination_loads_no_library_that_its_nursery_has_not_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ONE_MORE, tmp_path],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert done.stdout == "[]\n"
