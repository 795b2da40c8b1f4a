"""Where the header stands, and what is wrong with it."""

import re
from collections import Counter
from collections.abc import Sequence

from datasets.reading.cells import clean_label, is_blank_label, is_number
from datasets.reading.grammar import Row

NOTE_ABOVE = re.compile(
    r"(?:填报|编制|制表|报送|主管|发布)?(?:单位|部门|日期|时间|期别|人)[^：:]{0,6}[：:]|数据来源|资料来源|截止|截至|"
    r"[\u4e00-\u9fff]{2,6}[：:]\s*\S"
)
ASKED = re.compile(
    r"(?:(?:填报|填表|编制|制表|报送|主管|发布|所属)?(?:单位|部门|日期|时间|人)(?:名称)?|(?:联系|办公)?(?:电话|方式)|手机|"
    r"传真|(?:通讯|通信|办公)?地址|邮编|邮政编码|联系人|负责人|法定代表人|人数|面积|网址|(?:电子)?邮箱|备注)[：:]?"
)
"""Names on a form; in a table they stand in the header and nowhere else."""
LONGEST_LABEL = 40
MOST_HEADER_ROWS = 4
FEWEST_COLUMNS = 3
FEWEST_RECORDS = 2
"""Of what stands above a much wider table and is taken for a table too."""
ALL_LABEL_REPAIRS = frozenset(
    {"header-marks", "blank-headers", "unnamed-headers", "duplicate-headers"}
)


def filled(row: Row) -> int:
    """Count cells with content; ``Unnamed: 3`` counts as empty."""
    return len(row) - row.count("") if "" in row and not _odd(row) else _count(row)


def _odd(row: Row) -> bool:
    return any(cell.isspace() or cell.startswith("Unnamed: ") for cell in row if cell)


def _count(row: Row) -> int:
    return sum(1 for cell in row if not is_blank_label(cell))


