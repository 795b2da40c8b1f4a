"""The common tongue: plain values that cross floors. Frozen, JSON-able, without behaviour."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for people, translated where it is shown.

    ``text`` is an English message id with ``%(name)s`` places; ``params`` fills them.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something cannot go on: a stable code, where, why, and what to do about it."""

    code: str
    cause: Message
    remedy: Message
    place: str = ""


@dataclass(frozen=True, slots=True)
class ResourceRecord:
    """One file or table of a foreign catalogue's dataset."""

    name: str
    title: str = ""
    url: str = ""
    format: str = ""
    media_type: str = ""
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One field (信息项) of a foreign dataset; empty or ``None`` means not said.

    ``type`` is a FieldType, ``openness`` an Openness and ``sharing`` a Sharing; ``length`` counts
    characters.
    """

    name: str
    title: str = ""
    type: str = ""
    length: int | None = None
    description: str = ""
    openness: str = ""
    openness_condition: str = ""
    sharing: str = ""
    nullable: bool | None = None
    primary_key: bool | None = None
    ignored: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatasetRecord:
    """A dataset as another catalogue (or an inventory file) describes it; empty means not said.

    ``openness``, ``openness_mode``, ``sharing`` and ``update_cycle`` are words of the closed lists
    Openness, ConditionalMode, Sharing and UpdateCycle; dates are ISO 8601. ``ignored`` keeps what
    has no place here under the label the source used; ``warnings`` say what was read with doubt.
    """

    remote_id: str
    title: str
    description: str = ""
    publisher: str = ""
    publisher_code: str = ""
    theme: str = ""
    industry: str = ""
    keywords: tuple[str, ...] = ()
    openness: str = ""
    openness_condition: str = ""
    update_cycle: str = ""
    issued: str = ""
    modified: str = ""
    licence: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    landing_page: str = ""
    spatial: str = ""
    temporal: str = ""
    formats: tuple[str, ...] = ()
    resources: tuple[ResourceRecord, ...] = ()
    ignored: Mapping[str, Any] = field(default_factory=dict)
    openness_mode: str = ""
    sharing: str = ""
    sharing_condition: str = ""
    rows: int | None = None
    fields: tuple[FieldRecord, ...] = ()
    warnings: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Repair:
    """A defect of a table's form that can be mended mechanically, with what mending would do.

    ``id`` is kind and what it concerns (a column's name, a part of the table), never a place, so that
    an agreement survives a new examination and fits the next delivery.
    ``before`` and ``after`` are small previews: lists of rows of text.
    ``required`` says that the file cannot be valid unless the repair is accepted.
    """

    id: str
    kind: str
    place: str
    message: Message
    before: tuple[tuple[str, ...], ...] = ()
    after: tuple[tuple[str, ...], ...] = ()
    accepted: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """Sensitive data seen in a column. ``sample`` is masked; the value itself never leaves the engine."""

    id: str
    detector: str
    severity: str
    field: str
    rows: int
    message: Message
    sample: tuple[str, ...] = ()
    places: tuple[int, ...] = ()
    settled: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to be done about one finding (``Finding.id``); ``action`` is a SettlementAction."""

    finding: str
    action: str
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on reading one delivery; each is enforced where the work happens."""

    max_rows: int = 20_000_000
    max_columns: int = 2_000
    max_cell_chars: int = 1_000_000
    max_unpacked_bytes: int = 12 * 2**30
    max_unpacked_ratio: int = 500
    max_archive_entries: int = 1_000
    max_json_depth: int = 64
    limit_errors: int = 1_000
    memory_bytes: int = 4 * 2**30
    seconds: int = 3_600
    xlsx_rows: int = 200_000


@dataclass(frozen=True, slots=True)
class ExaminationRequest:
    """Everything an examination depends on besides the bytes: same request and bytes, same result.

    ``pseudonym_key`` (hexadecimal) is a secret: it goes to the examination and nowhere else, never
    into a digest, a database, a log or a representation. ``on`` (ISO 8601) is the day of delivery,
    from which ages count; without it children are not told from adults.
    """

    file_name: str
    table_schema: Mapping[str, Any] | None = None
    repairs: tuple[str, ...] = ()
    settlements: tuple[Settlement, ...] = ()
    withheld: tuple[str, ...] = ()
    member: str = ""
    limits: Limits = field(default_factory=Limits)
    pseudonym_key: str = field(default="", repr=False)
    on: str = ""


@dataclass(frozen=True, slots=True)
class ExaminationResult:
    """What the engines found in a delivery, and the artefacts they made (name to file in the work folder).

    ``problems`` non-empty means that the file could not be read as a table at all.
    ``report`` is a Frictionless report; ``table_schema`` a Table Schema of the repaired table.
    Artefacts ``parquet csv json ndjson xlsx`` are what may be published (settled, withheld columns
    removed); they are only made when the report is valid and no high finding is unsettled.
    """

    kind: str = ""
    media_type: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    members: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0
    table_schema: Mapping[str, Any] = field(default_factory=dict)
    public_schema: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)
    repairs: tuple[Repair, ...] = ()
    findings: tuple[Finding, ...] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)
    preview: tuple[tuple[str, ...], ...] = ()
    artefacts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
