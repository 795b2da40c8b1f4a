"""The search index: derived from the database, rebuilt from it, never a source of truth.

A tantivy index in a folder of each web node. Documents follow the ``search_changes`` table; which
entries a person may see is decided again from the database when the answer is made.
"""

import fcntl
import json
import shutil
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar, cast

import tantivy
from sqlalchemy import select
from sqlalchemy.orm import Session

from catalog.db import Database
from catalog.models import SearchChange
from catalog.search.asking import Question, Way, Wording
from catalog.search.documents import BATCH, documents
from catalog.search.folding import fold
from catalog.search.preparing import Prepared, every_prepared, prepared
from catalog.search.shelf import FORM, FRESHNESS, TERMS, day_number, opened, schema
from catalog.search.tokens import squeezed

T = TypeVar("T")
_WINDOW = 1_000
"""Changes before the last applied one that are looked at again: on PostgreSQL a number may be
committed after a higher one."""
_HEAP = 512 * 2**20
"""Most memory of entries that are not written to a segment yet. Few large segments need no merging, and
are asked quicker."""
MOST_VALUES = 200
"""Most values of a facet that are told, the most frequent first."""
_KEPT = 256
"""Counted facets and the like that are kept until the index changes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Entry ids in order, how many there are in all, counts per facet value, and how the words were
    looked for; ``searched`` are the words themselves where those that only ask fell away."""

    dataset_ids: list[int]
    total: int
    facets: dict[str, list[tuple[str, int]]]
    way: Way = Way.AS_WRITTEN
    searched: str = ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query put to one shelf at one moment."""

    searcher: tantivy.Searcher
    query: tantivy.Query


class SearchIndex:
    """An opened index. One process at a time writes (a file lock says which); all may read.

    Public entries stand on a shelf of their own: what nobody is shown must not even weigh on the
    order of what everybody is shown.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FORM
        for old in folder.glob("*"):
            if old.is_dir() and old.name != FORM:
                shutil.rmtree(old, ignore_errors=True)
        form = schema()
        self._wording = Wording(form)
        try:
            self._public, self._hidden = self._open(form)
        except ValueError:  # written by another release
            shutil.rmtree(self._folder)
            self._public, self._hidden = self._open(form)
        self.note = ""
        """What the index held when it was last read; changes with it."""
        self._kept: dict[Hashable, Any] = {}
        self._guard = Lock()

    def _open(self, form: tantivy.Schema) -> tuple[tantivy.Index, tantivy.Index]:
        return opened(form, self._folder / "public"), opened(form, self._folder / "hidden")

    # -- following the database ------------------------------------------------------------------

    @contextmanager
    def _lock(self) -> Iterator[bool]:
        with (self._folder / "writer.lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    def _read_note(self) -> str:
        try:
            return (self._folder / "applied.json").read_text()
        except OSError:
            return ""

    def _write_note(self, last: int, seen: Iterable[int]) -> None:
        fresh = self._folder / "applied.json.new"
        fresh.write_text(json.dumps({"sequence": last, "seen": sorted(seen)}))
        fresh.replace(self._folder / "applied.json")

    def catch_up(self, database: Database) -> int:
        """Apply changes that are not in the index yet; how many entries were looked at.

        Killed at any point, it starts again from the last note: applying twice changes nothing.
        Without a note the index is made anew.
        """
        note = self._read_note()
        if note != self.note:
            self._reload(note)
        if note and not self._waiting(database, note):
            return 0
        with self._lock() as mine:
            if not mine:
                return 0
            note = self._read_note()
            if not note:
                return self._rebuild(database)
            waiting = self._waiting(database, note)
            wanted = list(dict.fromkeys(row.dataset_id for row in waiting))
            if not wanted:
                return 0
            self._change(database, wanted)
            held = json.loads(note)
            numbers = [*held["seen"], *(row.sequence for row in waiting)]
            last = max(held["sequence"], *numbers)
            self._write_note(last, [one for one in numbers if one > last - _WINDOW])
            self._reload(self._read_note())
            return len(wanted)

    def _waiting(self, database: Database, note: str) -> Sequence[Any]:
        held = json.loads(note)
        with database.read() as session:
            return _changes(session, held["sequence"] - _WINDOW, held["seen"])

    def in_step(self, mark: tuple[int, int]) -> bool:
        """Whether the index holds the very state of the entries that ``outbox.mark`` names."""
        if not self.note:
            return False
        held = json.loads(self.note)
        return (held["sequence"], len(held["seen"])) == mark

    def rebuild(self, database: Database) -> int:
        """Make the whole index anew from the database; how many entries it has now."""
        with self._lock() as mine:
            return self._rebuild(database) if mine else 0

    def _rebuild(self, database: Database) -> int:
        """Readers have the old index until the new one is complete."""
        public = self._public.writer(_HEAP, 1)  # beside those that prepare entries
        hidden = self._hidden.writer(_HEAP // 8, 1)
        count = 0
        with database.read() as session:
            rows = _changes(session, 0, ())
            last = max((row.sequence for row in rows), default=0)
        for writer in (public, hidden):
            writer.delete_all_documents()
        for part in every_prepared(database):
            count += len(part)
            _add(public, hidden, part)
        self._finish(public, hidden)
        self._write_note(last, [row.sequence for row in rows if row.sequence > last - _WINDOW])
        self._reload(self._read_note())
        return count

    def _change(self, database: Database, dataset_ids: Sequence[int]) -> None:
        public, hidden = self._public.writer(), self._hidden.writer(_HEAP // 8, 1)
        for start in range(0, len(dataset_ids), BATCH):
            part = dataset_ids[start : start + BATCH]
            with database.read() as session:
                made = documents(session, part)
            for dataset_id in part:
                public.delete_documents_by_term("id", dataset_id)
                hidden.delete_documents_by_term("id", dataset_id)
            _add(public, hidden, prepared(made))
        self._finish(public, hidden)

    def _finish(self, *writers: tantivy.IndexWriter) -> None:
        for writer in writers:
            writer.commit()
        for writer in writers:
            writer.wait_merging_threads()

    def _reload(self, note: str) -> None:
        self._public.reload()
        self._hidden.reload()
        with self._guard:
            self._kept.clear()
        self.note = note

    def digests(self) -> dict[int, int]:
        """Every entry in the index and the state it has there, for comparing with the database."""
        self._reload(self._read_note())
        found: dict[int, int] = {}
        for shelf in (self._public, self._hidden):
            searcher = shelf.searcher()
            everything = tantivy.Query.all_query()
            hits = searcher.search(everything, limit=max(1, searcher.num_docs), count=False).hits
            places = [place for _, place in hits]
            ids = searcher.fast_field_values("id", places)
            states = searcher.fast_field_values("digest", places)
            found.update(zip(map(int, ids), map(int, states), strict=True))
        return found

    # -- answering ---------------------------------------------------------------------------------

    def ask(self, question: Question) -> Answer:
        """Find entries: every word of the text must occur; titles weigh more.

        Where nothing is written so, words that only ask fall away, Latin words may be the spelling or the
        initials of Chinese ones, and at last be misspelt.
        """
        answer = self._ask(question, Way.AS_WRITTEN)
        if answer.total:
            return answer
        named = question.named
        chinese = all(run.chinese for run in question.words)
        for way in Way if named or not chinese else ():
            for one in (question, named):
                if one is None or (one is question and way == Way.AS_WRITTEN):
                    continue
                further = self._ask(one, way)
                if further.total:
                    return replace(further, searched=one.text if one is named else "")
        return answer

    def _ask(self, question: Question, way: Way) -> Answer:
        asked = self._put(question, way)
        ids, total = _hits(asked, question)
        facets = self._counted(asked, question, way) if question.facets and total else {}
        return Answer(ids, total, facets, way)

    def _put(self, question: Question, way: Way) -> list[_Asked]:
        shelves = [(self._public, False)]
        if question.unit_ids is None or question.unit_ids:
            shelves.append((self._hidden, True))
        return [
            _Asked(shelf.searcher(), self._wording.query(question, way, hidden=hidden))
            for shelf, hidden in shelves
        ]

    def _counted(
        self, asked: Sequence[_Asked], question: Question, way: Way
    ) -> dict[str, list[tuple[str, int]]]:
        narrow = tuple((name, tuple(values)) for name, values in sorted(question.narrow.items()))
        key = (
            way, question.text, narrow, question.data_after, question.data_before, question.unit_ids,
            question.facets, question.on, question.titles_only,
        )  # fmt: skip
        return self.keep(key, lambda: _facets(asked, question))

    def keep(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, kept until the index changes: what everybody asks is found out once."""
        note = self.note
        with self._guard:
            kept = self._kept.get((note, key))
        if kept is None:
            kept = make()
            with self._guard:
                if len(self._kept) >= _KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[note, key] = kept
        return cast("T", kept)

    def terms(self, prefix: str, question: Question, limit: int) -> list[tuple[str, int]]:
        """Keywords that begin so, and how many of the entries that ``question`` may find have them."""
        begun = squeezed(fold(prefix))
        if not begun:
            return []
        counts: Counter[str] = Counter()
        for one in self._put(question, Way.AS_WRITTEN):
            counts.update(dict(one.searcher.terms_with_prefix("keyword", begun, one.query, limit)))
        return counts.most_common(limit)


def _changes(session: Session, after: int, seen: Iterable[int]) -> Sequence[Any]:
    held = set(seen)
    rows = session.execute(
        select(SearchChange.sequence, SearchChange.dataset_id)
        .where(SearchChange.sequence > after)
        .order_by(SearchChange.sequence)
    ).all()
    return [row for row in rows if row.sequence not in held]


def _add(
    public: tantivy.IndexWriter, hidden: tantivy.IndexWriter, made: Iterable[Prepared]
) -> None:
    for one in made:
        (public if one.public else hidden).add_json(one.fields.decode())


def _hits(asked: Sequence[_Asked], question: Question) -> tuple[list[int], int]:
    """Ids in order, of one shelf or of two put together, and how many there are."""
    order = None if question.words else "standing"
    if question.sort != "relevance":
        order = "modified"
    alone = len(asked) == 1
    offset = question.offset if alone else 0
    limit = question.limit if alone else question.offset + question.limit
    found: list[tuple[Any, int, Any]] = []
    total = 0
    for number, one in enumerate(asked):
        # The library makes room for every hit up to the last one asked for: never for more than there are.
        most = max(1, one.searcher.num_docs)
        answer = one.searcher.search(
            one.query,
            limit=min(max(1, limit), most),
            offset=min(offset, most),
            order_by_field=order,
        )
        total += int(answer.count or 0)
        found += [(key, number, place) for key, place in answer.hits]
    if not alone:
        found.sort(key=lambda hit: hit[0], reverse=True)
        found = found[question.offset :]
    found = found[: question.limit]
    ids = [0] * len(found)
    for number, one in enumerate(asked):
        at = [n for n, hit in enumerate(found) if hit[1] == number]
        values = one.searcher.fast_field_values("id", [found[n][2] for n in at])
        for n, value in zip(at, values, strict=True):
            ids[n] = int(value or 0)
    return ids, total


def _facets(asked: Sequence[_Asked], question: Question) -> dict[str, list[tuple[str, int]]]:
    wanted: dict[str, Any] = {
        name: {"terms": {"field": name, "size": MOST_VALUES}}
        for name in TERMS
        if name in question.facets
    }
    if "freshness" in question.facets:
        today = day_number(question.on)
        on_time, late = FRESHNESS
        ranges = [
            {"key": on_time, "from": today + 1},
            {"key": late, "from": 1, "to": today + 1},
        ]
        wanted["freshness"] = {"range": {"field": "late_from", "ranges": ranges, "keyed": False}}
    counts: dict[str, dict[str, int]] = {name: {} for name in question.facets}
    for one in asked:
        counted: dict[str, Any] = one.searcher.aggregate(one.query, wanted)
        for name, held in counts.items():
            for bucket in counted[name]["buckets"]:
                key, count = str(bucket["key"]), int(bucket["doc_count"])
                if count and (name != "freshness" or key in FRESHNESS):
                    held[key] = held.get(key, 0) + count
    return {
        name: sorted(held.items(), key=lambda one: (-one[1], one[0]))[:MOST_VALUES]
        for name, held in counts.items()
    }
