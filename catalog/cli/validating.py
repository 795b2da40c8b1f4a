"""The child's side of ``gongkai validate``: the Frictionless report, and what people are shown of it.

Which kind of thing a file is, is decided by Frictionless; a descriptor is read relative to its
folder. A file that Frictionless raises on still gets a report, with what it raised.
"""

import os
import re
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from importlib import import_module
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from frictionless import Detector, Error, FrictionlessException, Report, Resource, system
from frictionless.metadata import Metadata

from catalog.cli import frictionless_report, refusals
from catalog.cli.hopeless import refuse_hopeless, resources_of
from catalog.cli.output import json_line
from catalog.cli.sources import is_table, says_its_kind
from datasets.confined.endings import Refused
from datasets.confined.life import Parent
from datasets.damage import DAMAGED
from datasets.exploding import TooWideError, may_be_wide
from schemas.records import Message, Problem

Kind = Literal["resource", "package"]
DIGEST: Final = "catalog.cli.digest"
ENGINE: Final = "datasets.validation"
SMALL_BYTES: Final = 256 * 2**10
PACKED_BYTES: Final = 240 * 2**10
"""What a packed table or a workbook counts for beside its size: it holds more than it shows."""
CRASHES: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    re.error,
    EOFError,
    zlib.error,
    RuntimeError,
)
PLAIN_TEXT: Final = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
PARQUET: Final = (".parquet", ".parq")
FORM: Final = "catalog.cli.form"
CHECKS: Final = "datasets.checks"
OWN: Final = "gongkai:"
NAMELESS: Final = "catalog.cli.nameless"
SNIFFING: Final = "datasets.reading.kinds"
KINDS: Final[dict[str, Kind]] = {"package": "package", "resource": "resource"}
MOST_DESCRIPTOR: Final = 1_000_000
"""Characters in which Frictionless looks for the keys of a descriptor."""
PACKAGE: Final = "datapackage.json"


class Bytes(BufferedReader):
    """A fetched file, with the switch that ``urllib3`` has for packed bodies."""

    decode_content = True

    def __init__(self, path: Path) -> None:
        super().__init__(FileIO(path))


class Answer:
    """What Frictionless takes from an answer of the ``requests`` library."""

    def __init__(self, path: Path) -> None:
        self.raw = Bytes(path)

    def raise_for_status(self) -> None:
        """Only good answers get here."""

    def close(self) -> None:
        self.raw.close()


