"""One way to limit a call: 429 with ``Retry-After``, and a decision for when the counter cannot be reached."""

from __future__ import annotations

import functools
import hashlib
import math
import time
from collections.abc import Callable
from enum import Enum
from typing import Concatenate, ParamSpec

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_ratelimit.core import _split_rate, get_usage
from redis.exceptions import RedisError

from interview_project.client_ip import client_network

log = structlog.get_logger(__name__)
P = ParamSpec("P")
Key = str | Callable[[str, HttpRequest], str]
SECONDS_WHILE_AWAY = 5


def by_network(_group: str, request: HttpRequest) -> str:
    return client_network(request)


class Uncountable(int):
    """Seconds to wait because calls cannot be counted, which is no fault of the caller's."""


class WhileAway(Enum):
    """What becomes of a call while the counter cannot be reached."""

    OPEN = "let it through"
    CLOSED = "refuse it: it would cost money"
    EMBEDDED = "count it in the database, and refuse it only if that is away, too"


View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def limited(
    *,
    group: str,
    rate: str,
    methods: tuple[str, ...] = ("POST",),
    while_away: WhileAway = WhileAway.EMBEDDED,
    key: Key = by_network,
) -> Callable[[View[P]], View[P]]:
    """Let each caller through ``rate`` (``"10/m"``) times; then 429.

    The window is fixed, so up to twice the rate can pass across its edge: this sheds floods, it keeps no ledger. Where that
    matters, :func:`seconds_until_a_try` has no edges.
    """

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method in methods:
                seconds = seconds_to_wait(request, group=group, rate=rate, key=key, while_away=while_away)
                if seconds:
                    return too_many(request, seconds)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def seconds_to_wait(
    request: HttpRequest, *, group: str, rate: str, key: Key = by_network, while_away: WhileAway = WhileAway.EMBEDDED
) -> int:
    """Count this call; 0 if it may go on, else the seconds until the window ends."""
    try:
        usage = get_usage(request, group=group, key=key, rate=rate, increment=True)
    except (RedisError, OSError) as error:
        log.warning("rate limit unreachable", group=group, instead=while_away.value, error=type(error).__name__)
        return _seconds_while_away(request, group=group, rate=rate, key=key, while_away=while_away)
    if usage is None:
        raise ImproperlyConfigured("RATELIMIT_ENABLE is off; limits are part of the product.")
    return max(1, int(usage["time_left"])) if usage["should_limit"] else 0


def _seconds_while_away(request: HttpRequest, *, group: str, rate: str, key: Key, while_away: WhileAway) -> int:
    if while_away is WhileAway.OPEN:
        return 0
    if while_away is WhileAway.CLOSED:
        return Uncountable(SECONDS_WHILE_AWAY)
    caller = key(group, request) if callable(key) else client_network(request)
    try:
        return _count_embedded(f"{group}:{caller}", rate)
    except DatabaseError:
        return Uncountable(SECONDS_WHILE_AWAY)


def _count_embedded(name: str, rate: str) -> int:
    """The same fixed window, in the database's own cache table."""
    limit, period = _split_rate(rate)
    now = int(time.time())
    window, counter = now // period, caches["embedded"]
    counted_as = hashlib.sha256(
        f"{name}:{window}".encode()
    ).hexdigest()  # a name may be long, or hold what keys may not
    counter.add(counted_as, 0, period + 5)
    is_over = counter.incr(counted_as) > limit
    return (window + 1) * period - now if is_over else 0


# ---- Where the edge of a window would double what may be guessed ----


def seconds_until_a_try(request: HttpRequest, *, group: str, rate: str, key: Key = by_network) -> int:
    """As :func:`seconds_to_wait`, but in *any* so many minutes no more than the rate, whenever they begin.

    A call that goes on takes one of so many places, and holds it for the whole period; one that is refused takes none, so
    nobody is kept out for longer by trying. Costs a command for each place that is taken: for rates of about ten.
    """
    limit, period = _split_rate(rate)
    caller = key(group, request) if callable(key) else client_network(request)
    name = hashlib.sha256(f"{group}:{caller}".encode()).hexdigest()
    places = [f"place:{name}:{number}" for number in range(limit)]
    try:
        return _take_one(caches["default"], places, period)
    except (RedisError, OSError) as error:
        log.warning("rate limit unreachable", group=group, instead="the database", error=type(error).__name__)
    try:
        return _take_one(caches["embedded"], places, period)
    except DatabaseError:
        return Uncountable(SECONDS_WHILE_AWAY)


def _take_one(cache: BaseCache, places: list[str], period: int) -> int:
    now = time.time()
    if any(cache.add(place, now + period, period) for place in places):
        return 0
    held = cache.get_many(places)
    free_at = min(held.values()) if len(held) == len(places) else now  # one has just become free
    return max(1, math.ceil(free_at - now))


def why(seconds: int) -> str:
    """For staff and programs."""
    if isinstance(seconds, Uncountable):
        return f"Calls cannot be counted at the moment, so nothing that costs is done. Try again in {seconds} seconds."
    return f"Too many calls from here. Try again in {seconds} seconds."


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    context = {"seconds": seconds, "is_uncountable": isinstance(seconds, Uncountable)}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response
