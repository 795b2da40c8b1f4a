"""Repairs: the defects of a table's form, each in plain words with a preview of mending it.

Nothing is mended by itself. Every repair is derived from the bytes alone, never from what was
accepted before, so its id (kind and place) survives a new examination.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from datasets import total_words
from datasets.reading import offers
from datasets.reading.cells import EDGES, is_blank_label
from datasets.reading.damage import Place
from datasets.reading.facts import Facts
from datasets.reading.headers import filled
from datasets.reading.tables import Merge, Table
from datasets.reading.veil import Veil
from schemas.records import Repair

FOOT_NOTE = re.compile(
    r"[（(]?(?:注|备注|说明|附注|数据来源|资料来源|来源|填表|制表|审核|单位负责人|联系人|联系电话"
    r"|统计人|统计日期|填报|截止|截至|打印|导出|报送)(?:[：:人时日单]|\s|$)|共\s*\d+\s*[条项家户个页]"
)


@dataclass(frozen=True, slots=True)
class Structure:
    """The form of a table: facts, and the repairs offered."""

    facts: Facts
    repairs: tuple[Repair, ...]
    foot_notes: tuple[int, ...]
    foot_totals: tuple[int, ...]
    ghosts: tuple[int, ...]
    merges: tuple[Merge, ...] = ()
    damage_count: int = 0
    damaged: tuple[Place, ...] = ()


def detect(
    facts: Facts, table: Table, redact: Callable[[str], str], veil: Veil | None = None
) -> Structure:
    """Derive the repairs from the facts of one walk.

    ``redact`` masks cells of previews, and ``veil`` says which of them are not shown at all.
    """
    ghosts = tuple(
        column for column in sorted(facts.empty_columns) if is_blank_label(facts.labels[column])
    )
    notes, totals = _foot(facts)
    preview = offers.Preview(redact, veil)
    end = facts.foreign[0].start if facts.foreign else facts.records
    merges = tuple(sorted(m for m in table.merges if facts.first_body <= m[0] < end))
    offered: list[Repair | None] = [
        offers.title_rows(facts, preview),
        offers.two_row_header(facts, preview),
        offers.stacked(facts, preview),
        offers.further_tables(facts, preview),
        *offers.labels(facts, ghosts, preview),
        offers.ghosts(facts, ghosts, preview),
        offers.blank_rows(facts, preview),
        offers.ragged(facts, preview),
        offers.footer(facts, notes, preview, total=False),
        offers.footer(facts, totals, preview, total=True),
        *offers.cells(facts, preview),
        *offers.merged_cells(merges, preview, facts),
        *table.notes,
    ]
    first = facts.first_body + 1
    destroyed = (place for place in table.destroyed if first <= place[0] <= end)
    count, damaged = facts.damage.verdict(facts.labels, destroyed)
    return Structure(
        facts=facts,
        repairs=tuple(repair for repair in offered if repair is not None),
        foot_notes=notes,
        foot_totals=totals,
        ghosts=ghosts,
        merges=merges,
        damage_count=count,
        damaged=tuple(damaged),
    )


def _foot(facts: Facts) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tell notes and totals among the last rows; at least one record must remain above them."""
    notes: list[int] = []
    totals: list[int] = []
    if facts.keyed:
        return (), ()
    for index, row in reversed(facts.tail):
        if len(notes) + len(totals) + 1 >= facts.body:
            break
        first = next((cell for cell in row if cell.strip(EDGES)), "").strip(EDGES)
        many = filled(row)
        squeezed = re.sub(r"\s+", "", first)
        if many >= 2 and total_words.FOOT.fullmatch(squeezed):
            totals.append(index)
        elif (many <= 2 and FOOT_NOTE.match(squeezed)) or (
            many == 1 and facts.usual >= 3 and len(first) >= 8 and bool(row[0].strip(EDGES))
        ):
            notes.append(index)
        else:
            break
    return tuple(reversed(notes)), tuple(reversed(totals))
