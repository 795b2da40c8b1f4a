"""Somebody at a browser without scripts: follows links, fills in forms, keeps the session."""

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient


class _Forms(HTMLParser):
    """The forms of a page: action and the values that stand in them."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append((given.get("action", ""), {}))
        if not self.forms:
            return
        values = self.forms[-1][1]
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in {"submit", "file"}:
            chosen = given.get("type") not in {"checkbox", "radio"} or "checked" in given
            if chosen:
                values.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            known = values.get(self._select)
            if known is None or "selected" in given:
                values[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._area = name

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            values = self.forms[-1][1]
            values[self._area] = ["".join(values.get(self._area, [])) + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            if self._area and self.forms:
                text = self.forms[-1][1].setdefault(self._area, [""])
                self.forms[-1][1][self._area] = [text[0].removeprefix("\n")]
            self._area = ""


@dataclass
class Browser:
    """One person's browser. ``page`` is the text of the page that is open, ``at`` its address."""

    client: FlaskClient
    language: str = "en"
    page: str = ""
    at: str = ""
    status: int = 0
    headers: Any = field(default_factory=dict)

    def open(self, path: str, **given: Any) -> str:
        """Go to an address and wherever it leads."""
        return self._take(self.client.get(path, headers=self._headers(), **given), path)

    def _headers(self) -> dict[str, str]:
        return {"Accept": "text/html", "Accept-Language": self.language}

    def _take(self, answer: Any, path: str) -> str:
        for _ in range(5):
            if answer.status_code not in {302, 303}:
                break
            path = answer.headers["Location"]
            answer = self.client.get(path, headers=self._headers())
        self.page, self.status, self.at = answer.get_data(as_text=True), answer.status_code, path
        self.headers = answer.headers
        return self.page

    @property
    def text(self) -> str:
        """What one reads: the page without its tags."""
        body = re.sub(r"<(script|style)\b.*?</\1>", " ", self.page, flags=re.DOTALL)
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))

    def form(self, action: str) -> dict[str, list[str]]:
        """The values that stand in the form that goes to an address."""
        parser = _Forms()
        parser.feed(self.page)
        for where, values in parser.forms:
            if where == action:
                return values
        raise AssertionError(f"no form goes to {action}: {[where for where, _ in parser.forms]}")

    def send(self, action: str, *, files: dict[str, Any] | None = None, **changes: Any) -> str:
        """Fill in the form that goes to an address and press its button."""
        values: dict[str, Any] = dict(self.form(action))
        for name, value in changes.items():
            values[name.replace("__", "-")] = value
        data = {name: value for name, value in values.items() if value is not None}
        kind = "multipart/form-data" if files else "application/x-www-form-urlencoded"
        answer = self.client.post(
            action, data={**data, **(files or {})}, headers=self._headers(), content_type=kind
        )
        return self._take(answer, action)

    def sign_in(self, name: str, password: str = "") -> str:
        """Sign in as somebody."""
        self.client.delete_cookie("gk_session")
        self.open("/login")
        return self.send("/login", name=name, password=password or f"{name}-password")

    def links(self, pattern: str) -> list[str]:
        """Addresses on the page that fit a pattern."""
        return re.findall(rf'href="({pattern})"', unescape(self.page))
