"""Guessing passwords takes long: tries are counted for each account at each address, and for each address."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from interview_project import htmx
from interview_project.client_ip import client_ip
from interview_project.ratelimit import seconds_to_wait, too_many

OF_AN_ACCOUNT, OF_AN_ADDRESS = "10/15m", "100/15m"  # an office behind one address has more than one account
View = Callable[[HttpRequest], HttpResponse]


def limited_sign_in(view: View) -> View:
    """Around a view that takes ``username`` by POST. Says the same whether or not there is such an account.

    A page that looks again by itself after its session has ended is sent here whole, not with this page in one of its parts.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if htmx.target(request):
            return htmx.go(request, request.get_full_path())
        if request.method == "POST":
            seconds = max(
                seconds_to_wait(request, group="sign-in", rate=OF_AN_ACCOUNT, key=_account_and_address),
                seconds_to_wait(request, group="sign-in-address", rate=OF_AN_ADDRESS),
            )
            if seconds:
                return too_many(request, seconds)
        return view(request)

    return wrapper


def _account_and_address(_group: str, request: HttpRequest) -> str:
    return f"{request.POST.get('username', '').strip().casefold()}@{client_ip(request)}"


@receiver(user_logged_in)
def begin_a_new_session(request: HttpRequest, **_: object) -> None:
    """Django keeps the session of somebody who signs in again as themselves, and with it whoever else holds its key."""
    request.session.cycle_key()
