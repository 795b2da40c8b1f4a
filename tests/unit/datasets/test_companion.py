"""What is done on the first walk over a table is what would be done on walks of its own."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from datasets.columnar import Batch, read_batches
from datasets.companion import Companion
from datasets.examination import examine
from datasets.exports import make_formats
from datasets.parquet import read_table_schema, write_parquet
from datasets.sensitive import scan
from datasets.validation import infer_schema
from schemas.records import ExaminationRequest

ID = "11010519491231002X"
LABELS = ["序号", "金额", "日期", "备注"]
PLAIN = [f"{n},{n}.50,2024-03-{n % 28 + 1:02d},{'说明' * (n % 4)}" for n in range(2_000)]
SCHEMA = {
    "fields": [
        {"name": "序号", "type": "integer"},
        {"name": "金额", "type": "number"},
        {"name": "日期", "type": "date"},
        {"name": "备注", "type": "string"},
    ],
    "missingValues": [""],
}


def table(folder: Path, lines: Sequence[str]) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join([",".join(LABELS), *lines, ""]), encoding="utf-8")
    return path


def small_batches(path: Path) -> Iterator[Batch]:
    return read_batches(path, len(LABELS), skip_records=1, block_bytes=4_096)


def test_types_findings_and_parquet_are_those_of_walks_of_their_own(tmp_path):
    lines = [*PLAIN, f"2000,1.00,2024-03-01,身份证{ID}"]
    path = table(tmp_path, lines)
    with Companion(tmp_path / "along.parquet", None) as companion:
        seen = list(companion.along(LABELS, small_batches(path)))
        schema = companion.schema()
        made = companion.parquet(schema)
        found = companion.findings()
    assert sum(len(batch.numbers) for batch in seen) == len(lines)
    assert len(seen) > 3
    assert (
        schema == infer_schema(LABELS, (batch.columns for batch in small_batches(path))) == SCHEMA
    )
    assert found == scan(path, LABELS)
    assert [one.detector for one in found if one.severity == "high"] == ["citizen-id"]
    assert made is not None
    write_parquet(path, schema, tmp_path / "own.parquet")
    assert pq.read_table(made).equals(pq.read_table(tmp_path / "own.parquet"))
    assert read_table_schema(made) == schema


@pytest.mark.parametrize(
    "late", ["x,1.00,2024-03-01,甲", "1,1.00,2024-03-01", f"1,{'9' * 30}.25,2024-03-01,甲"]
)
def test_a_late_row_that_does_not_fit_costs_the_file_and_nothing_else(late, tmp_path):
    path = table(tmp_path, [*PLAIN, late])
    with Companion(tmp_path / "along.parquet", None) as companion:
        rows = sum(
            len(batch.numbers) + len(batch.ragged)
            for batch in companion.along(LABELS, small_batches(path))
        )
        assert rows == len(PLAIN) + 1
        assert companion.parquet(companion.schema()) is None
    assert not (tmp_path / "along.parquet").exists()


def test_only_the_last_walk_counts(tmp_path):
    path = table(tmp_path, PLAIN)
    with Companion(tmp_path / "along.parquet", None) as companion:
        list(companion.along(LABELS, small_batches(path), SCHEMA))
        companion.go_over(table(tmp_path, PLAIN[:7]), LABELS, SCHEMA)
        made = companion.parquet(SCHEMA)
        assert made is not None
        assert pq.read_metadata(made).num_rows == 7


def test_a_walk_that_broke_off_gives_no_answers(tmp_path):
    path = table(tmp_path, PLAIN)
    with Companion(tmp_path / "along.parquet", None) as companion:
        next(companion.along(LABELS, small_batches(path), SCHEMA))
        assert not companion.arrived
        assert companion.parquet(SCHEMA) is None
        with pytest.raises(RuntimeError):
            companion.findings()
    assert not (tmp_path / "along.parquet").exists()


@pytest.mark.parametrize("changed", ["as-is", "title", "semicolon", "wider later", "settled"])
def test_a_delivery_gives_the_same_files_whichever_walk_made_them(changed, tmp_path):
    """The public table of every way through the engine, beside one written from the plain rows."""
    lines = [*PLAIN]
    if changed == "wider later":
        lines.append(f"2000,{'9' * 25}.125,2024-03-01,末")
    plain = table(tmp_path, lines)
    text = plain.read_text("utf-8")
    request = ExaminationRequest("表.csv")
    if changed == "title":
        text = "某区统计表,,,\n" + text
        request = ExaminationRequest("表.csv", repairs=("title-rows:above",))
    if changed == "semicolon":
        text = text.replace(",", ";")
    if changed == "settled":
        request = ExaminationRequest("表.csv", withheld=("备注",))
    source = tmp_path / "delivered.csv"
    source.write_text(text, encoding="utf-8")
    result = examine(source, tmp_path / "work", request, lambda _share, _stage: None)
    assert result.report["valid"], (result.report["tasks"][0]["errors"], result.repairs)
    write_parquet(plain, result.table_schema, tmp_path / "own.parquet")
    own = pq.read_table(tmp_path / "own.parquet")
    if changed == "settled":
        own = own.drop_columns(["备注"])
    made = pq.read_table(tmp_path / "work" / result.artefacts["parquet"])
    assert made.equals(own)
    assert result.profile["rows"] == len(lines)
    pq.write_table(own, tmp_path / "public.parquet")
    make_formats(tmp_path / "public.parquet", tmp_path, ("csv",))
    csv = (tmp_path / "work" / result.artefacts["csv"]).read_bytes()
    assert csv == (tmp_path / "data.csv").read_bytes()
