"""The survey of a table row by row in plain Python: slow, obvious, what the column-wise one must equal."""

from datasets.reading.cells import EDGES, is_blank_row
from datasets.reading.damage import CODE_LENGTH, has_check_digit
from datasets.reading.facts import HEAD_ROWS, Facts, look_at_head
from datasets.reading.first_table import first_alone
from datasets.reading.grammar import Row
from datasets.reading.walk import Walk, note_cells


def survey_by_rows(rows: list[Row], *, keyed: bool = False) -> Facts:
    """Give every record to the walk one by one, as if each were of another width."""
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
    return first_alone(facts, rows) if facts.foreign else facts


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
