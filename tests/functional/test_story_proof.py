"""A result is frozen, downloaded, verified with the bundle alone, altered, corrected and restated; the
trail behind it is published, cut and found out. On both stacks."""

import json
from datetime import date, timedelta
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import delete, select, update

from catalog.auth import SYSTEM
from catalog.cli import gongkai
from catalog.jobs.freezing import freeze
from catalog.models import AuditEvent, AuditHead, Dataset, PublishedHead, Snapshot
from catalog.services import audit, facts
from catalog.services.snapshots import Wish
from datasets import proof
from tests.common.browser import Browser
from tests.common.stack import Stack

API = "/api/v1"
TABLE = "序号,职权名称\n1,对虚假招聘的处罚\n2,对拖欠工资的处罚\n"


def command(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(gongkai, list(words))
    return done.exit_code, done.stdout + done.stderr


def city(stack: Stack, tmp_path: Path) -> None:
    """One open entry, one draft that nobody may know of."""
    slug, resource = stack.entry(title="行政处罚职权")
    file = tmp_path / "powers.csv"
    file.write_text(TABLE, encoding="utf-8")
    stack.deliver(resource, file, "powers.csv")
    stack.publish(slug)
    stack.entry(title="还没有公开的名单")


def bundle(stack: Stack, made: dict, tmp_path: Path) -> Path:
    answer = stack.call("GET", f"/openness/snapshots/{made['id']}.zip")
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    path = tmp_path / f"{made['id']}.zip"
    path.write_bytes(answer.get_data())
    return path


def newest(stack: Stack) -> str:
    """The page of the snapshot that the worker has just made."""
    stack.work()
    return "/openness/snapshots/" + stack.ok("GET", f"{API}/openness/snapshots")["items"][0]["id"]


def test_a_day_is_frozen_and_an_outsider_checks_it_with_the_bundle_alone(
    stack: Stack, tmp_path: Path
) -> None:
    city(stack, tmp_path)
    day = stack.clock.now.date().isoformat()
    freeze = {"method": "POST", "path": f"{API}/openness/snapshots"}
    assert stack.call(**freeze, json={"period": day}).status_code == 401
    assert stack.call(**freeze, who="lin", json={"period": day}).status_code == 403
    refused = stack.ok(**freeze, who="admin", status=422, json={"period": "2026"})
    assert refused["code"] == "period-not-over"
    asked = stack.ok(**freeze, who="admin", status=202, json={"period": day})
    again = stack.ok(**freeze, who="admin", status=202, json={"period": day})
    assert (asked["state"], again["id"]) == ("waiting", asked["id"])
    address = f"{API}/openness/snapshots/{asked['snapshot']}"
    assert stack.call("GET", address).status_code == 404
    stack.work()
    assert stack.ok("GET", f"{API}/jobs/{asked['id']}", "admin")["state"] == "done"
    made = stack.ok("GET", address)
    assert made["headline"]["data_rate.all"] == [1, 2]
    assert (
        stack.ok(**freeze, who="admin", status=409, json={"period": day})["code"] == "period-frozen"
    )

    path = bundle(stack, made, tmp_path)
    key = tmp_path / "signing-key.pem"
    key.write_bytes(stack.call("GET", "/openness/signing-key.pem").get_data())
    check = ("verify-snapshot", str(path), "--key", str(key))
    code, said = command(*check, "--period", day)
    assert (code, "all equal" in said) == (0, True), said
    code, said = command(*check, "--period", "2026-Q3")
    assert (code, f"is of {day}, not of 2026Q3" in said) == (1, True), said
    assert command(*check, "--period", "soon")[0] != 0
    recipe = stack.call("GET", "/openness/check-bundle.py")
    assert recipe.get_data(as_text=True) == proof.RECIPE
    assert recipe.mimetype == "text/x-python"
    assert "还没有公开的名单" not in path.read_bytes().decode("utf-8", "replace")
    altered = tmp_path / "altered.zip"
    body = path.read_bytes()
    altered.write_bytes(body.replace(b",yes,,", b",no,,,", 1))
    code, said = command("verify-snapshot", str(altered))
    assert code == 1
    assert "entries.csv" in said
    code, said = command("verify-snapshot", str(altered), "--json")
    assert json.loads(said)["valid"] is False

    whole = stack.ok("GET", f"{API}/openness/snapshots/{made['id']}")
    now = stack.ok("GET", f"{API}/openness?by=unit&as_of={day}")
    assert whole["headline"]["unit_rate.all"] == now["unit_rate"]["counts"]
    for unit in now["units"]:
        assert whole["figures"]["unit"][unit["code"]]["data_rate.all"] == unit["rate"]["counts"]
    listed = stack.ok("GET", f"{API}/openness/snapshots")["items"]
    assert [one["bundle_sha256"] for one in listed] == [made["bundle_sha256"]]
    assert stack.runtime.storage.verify(made["bundle_sha256"])


def test_a_frozen_result_that_somebody_changed_in_the_database_is_found(
    embedded: Stack, tmp_path: Path, monkeypatch
) -> None:
    stack = embedded
    monkeypatch.setenv("GONGKAI_HOME", str(stack.runtime.settings.home))
    monkeypatch.setenv("LANG", "C.UTF-8")
    city(stack, tmp_path)
    day = stack.clock.now.date().isoformat()
    one = freeze(stack.runtime, SYSTEM, Wish(period=day), stack.clock())
    check = ("snapshot", "verify")
    assert command(*check) == (0, "1 frozen results agree with bundles and trail.\n")
    assert command(*check, one)[0] == 0
    assert command(*check, "nothing")[0] == 1
    with stack.runtime.database.read() as session:
        row = session.scalars(select(Snapshot)).one()
        figures, whole = dict(row.figures), row.bundle_sha256
    better = json.loads(json.dumps(figures).replace("[1, 2]", "[2, 2]"))
    for values, told in (
        ({"figures": better}, "What the database shows of it is not what the bundle says."),
        ({"reason": "另一理由"}, "What the database shows of it is not what the bundle says."),
        ({"bundle_sha256": "0" * 64}, "The trail records another result"),
        ({"period": "2026Q3"}, f"The bundle is of {day}, not of 2026Q3."),
        ({"public_key": "A" * 43 + "="}, "another key"),
    ):
        with stack.runtime.database.write() as session:
            before = {
                name: getattr(session.scalars(select(Snapshot)).one(), name) for name in values
            }
            session.execute(update(Snapshot).values(**values))
        code, said = command(*check)
        assert (code, told in said) == (1, True), said
        with stack.runtime.database.write() as session:
            session.execute(update(Snapshot).values(**before))
    assert command(*check)[0] == 0
    stack.runtime.storage.delete(whole)
    assert "The bundle is missing or damaged." in command(*check)[1]


CHANGES = {
    "changed": ["UPDATE audit_events SET actor = 'nobody' WHERE sequence = 5"],
    "other data": ["""UPDATE audit_events SET data = '{"x": 1}' WHERE sequence = 5"""],
    "made anew": ["UPDATE audit_events SET hash = 'b' WHERE sequence = 5"],
    "removed": ["DELETE FROM audit_events WHERE sequence = 5"],
    "removed and closed up": [
        "DELETE FROM audit_events WHERE sequence = 5",
        "UPDATE audit_events SET sequence = -(sequence - 1) WHERE sequence > 5",
        "UPDATE audit_events SET sequence = -sequence WHERE sequence < 0",
    ],
    "swapped": [
        "UPDATE audit_events SET sequence = -5 WHERE sequence = 5",
        "UPDATE audit_events SET sequence = 5 WHERE sequence = 6",
        "UPDATE audit_events SET sequence = 6 WHERE sequence = -5",
    ],
    "cut off": [
        "DELETE FROM audit_events WHERE sequence > 5",
        "UPDATE audit_head SET sequence = 5, hash = (SELECT hash FROM audit_events WHERE sequence = 5)",
    ],
    "added": [
        """INSERT INTO audit_events SELECT sequence + 1, at, actor_id, actor, tag, subject_kind, subject_id,
        unit_id, data, hash, hash FROM audit_events
        WHERE sequence = (SELECT max(sequence) FROM audit_events)"""
    ],
    "emptied": ["DELETE FROM audit_events", "DELETE FROM audit_head"],
}


def test_whatever_is_done_to_the_trail_in_the_database_is_found(stack: Stack) -> None:
    stack.entry()
    _nightly(stack)
    with stack.runtime.database.read() as session:
        assert audit.verify(session, SYSTEM).broken_at is None
    for name, statements in CHANGES.items():
        with stack.runtime.database.write_sessions() as session:
            for one in statements:
                session.connection().exec_driver_sql(one)
            found = audit.verify(session, SYSTEM)
            session.rollback()
        assert found.broken_at is not None, name
        assert found.reason, name
    with stack.runtime.database.read() as session:
        assert audit.verify(session, SYSTEM).broken_at is None


def test_the_trail_is_shown_with_the_events_that_somebody_spoilt_named_as_such(
    stack: Stack,
) -> None:
    """Each database refuses what it can; what it lets through must not take the page from the others."""
    slug, _ = stack.entry()
    with stack.runtime.database.write() as session:
        sqlite = session.get_bind().dialect.name == "sqlite"
        last = session.scalars(select(AuditHead.sequence)).one()
        for at, spoilt in (
            (last, "data = '{'" if sqlite else "data = 'null'"),
            (last - 1, "data = '[1]'"),
            (last - 2, "at = 'soon'" if sqlite else "at = 'infinity'"),
            (last - 3, "actor = 'nobody'"),
        ):
            session.connection().exec_driver_sql(
                f"UPDATE audit_events SET {spoilt} WHERE sequence = {at}"
            )
    for language, cannot, altered in (
        ("en", "Cannot be read", "Altered"),
        ("zh", "无法读取", "被改动"),
    ):
        admin = Browser(stack.client.application.test_client(), language)
        admin.sign_in("admin")
        page = admin.open("/admin/audit")
        assert (admin.status, page.count(f">{cannot}<"), page.count(altered)) == (200, 3, 4)
        for where in (f"/desk/datasets/{slug}", f"/admin/audit?q={slug}", "/admin/corrections"):
            admin.open(where)
            assert admin.status == 200
    expected = {
        last: "unreadable",
        last - 1: "unreadable",
        last - 2: "unreadable",
        last - 3: "changed",
    }
    for path in (f"{API}/audit", "/admin/audit.json"):
        rows = stack.ok("GET", path, "admin")["items"]
        assert {one["sequence"]: one["fault"] for one in rows if one["fault"]} == expected, path
    assert stack.call("GET", "/admin/audit.csv", "admin").status_code == 200
    assert stack.ok("GET", f"{API}/audit/proof", "admin")["broken_at"] == last - 3


def test_a_correction_recorded_late_makes_a_restatement_that_the_page_shows(
    stack: Stack, tmp_path: Path
) -> None:
    city(stack, tmp_path)
    day = stack.clock.now.date().isoformat()
    admin, anyone = (Browser(stack.client.application.test_client()) for _ in range(2))
    admin.sign_in("admin")
    admin.open("/openness/snapshots")
    admin.send("/openness/snapshots", period="2026Q7")
    assert admin.status == 422
    admin.send("/openness/snapshots", period=day)
    assert "being counted and signed" in admin.text
    assert "Waiting" in admin.text
    assert "Being frozen" not in anyone.open("/openness/snapshots")
    first = newest(stack)
    assert "Being frozen" not in admin.open("/openness/snapshots")
    assert admin.links(first)
    before = anyone.open(first + ".csv")
    assert "1,2,50.00" in before

    stack.clock.now += timedelta(days=3)
    with stack.runtime.database.write() as session:
        found = session.scalars(select(Dataset.id).where(Dataset.state == "published")).one()
        span = (date.fromisoformat(day), date.fromisoformat(day) + timedelta(days=1))
        values = {"openness": "unassessed"}
        assert facts.correct(session, [found], values, span, stack.clock()) == 1
    stack.clock.now += timedelta(minutes=1)
    anyone.open(first)
    assert "a restatement is due" in anyone.text
    assert "What a restatement would change" in anyone.text
    told = stack.ok("GET", f"{API}{first}")["corrected"]
    assert {
        "scope": "platform",
        "key": "",
        "figure": "data_rate.all",
        "before": [1, 2],
        "after": [0, 2],
    } in told
    admin.sign_in("admin")
    admin.open(first)
    action = first + "/restatement"
    admin.send(action, reason="")
    assert admin.status == 422
    admin.send(action, reason="核对时发现该条目当日并未开放")
    second = newest(stack)
    assert second not in {first, action}
    anyone.open(second)
    assert "核对时发现该条目当日并未开放" in anyone.text
    assert "0 / 2" in anyone.text
    assert anyone.links(first)
    anyone.open(first)
    assert "Go to the restatement" in anyone.text
    assert stack.ok("GET", f"{API}{first}")["corrected"] == []
    assert anyone.open(first + ".csv") == before
    made = {"id": second.rpartition("/")[2]}
    found = proof.verify(bundle(stack, made, tmp_path))
    assert found.good
    assert found.manifest["restates"]["reason"] == "核对时发现该条目当日并未开放"
    admin.open(first)
    assert f'action="{action}"' not in admin.page


def test_of_two_who_freeze_a_period_the_second_is_told_that_it_is_done(
    stack: Stack, tmp_path: Path
) -> None:
    city(stack, tmp_path)
    day = stack.clock.now.date().isoformat()
    admin = Browser(stack.client.application.test_client())
    admin.sign_in("admin")
    admin.open("/openness/snapshots")
    admin.send("/openness/snapshots", period=day)
    freeze(stack.runtime, SYSTEM, Wish(period=day), stack.clock())
    stack.work()
    admin.open("/openness/snapshots")
    assert "Somebody else froze this period first" in admin.text
    assert len(stack.ok("GET", f"{API}/openness/snapshots")["items"]) == 1
    stack.clock.now += timedelta(days=8)
    admin.sign_in("admin")
    assert "Being frozen" not in admin.open("/openness/snapshots")


def test_the_head_of_the_trail_is_published_daily_and_a_cut_tail_is_found(
    embedded: Stack, tmp_path: Path, monkeypatch
) -> None:
    stack = embedded
    monkeypatch.setenv("GONGKAI_HOME", str(stack.runtime.settings.home))
    monkeypatch.setenv("LANG", "C.UTF-8")
    stack.entry()
    _nightly(stack)
    stack.entry(title="另一个条目")
    stack.clock.now += timedelta(days=1)
    _nightly(stack)
    page = stack.ok("GET", "/openness/heads.json")["items"]
    assert len(page) == 2
    assert page[0]["sequence"] > page[1]["sequence"]
    copy = tmp_path / "heads.csv"
    copy.write_bytes(stack.call("GET", "/openness/heads.csv").get_data())
    assert command("audit", "verify", "--heads", str(copy))[0] == 0
    shown = stack.ok("GET", f"{API}/audit/proof", "auditor")
    assert shown["valid"]
    assert shown["published"]["hash"] == page[0]["hash"]
    assert stack.call("GET", f"{API}/audit/proof", "lin").status_code == 403

    with stack.runtime.database.write() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.sequence >= page[0]["sequence"]))
        last = session.scalars(
            select(AuditEvent).order_by(AuditEvent.sequence.desc()).limit(1)
        ).one()
        head = session.get_one(AuditHead, 1)
        head.sequence, head.hash = last.sequence, last.hash
    shown = stack.ok("GET", f"{API}/audit/proof", "auditor")
    assert not shown["valid"]
    assert "events are missing" in shown["reason"]
    with stack.runtime.database.write() as session:
        session.execute(delete(PublishedHead))
    assert command("audit", "verify")[0] == 0, "the database alone can no longer tell"
    code, said = command("audit", "verify", "--heads", str(copy))
    assert code == 1
    assert "missing" in said
    copy.write_text("day,sequence\nx,y\n")
    assert command("audit", "verify", "--heads", str(copy))[0] == 1


def _nightly(stack: Stack) -> None:
    from catalog.outbox import JobName, enqueue

    with stack.runtime.database.write() as session:
        enqueue(session, JobName.NIGHTLY, {}, now=stack.clock())
    stack.work()
