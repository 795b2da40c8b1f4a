import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.targets import BadUrlError, Target, follow, parse_target

HOSTILE = [
    "", "example.org", "//example.org/", "file:///etc/passwd", "ftp://example.org/", "gopher://example.org/",
    "data:text/plain,hello", "javascript:alert(1)", "http://", "http:///x", "http://user@example.org/",
    "http://user:pw@example.org/", "http://:@example.org/", "http://example.org:22/", "http://example.org:0/",
    "http://example.org:99999/", "http://example.org:x/", "http://localhost/", "http://intranet/",
    "http://2130706433/", "http://0x7f000001/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/",
    "http://1.2.3/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://[::1%25eth0]/", "http://[::1/",
    "http://[::g]/", "http://[v1.x]/", "http://a b.org/", "http://example.org/a b", "http://example.org\\@evil.org/",
    "http://example.org/\r\nHost: evil.org", "http://exam\tple.org/", "\nhttp://example.org/", "http://example.org\x00/",
    "http://.example.org/", "http://example..org/", "http://example.org./", "http://-example.org/",
    "http://exa%6dple.org/", "http://example.org%2f@evil.org/", "http://ex\u200bample.o\udcffrg/",
    "http://example.org/\u2028", "http://" + "a" * 64 + ".org/", "http://example.org/" + "a" * 5_000,
]  # fmt: skip


def parsed(url: str, **settings: tuple[object, ...]) -> Target:
    return parse_target(url, **{"extra_ports": (), "plain_hosts": (), **settings})


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_address_is_refused_before_the_network_is_asked(url: str) -> None:
    with pytest.raises(BadUrlError):
        parsed(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://Example.ORG", Target("http", "example.org", 80, "/")),
        ("https://example.org:443/a?b=c#d", Target("https", "example.org", 443, "/a?b=c")),
        ("http://[2400:3200::1]/", Target("http", "2400:3200::1", 80, "/")),
        ("http://a.cn/目录?名=值", Target("http", "a.cn", 80, "/%E7%9B%AE%E5%BD%95?%E5%90%8D=%E5%80%BC")),
        ("http://example.org/%E7%9B%AE?a=%20", Target("http", "example.org", 80, "/%E7%9B%AE?a=%20")),
    ],
)  # fmt: skip
def test_an_ordinary_address_is_taken_apart(url: str, expected: Target) -> None:
    assert parsed(url) == expected


def test_full_width_digits_are_seen_as_the_address_they_mean() -> None:
    assert parsed("http://１２７。０。０。１/").host == "127.0.0.1"


def test_a_chinese_host_name_is_written_in_ascii() -> None:
    assert parsed("http://数据.gov.cn/").host == "xn--vxup8b.gov.cn"


def test_settings_open_more_ports_and_names_without_a_dot() -> None:
    url = "http://intranet:1123/"
    assert parsed(url, extra_ports=(1123,), plain_hosts=("intranet",)).authority == "intranet:1123"


def test_a_closed_port_is_named_with_the_setting_that_opens_it() -> None:
    with pytest.raises(BadUrlError) as caught:
        parsed("http://data.example.cn:8080/catalog")
    assert caught.value.cause.params == {"port": 8080}
    assert "GONGKAI_FETCH_PORTS" in caught.value.cause.text


def test_the_shown_address_leaves_out_keys_in_the_query() -> None:
    assert parsed("https://example.org/api?appKey=secret").shown == "https://example.org/api"


@given(st.text(max_size=80))
def test_any_text_is_either_refused_or_parsed_to_plain_ascii(text: str) -> None:
    for url in (text, "http://" + text, "http://example.org/" + text):
        try:
            target = parsed(url)
        except BadUrlError:
            continue
        assert target.url.isascii()
        assert " " not in target.url
        assert parsed(target.url) == target


@given(st.text(max_size=80))
def test_any_redirect_is_either_refused_or_read(text: str) -> None:
    try:
        following = follow(parsed("https://example.org/a/b"), text)
    except BadUrlError:
        return
    assert "\n" not in following
