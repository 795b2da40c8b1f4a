"""The rates in two times, as declared and as verified, by every door; the ledger is checked every night."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from sqlalchemy import select

from catalog.cli import gongkai
from catalog.models import Job, OpennessLedger
from catalog.outbox import JobName
from tests.common.stack import Stack

LATER = "2026-11-23T02:30:00+00:00"


def night(stack: Stack, days: int) -> None:
    """Days pass, and the work of the last night is done."""
    stack.clock.now += timedelta(days=days)
    stack.work()
    with stack.runtime.database.write() as session:
        now = stack.clock()
        session.add(
            Job(name=JobName.NIGHTLY, args={}, state="waiting", run_after=now, created_at=now)
        )
    stack.work()


def rates(stack: Stack, tail: str = "") -> Any:
    return stack.ok("GET", f"/api/v1/openness{tail}")


def published(stack: Stack, folder: Path) -> str:
    slug, resource = stack.entry(licence="开放协议")
    table = folder / "table.csv"
    table.write_text("序号,机构名称\n1,市图书馆\n2,市档案馆\n", encoding="utf-8")
    stack.deliver(resource, table, "机构.csv")
    stack.publish(slug)
    return slug


def test_what_stops_answering_is_no_longer_verified_and_the_past_stays(
    stack: Stack, tmp_path: Path
) -> None:
    slug = published(stack, tmp_path)
    found = rates(stack)
    assert found["data_rate"]["all"]["declared"]["counts"] == [1, 1]
    assert found["data_rate"]["all"]["verified"]["counts"] == [1, 1]
    assert found["unit_rate"]["verified"]["counts"] == [1, 2]
    with stack.runtime.database.read() as session:
        blob = stack.ok("GET", f"/api/v1/datasets/{slug}")
        assert blob
        ledger = session.scalars(select(OpennessLedger.verified)).all()
    assert 1 in ledger
    for sha256 in list(stack.runtime.storage.iter_hashes()):
        stack.runtime.storage.delete(sha256)
    night(stack, 6)
    found = rates(stack)
    assert found["data_rate"]["all"]["declared"]["counts"] == [1, 1]
    assert found["data_rate"]["all"]["verified"]["counts"] == [0, 1]
    assert rates(stack, "?as_of=2026-11-24")["data_rate"]["all"]["verified"]["counts"] == [1, 1]
    (entry,) = stack.ok("GET", "/api/v1/openness/entries?verified=false")["items"]
    assert (entry["slug"], entry["verified"], len(entry["unverified"])) == (slug, False, 1)
    twin = stack.ok("GET", "/openness.json?counting=verified")
    assert (twin["counting"], twin["data_rate"]["counts"]) == ("verified", [0, 1])
    assert "未通过核验" in stack.call("GET", "/openness/entries?verified=no").get_data(as_text=True)


def test_what_was_known_at_a_moment_is_answered_by_every_door(stack: Stack, tmp_path: Path) -> None:
    before = stack.clock().isoformat().replace("+", "%2B")
    published(stack, tmp_path)
    then = f"?as_of=2026-11-23&recorded_before={before}"
    assert rates(stack, then)["data_rate"]["all"]["counts"] == [0, 0]
    assert rates(stack, then)["recorded_before"]
    assert rates(stack, "?as_of=2026-11-23")["data_rate"]["all"]["counts"] == [1, 1]
    assert stack.ok("GET", f"/openness.json{then}")["data_rate"]["counts"] == [0, 0]
    assert stack.ok("GET", f"/openness/entries.json{then}")["items"] == []
    page = stack.call("GET", f"/openness{then}&lang=en").get_data(as_text=True)
    assert ("The history is as known now." in page) == ("<h2>History</h2>" in page)
    months = f"/api/v1/openness/history?from=2026-10-01&to=2026-11-23&recorded_before={before}"
    points = stack.ok("GET", months)["items"]
    assert [one["data_rate"]["counts"] for one in points] == [[0, 0], [0, 0]]
    today = stack.ok("GET", months.partition("&recorded")[0])["items"]
    assert [one["data_rate"]["counts"] for one in today] == [[0, 0], [1, 1]]
    assert stack.call("GET", months.replace("2026-10-01", "2025-10-01")).status_code == 422
    assert stack.call("GET", "/openness?recorded_before=yesterday").status_code == 422
    table = stack.call("GET", f"/openness.csv{then}").get_data(as_text=True)
    assert table.count("\n") == 3  # the head and two units


def test_the_command_tells_the_same_and_finds_a_ledger_that_was_changed(
    embedded: Stack, tmp_path: Path
) -> None:
    published(embedded, tmp_path)
    home = {"GONGKAI_HOME": str(embedded.runtime.settings.home)}

    def run(*words: str) -> Any:
        return CliRunner().invoke(gongkai, ["openness", *words], env=home)

    found = json.loads(run("--json", "--as-of", "2026-11-23").output)
    assert found["data_rate"] == rates(embedded, "?as_of=2026-11-23")["data_rate"]
    known = run("--csv", "--as-of", "2026-11-23", "--recorded-before", "2026-11-22").output
    assert "data rate (all),0,0," in known
    assert run("--verify").exit_code == 0
    with embedded.runtime.database.write() as session:
        for row in session.scalars(select(OpennessLedger)):
            row.open += 1
    wrong = run("--verify")
    assert wrong.exit_code == 1
    assert "differ from the facts" in wrong.output
    metrics = embedded.call("GET", "/metrics").get_data(as_text=True)
    assert "gongkai_openness_ledger_ready 0" in metrics
    assert rates(embedded)["data_rate"]["all"]["counts"] == [1, 1]
    assert run("--rebuild").exit_code == 0
    assert run("--verify").exit_code == 0


def test_every_night_the_ledger_is_compared_and_one_never_built_is_made(stack: Stack) -> None:
    stack.entry()
    night(stack, 1)
    metrics = stack.call("GET", "/metrics").get_data(as_text=True)
    assert "gongkai_openness_ledger_ready 1" in metrics
    assert "gongkai_openness_ledger_differences 0" in metrics
    assert "compared_timestamp_seconds 0" not in metrics
