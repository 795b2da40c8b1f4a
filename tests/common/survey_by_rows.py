"""The survey of a table row by row in plain Python: slow, obvious, what the column-wise one must equal."""

from datasets.reading.cells import EDGES, is_blank_row
from datasets.reading.damage import CODE_LENGTH, has_check_digit
from datasets.reading.facts import HEAD_ROWS, Facts, look_at_head
from datasets.reading.grammar import Row
from datasets.reading.walk import Walk, note_cells


def survey_by_rows(rows: list[Row], *, keyed: bool = False) -> Facts:
    """What is found when every record is given to the walk one by one; where several tables stand
    below each other, of the first one what is found when it is given alone."""
    facts = _walked(rows, keyed=keyed)
    if not facts.foreign:
        return facts
    alone = _walked(rows[: facts.foreign[0].start], keyed=False)
    alone.head, alone.foreign, alone.records = facts.head, facts.foreign, facts.records
    return alone


def _walked(rows: list[Row], *, keyed: bool) -> Facts:
    facts = look_at_head(rows[:HEAD_ROWS], keyed=keyed)
    walk = Walk(facts)
    for index, row in enumerate(rows):
        if index < facts.first_body:
            walk.see_above(index, row)
            continue
        if not is_blank_row(row):
            note_cells(facts, index, row)
        walk.see(index, row)
        facts.records = index + 1
    return facts


def failing_codes(cells: list[str]) -> tuple[int, list[int]]:
    """Eighteen digits whose check digit fails, and which of those are rounded."""
    failing, rounded = 0, []
    for place, cell in enumerate(cells):
        text = cell.strip(EDGES)
        if (
            len(text) == CODE_LENGTH
            and text.isascii()
            and text.isdigit()
            and not has_check_digit(text)
        ):
            failing += 1
            if text.endswith("000") or int(float(text)) == int(text):
                rounded.append(place)
    return failing, rounded
