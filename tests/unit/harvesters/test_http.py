import hashlib
import io
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvesters.http import Fetched, FetchPolicy, FetchProblem, fetch
from tests.common import sources
from tests.common.sources import Site, body, raw, redirect

CONTENT = "名称,数量\n甲,1\n".encode()


@pytest.fixture
def site() -> Iterator[Site]:
    with sources.running({"/ok.csv": body(CONTENT, "text/csv; charset=utf-8")}) as running:
        yield running


def refused(url: str, policy: FetchPolicy, **more: object) -> FetchProblem:
    with pytest.raises(FetchProblem) as caught:
        fetch(url, policy=policy, **more)
    return caught.value


def test_a_file_is_fetched_whole_with_its_hash(site: Site) -> None:
    fetched = fetch(site.url("/ok.csv?x=1"), policy=site.policy())
    assert fetched.body == CONTENT
    assert fetched.size == len(CONTENT)
    assert fetched.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert fetched.media_type == "text/csv"
    assert site.asked[0].headers["Accept-Encoding"] == "identity"
    assert site.asked[0].headers["Host"] == f"127.0.0.1:{site.port}"


def test_bytes_can_go_to_a_file_instead_of_memory(site: Site) -> None:
    out = io.BytesIO()
    fetched = fetch(site.url("/ok.csv"), policy=site.policy(), out=out)
    assert out.getvalue() == CONTENT
    assert fetched.body == b""


