"""Sending the letters that wait, through the server of ``GONGKAI_MAIL_URL``."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import structlog

from catalog.jobs.context import JobContext
from catalog.services import reminders

SECONDS = 30
log = structlog.get_logger(__name__)
Send = Callable[[EmailMessage], None]


class MailSettingError(ValueError):
    """The mail URL cannot be used."""


def send_letters(context: JobContext) -> None:
    """Send what waits, each letter marked as soon as it is gone: a repeat sends none twice, unless the
    process is killed between both. An address that the server refuses keeps no other letter back."""
    runtime = context.runtime
    with runtime.database.read() as session:
        found = [
            (letter.id, letter.subject, letter.body, address)
            for letter, address in reminders.waiting(session)
        ]
    if found:
        with mailer(runtime.settings.mail_url) as (send, sender):
            for letter_id, subject, body, address in found:
                made = EmailMessage()
                made["From"], made["To"], made["Subject"] = sender, address, subject
                made["Message-ID"] = f"<{letter_id}@gongkai>"
                made["Date"] = runtime.clock()
                made.set_content(body)
                error = _sent(send, made)
                with context.step() as session:
                    reminders.note_sent(session, letter_id, now=runtime.clock(), error=error)
    with context.effects():
        pass


def _sent(send: Send, letter: EmailMessage) -> str:
    """Nothing, or why the server did not take this letter; without any address."""
    try:
        send(letter)
    except (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPDataError,
        smtplib.SMTPSenderRefused,
    ) as error:
        return type(error).__name__
    return ""


@contextmanager
def mailer(url: str) -> Iterator[tuple[Send, str]]:
    """What sends one letter, and the sender's address."""
    parts = urlsplit(url)
    sender = parse_qs(parts.query).get("from", [f"gongkai@{parts.hostname or 'localhost'}"])[0]
    if parts.scheme == "console":
        yield _note, sender
        return
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise MailSettingError(
            "GONGKAI_MAIL_URL: use console:, smtp://HOST:PORT or smtps://HOST:PORT"
        )
    with _connected(parts) as server:
        yield lambda letter: _given(server, letter), sender


def _given(server: smtplib.SMTP, letter: EmailMessage) -> None:
    server.send_message(letter)


def _note(letter: EmailMessage) -> None:
    """Without a server a letter is only noted; neither its address nor its text goes to the log."""
    log.info("letter.noted", id=letter["Message-ID"])


@contextmanager
def _connected(parts: SplitResult) -> Iterator[smtplib.SMTP]:
    host = str(parts.hostname)
    trust = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, parts.port or 465, timeout=SECONDS, context=trust
        )
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=SECONDS)
    with server:
        if parts.scheme == "smtp":
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=trust)
            elif parts.username and not _own_machine(host):
                raise MailSettingError(
                    "GONGKAI_MAIL_URL: the server offers no STARTTLS for the password"
                )
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        yield server


def _own_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
