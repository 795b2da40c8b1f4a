"""Duties from the page to the letter: what is owed is seen, subscribed to, and told by a real mail server."""

import email
import socket
from collections.abc import Iterator
from datetime import timedelta
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from catalog import jobs
from catalog.jobs.letters import MailSettingError, mailer
from catalog.models import Dataset, Job, Letter
from catalog.outbox import JobName, enqueue
from catalog.settings import Settings
from tests.common.both import BOTH, settings_on
from tests.common.browser import Browser
from tests.common.stack import OTHER_UNIT, Stack, open_stack
from tests.conftest import NOW

NOTICE = (
    "2027年部分节假日安排\n一、元旦：1月1日至3日放假。\n二、国庆节：10月1日至7日放假。10月9日上班。"
)


class Box:
    """A mail server that keeps what it is given, and refuses one address."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], email.message.Message]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("refused"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content)))
        return "250 taken"


@pytest.fixture
def box() -> Iterator[tuple[Box, str]]:
    kept = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield kept, f"smtp://127.0.0.1:{port}?from=portal@example.cn"
    finally:
        server.stop()


@pytest.fixture(params=BOTH)
def stack(request: pytest.FixtureRequest, box: tuple[Box, str], tmp_path: Path) -> Iterator[Stack]:
    with open_stack(settings_on(request, tmp_path, mail_url=box[1]), NOW) as opened:
        yield opened


def _late(stack: Stack) -> None:
    """An open entry whose yearly data is months late."""
    for who, unit, title in (("lin", "", "行政处罚职权"), ("he", OTHER_UNIT, "社会组织名录")):
        slug, _ = stack.entry(who, title=title, **({"unit": unit} if unit else {}))
        with stack.runtime.database.write() as session:
            found = session.scalars(select(Dataset).where(Dataset.slug == slug)).one()
            found.state, found.published_at = "published", stack.clock()
            found.modified = (stack.clock() - timedelta(days=400)).date()


def _nightly(stack: Stack) -> None:
    with stack.runtime.database.write() as session:
        enqueue(session, JobName.NIGHTLY, {}, now=stack.clock())
    while jobs.run_waiting(stack.runtime):
        pass


def person(stack: Stack, name: str) -> Browser:
    somebody = Browser(stack.client.application.test_client())
    somebody.sign_in(name)
    return somebody


def test_what_is_late_is_seen_by_those_concerned_and_told_in_letters(
    stack: Stack, box: tuple[Box, str]
) -> None:
    _late(stack)
    lin, admin = person(stack, "lin"), person(stack, "admin")
    lin.open("/desk/duties")
    assert "行政处罚职权" in lin.text
    assert "社会组织名录" not in lin.text
    admin.open("/admin/duties?kind=update")
    assert "社会组织名录" in admin.text
    for name, path in (("dev", "/desk/duties"), ("lin", "/admin/duties")):
        other = person(stack, name)
        other.open(path)
        assert other.status == 404
    assert stack.client.get("/desk/duties.json").status_code in {303, 401}

    lin.open("/account")
    lin.send("/account/email", email="not an address")
    assert lin.status == 422
    lin.send("/account/email", email="lin@example.cn")
    assert 'value="lin@example.cn"' in lin.page
    admin.open("/account")
    admin.send("/account/email", email="chief@example.cn")
    wu = person(stack, "he")
    wu.open("/account")
    wu.send("/account/email", email="refused@example.cn")
    _nightly(stack)
    kept = {to[0]: letter for to, letter in box[0].letters}
    assert set(kept) == {"lin@example.cn", "chief@example.cn"}
    text = kept["lin@example.cn"].get_payload(decode=True).decode()
    assert "行政处罚职权" in text
    assert "社会组织名录" not in text
    assert "社会组织名录" in kept["chief@example.cn"].get_payload(decode=True).decode()
    assert "项" in str(make_header(decode_header(kept["lin@example.cn"]["Subject"])))
    with stack.runtime.database.read() as session:
        letters = session.scalars(select(Letter)).all()
        assert sorted(bool(one.sent_at) for one in letters) == [False, True, True]
        assert [one.error for one in letters if not one.sent_at] == ["SMTPRecipientsRefused"]
    stack.clock.now += timedelta(hours=1)
    _nightly(stack)
    assert len(box[0].letters) == 2, "each stage is told once"


def test_the_twins_say_the_same_as_the_page_and_calendars_can_read_it(stack: Stack) -> None:
    _late(stack)
    admin = person(stack, "admin")
    rows = admin.client.get("/admin/duties.json").get_json()["items"]
    assert {one["kind"] for one in rows} == {"update", "calendar"}
    assert all(one["stage"] in {"open", "soon", "overdue", "escalated"} for one in rows)
    text = admin.client.get("/admin/duties.csv").get_data(as_text=True)
    assert text.count("\n") == len(rows) + 1
    answer = admin.client.get("/admin/duties.ics")
    assert answer.mimetype == "text/calendar"
    lines = answer.get_data().split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines.count(b"BEGIN:VEVENT") == len(rows)
    assert all(len(line) <= 75 for line in lines)
    assert b"DTSTART;VALUE=DATE:20261217" in lines
    admin.open("/admin/duties?month=2026-12")
    assert "2026-12" in admin.text
    for path in ("/admin/duties?month=2026-13", "/admin/duties?kind=x", "/admin/duties?stage=1"):
        admin.open(path)
        assert admin.status == 422, path


def test_the_official_notice_is_pasted_and_the_duty_to_import_it_is_gone(stack: Stack) -> None:
    admin = person(stack, "admin")
    admin.open("/admin/calendar")
    admin.send("/admin/calendar", rows="2027年\n一、元旦：2月30日放假。", source="x")
    assert admin.status == 422
    admin.open("/admin/calendar")
    admin.send("/admin/calendar", rows=NOTICE, source="国办发明电〔2026〕7号")
    assert "11 days imported" in admin.text
    assert admin.client.get("/admin/duties.json").get_json()["items"] == []


def test_a_server_that_is_not_there_keeps_the_letters(tmp_path: Path) -> None:
    with open_stack(Settings(home=tmp_path, mail_url="smtp://127.0.0.1:1"), NOW) as stack:
        _late(stack)
        lin = person(stack, "lin")
        lin.open("/account")
        lin.send("/account/email", email="lin@example.cn")
        _nightly(stack)
        with stack.runtime.database.read() as session:
            assert session.scalars(select(Letter)).one().sent_at is None
            job = session.scalars(select(Job).where(Job.name == "send-letters")).one()
            assert job.error == "ConnectionRefusedError"
            assert "lin@" not in job.error


@pytest.mark.parametrize("url", ["ftp://x", "smtp://", "mail"])
def test_a_mail_url_that_cannot_be_used_says_so(url: str) -> None:
    with pytest.raises(MailSettingError), mailer(url):
        pass
