"""Dates for people's own calendars: iCalendar (RFC 5545), one event a duty."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

MEDIA_TYPE = "text/calendar; charset=utf-8"
_WIDTH = 75


def calendar(name: str, events: Iterable[tuple[str, date, str, str, str]], now: datetime) -> bytes:
    """Whole-day events: (id, day, summary, description, address)."""
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Gongkai//Duties//EN", "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_text(name)}",
    ]  # fmt: skip
    for key, day, summary, description, address in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(key)}@gongkai",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(summary)}",
            f"DESCRIPTION:{_text(description)}",
            f"URL:{address}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return b"".join(map(_folded, [*lines, "END:VCALENDAR"]))


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(escaped.splitlines())


def _folded(line: str) -> bytes:
    """A line of at most 75 bytes, continued on lines that begin with a space; no character is cut."""
    parts, current = [], b""
    for character in line:
        one = character.encode()
        if len(current) + len(one) > _WIDTH:
            parts.append(current)
            current = b" "
        current += one
    return b"\r\n".join([*parts, current]) + b"\r\n"
