"""Signals of what stands open today: split tables, empty files, links to pages."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.models import AvailabilityFact, Dataset, Examination, Field, Resource, Version
from catalog.services import facts
from catalog.services.signals_found import LOOKED_AT, Found, Look
from schemas.records import Message
from schemas.vocabularies import DatasetState, VersionState

SPLIT_LEAST = 5
"""Open entries of one unit with the same columns from which a split table is suspected."""
COLUMNS_LEAST = 3
"""Fewer columns than this are alike by chance."""
EMPTY_ROWS = 1
PLACEHOLDER_ROWS = 3
PLACEHOLDERS = frozenset(
    {"", "-", "--", "—", "——", "/", "\\", "0", "无", "暂无", "暂无数据", "没有", "空", "测试", "待补充",
     "待更新", "示例", "样例", "null", "none", "n/a", "na", "test", "demo", "todo", "tbd", "xxx"}
)  # fmt: skip
"""Values that say nothing."""
PAGE_REASONS = ("page-instead-of-data",)
"""Codes by which a check of availability says that a link answers with a page."""
_COUNTING = re.compile(
    r"[(（\[【].*?[)）\]】]|第?[0-9一二三四五六七八九十百〇零]+(?:季度|部分|[年月日季期批次号])?|上半年|下半年"
)


def _open_now(look: Look) -> ColumnElement[bool]:
    conditions = [
        Dataset.state == DatasetState.PUBLISHED,
        Dataset.openness.in_(facts.OPEN),
        Dataset.unit_id == look.unit_id if look.unit_id is not None else true(),
    ]
    return and_(*conditions)


def stem(title: str) -> str:
    """A title without what counts parts of a whole: numbers, years, quarters, words in brackets."""
    return re.sub(r"\s+", "", _COUNTING.sub("", normalize("NFKC", title)))


def split(session: Session, look: Look) -> list[Found]:
    """Units with many open entries whose columns are exactly the same, or, where no columns are known,
    whose titles differ in numbers only."""
    rows = session.execute(
        select(Dataset.id, Dataset.unit_id, Dataset.title)
        .where(_open_now(look))
        .order_by(Dataset.unit_id, Dataset.id)
        .limit(LOOKED_AT + 1)
    ).all()
    found: list[Found] = []
    for unit_id, members in groupby(rows[:LOOKED_AT], key=attrgetter("unit_id")):
        held = list(members)
        if len(held) < SPLIT_LEAST:
            continue
        found += [_split(unit_id, group) for group in _alike(session, held)]
    if len(rows) > LOOKED_AT and found:
        found[-1] = Found(found[-1].unit_id, None, found[-1].evidence, cut=True)
    return found


def _alike(session: Session, held: Sequence[Row[int, int, str]]) -> Iterator[list[tuple[int, int]]]:
    """Entries of a unit in groups of the same columns, each with the number of columns."""
    columns = _columns(session, [row.id for row in held])
    groups: dict[tuple[bytes, str], list[tuple[int, int]]] = {}
    for row in held:
        digest, count = columns.get(row.id, (b"", 0))
        if 0 < count < COLUMNS_LEAST:
            continue
        key = (digest, "") if count else (b"", stem(row.title))
        groups.setdefault(key, []).append((row.id, count))
    yield from (group for group in groups.values() if len(group) >= SPLIT_LEAST)


def _columns(session: Session, ids: Sequence[int]) -> dict[int, tuple[bytes, int]]:
    """Digest and number of the column names of entries."""
    found: dict[int, tuple[bytes, int]] = {}
    for start in range(0, len(ids), 500):
        query = (
            select(Field.dataset_id, Field.name)
            .where(Field.dataset_id.in_(ids[start : start + 500]))
            .order_by(Field.dataset_id, Field.name)
        )
        for dataset_id, rows in groupby(session.execute(query), key=attrgetter("dataset_id")):
            names = [row.name for row in rows]
            digest = blake2b("\n".join(names).encode(), digest_size=16).digest()
            found[dataset_id] = (digest, len(names))
    return found


def _split(unit_id: int, group: Sequence[tuple[int, int]]) -> Found:
    same = Message("The same %(n)s columns as the others.", {"n": group[0][1]})
    alike = Message("A title that differs from the others in numbers only.")
    return Found(unit_id, None, {key: same if count else alike for key, count in group})


def empty(session: Session, look: Look) -> list[Found]:
    """Open entries whose current tables hold next to nothing, or that have neither file nor link."""
    rows = session.execute(
        select(
            Dataset.id,
            Dataset.unit_id,
            func.count(Resource.id).label("tables"),
            func.sum(Examination.rows).label("rows"),
        )
        .outerjoin(Resource, Resource.dataset_id == Dataset.id)
        .outerjoin(Examination, Examination.id == Resource.current_examination_id)
        .where(_open_now(look), Dataset.landing_page == "")
        .group_by(Dataset.id, Dataset.unit_id)
        .having(
            and_(
                func.count(Resource.url).filter(Resource.url != "") == 0,
                or_(
                    func.sum(Examination.rows).is_(None),
                    func.sum(Examination.rows) <= PLACEHOLDER_ROWS,
                ),
            )
        )
        .order_by(Dataset.unit_id, Dataset.id)
        .limit(LOOKED_AT)
    ).all()
    hollow = _hollow(session, [row.id for row in rows if (row.rows or 0) > EMPTY_ROWS])
    found: dict[int, dict[int, Message]] = {}
    for row in rows:
        if row.rows is None:
            says = Message("Open, but there is neither a file nor a link.")
        elif row.rows <= EMPTY_ROWS:
            says = Message("Its files hold %(n)s rows in all.", {"n": int(row.rows)})
        elif row.id in hollow:
            says = Message("Its files hold placeholders only.")
        else:
            continue
        found.setdefault(row.unit_id, {})[row.id] = says
    return [Found(unit_id, None, evidence) for unit_id, evidence in found.items()]


def _hollow(session: Session, ids: Sequence[int]) -> set[int]:
    """Entries whose few rows hold nothing but placeholders."""
    found: set[int] = set()
    solid: set[int] = set()
    query = (
        select(Resource.dataset_id, Examination.preview)
        .join(Examination, Examination.id == Resource.current_examination_id)
        .where(Resource.dataset_id.in_(ids))
    )
    for dataset_id, preview in session.execute(query):
        says_nothing = _says_nothing(preview[1:])
        (found if says_nothing else solid).add(dataset_id)
    return found - solid


def _says_nothing(rows: Iterable[Any]) -> bool:
    return all(
        str(cell).strip().lower() in PLACEHOLDERS or (index == 0 and str(cell).strip().isdigit())
        for row in rows
        for index, cell in enumerate(row)
    )


def pages(session: Session, look: Look) -> list[Found]:
    """Open entries with a link that answers with a web page where data is promised."""
    found: dict[int, dict[int, Message]] = {}
    for row in session.execute(_fetched(look)):
        if any(_is_page(problem) for problem in row.problems):
            says = Message("Answers with a web page: %(url)s", {"url": row.source_url})
            found.setdefault(row.unit_id, {})[row.id] = says
    for row in session.execute(_checked(look)):
        says = Message("Answered with a web page when it was checked.")
        found.setdefault(row.unit_id, {}).setdefault(row.id, says)
    return [Found(unit_id, None, evidence) for unit_id, evidence in sorted(found.items())]


def _is_page(problem: Mapping[str, Any]) -> bool:
    """Whether the reader refused a delivery because it is a page of the web."""
    text = str(problem.get("cause", {}).get("text", ""))
    return problem.get("code") == "not-a-table" and "web page" in text


def _fetched(look: Look) -> Select[int, int, str, list[Any]]:
    """The newest delivery by link of each table of an open entry, where it failed."""
    newest = (
        select(func.max(Version.number))
        .where(Version.resource_id == Resource.id)
        .correlate(Resource)
        .scalar_subquery()
    )
    return (
        select(Dataset.id, Dataset.unit_id, Version.source_url, Examination.problems)
        .join(Resource, Resource.dataset_id == Dataset.id)
        .join(Version, and_(Version.resource_id == Resource.id, Version.number == newest))
        .join(Examination, Examination.id == Version.examination_id)
        .where(_open_now(look), Version.source_url != "", Version.state == VersionState.FAILED)
        .limit(LOOKED_AT)
    )


def _checked(look: Look) -> Select[int, int]:
    return (
        select(Dataset.id, Dataset.unit_id)
        .join(AvailabilityFact, AvailabilityFact.dataset_id == Dataset.id)
        .where(
            _open_now(look),
            AvailabilityFact.available.is_(False),
            AvailabilityFact.reason.in_(PAGE_REASONS),
            AvailabilityFact.superseded_at.is_(None),
            AvailabilityFact.valid_from <= look.day,
            or_(AvailabilityFact.valid_to.is_(None), AvailabilityFact.valid_to > look.day),
        )
        .limit(LOOKED_AT)
    )