class Session:
    """Stands where Frictionless keeps its HTTP session: the parent fetches, each address once."""

    def __init__(self, parent: Parent) -> None:
        self._parent = parent
        self._held: dict[str, Path | OSError] = {}

    def fetched(self, url: str) -> Path:
        """The bytes at ``url`` as a file; OSError with a sentence when they cannot be had."""
        if url not in self._held:
            try:
                self._held[url] = self._parent.fetch(url)
            except OSError as error:
                self._held[url] = error
        held = self._held[url]
        if isinstance(held, OSError):
            raise held
        return held

    def get(self, url: str, **_options: Any) -> Answer:
        """The same, as Frictionless asks for it."""
        return Answer(self.fetched(url))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is handed to the engine. ``place`` is what a bare table is called, ``local`` its file."""

    given: Mapping[str, Any] | str
    basepath: str
    kind: Kind | None = None
    place: str = ""
    local: str = ""


def perform(order: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    """Validate the file that ``order`` names: ``line`` for ``--json``, else ``digest`` for people.

    A second order with ``form`` asks what is odd about the form of that local file.
    """
    if "form" in order:
        asked = {"valid": order["valid"], "header": order["header"]}
        return {"form": import_module(FORM).form(order["form"], **asked)}
    session = Session(parent)
    refused: Refused | None = None
    with system.use_context(http_session=session):
        try:
            subject, report = judged(order, session, parent)
        except Refused as error:
            refused = error  # an exception that passed here would leave our session behind for good
    if refused is not None:
        raise refused
    if order["json"]:
        return {"valid": report["valid"], "line": json_line(report)}
    digest = import_module(DIGEST).digest(report, order["show"])
    return {
        "valid": report["valid"],
        "digest": digest,
        "local": subject.local,
        "header": order["header_row"],
    }


def judged(
    order: Mapping[str, Any], session: Session, parent: Parent
) -> tuple[Subject, dict[str, Any]]:
    """The report on a file, or on the error that Frictionless raises before there is one."""
    subject = Subject("", "")
    try:
        subject = _subject(order, session)
        report = _report(subject, order, parent)
    except FrictionlessException as error:
        return subject, error_report(error.to_errors())
    except TooWideError as error:
        raise Refused(refusals.too_wide(error)) from None
    except CRASHES as error:
        # Frictionless walks through some properties before it looks at their kind.
        note = f"the descriptor has a property of the wrong kind ({type(error).__name__})"
        return subject, error_report([Error(note=note)])
    if subject.place:
        for task in report["tasks"]:
            task["place"] = subject.place
    return subject, report


def _report(subject: Subject, order: Mapping[str, Any], parent: Parent) -> dict[str, Any]:
    """The report of Frictionless itself on little data, of the engine on more and where it crashes."""
    given = {
        "basepath": subject.basepath,
        "kind": subject.kind,
        "checklist": _checklist(order),
        "limit_errors": order["limit_errors"],
        "limit_rows": order["limit_rows"],
        "trusted": order["trusted"],
    }
    refuse_hopeless(subject.given, subject.basepath, subject.local)
    if _is_small(subject):
        with suppress(*CRASHES):
            return frictionless_report.validate(subject.given, **given)
    engine = import_module(ENGINE)
    report: dict[str, Any] = engine.validate(subject.given, progress=parent.progress, **given)
    return report


def _is_small(subject: Subject) -> bool:
    """Whether Frictionless judges all data in less time than loading the engine takes."""
    size = 0
    for resource in resources_of(subject.given):
        path = resource.get("path") if isinstance(resource, Mapping) else None
        if not isinstance(path, str) or resource.get("extrapaths"):
            return False
        try:
            local = os.path.join(subject.basepath, path)  # noqa: PTH118
            size += os.stat(local).st_size  # noqa: PTH116
            if size <= SMALL_BYTES and _has_wide_row(local):
                return False
        except (OSError, ValueError):
            # Nothing to read there is told as quickly by either.
            continue
        if path.lower().endswith(PARQUET):
            return False  # Frictionless reads it through a library that is not here
        if not path.lower().endswith(PLAIN_TEXT):
            size += PACKED_BYTES
    return size <= SMALL_BYTES


def _has_wide_row(path: str) -> bool:
    if not path.lower().endswith(PLAIN_TEXT):
        return False
    with FileIO(path) as file:
        return may_be_wide(BufferedReader(file))


def error_report(errors: list[Error]) -> dict[str, Any]:
    """A report on errors that left nothing to report on."""
    report: dict[str, Any] = Report.from_validation(errors=errors).to_descriptor()
    return report


def _subject(order: Mapping[str, Any], session: Session) -> Subject:
    """Decide as Frictionless does what a file or address is."""
    path, shown = str(order["path"]), str(order["shown"])
    detected = _detected(path)
    if detected in KINDS:
        described = Metadata.metadata_retrieve(path)
        basepath = "" if shown == "-" else os.path.dirname(path)  # noqa: PTH120  (or an address)
        return Subject(_as_ordered(described, order), basepath, KINDS[detected])
    if shown == "-" or order["remote"]:
        try:
            path = _named(path, session, remote=order["remote"])
        except OSError:
            # Frictionless asks for it once more, and reports that it cannot be had.
            return Subject(path, "")
    folder, name = os.path.split(path)
    if name.lower().endswith(".zip") and _holds_package(path):
        return Subject(name, folder, "package")
    if not says_its_kind(name) and detected is None and Path(path).is_file():
        held = import_module(NAMELESS).described(Path(path))
        several = "resources" in held
        subject = Subject({}, folder, "package" if several else "resource")
        if not several:
            subject = replace(subject, place=shown, local=path)
        return replace(subject, given=_as_ordered(held, order))
    subject = Subject(name, folder, None, shown, path)
    rows_in_json = detected is None and name.lower().endswith(".json")
    if not (order["schema"] or order["header_row"] or rows_in_json):
        return subject
    bare = Resource(path=name, basepath=folder).to_descriptor()
    if rows_in_json:
        # Frictionless takes it for any JSON document and finds nothing wrong, whatever is in it.
        bare["type"] = "table"
    return replace(subject, given=_as_ordered(bare, order), kind="resource")


def _detected(path: str) -> str | None:
    """The kind of metadata in a file as Frictionless names it; None for data.

    What a descriptor holds counts before what its file is called: Frictionless would take a
    resource in ``our-schema.json`` for a schema.
    """
    if path.endswith((".json", ".yaml")):
        with suppress(FrictionlessException):
            held = Metadata.metadata_retrieve(path, size=MOST_DESCRIPTOR)
            if (kind := Detector.detect_metadata_type(held)) in KINDS:
                return str(kind)
    detected: str | None = Detector.detect_metadata_type(path)
    return detected


def _named(path: str, session: Session, *, remote: bool) -> str:
    """The local file under a name that ends as its kind wants it, for names decide with Frictionless."""
    local = session.fetched(path) if remote else Path(path)
    name = os.path.basename(urlsplit(path).path) if remote else "stdin"  # noqa: PTH119
    if not is_table(name):
        reading = import_module(SNIFFING)
        try:
            kind = reading.sniff(local)
        except reading.UnreadableError:
            kind = "csv"
        name = f"{name or 'data'}.{kind}"
    target = local.with_name(f"{local.name}-named") / name
    target.parent.mkdir(exist_ok=True)
    target.unlink(missing_ok=True)
    target.hardlink_to(local)
    return str(target)


def _holds_package(path: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return PACKAGE in archive.namelist()
    except (OSError, *DAMAGED):
        return False


def _as_ordered(described: Mapping[str, Any], order: Mapping[str, Any]) -> dict[str, Any]:
    """The descriptor with the schema of ``--schema`` and the header of ``--header-row`` in the place of
    its own ones."""
    given = dict(described)
    schema = _document(order["schema"], "schema")
    rows = sorted(order["header_row"])

    def ordered(resource: Any) -> Any:
        if not isinstance(resource, Mapping):
            return resource
        changed = dict(resource) if schema is None else {**resource, "schema": schema}
        if rows:
            dialect = changed.get("dialect")
            own = dialect if isinstance(dialect, Mapping) else {}
            changed["dialect"] = {**own, "header": True, "headerRows": rows}
        return changed

    if isinstance(resources := given.get("resources"), list):
        return {**given, "resources": [ordered(one) for one in resources]}
    return dict(ordered(given))


def _checklist(order: Mapping[str, Any]) -> dict[str, Any] | None:
    """The checklist of ``--checklist``, and the checks that the schema of ``--schema`` asks for."""
    given = _document(order["checklist"], "checklist")
    schema = _document(order["schema"], "schema")
    asking = schema if schema is not None and _asks_for_checks(schema) else None
    if given is None and asking is None:
        return None
    # Loading it teaches Frictionless the names of the checks of this product.
    own = import_module(CHECKS)
    try:
        day = date.fromisoformat(order["on"])
        asked = own.asked_for(asking, day) if asking is not None else []
    except (AttributeError, LookupError, TypeError, ValueError):
        raise _bad("schema", Message("The schema asks for a check that does not exist.")) from None
    if not asked:
        return given
    checks = [*(given or {}).get("checks", ()), *(check.to_descriptor() for check in asked)]
    return {**(given or {}), "checks": checks}


def _asks_for_checks(schema: Mapping[str, Any]) -> bool:
    fields = schema.get("fields")
    named = [schema, *(fields if isinstance(fields, list) else ())]
    keys = [str(key) for one in named if isinstance(one, Mapping) for key in one]
    return isinstance(fields, list) and any(key.startswith(OWN) for key in keys)


def _document(option: Mapping[str, Any] | str | None, name: str) -> dict[str, Any] | None:
    """A schema or checklist that an option gives: the thing itself, or where it is."""
    if isinstance(option, Mapping):
        return dict(option)
    if not option:
        return None
    try:
        return dict(Metadata.metadata_retrieve(option))
    except FrictionlessException:
        cause = Message("%(file)s cannot be read as a JSON or YAML object.", {"file": option})
        raise _bad(name, cause) from None


def _bad(name: str, cause: Message) -> Refused:
    return Refused(Problem(f"bad-{name}", cause, Message("Check the file.")))
