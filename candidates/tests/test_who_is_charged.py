"""Behind proxies the address that the limit counts is the one our own proxy saw, whatever a caller claims."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

RATE = 60  # unauthenticated calls of one address in a minute
NEAR = "192.0.2.1"
"""Who is connected to us: the caller without proxies, else our own proxy."""


@pytest.fixture(autouse=True)
def _one_minute() -> Any:
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False):
        yield


def call(hops: str, *, near: str = NEAR) -> int:
    """A call of the API without a valid token, which counts its address."""
    headers = {"X-Forwarded-For": hops} if hops else {}
    answer = Client().post("/api/v1/generate", {}, "application/json", headers=headers, REMOTE_ADDR=near)
    return int(answer.status_code)


CALLER, OTHER, PROXY = "203.0.113.9", "203.0.113.10", "198.51.100.7"
FORGED = ["10.0.0.{}", "{}", "nonsense {}", "2001:db8:{}::1, 10.0.0.{}", '"{}"', "127.0.0.1, " * 30 + "10.9.9.{}"]


def chain(proxies: int, caller: str, claimed: str) -> str:
    """What reaches us: the claim, then what each of our proxies appended but for the nearest, which is the connection."""
    seen = [caller, PROXY][:proxies]
    return ", ".join([part for part in (claimed, *seen) if part])


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_whatever_is_forged_the_same_caller_is_charged_and_nobody_else(settings, proxies):
    settings.TRUSTED_PROXY_COUNT = proxies
    near, other_near = (CALLER, OTHER) if proxies == 0 else (NEAR, NEAR)
    claims = [FORGED[number % len(FORGED)].replace("{}", str(number)) for number in range(RATE)]
    assert {call(chain(proxies, CALLER, claim), near=near) for claim in claims} == {401}
    assert call(chain(proxies, CALLER, "10.1.1.1"), near=near) == 429
    assert call(chain(proxies, OTHER, CALLER), near=other_near) == 401  # a claim to be the caller charges the claimant


@pytest.mark.django_db
def test_with_too_many_proxies_configured_a_forged_header_names_the_caller(settings):
    """What the setting protects from: were it wrong, each forged address would have calls of its own."""
    settings.TRUSTED_PROXY_COUNT = 2
    assert {call(f"10.0.{number}.1, {CALLER}") for number in range(RATE + 5)} == {401}


@pytest.mark.django_db
@pytest.mark.parametrize("proxies", [1, 2])
def test_past_the_proxies_all_share_the_count_of_their_connection(settings, proxies):
    """A header too short to have passed our proxies was not written by them."""
    settings.TRUSTED_PROXY_COUNT = proxies
    short = ["", "10.0.0.{}"][:proxies]
    codes = [call(short[number % proxies].replace("{}", str(number))) for number in range(RATE + 1)]
    assert codes == [401] * RATE + [429]


@pytest.mark.django_db
def test_an_ipv6_network_is_one_caller(settings):
    settings.TRUSTED_PROXY_COUNT = 1
    codes = [call(f"2001:db8:1:{number:x}::{number:x}") for number in range(RATE + 1)]
    assert codes == [401] * RATE + [429]
