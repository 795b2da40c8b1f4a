"""Harvesting by OAI-PMH 2.0 at ``/oai``: every verb, lists in parts, what is gone as deleted records.

Refusals are the protocol's own: status 200 and an ``error`` with one of its codes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.cursors import seal, unseal
from catalog.errors import Invalid
from catalog.http import outward
from catalog.services import publications
from catalog.services.publications import Span, Stated
from schemas.interop import oai
from schemas.interop.atom import OPENNESS
from schemas.interop.markup import Markup, element
from schemas.interop.oai import FORMATS, Record, Resumption

blueprint = Blueprint("oai", __name__)
PART: Final = 100
"""Records in one part of a list."""
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class Refused(Exception):
    """A refusal in the protocol's own words."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code, self.text = code, text


@dataclass(frozen=True, slots=True)
class Asked:
    """A list that is asked for: how written, which, and how many have been given before."""

    prefix: str
    span: Span
    given: int = 0


@blueprint.route("/oai", methods=["GET", "POST"])
def door() -> Response:
    """One request of the protocol, by GET or by a POSTed form."""
    try:
        verb, arguments = _arguments()
    except Refused as refusal:
        body = _refused(refusal, {})
        return _answer(lambda: body, http.tag_of(outward.site(), refusal.args))
    with http.reading() as session:
        state = (outward.RELEASE, outward.site(), _contact(), publications.stamp(session))
        tag = http.tag_of(*state, verb, sorted(arguments.items()))
        modified = publications.last_change(session)
        return _answer(lambda: _body(session, verb, arguments), tag, modified)


def _body(session: Session, verb: str, arguments: Mapping[str, str]) -> bytes:
    shown = {"verb": verb, **arguments}
    try:
        inside = VERBS[verb].answer(session, arguments)
    except Refused as refusal:
        return _refused(refusal, shown)
    return oai.answer(http.now(), _address(), shown, inside)


def _refused(refusal: Refused, shown: Mapping[str, str]) -> bytes:
    if refusal.code in {"badVerb", "badArgument"}:
        shown = {}
    return oai.answer(http.now(), _address(), shown, oai.error(refusal.code, refusal.text))


def _answer(make: Callable[[], bytes], tag: str, modified: datetime | None = None) -> Response:
    """An answer, or 304. Each carries the second it was made in, and its tag speaks for all else that it
    says: it is weak (RFC 9110, 8.8.1)."""
    return http.for_everybody(
        make,
        media_type=oai.MEDIA_TYPE,
        tag=tag,
        modified=modified,
        headers={"ETag": f'W/"{tag}"'},
    )


def _arguments() -> tuple[str, dict[str, str]]:
    given = request.form if request.method == "POST" else request.args
    told: dict[str, str] = {}
    for name, values in given.lists():
        if name == "verb" and len(values) > 1:
            raise Refused("badVerb", "The verb stands more than once.")
        if len(values) > 1:
            raise Refused("badArgument", f"The argument {name[:60]} stands more than once.")
        told[name] = values[0]
    verb = told.pop("verb", "")
    if verb not in VERBS:
        raise Refused("badVerb", f"There is no verb like that; there are: {', '.join(VERBS)}.")
    _check(VERBS[verb], told)
    return verb, told


def _check(verb: "Verb", told: Mapping[str, str]) -> None:
    unknown = sorted(set(told) - {*verb.needed, *verb.known})
    if unknown:
        raise Refused("badArgument", f"The verb does not take the argument {unknown[0][:60]}.")
    if "resumptionToken" in told:
        if len(told) > 1:
            raise Refused("badArgument", "A resumption token stands alone.")
        return
    missing = [name for name in verb.needed if not told.get(name)]
    if missing:
        raise Refused("badArgument", f"The verb needs the argument {missing[0]}.")


def _address() -> str:
    return f"{outward.site().url}/oai"


def _contact() -> str:
    contact = http.runtime().settings.site_contact
    # RFC 2142 names the mailbox of who keeps a web service; the settings may hold a telephone.
    return contact if "@" in contact else f"webmaster@{urlsplit(outward.site().url).hostname}"


def _identify(session: Session, _told: Mapping[str, str]) -> Markup:
    site = outward.site()
    earliest = publications.first_change(session) or http.now()
    return oai.identify(site, _address(), _contact(), earliest)


def _formats(session: Session, told: Mapping[str, str]) -> Markup:
    if "identifier" in told:
        _found(session, told["identifier"])
    return oai.formats()


def _sets(session: Session, told: Mapping[str, str]) -> Markup:
    if "resumptionToken" in told:
        raise Refused("badResumptionToken", "The list of sets is given whole.")
    return oai.sets(
        [
            ("unit", "提供单位"),
            *((f"unit:{code}", name) for code, name in publications.publishers(session)),
            ("openness", "开放属性"),
            *((f"openness:{code}", name) for code, name in OPENNESS.items()),
        ]
    )


def _get(session: Session, told: Mapping[str, str]) -> Markup:
    prefix = _prefix(told["metadataPrefix"])
    record = _recorded(_found(session, told["identifier"]))
    return element("GetRecord", oai.record(outward.site(), record, prefix))


def _identifiers(session: Session, told: Mapping[str, str]) -> Markup:
    return _listed(session, told, "ListIdentifiers", lambda record, _prefix: oai.header(record))