def find_header(head: Sequence[Row]) -> int:
    """Find the header among the first rows: the first that is filled about as far as the table is.

    Returns an index from 0. A row of text followed by rows of data wins over a fuller data row,
    so that a header with gaps is not mistaken for a title. A whole table above, however narrow beside
    the one below it, is no title either.
    """
    most = max((filled(row) for row in head), default=0)
    if most <= 1:
        return next((i for i, row in enumerate(head) if filled(row)), 0)
    enough = max(2, (most + 1) // 2)
    full = [index for index, row in enumerate(head) if filled(row) >= enough]
    told = (index for index in full if not _note(head[index]) and not _on_form(head, index))
    chosen = next(told, full[0])
    for index, row in enumerate(head[:chosen]):
        if (
            filled(row) >= 2
            and not _note(row)
            and _all_labels(row)
            and not _all_labels(head[chosen])
        ):
            return index
    above = _table_above(head[:chosen])
    return chosen if above is None else above


def _table_above(rows: Sequence[Row]) -> int | None:
    """Where the header of a table stands that ends above the last of these rows, if there is one.

    Lines of a form (a name, its value, another name) are none: a table has rows below its header that
    are filled alike, and a column that holds numbers only.
    """
    blocks: list[list[int]] = [[]]
    for index, row in enumerate(rows):
        if filled(row) > 1:
            blocks[-1].append(index)
        elif blocks[-1]:
            blocks.append([])
    return next((block[0] for block in blocks[:-1] if _is_table([rows[i] for i in block])), None)


def _is_table(rows: Sequence[Row]) -> bool:
    labels = [cell for cell in rows[0] if not is_blank_label(cell)]
    if len(rows) <= FEWEST_RECORDS or len(labels) < FEWEST_COLUMNS or not _all_labels(rows[0]):
        return False
    if len(set(labels)) < len(labels) or any(map(_note, rows)):
        return False
    below = [cell.strip() for row in rows[1:] for cell in row]
    if any(filled(row) > len(labels) for row in rows) or any(map(ASKED.fullmatch, below)):
        return False
    columns = zip(*(row[: len(rows[0])] for row in rows[1:]), strict=False)
    return any(all(map(is_number, column)) for column in columns)


def _note(row: Row) -> bool:
    texts = [cell for cell in row if not is_blank_label(cell)]
    noted = sum(1 for text in texts if NOTE_ABOVE.match(text.strip()))
    return bool(texts) and len(texts) <= 3 and noted * 2 >= len(texts)


def _on_form(head: Sequence[Row], index: int) -> bool:
    """Whether a row and one beside it say a name and what it is, and again: a form, and no header."""
    beside = (*head[max(index - 1, 0) : index], *head[index + 1 : index + 2])
    return _asks(head[index]) and any(map(_asks, beside))


def _asks(row: Row) -> bool:
    texts = [cell.strip() for cell in row if not is_blank_label(cell)]
    return (
        len(texts) > 1
        and all(map(ASKED.fullmatch, texts[::2]))
        and not any(map(ASKED.fullmatch, texts[1::2]))
    )


def _all_labels(row: Row) -> bool:
    texts = [cell for cell in row if not is_blank_label(cell)]
    return all(not is_number(text) and len(text) <= LONGEST_LABEL for text in texts)


def has_second_row(head: Sequence[Row], header: int) -> bool:
    """Tell a header of two rows: the lower one names only sub-columns, or adds a bracket.

    The lower row must leave cells empty that records fill, hold no numbers, and stand under gaps
    of the upper row, or begin with a bracket.
    """
    if header + 1 >= len(head):
        return False
    upper, lower = head[header], head[header + 1]
    named = [i for i, cell in enumerate(lower) if not is_blank_label(cell)]
    body = [row for row in head[header + 2 :] if filled(row)][:50]
    if not named or not body or not _all_labels(lower) or 0 in named:
        return False
    usual = Counter(i for row in body for i, cell in enumerate(row) if cell.strip())
    empty_but_usual = [
        i for i in range(len(lower)) if i not in named and usual[i] >= 0.8 * len(body)
    ]
    if not empty_but_usual:
        return False
    bracket = all(lower[i].strip()[0] in "(（[【" for i in named)
    gaps = sum(1 for i in named if i >= len(upper) or is_blank_label(upper[i]))
    return bracket or (gaps > 0 and all(_group(upper, i) for i in named))


def _group(upper: Row, column: int) -> str:
    """Name the group that spreads over a column: the nearest label to the left."""
    for cell in reversed(upper[: column + 1]):
        if not is_blank_label(cell):
            return cell
    return ""


def join_header(upper: Row, lower: Row) -> Row:
    """Make one header of two rows: group and sub-column with ``_``, a bracket without."""
    labels: Row = []
    for column in range(max(len(upper), len(lower))):
        top = upper[column] if column < len(upper) else ""
        below = lower[column] if column < len(lower) else ""
        if is_blank_label(below):
            labels.append(top)
        elif below.strip()[0] in "(（[【":
            labels.append(top.strip() + below.strip())
        else:
            labels.append("_".join(filter(None, (_group(upper, column).strip(), below.strip()))))
    return labels


def joined_header(head: Sequence[Row], header: int) -> tuple[Row, int]:
    """Join the rows of a header into one; returns it and how many rows it takes."""
    labels, count = head[header], 1
    while count < MOST_HEADER_ROWS and has_second_row([labels, *head[header + count :]], 0):
        labels = join_header(labels, head[header + count])
        count += 1
    return labels, count


def final_labels(labels: Sequence[str], width: int, kinds: frozenset[str]) -> list[str]:
    """Apply the agreed header repairs (``kinds``) to the labels, in the order they build on."""
    result = [*labels, *[""] * (width - len(labels))]
    if "header-marks" in kinds:
        result = [clean_label(label) for label in result]
    for column, label in enumerate(result):
        blank, unnamed = not label.strip(), is_blank_label(label)
        if (blank and "blank-headers" in kinds) or (
            unnamed and not blank and "unnamed-headers" in kinds
        ):
            result[column] = f"列{column + 1}"
    if "duplicate-headers" in kinds:
        result = _numbered(result)
    return result


def _numbered(labels: Sequence[str]) -> list[str]:
    taken, result = {label.strip() for label in labels}, []
    seen: set[str] = set()
    for label in labels:
        name = label.strip()
        if name and name in seen:
            number = 2
            while f"{name}_{number}" in taken:
                number += 1
            name = f"{name}_{number}"
            taken.add(name)
        seen.add(name)
        result.append(name if name != label.strip() else label)
    return result
