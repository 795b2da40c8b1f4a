"""The search index: derived from the database, rebuilt from it, never a source of truth.

A tantivy index in a folder of each web node. Documents follow the ``search_changes`` table; which
entries a person may see is decided again from the database when the answer is made.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tantivy
from sqlalchemy import func, select

from catalog.db import Database
from catalog.models import Dataset, SearchChange
from catalog.search.documents import Document, documents
from catalog.search.tokens import LONGEST_QUESTION, pairs, pairs_of, runs, singles_of

FACETS = ("unit", "theme", "openness", "state", "format", "update_cycle")
_TITLE_BOOST = 8.0
_BATCH = 1_000
_WINDOW = 1_000
"""Changes before the last applied one that are looked at again: on PostgreSQL a number may be
committed after a higher one."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. ``unit_ids`` are the units whose unpublished entries may be found; None
    means all. ``narrow`` maps a facet to wanted values."""

    text: str = ""
    narrow: Mapping[str, Sequence[str]] = field(default_factory=dict)
    modified_after: int = 0
    unit_ids: frozenset[int] | None = frozenset()
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """Entry ids in order, how many there are in all, and counts per facet value."""

    dataset_ids: list[int]
    total: int
    facets: dict[str, list[tuple[str, int]]]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("id", stored=True, indexed=True, fast=True)
    builder.add_integer_field("unit_id", indexed=True)
    builder.add_boolean_field("public", indexed=True)
    builder.add_integer_field("modified", indexed=True, fast=True)
    for name in ("title_singles", "title_pairs", "singles", "pairs"):
        builder.add_text_field(name, tokenizer_name="cut")
    for name in FACETS:
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _shelf(schema: tantivy.Schema, folder: Path) -> tantivy.Index:
    folder.mkdir(parents=True, exist_ok=True)
    shelf = tantivy.Index(schema, path=str(folder))
    cut = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    shelf.register_tokenizer("cut", cut)
    return shelf


class SearchIndex:
    """An opened index. One process at a time writes (a file lock says which); all may read.

    Public entries stand on a shelf of their own: what nobody is shown must not even weigh on the
    order of what everybody is shown.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._schema = _schema()
        self._public = _shelf(self._schema, folder / "public")
        self._all = _shelf(self._schema, folder / "all")
        self._seen: set[int] = set()

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

    def _applied(self) -> int:
        try:
            return int(json.loads((self._folder / "applied.json").read_text())["sequence"])
        except (OSError, ValueError, KeyError):
            return 0

    def _note_applied(self, sequence: int) -> None:
        fresh = self._folder / "applied.json.new"
        fresh.write_text(json.dumps({"sequence": sequence}))
        fresh.replace(self._folder / "applied.json")

    def catch_up(self, database: Database) -> int:
        """Apply changes that are not in the index yet; how many entries were looked at.

        Killed at any point, it starts again from the last note: applying twice changes nothing.
        """
        with self._lock() as mine:
            if not mine:
                self._reload()
                return 0
            applied = self._applied()
            with database.read() as session:
                rows = session.execute(
                    select(SearchChange.sequence, SearchChange.dataset_id)
                    .where(SearchChange.sequence > applied - _WINDOW)
                    .order_by(SearchChange.sequence)
                ).all()
            waiting = [row for row in rows if row.sequence not in self._seen]
            if not waiting:
                return 0
            wanted = list(dict.fromkeys(row.dataset_id for row in waiting))
            self._write(database, wanted)
            self._seen = {row.sequence for row in rows[-2 * _WINDOW :]}
            self._note_applied(max(row.sequence for row in rows))
            return len(wanted)

    def rebuild(self, database: Database) -> int:
        """Make the whole index anew from the database; how many entries it has now."""
        with self._lock() as mine:
            if not mine:
                return 0
            with database.read() as session:
                last = session.scalar(select(func.max(SearchChange.sequence))) or 0
                ids = list(session.scalars(select(Dataset.id).order_by(Dataset.id)))
            for shelf in (self._public, self._all):
                writer = shelf.writer()
                writer.delete_all_documents()
                writer.commit()
                writer.wait_merging_threads()
            self._write(database, ids)
            self._note_applied(last)
            return len(ids)

    def _write(self, database: Database, dataset_ids: Sequence[int]) -> None:
        public, everything = self._public.writer(), self._all.writer()
        for start in range(0, len(dataset_ids), _BATCH):
            part = dataset_ids[start : start + _BATCH]
            with database.read() as session:
                made = documents(session, part)
            for dataset_id in part:
                public.delete_documents_by_term("id", dataset_id)
                everything.delete_documents_by_term("id", dataset_id)
            for document in made:
                everything.add_document(_tantivy_document(document))
                if document.public:
                    public.add_document(_tantivy_document(document))
        for writer in (public, everything):
            writer.commit()
            writer.wait_merging_threads()
        self._reload()

    def _reload(self) -> None:
        self._public.reload()
        self._all.reload()

    def ids(self) -> set[int]:
        """Every entry in the index, for comparing with the database."""
        self._reload()
        searcher = self._all.searcher()
        found = searcher.search(tantivy.Query.all_query(), limit=max(1, searcher.num_docs))
        return {int(searcher.doc(place)["id"][0]) for _, place in found.hits}

    # -- answering ---------------------------------------------------------------------------------

    def ask(self, question: Question) -> Answer:
        """Find entries: every word of the text must occur; titles weigh more."""
        everybody = question.unit_ids is not None and not question.unit_ids
        searcher = (self._public if everybody else self._all).searcher()
        query = self._query(question)
        order = None
        if question.sort != "relevance" or not question.text.strip():
            order = "modified"
        found = searcher.search(
            query, limit=max(1, question.limit), offset=question.offset, order_by_field=order
        )
        ids = [int(searcher.doc(place)["id"][0]) for _, place in found.hits]
        facets = self._facets(searcher, query) if question.facets else {}
        return Answer(ids if question.limit else [], int(found.count or 0), facets)

    def _facets(
        self, searcher: tantivy.Searcher, query: tantivy.Query
    ) -> dict[str, list[tuple[str, int]]]:
        wanted = {name: {"terms": {"field": name, "size": 500}} for name in FACETS}
        counted: dict[str, Any] = searcher.aggregate(query, wanted)
        return {
            name: [
                (str(bucket["key"]), int(bucket["doc_count"]))
                for bucket in counted[name]["buckets"]
                if bucket["key"] != ""
            ]
            for name in FACETS
        }

    def _query(self, question: Question) -> tantivy.Query:
        must = [
            self._run_query(run.text, chinese=run.chinese)
            for run in runs(question.text[:LONGEST_QUESTION])
        ]
        for name, wanted in question.narrow.items():
            must.append(tantivy.Query.term_set_query(self._schema, name, list(wanted)))
        if question.modified_after:
            must.append(
                tantivy.Query.range_query(
                    self._schema, "modified", tantivy.FieldType.Integer,
                    lower_bound=question.modified_after, include_lower=False,
                )
            )  # fmt: skip
        if question.unit_ids:
            must.append(self._audience(question.unit_ids))
        if not must:
            return tantivy.Query.all_query()
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, part) for part in must])

    def _audience(self, unit_ids: frozenset[int]) -> tantivy.Query:
        public = tantivy.Query.term_query(self._schema, "public", True)
        own = tantivy.Query.term_set_query(self._schema, "unit_id", sorted(unit_ids))
        either = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, public), (tantivy.Occur.Should, own)]
        )
        return tantivy.Query.const_score_query(either, 0.0)

    def _run_query(self, text: str, *, chinese: bool) -> tantivy.Query:
        if chinese and len(text) > 1:
            everywhere = self._phrase("pairs", pairs(text))
            title = self._phrase("title_pairs", pairs(text))
        else:
            everywhere = self._word("singles", text, prefix=not chinese)
            title = self._word("title_singles", text, prefix=not chinese)
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, everywhere),
                (tantivy.Occur.Should, tantivy.Query.boost_query(title, _TITLE_BOOST)),
            ]
        )

    def _phrase(self, name: str, words: list[str]) -> tantivy.Query:
        if len(words) == 1:
            return tantivy.Query.term_query(self._schema, name, words[0])
        return tantivy.Query.phrase_query(self._schema, name, list(words))

    def _word(self, name: str, word: str, *, prefix: bool) -> tantivy.Query:
        exact = tantivy.Query.term_query(self._schema, name, word)
        if not prefix:
            return exact
        begun = tantivy.Query.fuzzy_term_query(self._schema, name, word, distance=0, prefix=True)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, exact), (tantivy.Occur.Should, begun)]
        )


def _tantivy_document(document: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_integer("id", document.dataset_id)
    made.add_integer("unit_id", document.unit_id)
    made.add_boolean("public", document.public)
    made.add_integer("modified", document.modified)
    made.add_text("title_singles", singles_of(document.title))
    made.add_text("title_pairs", pairs_of(document.title))
    made.add_text("singles", singles_of(document.text))
    made.add_text("pairs", pairs_of(document.text))
    for name in ("unit", "theme", "openness", "state", "update_cycle"):
        if value := getattr(document, name):
            made.add_text(name, value)
    for suffix in document.formats:
        made.add_text("format", suffix)
    return made
