"""Which network addresses may be called: only public ones, unless a setting allows more.

The lists are our own because ``ipaddress`` of Python 3.11.7 calls several special addresses global
(CVE-2024-4032) and because cloud metadata services also answer on addresses that look public.
Source: the IANA special-purpose address registries for IPv4 and IPv6.
"""

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_DENIED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; holds the metadata service of one cloud
        "127.0.0.0/8",
        "169.254.0.0/16",  # link local; holds most metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "168.63.129.16/32",  # a cloud's host service on a public-looking address
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, among them Teredo, which wraps IPv4
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which wraps IPv4 and was retired by RFC 7526
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_METADATA = (
    ipaddress.ip_network("100.100.100.200/32"),
    ipaddress.ip_network("168.63.129.16/32"),
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("192.0.0.192/32"),
    ipaddress.ip_network("fd00:ec2::254/128"),
    ipaddress.ip_network("fe80::/10"),
)


def is_public(address: str) -> bool:
    """Whether an address in text form is a public one; anything unreadable is not."""
    parsed = _parsed(address)
    return parsed is not None and _is_public(parsed)


def is_permitted(host: str, address: str, allowed: tuple[str, ...]) -> bool:
    """Whether ``address``, which ``host`` resolved to, may be called.

    ``allowed`` lists networks, addresses or host names that a setting opens. A host name opens
    internal addresses but never a metadata service: a network must name that one.
    """
    parsed = _parsed(address)
    if parsed is None:
        return False
    if _is_public(parsed):
        return True
    for entry in allowed:
        network = _network(entry)
        if network is None:
            if entry.lower() == host.lower() and not _in_any(parsed, _METADATA):
                return True
        elif _in_any(parsed, (network,)):
            return True
    return False


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return not _in_any(address, _DENIED_V4)
    return address in _GLOBAL_V6 and not _in_any(address, _DENIED_V6)


def _parsed(text: str) -> Address | None:
    """The address, IPv4 ones taken out of the two IPv6 forms that reach them (mapped and NAT64)."""
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None


def _in_any(
    address: Address,
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...],
) -> bool:
    return any(address in network for network in networks)
