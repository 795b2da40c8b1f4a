"""How each defect of form is offered for repair: plain words, and a preview of before and after."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from datasets.reading.cells import (
    EDGES,
    clean_cell,
    clean_label,
    is_blank_label,
    is_blank_row,
)
from datasets.reading.columns import mended_cell
from datasets.reading.facts import SHOWN, Facts
from datasets.reading.headers import filled, final_labels
from datasets.reading.mends import MENDS
from datasets.reading.recipes import repair_id
from datasets.reading.tables import Merge
from datasets.reading.veil import Veil, veiled
from schemas.places import ranges
from schemas.records import Message, Repair

CELL_SHOWN = 24
COLUMNS_SHOWN = 8
SECTION_LABEL = "所属部分"
Redact = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Preview:
    """Cuts rows down to what fits on a page, without closed values, personal data masked."""

    redact: Redact
    veil: Veil | None

    def rows(self, rows: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
        return self.names(veiled(row, self.veil) for row in rows)

    def columns(
        self, rows: Iterable[Sequence[str]], columns: Sequence[int]
    ) -> tuple[tuple[str, ...], ...]:
        return self.names(_chosen([veiled(row, self.veil) for row in rows], columns))

    def names(self, rows: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
        """Rows of the header, which hold no values."""
        return tuple(tuple(self.cell(cell) for cell in row[:COLUMNS_SHOWN]) for row in rows)

    def cell(self, cell: str) -> str:
        text = self.redact(cell)
        return text if len(text) <= CELL_SHOWN else text[: CELL_SHOWN - 1] + "…"


def _chosen(rows: Iterable[Sequence[str]], columns: Sequence[int]) -> list[list[str]]:
    chosen = columns[:COLUMNS_SHOWN]
    return [[row[c] if c < len(row) else "" for c in chosen] for row in rows]


def _repair(
    identity: str, unit: str, numbers: Iterable[int], message: Message, **more: object
) -> Repair:
    where = ranges(numbers) + ("…" if more.pop("and_more", False) else "")
    return Repair(
        id=identity,
        kind=identity.partition(":")[0],
        place=f"{unit} {where}",
        message=message,
        **more,  # type: ignore[arg-type]
    )


def title_rows(facts: Facts, preview: Preview) -> Repair | None:
    above = [index for index in range(facts.header) if not is_blank_row(facts.head[index])]
    if not above:
        return None
    shown = [
        row if filled(row) <= 1 else veiled(row, preview.veil)
        for row in facts.head[: facts.header][-2:]
    ]
    table = facts.head[facts.header : facts.header + 2]
    return _repair(
        "title-rows:above",
        "rows",
        [index + 1 for index in above],
        Message(
            "Above the table stand a title or notes in %(count)d row(s), not the header. "
            "The header is row %(row)d. Accepting leaves the rows above it out.",
            {"count": len(above), "row": facts.header + 1},
        ),
        before=preview.names(shown) + preview.rows(table),
        after=preview.rows(table),
        required=True,
    )


def two_row_header(facts: Facts, preview: Preview) -> Repair | None:
    if facts.header_rows == 1:
        return None
    rows = facts.head[facts.header : facts.first_body]
    return _repair(
        "two-row-header:header",
        "rows",
        range(facts.header + 1, facts.first_body + 1),
        Message(
            "The header takes %(count)d rows, from row %(first)d on. Accepting joins them into one.",
            {"count": facts.header_rows, "first": facts.header + 1},
        ),
        before=preview.names(rows),
        after=preview.names([facts.labels]),
        required=True,
    )


def stacked(facts: Facts, preview: Preview) -> Repair | None:
    if not facts.sections:
        return None
    titled = any(section.title for section in facts.sections)
    shown = [veiled([section.title], preview.veil) for section in facts.sections[:SHOWN]]
    text = (
        Message(
            "The file holds %(count)d tables with the same header, one below the other. Accepting "
            "makes one table of them and adds the column %(column)s with each part's title.",
            {"count": len(facts.sections) + 1, "column": SECTION_LABEL},
        )
        if titled
        else Message(
            "The header is repeated %(count)d time(s) inside the table. Accepting leaves the "
            "repetitions out.",
            {"count": len(facts.sections)},
        )
    )
    return _repair(
        "stacked-tables:parts",
        "rows",
        [section.header + 1 for section in facts.sections],
        text,
        before=preview.names([[*row, *facts.labels] for row in shown]),
        after=preview.names([[*facts.labels[: COLUMNS_SHOWN - 1], *([SECTION_LABEL] * titled)]]),
        required=True,
    )


def further_tables(facts: Facts, preview: Preview) -> Repair | None:
    if not facts.foreign:
        return None
    first = facts.foreign[0]
    around = [(index, row) for index, row in enumerate(facts.head) if first.start <= index + 1]
    shown = [row for index, row in around if index <= first.header + 1][: SHOWN + 1]
    return _repair(
        "further-tables:others",
        "rows",
        [section.header + 1 for section in facts.foreign[:SHOWN]],
        Message(
            "In row %(row)d another table with other columns begins; there are %(count)d of them. "
            "Accepting publishes the first table alone, up to row %(last)d. To publish another one, "
            "choose it under the tables of the file; deliver the rest as files of their own.",
            {"row": first.header + 1, "count": len(facts.foreign), "last": first.start},
        ),
        before=preview.rows(shown),
        after=preview.rows(shown[:1]),
        required=True,
        and_more=len(facts.foreign) > SHOWN,
    )


def labels(facts: Facts, ghosts: Sequence[int], preview: Preview) -> list[Repair | None]:
    named = [c for c in range(facts.width) if c not in set(ghosts)]
    labels = facts.labels
    cleaned = final_labels(labels, facts.width, frozenset({"header-marks"}))
    blank = [c for c in named if not labels[c].strip(EDGES)]
    unnamed = [c for c in named if labels[c].strip(EDGES) and is_blank_label(labels[c])]
    marked = [
        c
        for c in named
        if labels[c].strip(EDGES) and clean_label(labels[c]) != labels[c] and c not in unnamed
    ]
    seen: set[str] = set()
    twice = []
    for column in named:
        label = cleaned[column].strip()
        if label in seen and not is_blank_label(label):
            twice.append(column)
        seen.add(label)
    wordings = (
        ("header-marks", marked, False, _MARKS),
        ("blank-headers", blank, True, _BLANK),
        ("unnamed-headers", unnamed, True, _UNNAMED),
        ("duplicate-headers", twice, True, _TWICE),
    )
    return [
        _label_repair(facts, kind, columns, text, preview, required=required)
        for kind, columns, required, text in wordings
        if columns
    ]


_MARKS = Message(
    "%(count)d column name(s) carry marks that belong to a form, such as asterisks, spaces or line "
    "breaks. Accepting takes them off."
)
_BLANK = Message(
    "%(count)d column(s) with values have no name in the header. Accepting names them after their "
    "position; give them a real name in the entry's fields."
)
_UNNAMED = Message(
    "%(count)d column(s) are named by a program (Unnamed), not by people. Accepting names them after "
    "their position; give them a real name in the entry's fields."
)
_TWICE = Message(
    "%(count)d column name(s) stand in the header more than once. Accepting numbers the later ones."
)


def _label_repair(
    facts: Facts, kind: str, columns: list[int], text: Message, preview: Preview, *, required: bool
) -> Repair:
    kinds = {kind, "header-marks"} if kind == "duplicate-headers" else {kind}
    after = final_labels(facts.labels, facts.width, frozenset(kinds))
    return _repair(
        repair_id(kind, [facts.names[column] for column in columns]),
        "columns",
        [column + 1 for column in columns],
        Message(text.text, {"count": len(columns)}),
        before=preview.names(_chosen([facts.labels], columns)),
        after=preview.names(_chosen([after], columns)),
        required=required,
    )


def ghosts(facts: Facts, ghosts: Sequence[int], preview: Preview) -> Repair | None:
    if not ghosts:
        return None
    kept = [column for column in range(facts.width) if column not in set(ghosts)]
    shown = facts.head[facts.header : facts.header + 2]
    return _repair(
        "ghost-columns:all",
        "columns",
        [column + 1 for column in ghosts],
        Message(
            "%(count)d column(s) have neither a name nor a single value. Accepting leaves them out.",
            {"count": len(ghosts)},
        ),
        before=preview.rows(shown),
        after=preview.columns(shown, kept),
        required=True,
    )


def blank_rows(facts: Facts, preview: Preview) -> Repair | None:
    if not facts.blank.count:
        return None
    first = facts.blank.rows[0][0]
    around = facts.head[max(first - 1, 0) : first + 2]
    return _repair(
        "blank-rows:all",
        "rows",
        [index + 1 for index, _ in facts.blank.rows],
        Message(
            "%(count)d row(s) are empty. Accepting leaves them out.", {"count": facts.blank.count}
        ),
        before=preview.rows(around),
        after=preview.rows(row for row in around if not is_blank_row(row)),
        required=True,
        and_more=facts.blank.count > SHOWN,
    )


def ragged(facts: Facts, preview: Preview) -> Repair | None:
    count = facts.short.count + facts.long_empty.count
    if not count:
        return None
    shown = [*facts.short.rows, *facts.long_empty.rows][:SHOWN]
    mended = [[*row[: facts.width], *[""] * (facts.width - len(row))] for _, row in shown]
    return _repair(
        "ragged-rows:all",
        "rows",
        [index + 1 for index, _ in shown],
        Message(
            "%(count)d row(s) are shorter than the header, or longer by empty cells. Accepting "
            "makes them %(width)d cells wide; no value is lost.",
            {"count": count, "width": facts.width},
        ),
        before=preview.rows(row for _, row in shown),
        after=preview.rows(mended),
        required=True,
        and_more=count > SHOWN,
    )


def footer(
    facts: Facts, indexes: tuple[int, ...], preview: Preview, *, total: bool
) -> Repair | None:
    if not indexes:
        return None
    count = {"count": len(indexes)}
    return _repair(
        "footer-rows:totals" if total else "footer-rows:notes",
        "rows",
        [index + 1 for index in indexes],
        Message(
            "The last rows hold %(count)d total(s), which are no records. Accepting leaves them out.",
            count,
        )
        if total
        else Message(
            "Below the table stand %(count)d row(s) of notes. Accepting leaves them out.", count
        ),
        before=preview.rows(row for index, row in facts.tail if index in set(indexes)),
        required=not total,
    )


def merged_cells(merges: Sequence[Merge], preview: Preview, facts: Facts) -> list[Repair]:
    by_column: dict[int, list[Merge]] = defaultdict(list)
    for area in merges:
        by_column[area[1]].append(area)
    return [
        _merged_column(column, areas, preview, facts)
        for column, areas in sorted(by_column.items())
        if column < facts.width
    ]


def _merged_column(column: int, areas: list[Merge], preview: Preview, facts: Facts) -> Repair:
    top, left, bottom, _ = areas[0]
    rows = facts.head[top : bottom + 1][:SHOWN]
    value = rows[0][left] if rows and left < len(rows[0]) else ""
    filled_down = [[*row[:left], value, *row[left + 1 :]] for row in rows]
    return _repair(
        repair_id("merged-cells", facts.names[column]),
        "rows",
        {index + 1 for area in areas for index in range(area[0], area[2] + 1)},
        Message(
            "In column %(column)s %(count)d area(s) of merged cells reach over several rows; all "
            "rows but the first come out empty there. Accepting writes the value into every row of "
            "its area.",
            {"column": facts.names[column], "count": len(areas)},
        ),
        before=preview.rows(rows),
        after=preview.rows(filled_down),
    )


def cells(facts: Facts, preview: Preview) -> list[Repair]:
    order = ["cell-spaces", *MENDS]
    found = sorted(facts.cells, key=lambda one: (order.index(one[0]), one[1]))
    return [_cell_repair(facts, kind, column, preview) for kind, column in found]


def _cell_repair(facts: Facts, kind: str, column: int, preview: Preview) -> Repair:
    seen = facts.cells[kind, column]
    parameter = dict(facts.mends[column]).get(kind, "")
    name = facts.names[column]
    said = {"column": name, "count": seen.count}
    if kind == "number-units":
        said["unit"] = parameter

    def mend(cell: str) -> str:
        return (
            clean_cell(cell) if kind == "cell-spaces" else mended_cell(MENDS[kind], cell, parameter)
        )

    before = [row for _, row in seen.rows]
    after = [[mend(cell) if c == column else cell for c, cell in enumerate(row)] for row in before]
    offer = _SPACES if kind == "cell-spaces" else MENDS[kind].offer
    return _repair(
        repair_id(kind, name),
        "columns",
        [column + 1],
        Message(offer.text, said),
        before=preview.columns(before, [column]),
        after=preview.columns(after, [column]),
    )


_SPACES = Message(
    "In column %(column)s %(count)d cell(s) begin or end with spaces or hold invisible characters. "
    "Accepting takes them off."
)
