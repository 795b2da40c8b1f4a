"""A real HTTP server on a free local port, friendly or hostile as a test needs it."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from harvesters.http import FetchPolicy

Query = Mapping[str, list[str]]


@dataclass
class Asked:
    """What the server was asked, for tests that look at the request."""

    path: str
    query: Query
    headers: Mapping[str, str]


Answer = Callable[["Handler"], None]


@dataclass
class Site:
    """A running server: put answers under paths, read what was asked."""

    port: int
    answers: dict[str, Answer]
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def policy(self, **changes: Any) -> FetchPolicy:
        settings = {"allow_private": ("127.0.0.1",), "extra_ports": (self.port,), **changes}
        return FetchPolicy(**settings)


class Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.query = parse_qs(parts.query)
        self.site.asked.append(Asked(parts.path, self.query, dict(self.headers)))
        self.close_connection = True
        try:
            self.site.answers.get(parts.path, status(404))(self)
        except (ConnectionError, TimeoutError):
            return  # the client hung up, which is what some tests want

    def log_message(self, *_: object) -> None:
        return


class Server(ThreadingHTTPServer):
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        try:
            if self.tls is not None:
                request = self.tls.wrap_socket(request, server_side=True)
            super().finish_request(request, client_address)
        except OSError:
            return  # the client refused the certificate or hung up
        finally:
            request.close()


@contextmanager
def running(
    answers: Mapping[str, Answer] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Site]:
    site = Site(0, dict(answers or {}))
    handler = type("BoundHandler", (Handler,), {"site": site})
    server = Server(("127.0.0.1", 0), handler)
    server.tls = tls
    server.daemon_threads = True
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def raw(*pieces: bytes, pause: float = 0.0) -> Answer:
    """Send these bytes as the whole answer, waiting ``pause`` seconds between them, then hang up."""

    def answer(handler: Handler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            if pause and handler.site.over.wait(pause):
                return

    return answer


def body(content: bytes, media_type: str = "application/octet-stream", **headers: str) -> Answer:
    """A friendly answer with a correct length."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", media_type)
        handler.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def document(value: Any) -> Answer:
    """A friendly JSON answer; a function is called with the query to make the value."""

    def answer(handler: Handler) -> None:
        made = value(handler.query) if callable(value) else value
        content = json.dumps(made, ensure_ascii=False).encode()
        body(content, "application/json;charset=utf-8")(handler)

    return answer


def status(code: int, content: bytes = b"") -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirect(location: str, code: int = 302) -> Answer:
    def answer(handler: Handler) -> None:
        handler.send_response(code)
        handler.send_header("Location", location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(piece: bytes = b"x" * 65_536, pause: float = 0.0) -> Answer:
    """A body without end."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n")
        while not handler.site.over.wait(pause):
            handler.wfile.write(piece)
            handler.wfile.flush()

    return answer


def trickling_headers(pause: float = 0.05) -> Answer:
    """A header line that never ends, a byte at a time."""

    def answer(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not handler.site.over.wait(pause):
            handler.wfile.write(b"a")
            handler.wfile.flush()

    return answer
