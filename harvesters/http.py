"""The only outgoing HTTP of the product: other people's URLs, fetched without being led astray.

``http.client`` and not a pooling client: the connection must go to the address that was checked,
under the name that was asked for (Host, SNI, certificate). Here the socket is opened by us and
handed over, so nothing between the check and the call can resolve the name again; there is no
pool, proxy, cookie jar, decoder or redirect logic to switch off. Environment proxies are never read.

Failures before an answer all speak with one text, so that nobody learns from an error whether an
internal name or port exists.
"""

import functools
import hashlib
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

from harvesters.addresses import is_permitted
from harvesters.targets import BadUrlError, Target, follow, parse_target
from schemas.records import Message, Problem

Resolve = Callable[[str, int], list[str]]
"""Host and port to addresses in text form; raises OSError when the name is unknown."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 64 * 1024
_MAX_ADDRESSES = 16
_OPEN_HEADERS = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that may follow a redirect to another host; all others may be credentials."""


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Bounds of one fetch. Times in seconds; ``wall_seconds`` covers redirects and the body.

    ``allow_private``: networks, addresses or host names allowed although they are not public.
    ``extra_ports``: ports allowed besides 80 and 443. ``ca_file``: a PEM file of the authorities
    to trust instead of the system's. ``headers`` may carry credentials of the first host.
    """

    allow_private: tuple[str, ...] = ()
    extra_ports: tuple[int, ...] = ()
    max_bytes: int = 200 * 2**20
    max_redirects: int = 5
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    wall_seconds: float = 600.0
    headers: Mapping[str, str] = field(default_factory=dict)
    user_agent: str = "Gongkai (open data harvester)"
    ca_file: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A complete answer. ``body`` is empty when the bytes went to the caller's file.

    ``url`` is where the redirects ended; header names are lower case.
    """

    url: str
    headers: Mapping[str, str]
    media_type: str
    size: int
    sha256: str
    body: bytes = b""


class FetchProblem(Exception):
    """A URL could not be fetched; ``status`` is the answer's status code if there was one."""

    def __init__(self, problem: Problem, status: int | None = None) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.status = status


def fetch(
    url: str,
    *,
    policy: FetchPolicy,
    out: BinaryIO | None = None,
    resolve: Resolve | None = None,
) -> Fetched:
    """Fetch ``url`` whole, into ``out`` if given, else into memory; raises FetchProblem.

    After a problem the bytes already written to ``out`` are worth nothing.
    """
    deadline = time.monotonic() + policy.wall_seconds
    headers = {"User-Agent": policy.user_agent, "Accept": "*/*", **policy.headers}
    place = ""
    try:
        target = _target(url, policy)
        for _ in range(policy.max_redirects + 1):
            place = target.shown
            asked = _answered(target, headers, policy, deadline, resolve or resolve_name)
            with asked as answer:
                location = answer.getheader("Location") or ""
                if answer.status not in _REDIRECTS or not location:
                    return _receive(answer, target, policy, deadline, out)
            following = _redirected(target, location, policy)
            if following.origin != target.origin:
                headers = {k: v for k, v in headers.items() if k.lower() in _OPEN_HEADERS}
            target = following
    except BadUrlError as error:
        raise FetchProblem(_bad_url(error.cause, place)) from error
    raise FetchProblem(_too_many_redirects(place, policy.max_redirects))


def resolve_name(host: str, port: int) -> list[str]:
    """Ask the system for the addresses of ``host``."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _target(url: str, policy: FetchPolicy) -> Target:
    return parse_target(url, extra_ports=policy.extra_ports, plain_hosts=policy.allow_private)


def _redirected(target: Target, location: str, policy: FetchPolicy) -> Target:
    following = _target(follow(target, location), policy)
    if target.scheme == "https" and following.scheme == "http":
        raise BadUrlError(Message("The address leads on from https to http."))
    return following


def _checked(target: Target, policy: FetchPolicy, resolve: Resolve, deadline: float) -> list[str]:
    """Resolve once; one forbidden address spoils the name, since it could be the one used next."""
    addresses = _in_time(lambda: resolve(target.host, target.port), deadline)
    if not addresses or len(addresses) > _MAX_ADDRESSES:
        raise OSError("no usable address")
    for address in addresses:
        if not is_permitted(target.host, address, policy.allow_private):
            raise OSError("address not permitted")
    return addresses


def _in_time(work: Callable[[], list[str]], deadline: float) -> list[str]:
    """Run a system call that knows no time limit; a late answer is dropped with its thread."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put(work())
        except (OSError, ValueError) as error:
            answers.put(error)

    threading.Thread(target=run, daemon=True).start()
    try:
        answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
    except queue.Empty:
        raise TimeoutError("name resolution") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextmanager
def _opened(
    target: Target, addresses: list[str], policy: FetchPolicy, deadline: float
) -> Iterator[http.client.HTTPConnection]:
    """A connection to one of the checked addresses, cut at the deadline whatever it is doing.

    Socket time limits restart with every byte, so a server that trickles its handshake or headers
    would hold us for ever; shutting the duplicated descriptor down ends any blocked read.
    """
    sock = _connected(addresses, target.port, policy, deadline)
    guard = sock.dup()
    timer = threading.Timer(max(0.0, deadline - time.monotonic()), _cut, [guard])
    timer.daemon = True
    timer.start()
    connection = http.client.HTTPConnection(target.host, target.port)
    connection.auto_open = 0
    try:
        sock.settimeout(policy.read_seconds)
        if target.scheme == "https":
            sock = _tls_context(policy.ca_file).wrap_socket(sock, server_hostname=target.host)
        connection.sock = sock
        yield connection
    finally:
        timer.cancel()
        connection.close()
        sock.close()
        guard.close()


