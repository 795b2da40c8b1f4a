"""A large table is examined before all its formats are made; they come later and change nothing."""

import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from catalog import jobs
from catalog.models import Job, PublishedFile
from catalog.outbox import JobName
from catalog.services import jobs as ledger
from datasets.exports import FEW_CELLS
from schemas.vocabularies import JobState
from tests.common.browser import Browser
from tests.common.stack import Stack

COLUMNS = 100
ROWS = FEW_CELLS // COLUMNS + 1
LATE = {"json", "ndjson", "xlsx"}


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A table just too large for all formats at once, in an archive."""
    path = tmp_path / "large.zip"
    lines = [
        ",".join(str((row + column) % 9 + 1) for column in range(COLUMNS)) for row in range(ROWS)
    ]
    head = ",".join(f"列{column}" for column in range(COLUMNS))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("large.csv", "\n".join([head, *lines]) + "\n")
    return path


def examined(stack: Stack, path: Path, **entry: Any) -> tuple[str, str]:
    """An entry with the delivery examined and no format made since: (slug, version)."""
    slug, resource = stack.entry(**entry)
    return slug, delivered(stack, resource, path)


def delivered(stack: Stack, resource: str, path: Path) -> str:
    with path.open("rb") as file:
        version = stack.ok(
            "POST", f"/api/v1/resources/{resource}/versions", "lin", status=202,
            data={"file": (file, path.name)}, content_type="multipart/form-data",
        )  # fmt: skip
    assert jobs.run_waiting(stack.runtime, limit=1) == 1
    return str(version["id"])


def artefacts(stack: Stack, version: str) -> dict[str, dict[str, Any]]:
    found = stack.ok("GET", f"/api/v1/versions/{version}", "lin")
    assert found["state"] == "examined"
    return dict(found["artefacts"])


def submitted(stack: Stack, slug: str) -> str:
    return str(
        stack.ok("POST", f"/api/v1/datasets/{slug}/submissions", "lin", status=201)["review"]
    )


def passed(stack: Stack, review: str) -> None:
    stack.ok(
        "POST", f"/api/v1/reviews/{review}/decision", "wu",
        json={"verdict": "pass", "reasons": "同意公开"},
    )  # fmt: skip


def build_job(stack: Stack) -> Job:
    with stack.runtime.database.read() as session:
        return session.scalars(select(Job).where(Job.name == JobName.BUILD_FORMATS)).one()


def test_formats_that_come_after_publication_are_served_like_the_others(
    stack: Stack, large: Path
) -> None:
    slug, version = examined(stack, large)
    first = artefacts(stack, version)
    assert set(first) == {"parquet", "csv"}
    lin = Browser(stack.client.application.test_client())
    lin.sign_in("lin")
    lin.open(f"/desk/versions/{version}")
    assert "Still being made JSON, NDJSON, XLSX" in " ".join(lin.text.split())
    passed(stack, submitted(stack, slug))
    assert stack.call("GET", f"/datasets/{slug}/table.csv").status_code == 200
    early = stack.call(
        "GET", f"/datasets/{slug}/table.xlsx", headers={"Accept": "application/json"}
    )
    assert early.status_code == 503
    assert int(early.headers["Retry-After"]) > 0
    assert early.get_json()["code"] == "format-being-made"
    stack.work()
    lin.open(f"/desk/versions/{version}")
    assert "Still being made" not in lin.text
    later = artefacts(stack, version)
    assert set(later) == LATE | set(first)
    assert {name: later[name] for name in first} == first
    for name in LATE:
        answer = stack.call("GET", f"/datasets/{slug}/table.{name}")
        assert answer.status_code == 200
        assert answer.headers["ETag"] == f'"{later[name]["sha256"]}"'
        kept = stack.call("GET", f"/versions/{later[name]['sha256']}/table.{name}")
        assert kept.status_code == 200
    rows = orjson.loads(stack.call("GET", f"/datasets/{slug}/table.json").data)
    assert len(rows) == ROWS
    assert rows[7]["列3"] == 2
    page = stack.call("GET", f"/datasets/{slug}").get_data(as_text=True)
    assert "XLSX" in page


def test_formats_that_come_during_a_review_void_nothing(embedded: Stack, large: Path) -> None:
    slug, version = examined(embedded, large)
    review = submitted(embedded, slug)
    before = embedded.ok("GET", f"/api/v1/reviews/{review}", "wu")["manifest_sha256"]
    embedded.work()
    assert set(artefacts(embedded, version)) >= LATE
    shown = embedded.ok("GET", f"/api/v1/reviews/{review}", "wu")
    assert (shown["state"], shown["manifest_sha256"]) == ("open", before)
    passed(embedded, review)
    for name in LATE:
        digest = artefacts(embedded, version)[name]["sha256"]
        assert embedded.call("GET", f"/versions/{digest}/table.{name}").status_code == 200


def test_formats_of_a_withdrawn_entry_are_out_of_reach(embedded: Stack, large: Path) -> None:
    slug, version = examined(embedded, large)
    passed(embedded, submitted(embedded, slug))
    embedded.ok("POST", f"/api/v1/datasets/{slug}/withdrawal", "lin", json={"reason": "数据有误"})
    embedded.work()
    for name, blob in artefacts(embedded, version).items():
        assert embedded.call("GET", f"/datasets/{slug}/table.{name}").status_code == 410
        assert embedded.call("GET", f"/versions/{blob['sha256']}/table.{name}").status_code == 410


def test_nothing_more_is_made_of_a_delivery_that_a_newer_one_has_replaced(
    embedded: Stack, large: Path
) -> None:
    slug, resource = embedded.entry()
    old = delivered(embedded, resource, large)
    embedded.ok("PATCH", f"/api/v1/resources/{resource}", "lin", json={"title": "新表"},
             headers={"If-Match": "*"})  # fmt: skip
    small = large.with_name("small.csv")
    small.write_text("名称\n甲\n乙\n", encoding="utf-8")
    embedded.deliver(resource, small, "small.csv")
    assert set(artefacts(embedded, old)) >= {"parquet", "csv"}
    passed(embedded, submitted(embedded, slug))
    embedded.work()
    assert embedded.call("GET", f"/datasets/{slug}/table.xlsx").status_code == 200
    assert build_job(embedded).state == JobState.DONE


def test_a_worker_that_fell_silent_is_followed_by_another(stack: Stack, large: Path) -> None:
    _, version = examined(stack, large)
    with stack.runtime.database.write() as session:
        taken = ledger.take(session, "silent", lease=timedelta(seconds=30), now=stack.clock())
    assert taken is not None
    assert taken.name == JobName.BUILD_FORMATS
    stack.work()
    assert not LATE & set(artefacts(stack, version))
    stack.clock.now += timedelta(seconds=31)
    stack.work()
    assert set(artefacts(stack, version)) >= LATE
    assert build_job(stack).attempts == 2


def test_a_file_that_the_store_has_lost_for_a_while_is_tried_again_and_then_left(
    stack: Stack, large: Path, tmp_path: Path
) -> None:
    slug, version = examined(stack, large)
    passed(stack, submitted(stack, slug))
    parquet = artefacts(stack, version)["parquet"]["sha256"]
    with stack.runtime.storage.local_path(parquet) as path:
        (tmp_path / "kept").write_bytes(path.read_bytes())
    stack.runtime.storage.delete(parquet)
    for _ in range(3):
        stack.work()
        stack.clock.now += timedelta(minutes=30)
    assert build_job(stack).state == JobState.FAILED
    assert not LATE & set(artefacts(stack, version))
    gone = stack.call("GET", f"/datasets/{slug}/table.json", headers={"Accept": "application/json"})
    assert (gone.status_code, gone.get_json()["code"]) == (404, "no-such-format")
    stack.runtime.storage.put_file(tmp_path / "kept")
    with stack.runtime.database.write() as session:
        jobs.outbox.enqueue(session, JobName.NIGHTLY, {}, now=stack.clock())
    stack.work()
    assert stack.call("GET", f"/datasets/{slug}/table.json").status_code == 200
    with stack.runtime.database.read() as session:
        names = set(session.scalars(select(PublishedFile.file_name)))
    assert names == {f"table.{name}" for name in (*LATE, "csv", "parquet")}


def test_a_small_table_lacks_nothing_when_it_is_examined(embedded: Stack, tmp_path: Path) -> None:
    path = tmp_path / "small.csv"
    path.write_text("名称,数\n甲,1\n乙,2\n", encoding="utf-8")
    _, version = examined(embedded, path)
    found = artefacts(embedded, version)
    assert set(found) == LATE | {"parquet", "csv"}
    assert not any(blob.get("derived") for blob in found.values())
    with embedded.runtime.database.read() as session:
        asked = session.scalars(select(Job).where(Job.name == JobName.BUILD_FORMATS)).all()
    assert asked == []


def test_a_cell_too_long_for_a_workbook_leaves_the_other_formats(
    embedded: Stack, tmp_path: Path
) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f"名称,说明\n甲,{'长' * 40_000}\n乙,短\n", encoding="utf-8")
    _, version = examined(embedded, path)
    assert set(artefacts(embedded, version)) == {"parquet", "csv", "json", "ndjson"}