def test_a_chunked_answer_and_one_without_length_are_read(site: Site) -> None:
    head = b"HTTP/1.1 200 OK\r\n"
    site.answers["/chunked"] = raw(
        head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    site.answers["/bare"] = raw(head + b"\r\nabc")
    for path in ("/chunked", "/bare"):
        assert fetch(site.url(path), policy=site.policy()).body == b"abc"


def test_a_private_address_is_refused_unless_a_setting_allows_it(site: Site) -> None:
    caught = refused(site.url("/ok.csv"), FetchPolicy(extra_ports=(site.port,)))
    assert caught.problem.code == "unreachable"
    assert site.asked == []


def test_what_an_internal_address_does_cannot_be_told_from_the_error(site: Site) -> None:
    policy = FetchPolicy(extra_ports=(site.port, 9), connect_seconds=1)
    names = {
        "internal.test": ["10.0.0.1"],
        "both.test": ["8.8.8.8", "127.0.0.1"],
        "closed.test": ["127.0.0.1"],
        "10.0.0.1": ["10.0.0.1"],
    }

    def resolve(host: str, port: int) -> list[str]:
        if host not in names:
            raise OSError("unknown name")
        return names[host]

    def said(url: str, given: FetchPolicy) -> tuple[str, ...]:
        problem = refused(url, given, resolve=resolve).problem
        return problem.code, problem.cause.text, str(problem.cause.params), problem.remedy.text

    texts = {
        said("http://internal.test/a", policy),
        said("http://both.test/a", policy),
        said("http://missing.test/a", policy),
        said("http://internal.test:9/a", policy),
        said("http://10.0.0.1/a", policy),
        said("http://closed.test:9/a", FetchPolicy(("closed.test",), (9,))),
    }
    assert len(texts) == 1


def test_a_name_is_resolved_once_and_the_checked_address_is_called(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    calls = []

    def rebinding(host: str, port: int) -> list[str]:
        calls.append(host)
        return next(answers)

    policy = site.policy(allow_private=("rebind.test",))
    fetched = fetch(site.url("/ok.csv", "rebind.test"), policy=policy, resolve=rebinding)
    assert fetched.body == CONTENT
    assert calls == ["rebind.test"]
    assert site.asked[0].headers["Host"] == f"rebind.test:{site.port}"


def test_a_redirect_is_followed_and_checked_again(site: Site) -> None:
    site.answers["/a"] = redirect("/ok.csv#top")
    assert fetch(site.url("/a"), policy=site.policy()).url == site.url("/ok.csv")
    site.answers["/b"] = redirect(site.url("/ok.csv", "localhost"))
    assert refused(site.url("/b"), site.policy()).problem.code == "bad-url"
    site.answers["/c"] = redirect(site.url("/ok.csv", "127.0.0.2"))
    assert refused(site.url("/c"), site.policy()).problem.code == "unreachable"
    for location in (
        "file:///etc/passwd",
        "http://a:b@127.0.0.1/",
        "http://127.0.0.1:22/",
        "ftp://x.y",
    ):
        site.answers["/d"] = redirect(location)
        assert refused(site.url("/d"), site.policy()).problem.code == "bad-url"


def test_more_than_five_redirects_are_refused(site: Site) -> None:
    for step in range(7):
        site.answers[f"/{step}"] = redirect(f"/{step + 1}")
    site.answers["/7"] = body(b"end")
    assert fetch(site.url("/2"), policy=site.policy()).body == b"end"
    assert refused(site.url("/1"), site.policy()).problem.code == "too-many-redirects"
    site.answers["/loop"] = redirect("/loop")
    assert refused(site.url("/loop"), site.policy()).problem.code == "too-many-redirects"


def test_credentials_stay_with_the_host_they_were_given_for(site: Site) -> None:
    secrets = {"Authorization": "t", "X-CKAN-API-Key": "t", "Cookie": "t"}
    with sources.running({"/ok": body(b"x")}) as other:
        site.answers["/away"] = redirect(other.url("/ok"))
        site.answers["/near"] = redirect("/ok.csv")
        policy = site.policy(extra_ports=(site.port, other.port), headers=secrets)
        fetch(site.url("/near"), policy=policy)
        fetch(site.url("/away"), policy=policy)
        assert all(secrets.keys() <= set(asked.headers) for asked in site.asked)
        assert not secrets.keys() & set(other.asked[0].headers)


def test_environment_proxies_are_not_used(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    assert fetch(site.url("/ok.csv"), policy=site.policy()).body == CONTENT


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (raw(HEAD + b"Content-Length: 10\r\n\r\nabc"), "truncated"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "truncated"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n"), "truncated"),
        (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), "truncated"),
        (raw(HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"), "truncated"),
        (raw(HEAD + b"Content-Length: -3\r\n\r\nabc"), "truncated"),
        (raw(HEAD + b"Content-Length: 99999999999999\r\n\r\nabc"), "too-large"),
        (raw(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), "encoded"),
        (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "http-status"),
        (raw(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 1\r\n\r\na"), "http-status"),
        (raw(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"), "http-status"),
        (raw(b""), "unreachable"),
        (raw(b"SSH-2.0-OpenSSH_9.0\r\n"), "unreachable"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 5_000), "unreachable"),
        (raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000), "unreachable"),
        (raw(b"HTTP/1.1 twohundred OK\r\n\r\n"), "unreachable"),
        (sources.status(500, b"secret of the server"), "http-status"),
        (sources.endless(), "too-large"),
    ],
)  # fmt: skip
def test_a_broken_answer_is_refused_with_its_reason(
    site: Site, answer: sources.Answer, code: str
) -> None:
    site.answers["/x"] = answer
    caught = refused(site.url("/x?key=secret"), site.policy(max_bytes=1_000_000))
    assert caught.problem.code == code
    assert "secret" not in str(caught.problem)


@pytest.mark.parametrize(
    "answer",
    [
        sources.trickling_headers(),
        sources.endless(b"x", 0.05),
        raw(HEAD + b"Content-Length: 500\r\n\r\na", *[b"b"] * 300, pause=0.4),
        raw(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 3_000, pause=0.05),
        raw(*[b""] * 200, pause=0.9),
    ],
)
def test_a_trickling_server_is_left_at_the_wall_time(site: Site, answer: sources.Answer) -> None:
    told_all = threading.Event()

    def slow(handler: sources.Handler) -> None:
        answer(handler)
        told_all.set()

    site.answers["/slow"] = slow
    caught = refused(site.url("/slow"), site.policy(wall_seconds=0.5))
    assert not told_all.is_set(), "the server would have gone on for minutes"
    assert caught.problem.code in {"too-slow", "unreachable"}


def test_a_slow_name_server_is_left_at_the_wall_time() -> None:
    left, told = threading.Event(), threading.Event()

    def slow(host: str, port: int) -> list[str]:
        left.wait(120)
        told.set()
        return ["8.8.8.8"]

    caught = refused("http://slow.test/", FetchPolicy(wall_seconds=0.3), resolve=slow)
    assert not told.is_set(), "nobody waited for the name server"
    left.set()
    assert caught.problem.code == "unreachable"


def test_a_full_disk_is_our_own_error_and_not_the_sources(site: Site) -> None:
    class Full(io.BytesIO):
        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fetch(site.url("/ok.csv"), policy=site.policy(), out=Full())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("makes a certificate with the openssl command")
    pem = tmp_path / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=data.test", "-addext", "subjectAltName=DNS:data.test",
         "-keyout", str(tmp_path / "key.pem"), "-out", str(pem)],
        check=True, capture_output=True,
    )  # fmt: skip
    return pem


def fetch_tls(site: Site, host: str, ca_file: Path | None, path: str = "/ok.csv") -> Fetched:
    policy = site.policy(
        allow_private=("data.test", "other.test"), ca_file=str(ca_file) if ca_file else ""
    )
    url = site.url(path, host).replace("http:", "https:")
    return fetch(url, policy=policy, resolve=lambda _host, _port: ["127.0.0.1"])


def test_a_certificate_is_checked_against_the_name_that_was_asked_for(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    with sources.running({"/ok.csv": body(CONTENT)}, context) as site:
        site.answers["/down"] = redirect("http://data.test/ok.csv")
        assert fetch_tls(site, "data.test", certificate).body == CONTENT
        assert names == ["data.test"]
        for host, authority in (("other.test", certificate), ("data.test", None)):
            with pytest.raises(FetchProblem) as caught:
                fetch_tls(site, host, authority)
            assert caught.value.problem.code == "unreachable"
        with pytest.raises(FetchProblem) as caught:
            fetch_tls(site, "data.test", certificate, "/down")
        assert caught.value.problem.cause.text == "The address leads on from https to http."