def _cut(guard: socket.socket) -> None:
    with suppress(OSError):
        guard.shutdown(socket.SHUT_RDWR)


def _connected(
    addresses: list[str], port: int, policy: FetchPolicy, deadline: float
) -> socket.socket:
    failure: OSError = OSError("no address")
    for address in addresses:
        left = min(policy.connect_seconds, deadline - time.monotonic())
        if left <= 0:
            raise TimeoutError("connect")
        try:
            return socket.create_connection((address, port), timeout=left)
        except OSError as error:
            failure = error
    raise failure


@functools.lru_cache(maxsize=8)
def _tls_context(ca_file: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file or None)


@contextmanager
def _answered(
    target: Target,
    headers: Mapping[str, str],
    policy: FetchPolicy,
    deadline: float,
    resolve: Resolve,
) -> Iterator[http.client.HTTPResponse]:
    """Status and headers of the target's answer; whatever fails until then sounds the same."""
    sent = {**headers, "Host": target.authority, "Accept-Encoding": "identity"}
    with ExitStack() as stack:
        try:
            addresses = _checked(target, policy, resolve, deadline)
            connection = stack.enter_context(_opened(target, addresses, policy, deadline))
            connection.request("GET", target.path, headers={**sent, "Connection": "close"})
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise FetchProblem(_unreachable(target.shown)) from error
        stack.callback(answer.close)
        yield answer


def _receive(
    answer: http.client.HTTPResponse,
    target: Target,
    policy: FetchPolicy,
    deadline: float,
    out: BinaryIO | None,
) -> Fetched:
    """Read the body within the bounds; a body that is cut, packed or too big is refused."""
    place = target.shown
    if answer.status != http.HTTPStatus.OK:
        raise FetchProblem(_refused_by_server(place, answer.status), answer.status)
    if (answer.getheader("Content-Encoding") or "identity").strip().lower() != "identity":
        raise FetchProblem(_packed(place))
    expected = _declared_length(answer, place)
    if expected is not None and expected > policy.max_bytes:
        raise FetchProblem(_too_large(place, policy.max_bytes))
    memory = io.BytesIO()
    sink = memory if out is None else out
    digest = hashlib.sha256()
    size = 0
    for chunk in _pieces(answer, place, deadline):
        size += len(chunk)
        if size > policy.max_bytes:
            raise FetchProblem(_too_large(place, policy.max_bytes))
        digest.update(chunk)
        sink.write(chunk)
    if time.monotonic() >= deadline:
        raise FetchProblem(_too_slow(place))
    if expected is not None and size != expected:
        raise FetchProblem(_truncated(place))
    headers = {name.lower(): value for name, value in answer.getheaders()}
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(target.url, headers, media_type, size, digest.hexdigest(), memory.getvalue())


def _pieces(answer: http.client.HTTPResponse, place: str, deadline: float) -> Iterator[bytes]:
    """The body as it arrives. The caller's own write errors pass through untouched."""
    while True:
        if time.monotonic() >= deadline:
            raise FetchProblem(_too_slow(place))
        try:
            chunk = answer.read1(_CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() >= deadline
            raise FetchProblem(_too_slow(place) if late else _truncated(place)) from error
        if not chunk:
            return
        yield chunk


def _declared_length(answer: http.client.HTTPResponse, place: str) -> int | None:
    """Content-Length; contradicting or unreadable lengths are treated as a cut body."""
    if answer.chunked:
        return None
    lengths = set(answer.headers.get_all("Content-Length") or [])
    if not lengths:
        return None
    length = lengths.pop().strip()
    if lengths or not (length.isascii() and length.isdigit()) or len(length) > 18:
        raise FetchProblem(_truncated(place))
    return int(length)


def _problem(code: str, place: str, cause: Message, remedy: str) -> Problem:
    return Problem(code, cause, Message(remedy), place)


def _bad_url(cause: Message, place: str) -> Problem:
    return _problem(
        "bad-url", place, cause, "Give a full address that begins with http:// or https://."
    )


def _unreachable(place: str) -> Problem:
    return _problem(
        "unreachable",
        place,
        Message("The address could not be reached."),
        "Check that it opens from outside your office network. An internal address must first be "
        "allowed by an administrator.",
    )


def _refused_by_server(place: str, status: int) -> Problem:
    return _problem(
        "http-status",
        place,
        Message("The server answered with status %(status)s.", {"status": status}),
        "Open the address in a browser without signing in, and correct it or ask the source.",
    )


def _too_many_redirects(place: str, limit: int) -> Problem:
    return _problem(
        "too-many-redirects",
        place,
        Message("The address leads on more than %(limit)s times.", {"limit": limit}),
        "Give the final address of the file.",
    )


def _too_large(place: str, limit: int) -> Problem:
    return _problem(
        "too-large",
        place,
        Message("The file is larger than %(limit)s bytes.", {"limit": limit}),
        "Upload the file itself, split it, or ask an administrator to raise the limit.",
    )


def _too_slow(place: str) -> Problem:
    return _problem(
        "too-slow",
        place,
        Message("The server took too long to send the file."),
        "Try again later, or upload the file itself.",
    )


def _truncated(place: str) -> Problem:
    return _problem(
        "truncated",
        place,
        Message("The file ended before it was complete."),
        "Try again later; if it happens again, tell the source.",
    )


def _packed(place: str) -> Problem:
    return _problem(
        "encoded",
        place,
        Message("The server sent the file compressed although it was asked not to."),
        "Ask the source to send it uncompressed, or upload the file itself.",
    )
