"""What a URL may look like before anything is asked of the network.

Strict on purpose: two programs that read one URL differently are how address checks are passed.
"""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from schemas.records import Message

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\u3000\ufeff\ud800-\udfff]")
_HOST = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
    r"(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_KEPT = "/%:@!$&'()*+,;=~-._[]|?"
_MAX_URL = 4_096
DEFAULT_PORTS = {"http": 80, "https": 443}


class BadUrlError(ValueError):
    """The text is not a URL that may be called; ``cause`` says why."""

    def __init__(self, cause: Message) -> None:
        super().__init__(cause.text)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: ``host`` in lower-case ASCII, ``path`` with query, percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials belong to."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The Host header: brackets around IPv6, the port only when unusual."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def shown(self) -> str:
        """The address without its query, which may hold a key."""
        return f"{self.scheme}://{self.authority}{self.path.partition('?')[0]}"


def parse_target(url: str, *, extra_ports: tuple[int, ...], plain_hosts: tuple[str, ...]) -> Target:
    """Take a URL apart, or raise BadUrlError.

    ``extra_ports`` adds to 80 and 443; ``plain_hosts`` are names without a dot that are allowed.
    """
    if len(url) > _MAX_URL:
        raise BadUrlError(Message("The address is too long."))
    if _FORBIDDEN.search(url):
        raise BadUrlError(Message("The address holds a space, a backslash or a control character."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadUrlError(Message("The host or port of the address cannot be read.")) from error
    if parts.scheme not in DEFAULT_PORTS:
        raise BadUrlError(Message("The address does not begin with http:// or https://."))
    if parts.username is not None or parts.password is not None:
        raise BadUrlError(Message("The address holds a user name or password."))
    if port is None:
        port = DEFAULT_PORTS[parts.scheme]
    if port not in (80, 443, *extra_ports):
        text = "Port %(port)s is not one that is fetched from (GONGKAI_FETCH_PORTS)."
        raise BadUrlError(Message(text, {"port": port}))
    path = quote(parts.path or "/", safe=_KEPT.replace("?", ""))
    if parts.query:
        path += "?" + quote(parts.query, safe=_KEPT)
    return Target(parts.scheme, _host(parts, plain_hosts), port, path)


def follow(target: Target, location: str) -> str:
    """The URL that a Location header means, seen from ``target``; its fragment is dropped."""
    try:
        # Header bytes arrive as Latin-1; servers that send raw Chinese mean UTF-8.
        location = location.encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise BadUrlError(Message("The address leads on to one that cannot be read.")) from error
    if _FORBIDDEN.search(location):
        raise BadUrlError(Message("The address leads on to one that cannot be read."))
    try:
        return urljoin(target.url, location).partition("#")[0]
    except ValueError as error:
        raise BadUrlError(Message("The address leads on to one that cannot be read.")) from error


def _host(parts: SplitResult, plain_hosts: tuple[str, ...]) -> str:
    host = parts.hostname or ""
    if "[" in parts.netloc or ":" in host:
        try:
            return str(ipaddress.IPv6Address(host if "%" not in host else ""))
        except ValueError as error:
            raise BadUrlError(Message("The host of the address cannot be read.")) from error
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError as error:
            raise BadUrlError(Message("The host of the address cannot be read.")) from error
    if not _HOST.fullmatch(host):
        raise BadUrlError(Message("The host of the address cannot be read."))
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            # Only four decimal numbers: 2130706433, 0x7f.1 and 0177.0.0.1 also mean 127.0.0.1.
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise BadUrlError(
                Message("The host of the address is an unusual spelling of a network address.")
            ) from error
    if "." not in host and host not in plain_hosts:
        raise BadUrlError(Message("The host of the address is not a full name."))
    return host