def _records(session: Session, told: Mapping[str, str]) -> Markup:
    site = outward.site()
    return _listed(
        session, told, "ListRecords", lambda record, prefix: oai.record(site, record, prefix)
    )


def _listed(
    session: Session,
    told: Mapping[str, str],
    verb: str,
    write: Callable[[Record, str], Markup],
) -> Markup:
    asked = _resumed(told["resumptionToken"], verb) if "resumptionToken" in told else _asked(told)
    found = publications.changes(session, asked.span, base=outward.site().url, limit=PART + 1)
    if not found and not asked.given:
        raise Refused("noRecordsMatch", "Nothing has changed in that time or set.")
    part = found[:PART]
    held: Resumption | None = None
    if asked.given or len(found) > PART:
        size = publications.count_changes(session, replace(asked.span, after=0))
        following = replace(
            asked, span=replace(asked.span, after=part[-1].number if part else 0),
            given=asked.given + len(part),
        )  # fmt: skip
        token = _token(following, verb) if len(found) > PART else ""
        held = Resumption(token, max(size, following.given), asked.given)
    written = (write(_recorded(one), asked.prefix) for one in part)
    return element(verb, *written, oai.resumption(held))


def _asked(told: Mapping[str, str]) -> Asked:
    prefix = _prefix(told["metadataPrefix"])
    since, until = told.get("from", ""), told.get("until", "")
    if since and until and len(since) != len(until):
        raise Refused("badArgument", "The arguments from and until differ in granularity.")
    first, _ = _time(since, "from") if since else (None, None)
    _, last = _time(until, "until") if until else (None, None)
    if first is not None and last is not None and first > last:
        raise Refused("badArgument", "The argument from lies after until.")
    unit, openness = _set(told.get("set", ""))
    return Asked(prefix, Span(unit, openness, first, last))


def _set(spec: str) -> tuple[str, str]:
    """The unit and the openness that a set narrows to; the two sets above them narrow to nothing."""
    kind, _, value = spec.partition(":")
    if not spec or spec in {"unit", "openness"}:
        return "", ""
    if kind == "unit":
        return value, ""
    if kind == "openness" and value in OPENNESS:
        return "", value
    raise Refused("badArgument", "There is no such set; ask ListSets.")


def _time(text: str, name: str) -> tuple[datetime, datetime]:
    """The first and the last moment that a date or a second has."""
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
            return begins, begins + timedelta(days=1) - timedelta(microseconds=1)
        if _MOMENT.fullmatch(text):
            begins = datetime.fromisoformat(text)
            return begins, begins + timedelta(seconds=1) - timedelta(microseconds=1)
    except (ValueError, OverflowError):
        pass
    raise Refused(
        "badArgument", f"The argument {name} is no date like 2026-11-23 or 2026-11-23T08:00:00Z."
    )


def _prefix(given: str) -> str:
    if given not in FORMATS:
        raise Refused("cannotDisseminateFormat", f"Entries are written as: {', '.join(FORMATS)}.")
    return given


def _token(asked: Asked, verb: str) -> str:
    span = asked.span
    parts = (
        asked.prefix, span.unit, span.openness,
        span.since.isoformat() if span.since else "", span.until.isoformat() if span.until else "",
        str(span.after), str(asked.given),
    )  # fmt: skip
    return seal("|".join(parts), f"/oai/{verb}")


def _resumed(token: str, verb: str) -> Asked:
    try:
        told = unseal(token, f"/oai/{verb}").split("|")
        prefix, unit, openness, since, until, after, given = told
    except (Invalid, ValueError):
        raise Refused(
            "badResumptionToken", "The token is none of ours; begin the list anew."
        ) from None
    return Asked(
        prefix,
        Span(
            unit, openness,
            datetime.fromisoformat(since) if since else None,
            datetime.fromisoformat(until) if until else None,
            int(after),
        ),
        int(given),
    )  # fmt: skip


def _identifier(slug: str) -> str:
    return f"oai:{urlsplit(outward.site().url).hostname}:{slug}"


def _found(session: Session, identifier: str) -> Stated:
    slug = identifier.rpartition(":")[2]
    if identifier == _identifier(slug):
        found = publications.one(session, slug, base=outward.site().url)
        if found is not None:
            return found
    raise Refused("idDoesNotExist", "There is no record with this identifier.")


def _recorded(found: Stated) -> Record:
    entry = found.entry
    sets = (f"unit:{entry.publisher.code}", f"openness:{entry.openness}")
    return Record(_identifier(entry.slug), found.changed_at, sets, found.ended, entry)


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb of the protocol: arguments it needs, others it knows, how it answers."""

    needed: tuple[str, ...]
    known: tuple[str, ...]
    answer: Callable[[Session, Mapping[str, str]], Markup]


_SPAN: Final = ("from", "until", "set", "resumptionToken")
VERBS: Final[dict[str, Verb]] = {
    "Identify": Verb((), (), _identify),
    "ListMetadataFormats": Verb((), ("identifier",), _formats),
    "ListSets": Verb((), ("resumptionToken",), _sets),
    "GetRecord": Verb(("identifier", "metadataPrefix"), (), _get),
    "ListIdentifiers": Verb(("metadataPrefix",), _SPAN, _identifiers),
    "ListRecords": Verb(("metadataPrefix",), _SPAN, _records),
}
