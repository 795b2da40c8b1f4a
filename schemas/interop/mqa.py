"""The score of an entry under the European scheme: 405 points in five dimensions.

Metadata Quality Assessment of data.europa.eu ("Methodology", weights of 2021), computed from what
this portal really writes into DCAT-AP (``schemas.interop.dcat_out``) and from its own checks of
whether the bytes answer. What nobody has checked yet earns nothing. Interoperability is judged on
the best file of an entry, as the scheme says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from schemas.interop.dcat_out import FILE_TYPES, PHONE
from schemas.published import PublishedEntry, PublishedFile
from schemas.records import Message

VOCABULARY_LICENCES: Final = frozenset({"CC-BY-4.0", "CC0-1.0", "ODC-BY-1.0", "ODbL-1.0"})
"""Of our licences those that stand in the licence table of the EU Vocabularies."""
FREE_FORMATS: Final = frozenset({"csv", "json", "ndjson", "geojson", "xml", "ods", "rdf", "ttl"})
"""Formats of the scheme's list that no maker owns, as far as we or a link may offer them."""
READABLE_FORMATS: Final = FREE_FORMATS | {"xlsx", "parquet"}
"""Formats that a program reads without guessing: narrower than the scheme's list, which lets archives
and documents pass."""
RATINGS: Final = ((351, "excellent"), (221, "good"), (121, "sufficient"), (0, "bad"))
"""Fewest points of each rating."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """One line of the scheme: ``term`` is what it looks for, ``asks`` what that means for a reader of
    the data, ``remedy`` what the unit can do to meet it."""

    code: str
    dimension: str
    points: int
    term: str
    asks: Message
    remedy: Message


@dataclass(frozen=True, slots=True)
class Judged:
    """An indicator and whether the entry meets it."""

    indicator: Indicator
    met: bool

    @property
    def points(self) -> int:
        """What it earns: all or nothing."""
        return self.indicator.points if self.met else 0


_DELIVER: Final = Message("Deliver the file itself to the platform; it writes this down.")
_WRITTEN: Final = Message("The platform writes this for every entry; nothing need be done.")

INDICATORS: Final[tuple[Indicator, ...]] = (
    Indicator(
        "keywords", "findability", 30, "dcat:keyword",
        Message("Keywords lead people to the data who do not know its title."),
        Message("Give the entry a few keywords that people would type."),
    ),
    Indicator(
        "theme", "findability", 30, "dcat:theme",
        Message("A theme puts the entry where people browse."),
        Message("Choose the theme of the entry."),
    ),
    Indicator(
        "spatial", "findability", 20, "dct:spatial",
        Message("The area says which part of the country the data is about."),
        Message("Give the code of the administrative division that the data covers."),
    ),
    Indicator(
        "temporal", "findability", 20, "dct:temporal",
        Message("The period says of which time the data tells."),
        Message("Give the first and the last day that the data covers."),
    ),
    Indicator(
        "access-reachable", "accessibility", 50, "dcat:accessURL (200–399)",
        Message("The address of the data answered at the platform's last check."),
        Message("Mend the link, or deliver the file; what is new is checked within a day."),
    ),
    Indicator(
        "download", "accessibility", 20, "dcat:downloadURL",
        Message("An address gives the file itself, without a form or a page before it."),
        _DELIVER,
    ),
    Indicator(
        "download-reachable", "accessibility", 30, "dcat:downloadURL (200–399)",
        Message("The file itself was found unharmed at the platform's last check."),
        Message("Deliver the file to the platform; what is new is checked within a day."),
    ),
    Indicator(
        "format", "interoperability", 20, "dct:format",
        Message("The description names the format of the file."),
        _DELIVER,
    ),
    Indicator(
        "media-type", "interoperability", 10, "dcat:mediaType",
        Message("The description names the media type, by which programs choose how to read."),
        _DELIVER,
    ),
    Indicator(
        "format-vocabulary", "interoperability", 10, "EU file-type · IANA",
        Message("Format and media type are words of the public lists, the same in every catalogue."),
        _DELIVER,
    ),
    Indicator(
        "free-format", "interoperability", 20, "non-proprietary",
        Message("There is a format that no maker owns, such as CSV or JSON."),
        Message("Deliver a table; the platform offers it as CSV, JSON and Parquet."),
    ),
    Indicator(
        "machine-readable", "interoperability", 20, "machine-readable",
        Message("Programs read the values without guessing."),
        Message("Deliver a table instead of a document, a picture or an archive."),
    ),
    Indicator(
        "dcat-ap", "interoperability", 30, "DCAT-AP 3.0.1 (SHACL)",
        Message(
            "The description keeps the shapes of DCAT-AP 3.0.1: one writer makes all of them, and every "
            "release of it is tested against the shapes."
        ),
        _WRITTEN,
    ),
    Indicator(
        "licence", "reusability", 20, "dct:license",
        Message("A licence says what people may do with the data."),
        Message("Choose the licence of the entry."),
    ),
    Indicator(
        "licence-vocabulary", "reusability", 10, "EU licence",
        Message("The licence is one of the public list, so that programs know what it allows."),
        Message(
            "Where the law leaves the choice, name CC BY 4.0 or another of the list; the platform's own "
            "terms are not in it."
        ),
    ),
    Indicator(
        "access-rights", "reusability", 10, "dct:accessRights",
        Message("The description says whether the data is public, restricted or closed."),
        _WRITTEN,
    ),
    Indicator(
        "access-rights-vocabulary", "reusability", 5, "EU access-right",
        Message("The access rights are a word of the public list."),
        _WRITTEN,
    ),
    Indicator(
        "contact", "reusability", 20, "dcat:contactPoint",
        Message("There is a telephone number or an e-mail address for questions about the data."),
        Message("Give a telephone number or an e-mail address of the office that knows the data."),
    ),
    Indicator(
        "publisher", "reusability", 10, "dct:publisher",
        Message("The description names the unit that answers for the data."),
        _WRITTEN,
    ),
    Indicator(
        "rights", "contextuality", 5, "dct:rights",
        Message("A statement says which condition holds or which fields stay closed, and why."),
        Message(
            "The platform writes it where there is a condition or a closed field; of data that is wholly "
            "open there is none."
        ),
    ),
    Indicator(
        "size", "contextuality", 5, "dcat:byteSize",
        Message("The size of the file is known before it is fetched."),
        _DELIVER,
    ),
    Indicator(
        "issued", "contextuality", 5, "dct:issued",
        Message("The day of the first publication is known."),
        _WRITTEN,
    ),
    Indicator(
        "modified", "contextuality", 5, "dct:modified",
        Message("The moment of the last change is known."),
        _WRITTEN,
    ),
)  # fmt: skip
DIMENSIONS: Final[dict[str, Message]] = {
    "findability": Message("Findability"),
    "accessibility": Message("Accessibility"),
    "interoperability": Message("Interoperability"),
    "reusability": Message("Reusability"),
    "contextuality": Message("Contextuality"),
}
MAXIMUM: Final = sum(one.points for one in INDICATORS)


def judge(entry: PublishedEntry, *, available: bool) -> tuple[Judged, ...]:
    """Every indicator of the scheme for a published entry, in the scheme's order.

    ``available``: the last check found that everything the entry offers answers.
    """
    offered = [file for table in entry.tables for file in table.files]
    linked = any(table.link and not table.files for table in entry.tables)
    met = {
        "keywords": bool(entry.keywords),
        "theme": bool(entry.theme),
        "spatial": bool(entry.region),
        "temporal": bool(entry.temporal_start or entry.temporal_end),
        "access-reachable": available and bool(offered or linked),
        "download": bool(offered),
        "download-reachable": available and bool(offered),
        **_interoperability(entry, offered),
        "licence": bool(entry.licence) and bool(offered or linked),
        "licence-vocabulary": entry.licence in VOCABULARY_LICENCES and bool(offered or linked),
        "access-rights": True,
        "access-rights-vocabulary": True,
        "contact": bool(entry.contact_email or PHONE.match(entry.contact_phone)),
        "publisher": bool(entry.publisher.name),
        "rights": bool(entry.closings or entry.condition),
        "size": bool(offered),
        "issued": True,
        "modified": True,
    }
    return tuple(Judged(one, met[one.code]) for one in INDICATORS)


def _interoperability(entry: PublishedEntry, offered: Sequence[PublishedFile]) -> dict[str, bool]:
    """What the best file of an entry, or the best link elsewhere, earns."""
    links = [
        PublishedFile(table.link_format.lower(), "", table.link, 0, "")
        for table in entry.tables
        if table.link and not table.files
    ]
    found = [_of_file(file) for file in (*offered, *links)]
    nothing = dict.fromkeys(
        ("format", "media-type", "format-vocabulary", "free-format", "machine-readable"), False
    )
    points = {one.code: one.points for one in INDICATORS}
    best = max(
        found,
        key=lambda one: sum(points[code] for code, met in one.items() if met),
        default=nothing,
    )
    return {**best, "dcat-ap": True}


def _of_file(file: PublishedFile) -> dict[str, bool]:
    known = file.format in FILE_TYPES
    return {
        "format": known,
        "media-type": bool(file.media_type),
        "format-vocabulary": known and bool(file.media_type),
        "free-format": file.format in FREE_FORMATS,
        "machine-readable": file.format in READABLE_FORMATS,
    }


def score(judged: Sequence[Judged]) -> int:
    """Points of an entry, 0 to 405."""
    return sum(one.points for one in judged)


def rating(points: int) -> str:
    """The scheme's word for a score: excellent, good, sufficient or bad."""
    return next(word for least, word in RATINGS if points >= least)
