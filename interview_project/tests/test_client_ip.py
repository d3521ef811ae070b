import pytest
from django.test import RequestFactory

from interview_project.client_ip import UNKNOWN, client_ip, client_network

PEER = "10.0.0.9"

# What arrives as X-Forwarded-For → whom we take the caller for behind 0, 1 and 2 proxies of ours.
# Each of our proxies appends the address it was called from; everything before that is the caller's own invention.
SHAPES = {
    "none": (None, PEER, PEER, PEER),
    "one address": ("198.51.100.7", PEER, "198.51.100.7", PEER),
    "two addresses": ("198.51.100.7, 203.0.113.5", PEER, "203.0.113.5", "198.51.100.7"),
    "an invented one in front": ("6.6.6.6, 198.51.100.7, 203.0.113.5", PEER, "203.0.113.5", "198.51.100.7"),
    "IPv6": ("2001:DB8::1, 2001:db8:0::2", PEER, "2001:db8::2", "2001:db8::1"),
    "ports": ("[2001:db8::1]:443, 203.0.113.5:8080", PEER, "203.0.113.5", "2001:db8::1"),
    "junk": ("' OR 1=1 --, <script>", PEER, UNKNOWN, UNKNOWN),
    "a hundred hops": (", ".join(f"6.6.6.{n}" for n in range(100)), PEER, "6.6.6.99", "6.6.6.98"),
    "empty parts": (" , ,203.0.113.5", PEER, "203.0.113.5", UNKNOWN),
    "IPv4 written as IPv6": ("::ffff:198.51.100.7", PEER, "198.51.100.7", PEER),
    "a zone": ("fe80::1%eth0", PEER, "fe80::1", PEER),
}
CASES = [(shape, header, count, callers[count]) for shape, (header, *callers) in SHAPES.items() for count in range(3)]


@pytest.mark.parametrize(("shape", "header", "count", "expected"), CASES)
def test_the_caller_behind_so_many_proxies(settings, shape, header, count, expected):
    settings.TRUSTED_PROXY_COUNT = count
    headers = {} if header is None else {"X-Forwarded-For": header}
    assert client_ip(RequestFactory().get("/", headers=headers, REMOTE_ADDR=PEER)) == expected


@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_caller_who_rotates_the_header_stays_one_caller(settings, count):
    settings.TRUSTED_PROXY_COUNT = count
    appended = ", 198.51.100.7, 203.0.113.5"[: None if count == 2 else 14] if count else ""
    callers = {
        client_ip(RequestFactory().get("/", headers={"X-Forwarded-For": f"6.6.{n}.6{appended}"}, REMOTE_ADDR=PEER))
        for n in range(50)
    }
    assert callers == {PEER if count == 0 else "198.51.100.7"}


def test_limits_count_the_network_that_one_caller_has_and_of_ipv4_the_address():
    """Whose address it is not the first of."""
    told = {client_network(RequestFactory().get("/", REMOTE_ADDR=f"2001:db8:0:{n}::{n}")) for n in range(3)}
    assert told == {"2001:db8::"}
    assert client_network(RequestFactory().get("/", REMOTE_ADDR="198.51.100.7")) == "198.51.100.7"


def test_a_unix_socket_has_no_address():
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="")) == UNKNOWN
