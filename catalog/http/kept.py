"""Lists that everybody gets alike are made once for each state of the directory.

Every change of an entry leaves a row in ``search_changes`` in its own transaction, so the mark of that
table names the state that the database has now; an answer is kept under it and never outlives it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hashlib import sha256
from threading import Lock
from typing import Any, NamedTuple, TypeVar, cast

from flask import current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from catalog import outbox
from catalog.http.caching import still_good
from catalog.http.context import actor, now, reading, runtime
from catalog.services import facts

EXTENSION = "gongkai-kept"
LARGEST = 256 * 2**10
MOST = 32 * 2**20
"""Bytes of all kept answers of a process."""

MOST_FOUND = 4_096
Key = tuple[object, ...]
Found = TypeVar("Found")


class Kept(NamedTuple):
    """An answer: its body, where the next page is, and the tag of both."""

    body: bytes
    link: str = ""
    tag: str = ""


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
            if len(kept.body) > LARGEST or key in self.held:
                return
            self.held[key] = kept
            self.bytes += len(kept.body)
            while self.bytes > MOST:
                _, old = self.held.popitem(last=False)
                self.bytes -= len(old.body)


def _shelf() -> Shelf:
    return cast("Shelf", current_app.extensions[EXTENSION])


def keep(key: Key, make: Callable[[], bytes]) -> bytes:
    """The bytes that ``make`` gives, kept under a key that names all they are made of."""
    kept = _shelf().get(key)
    if kept is None:
        kept = Kept(make())
        _shelf().put(key, kept)
    return kept.body


def _present() -> tuple[int, int]:
    """The mark of the state that the database has now."""
    session = g.get("reading")
    return outbox.mark_now(runtime().database) if session is None else outbox.mark(session)


def finding(name: Key, find: Callable[[Session], Found]) -> Found:
    """What ``find`` finds of entries under this name; for whoever is not signed in it is looked up once
    for each state of the directory. What ``find`` raises is never kept."""
    alike, shelf = actor().anonymous, _shelf()
    if alike:
        key = (*name, _present())
        with shelf.lock:
            held: Found | None = shelf.found.get(key)
        if held is not None:
            return held
    with reading() as session:
        mark = outbox.mark(session)  # the state that ``find`` sees
        found = find(session)
    if alike:
        with shelf.lock:
            shelf.found[*name, mark] = found
            while len(shelf.found) > MOST_FOUND:
                shelf.found.popitem(last=False)
    return found


def kept_alike(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view whose JSON follows from the address and the state of the directory, for whoever is not
    signed in: it is made once for each state, and looked for before the arguments are read."""

    @wraps(view)
    def answered(*args: Any, **kwargs: Any) -> Any:
        if not actor().anonymous:
            return view(*args, **kwargs)
        if kept := _shelf().get(_key(_state(_present()))):
            return _answer(kept)
        with reading() as session:  # the view reads in it, too: the state that it is kept under
            state = _state(outbox.mark(session))
            return keeping_under(state, lambda: cast("Response", view(*args, **kwargs)))

    return answered


def state_now() -> Key:
    """What names the state of the directory and of its search index. Taken before an answer is made: that
    is then never older than the state it is kept under."""
    return _state(_present())


def _state(mark: tuple[int, int]) -> Key:
    return (mark, runtime().index.note, facts.day(now()))


def _key(state: Key) -> Key:
    return (request.path, request.query_string, *state)


def keeping_under(state: Key, make: Callable[[], Response]) -> Response:
    """The JSON that ``make`` gives, kept for as long as ``state`` names what it is made of; 304 for a
    copy still good. Whether the asker may have it is settled before."""
    shelf, key = _shelf(), _key(state)
    kept = shelf.get(key)
    if kept is None:
        made = make()
        if made.status_code != 200:
            return made
        body, link = made.get_data(), made.headers.get("Link", "")
        # The view's own tag, by which it knows a good copy before it makes anything.
        tag = made.get_etag()[0] or sha256(body).hexdigest()[:40]
        kept = Kept(body, link, tag)
        shelf.put(key, kept)
    return _answer(kept)


def _answer(kept: Kept) -> Response:
    headers = {"ETag": f'"{kept.tag}"', **({"Link": kept.link} if kept.link else {})}
    if still_good(kept.tag, None):
        return Response(status=304, headers=headers)
    return Response(kept.body, headers=headers, content_type="application/json")
