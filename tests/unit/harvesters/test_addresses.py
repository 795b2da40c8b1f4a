import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvesters.addresses import is_permitted, is_public

HOSTILE = [
    "0.0.0.1", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200",
    "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "169.254.0.23",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:7f00:1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2001:db8::1", "2001:2::1", "2001:10::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1", "100::1", "5f00::1", "3fff::1", "4000::1", "", "localhost",
    "127.1", "0177.0.0.1", "2130706433", "1.1.1.1 ", "1.1.1.1\n",
]  # fmt: skip
FRIENDLY = [
    "1.1.1.1", "8.8.8.8", "114.114.114.114", "100.63.255.255", "100.128.0.1", "172.15.0.1",
    "172.32.0.1", "192.167.1.1", "223.5.5.5", "2400:3200::1", "2606:4700:4700::1111",
    "::ffff:8.8.8.8", "64:ff9b::808:808",
]  # fmt: skip


@pytest.mark.parametrize("address", HOSTILE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(address)
    assert not is_permitted("example.org", address, ())


@pytest.mark.parametrize("address", FRIENDLY)
def test_a_public_address_is_allowed(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_never_changes_the_verdict(address: ipaddress.IPv4Address) -> None:
    mapped = str(ipaddress.IPv6Address(0xFFFF << 32 | int(address)))
    translated = str(ipaddress.IPv6Address(0x64FF9B << 96 | int(address)))
    assert is_public(mapped) == is_public(translated) == is_public(str(address))


@given(st.ip_addresses())
def test_what_the_standard_library_calls_private_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private and getattr(address, "ipv4_mapped", None) is None:
        assert not is_public(str(address))


@given(st.text(max_size=60))
def test_any_text_gets_a_verdict_without_an_error(text: str) -> None:
    is_permitted(text, text, (text, "10.0.0.0/8"))


def test_a_network_in_the_settings_opens_its_addresses_only() -> None:
    allowed = ("10.20.0.0/16", "fd12::/64")
    assert is_permitted("a.gov", "10.20.3.4", allowed)
    assert is_permitted("a.gov", "::ffff:10.20.3.4", allowed)
    assert is_permitted("a.gov", "fd12::7", allowed)
    assert not is_permitted("a.gov", "10.21.0.1", allowed)
    assert not is_permitted("a.gov", "fd13::7", allowed)


def test_a_host_in_the_settings_opens_internal_addresses_but_no_metadata_service() -> None:
    allowed = ("data.intranet",)
    assert is_permitted("data.intranet", "10.0.0.7", allowed)
    assert is_permitted("DATA.intranet", "10.0.0.7", allowed)
    assert not is_permitted("other.intranet", "10.0.0.7", allowed)
    for metadata in ("169.254.169.254", "169.254.0.23", "100.100.100.200", "fd00:ec2::254"):
        assert not is_permitted("data.intranet", metadata, allowed)
    assert is_permitted("x.gov", "100.100.100.200", ("100.100.100.200",))
