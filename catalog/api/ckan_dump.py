"""``/datastore/dump/<id>``: all rows of an open table, or those asked for, made while they are sent."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import orjson
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import http
from catalog.api.ckan_asked import asked_of
from catalog.api.ckan_datastore import DELIMITERS, delimited, fields, table
from catalog.api.ckan_given import Given, boolean, invalid, natural, text
from catalog.api.ckan_given import refusal as told
from catalog.api.rows import refusal
from catalog.http.turns import one_turn, while_sent
from datasets import numbered, query
from datasets.engine import QueryLimits
from datasets.filters import QueryProblem
from datasets.numbered import NUMBER, Numbered, Page

FIRST_SECONDS: Final = 60.0
"""Until the first row of a dump that is sorted: longer than a question may take, as it is one of many
megabytes and only some are made at a time."""
MEDIA_TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "xml": "text/xml; charset=utf-8",
}
_NO_NAME: Final = re.compile(r"[^\w.-]|^[\d.-]")
_NO_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Pages = Iterator[Page]


def dump(session: Session, wanted: str, given: Given) -> Response:
    """The rows of a table as a file. Raises ``Refused``."""
    form = text(given, "format") or "csv"
    if form not in MEDIA_TYPES:
        raise invalid("format", f"must be one of {', '.join(MEDIA_TYPES)}")
    file = table(session, wanted)
    limit, offset = natural(given, "limit", 2**31), natural(given, "offset", 0)
    tag = http.tag_of(file.sha256, form, sorted((name, str(one)) for name, one in given.items()))
    return http.for_everybody(
        lambda: while_sent(_body(file.sha256, form, {**given, "limit": limit, "offset": offset})),
        media_type=MEDIA_TYPES[form],
        tag=tag,
        modified=file.modified,
        headers={"Content-Disposition": f'attachment; filename="{_stem(wanted)}.{form}"'},
    )


def _stem(wanted: str) -> str:
    return re.sub(r"[^\w-]+", "-", wanted, flags=re.ASCII)[:80]


def _body(sha256: str, form: str, given: Given) -> Iterator[bytes]:
    """The pieces; what cannot be answered is refused here, before the first."""
    with ExitStack() as held:
        path = held.enter_context(http.runtime().storage.local_path(sha256))
        try:
            with one_turn("rows"):  # the first part may have to look at the whole table
                asked = asked_of(given, query.columns_of(path))
                bounds = {"limit": given["limit"], "offset": given["offset"], "with_total": False}
                pages = _pages(path, replace(asked, **bounds))
                first = next(pages)
        except QueryProblem as error:
            raise told(refusal(error)) from None
        kept = held.pop_all()

    def pieces() -> Iterator[bytes]:
        with kept:
            if boolean(given, "bom"):
                yield b"\xef\xbb\xbf"
            yield from WRITERS[form](chain([first], pages), first)

    return pieces()


def _pages(path: Path, asked: Numbered) -> Pages:
    """The rows in parts; one at least, which may be empty."""
    if asked.sort or asked.distinct:
        spill = http.runtime().incoming
        return numbered.ordered(path, asked, QueryLimits(FIRST_SECONDS), spill)
    seconds = http.runtime().settings.query_seconds
    return numbered.in_file_order(path, asked, QueryLimits(seconds))


def _table_text(pages: Pages, first: Page, form: str) -> Iterator[bytes]:
    yield delimited([tuple(column.name for column in first.columns)], DELIMITERS[form]).encode()
    for page in pages:
        yield delimited(page.rows, DELIMITERS[form]).encode()


def _csv(pages: Pages, first: Page) -> Iterator[bytes]:
    return _table_text(pages, first, "csv")


def _tsv(pages: Pages, first: Page) -> Iterator[bytes]:
    return _table_text(pages, first, "tsv")


def _json(pages: Pages, first: Page) -> Iterator[bytes]:
    yield b'{"fields":' + orjson.dumps(fields(first.columns)) + b',"records":['
    before = b""
    for page in pages:
        rows = b",".join(orjson.dumps(list(row)) for row in page.rows)
        if rows:
            yield before + rows
            before = b","
    yield b"]}"


def _xml(pages: Pages, first: Page) -> Iterator[bytes]:
    """CKAN's form: an element a row, in it one a column; an empty cell is nil."""
    names = [_NO_NAME.sub(lambda one: f"_x{ord(one[0]):04X}_", c.name) for c in first.columns]
    numbered_rows = names[:1] == [NUMBER]
    yield b'<data xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    for page in pages:
        yield "".join(_row(names, row, numbered_rows=numbered_rows) for row in page.rows).encode()
    yield b"</data>\n"


def _row(names: list[str], row: tuple[Any, ...], *, numbered_rows: bool) -> str:
    head = f" _id={quoteattr(str(row[0]))}" if numbered_rows else ""
    cells = [*zip(names, row, strict=True)][int(numbered_rows) :]
    return f"<row{head}>{''.join(_cell(name, value) for name, value in cells)}</row>\n"


def _cell(name: str, value: Any) -> str:
    if value is None:
        return f'<{name} xsi:nil="true" />'
    said = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(_NO_XML.sub('', said))}</{name}>"


WRITERS: Final[dict[str, Callable[[Pages, Page], Iterator[bytes]]]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
}
