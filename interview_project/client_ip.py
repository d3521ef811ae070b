"""Who is calling, behind N trusted proxies."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

NETWORK_BITS = (
    56  # of an IPv6 address: what one household or office is given, all of whose addresses are its own to choose
)
UNKNOWN = "0.0.0.0"  # noqa: S104 - not bound to: one shared bucket for callers that no address is known of


def client_ip(request: HttpRequest) -> str:
    """The caller's address, as the outermost trusted proxy saw it.

    With ``TRUSTED_PROXY_COUNT`` = N the N-th entry from the right of ``X-Forwarded-For`` was written by a proxy of
    ours; all to its left is what the caller claims. With 0, or a header too short to have passed our proxies, the
    header is ignored. Anything that is not an address becomes one shared bucket, never one of the caller's choosing.
    """
    count = settings.TRUSTED_PROXY_COUNT
    header = request.META.get("HTTP_X_FORWARDED_FOR", "").strip()
    hops = header.split(",") if header else []
    claimed = hops[-count] if count and len(hops) >= count else request.META.get("REMOTE_ADDR", "")
    return _normal(claimed)


FORWARDING = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_VIA",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_TRUE_CLIENT_IP",
)


def is_from_inside(request: HttpRequest) -> bool:
    """Somebody in a private network, or on this machine, who came without a proxy: whoever a proxy speaks for is not known.

    A header too many only takes away what this grants, so it does not matter who wrote it.
    """
    if any(name.startswith(FORWARDING) for name in request.META):
        return False
    address = ipaddress.ip_address(_normal(request.META.get("REMOTE_ADDR", "")))
    return (address.is_private or address.is_loopback) and not address.is_unspecified


def client_network(request: HttpRequest) -> str:
    """Whom limits count: the address, or of IPv6 the network that one caller has to themselves."""
    address = client_ip(request)
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/{NETWORK_BITS}", strict=False).network_address)


@lru_cache(maxsize=1000)  # a caller calls again
def _normal(text: str) -> str:
    host = text.strip().strip('"')
    if host.startswith("["):  # [2001:db8::1]:443
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:  # 192.0.2.1:443
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return UNKNOWN
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
