"""One way to limit a call: 429 with ``Retry-After``, and a decision for when the counter cannot be reached."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_ratelimit.core import get_usage
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
P = ParamSpec("P")
Key = str | Callable[[str, HttpRequest], str]
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def limited(
    *, group: str, rate: str, methods: tuple[str, ...] = ("POST",), fail_open: bool = False, key: str = "ip"
) -> Callable[[View[P]], View[P]]:
    """Let each caller through ``rate`` (``"10/m"``) times; then 429.

    The window is fixed, so up to twice the rate can pass across its edge: this sheds floods, it keeps no ledger.
    With the cache away ``fail_open`` decides: pages stay open, whatever costs money or guesses secrets is refused.
    """

    def decorate(view: View[P]) -> View[P]:
        @functools.wraps(view)
        def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method in methods:
                seconds = seconds_to_wait(request, group=group, rate=rate, key=key, fail_open=fail_open)
                if seconds:
                    return too_many(request, seconds)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def seconds_to_wait(request: HttpRequest, *, group: str, rate: str, key: Key = "ip", fail_open: bool = False) -> int:
    """Count this call; 0 if it may go on, else the seconds until the window ends."""
    try:
        usage = get_usage(request, group=group, key=key, rate=rate, increment=True)
    except (RedisError, OSError) as error:
        log.warning("rate limit unreachable", group=group, fail_open=fail_open, error=type(error).__name__)
        return 0 if fail_open else 5
    if usage is None:
        raise ImproperlyConfigured("RATELIMIT_ENABLE is off; limits are part of the product.")
    return max(1, int(usage["time_left"])) if usage["should_limit"] else 0


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    response = render(request, "429.html", {"seconds": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    return response
