"""What an event of the trail says, in words: its data as pairs of a term and a value."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from catalog import http
from schemas.records import Message

TERMS: Mapping[str, Message] = {
    "active": Message("Active"),
    "article": Message("Article"),
    "base_edition": Message("Drafted against edition"),
    "begins": Message("From"),
    "bundle_sha256": Message("SHA-256 of the bundle"),
    "bytes": Message("Bytes"),
    "certain_until": Message("Official calendar until"),
    "changed": Message("Changed"),
    "changes": Message("Changes"),
    "complete": Message("Complete"),
    "dataset": Message("Entry"),
    "days": Message("Days"),
    "digest": Message("SHA-256 of the results"),
    "due_on": Message("Due by"),
    "edition": Message("Edition"),
    "effective_on": Message("In force from"),
    "ends": Message("Until"),
    "entries": Message("Entries"),
    "field": Message("Field"),
    "file_sha256": Message("SHA-256 of the file"),
    "finding": Message("Finding"),
    "granted": Message("Role granted"),
    "item": Message("Item"),
    "kind": Message("Kind"),
    "manifest": Message("SHA-256 of the manifest"),
    "manifest_sha256": Message("SHA-256 of the manifest"),
    "member": Message("Table"),
    "name": Message("Name"),
    "notice_due": Message("Notice due by"),
    "number": Message("No."),
    "on": Message("Day"),
    "outcome": Message("Outcome"),
    "period": Message("Period"),
    "preview": Message("Dry run"),
    "rate": Message("Rate"),
    "reason": Message("Reason"),
    "region": Message("Region"),
    "repairs": Message("Repairs"),
    "requests": Message("Requests"),
    "resource": Message("Table"),
    "restates": Message("Restates"),
    "review": Message("Review"),
    "revoked": Message("Role taken away"),
    "role": Message("Role"),
    "roster_from": Message("On the roster from"),
    "roster_to": Message("On the roster until"),
    "rows": Message("Rows"),
    "scope": Message("Scope"),
    "scopes": Message("Scopes"),
    "settlements": Message("Settlements"),
    "sha256": Message("SHA-256"),
    "source": Message("Source"),
    "state": Message("State"),
    "successor": Message("Successor"),
    "unit": Message("Unit"),
    "valid": Message("Valid"),
    "valid_from": Message("In force from"),
    "value": Message("Value"),
    "values": Message("Values"),
    "verdict": Message("Verdict"),
    "why": Message("Reason"),
    "withheld_by": Message("Closed by"),
}
"""Words of the data of events; what is not here is shown under its own name."""
LONGEST = 300
NOTHING: tuple[Any, ...] = (None, "", [], {})


def term(name: str) -> str:
    """What a value of an event is called."""
    return http.say(TERMS[name]) if name in TERMS else name


def said(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Term and value of everything that an event says; of a change from one state to another only what
    is not the same."""
    before, after = data.get("before"), data.get("after")
    told = {
        name: value
        for name, value in data.items()
        if name not in {"before", "after"} and value not in NOTHING
    }
    pairs = [(term(name), value_of(value)) for name, value in told.items()]
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs += [
            (term(name), f"{value_of(before.get(name))} → {value_of(after.get(name))}")
            for name in {**before, **after}
            if before.get(name) != after.get(name)
        ]
    return pairs


def value_of(value: Any) -> str:
    """A value in one line, cut where it is very long."""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if value in NOTHING:
        return "–"
    if isinstance(value, Mapping):
        text = " ".join(f"{term(name)}: {value_of(one)}" for name, one in value.items())
    elif isinstance(value, list):
        text = ", ".join(value_of(one) for one in value)
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
