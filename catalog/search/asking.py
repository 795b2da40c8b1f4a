"""A question put into the words of the index."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from itertools import chain

import tantivy
from tantivy import Occur, Query

from catalog.search.folding import fold
from catalog.search.shelf import AREAS, FRESHNESS, day_number
from catalog.search.spelling import SPELLABLE
from catalog.search.tokens import LONGEST_QUESTION, Run, pairs, runs, squeezed
from catalog.search.wishes import Wish, named, wished

_WEIGHTS = dict(zip(AREAS, (8.0, 3.0, 1.0), strict=True))
_EXACT = 200.0
_FUZZY_LETTERS = 4


class Way(IntEnum):
    """How words are looked for; a later way is tried when the one before finds nothing."""

    AS_WRITTEN = 0
    BY_SOUND = 1
    NEARLY = 2


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. ``unit_ids`` are the units whose unpublished entries may be found; None
    means all. ``narrow`` maps a facet to wanted values; ``on`` is the day that being late is judged
    on; ``facets`` are those to be counted. The day of the data lies after ``data_after``,
    before ``data_before``. What a person has ``typed`` is understood as ``wishes`` has it."""

    text: str = ""
    narrow: Mapping[str, Sequence[str]] = field(default_factory=dict)
    data_after: date | None = None
    data_before: date | None = None
    unit_ids: frozenset[int] | None = frozenset()
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()
    on: date = date.min
    titles_only: bool = False
    typed: bool = False

    @property
    def wish(self) -> Wish:
        """What must be found, and what must not."""
        text = self.text[:LONGEST_QUESTION]
        if self.typed:
            return wished(text)
        words = runs(text)
        return Wish([words] if words else [], [])

    @property
    def words(self) -> list[Run]:
        """The stretches that are looked for, of all alternatives."""
        return list(chain.from_iterable(self.wish.alternatives))

    @property
    def named(self) -> "Question | None":
        """The same without the words that only ask, where there are such."""
        left = named(self.text[:LONGEST_QUESTION]) if self.typed else ""
        return replace(self, text=left) if left else None


class Wording:
    """Makes queries for one form of the index."""

    def __init__(self, form: tantivy.Schema) -> None:
        self._form = form

    def query(self, question: Question, way: Way, *, hidden: bool) -> Query:
        """Everything that must hold of an entry; what is not public only of the asker's units."""
        must = self._words(question, way)
        must += [self._narrowed(name, list(values), question.on)
                 for name, values in question.narrow.items()]  # fmt: skip
        must += self._days(question.data_after, question.data_before)
        if hidden and question.unit_ids is not None:
            must.append(Query.term_set_query(self._form, "unit_id", sorted(question.unit_ids)))
        if not must:
            return Query.all_query()
        return Query.boolean_query([(Occur.Must, one) for one in must])

    def _words(self, question: Question, way: Way) -> list[Query]:
        """Every stretch of an alternative, or the whole of a title, of an address or of a code."""
        wish = question.wish
        areas = AREAS[:1] if question.titles_only else AREAS
        found = [
            [(Occur.Must, self._run(run, way, areas)) for run in one] for one in wish.alternatives
        ]
        absent = [(Occur.MustNot, self._run(run, Way.AS_WRITTEN, areas)) for run in wish.absent]
        if not found:
            every = (Occur.Must, Query.all_query())
            return [Query.boolean_query([every, *absent])] if absent else []
        if question.titles_only:
            return [one for _, one in found[0]]
        whole = squeezed(fold(question.text))
        exact = Query.const_score_query(Query.term_query(self._form, "exact", whole), _EXACT)
        either = [(Occur.Should, Query.boolean_query(one)) for one in found]
        if whole.isascii():  # an address has no words of its own in the index
            either.append((Occur.Should, exact))
        if len(either) > 1:
            must = [(Occur.Must, Query.boolean_query(either))]
        else:
            must = [*found[0], (Occur.Should, exact)]
        return [Query.boolean_query([*must, *absent])]

    def _narrowed(self, name: str, values: list[str], on: date) -> Query:
        if name != "freshness":
            return Query.term_set_query(self._form, name, values)
        today = day_number(on)
        ways = {
            FRESHNESS[0]: self._range("late_from", lower=today + 1),
            FRESHNESS[1]: self._range("late_from", lower=1, upper=today),
        }
        chosen = [(Occur.Should, ways[value]) for value in values if value in ways]
        return Query.boolean_query(chosen) if chosen else Query.empty_query()

    def _days(self, after: date | None, before: date | None) -> list[Query]:
        if after is None and before is None:
            return []
        upper = day_number(before) - 1 if before else None
        return [self._range("day", lower=day_number(after) + 1 if after else 1, upper=upper)]

    def _range(self, name: str, lower: int, upper: int | None = None) -> Query:
        kind = tantivy.FieldType.Integer
        if upper is None:
            found = Query.range_query(self._form, name, kind, lower_bound=lower)
        else:
            found = Query.range_query(self._form, name, kind, lower_bound=lower, upper_bound=upper)
        return Query.const_score_query(found, 0.0)

    def _run(self, run: Run, way: Way, areas: Sequence[str]) -> Query:
        ways = [
            (Occur.Should, Query.boost_query(self._in(area, run), _WEIGHTS[area])) for area in areas
        ]
        if not run.chinese and way >= Way.BY_SOUND and SPELLABLE.fullmatch(run.text):
            ways += [
                (Occur.Should, self._begun(name, run.text)) for name in ("spelled", "initials")
            ]
        if not run.chinese and way >= Way.NEARLY and len(run.text) >= _FUZZY_LETTERS:
            ways += [
                (Occur.Should, Query.fuzzy_term_query(self._form, f"{area}_words", run.text))
                for area in areas
            ]
        return Query.boolean_query(ways)

    def _in(self, area: str, run: Run) -> Query:
        if not run.chinese:
            word = Query.term_query(self._form, f"{area}_words", run.text)
            begun = self._begun(f"{area}_words", run.text)
            return Query.boolean_query([(Occur.Should, word), (Occur.Should, begun)])
        words = pairs(run.text)
        if not words:
            return Query.term_query(self._form, f"{area}_chars", run.text)
        if len(words) == 1:
            return Query.term_query(self._form, f"{area}_pairs", words[0])
        return Query.phrase_query(self._form, f"{area}_pairs", list(words))

    def _begun(self, name: str, word: str) -> Query:
        return Query.fuzzy_term_query(self._form, name, word, distance=0, prefix=True)
