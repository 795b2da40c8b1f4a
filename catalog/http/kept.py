"""Lists that everybody gets alike are made once for each state of the directory.

Every change of an entry leaves a row in ``search_changes`` in its own transaction, so the mark of that
table names the state that the database has now; an answer is kept under it and never outlives it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, cast

from flask import current_app, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import outbox
from catalog.http.context import actor, now, reading, runtime
from catalog.services import facts

EXTENSION = "gongkai-kept"
LARGEST = 256 * 2**10
MOST = 32 * 2**20
"""Bytes of all kept answers of a process."""

MOST_FOUND = 4_096
Key = tuple[object, ...]
Found = TypeVar("Found")
Kept = tuple[bytes, str]
"""Body and Link header of an answer."""


@dataclass
class Shelf:
    """Kept answers, the one unused longest goes first."""

    held: OrderedDict[Key, Kept] = field(default_factory=OrderedDict)
    found: OrderedDict[Key, Any] = field(default_factory=OrderedDict)
    bytes: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Key) -> Kept | None:
        """An answer kept under this key."""
        with self.lock:
            if key in self.held:
                self.held.move_to_end(key)
            return self.held.get(key)

    def put(self, key: Key, kept: Kept) -> None:
        """Keep an answer."""
        with self.lock:
            if len(kept[0]) > LARGEST or key in self.held:
                return
            self.held[key] = kept
            self.bytes += len(kept[0])
            while self.bytes > MOST:
                _, (old, _) = self.held.popitem(last=False)
                self.bytes -= len(old)


def _shelf() -> Shelf:
    return cast("Shelf", current_app.extensions[EXTENSION])


def keep(key: Key, make: Callable[[], bytes]) -> bytes:
    """The bytes that ``make`` gives, kept under a key that names all they are made of."""
    kept = _shelf().get(key)
    if kept is None:
        kept = (make(), "")
        _shelf().put(key, kept)
    return kept[0]


def finding(name: Key, find: Callable[[Session], Found]) -> Found:
    """What ``find`` finds of entries under this name; for whoever is not signed in it is looked up once
    for each state of the directory. What ``find`` raises is never kept."""
    with reading() as session:
        if not actor().anonymous:
            return find(session)
        shelf = _shelf()
        key = (*name, outbox.mark(session))
        with shelf.lock:
            found: Found | None = shelf.found.get(key)
        if found is None:
            found = find(session)
            with shelf.lock:
                shelf.found[key] = found
                while len(shelf.found) > MOST_FOUND:
                    shelf.found.popitem(last=False)
        return found


def keeping(make: Callable[[], Response]) -> Response:
    """The JSON that ``make`` gives, kept for whoever is not signed in; 304 for a copy still good."""
    if not actor().anonymous:
        return make()
    with reading() as session:  # ``make`` reads in it, too: the state that it is kept under
        mark = outbox.mark(session)
        return keeping_under((mark, runtime().index.note, facts.day(now())), make)


def keeping_under(state: Key, make: Callable[[], Response]) -> Response:
    """The JSON that ``make`` gives, kept for as long as ``state`` names what it is made of. Whether
    the asker may have it is settled before."""
    shelf = _shelf()
    key = (request.path, request.query_string, *state)
    kept = shelf.get(key)
    if kept is None:
        made = make()
        if made.status_code != 200:
            return made
        kept = (made.get_data(), made.headers.get("Link", ""))
        shelf.put(key, kept)
    answer = Response(kept[0], content_type="application/json")
    if kept[1]:
        answer.headers["Link"] = kept[1]
    answer.add_etag()
    answer.make_conditional(request.environ)
    return answer
