"""Which records of a table are its content: not the header, no comments, and no skipped blanks."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from datasets.validation.typed_cells import NONE, TEXT, TypedBatch, chosen


@dataclass(frozen=True, slots=True)
class Content:
    """What the dialect of a Frictionless resource leaves out. Records keep their numbers."""

    start: int
    comment_char: str
    comment_rows: tuple[int, ...]
    skips_blank: bool

    @classmethod
    def of(cls, dialect: Any) -> "Content":
        """The content as an opened resource's dialect describes it."""
        return cls(
            dialect.create_first_content_row(),
            dialect.comment_char or "",
            tuple(dialect.comment_rows or ()),
            bool(dialect.skip_blank_rows),
        )

    def in_batch(self, batch: TypedBatch) -> TypedBatch:
        """The rows of a batch that are content."""
        content = batch.since(self.start)
        if not (self.comment_char or self.comment_rows or self.skips_blank):
            return content
        kept = pl.repeat(value=True, n=len(content.numbers), dtype=pl.Boolean, eager=True)
        if self.comment_rows:
            kept &= ~content.numbers.is_in(list(self.comment_rows))
        if self.comment_char and content.columns:
            first = content.columns[0]
            marked = first.texts.str.starts_with(self.comment_char).fill_null(value=False)
            kept &= ~(marked & (first.kinds == TEXT))
        if self.skips_blank:
            kept &= ~_blank(content)
        ragged = [one for one in content.ragged if self._is_content(*one)]
        if kept.all() and len(ragged) == len(content.ragged):
            return content
        places = kept.arg_true()
        columns = [chosen(column, places) for column in content.columns]
        numbers = content.numbers.gather(places)
        return TypedBatch(numbers, columns, ragged, content.share)

    def _is_content(self, number: int, cells: list[Any]) -> bool:
        first = cells[0] if cells else None
        if self.comment_char and isinstance(first, str) and first.startswith(self.comment_char):
            return False
        if number in self.comment_rows:
            return False
        return not self.skips_blank or any(cell not in (None, "") for cell in cells)


def _blank(batch: TypedBatch) -> pl.Series:
    blank = pl.repeat(value=True, n=len(batch.numbers), dtype=pl.Boolean, eager=True)
    for column in batch.columns:
        empty_text = (column.kinds == TEXT) & (column.texts == "").fill_null(value=False)
        blank &= (column.kinds == NONE) | empty_text
    return blank
