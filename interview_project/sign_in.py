"""Guessing passwords takes long: tries are counted for each address, each account at each address, and each account.

The last is for who has many addresses. It alone would let anybody keep the owner out, by guessing on purpose. So a browser
in which somebody signed in before keeps a signed cookie that says so, and is counted by that, apart from all strangers:
however many of them guess, the owner comes in where they came in before, and the guesses still have an end.
"""

from __future__ import annotations

import functools
import secrets
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core import signing
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from interview_project import counts, htmx
from interview_project.client_ip import client_network
from interview_project.ratelimit import seconds_to_wait, seconds_until_a_try, too_many

log = structlog.get_logger(__name__)
OF_AN_ADDRESS = "100/15m"  # an office behind one address has more than one account
OF_AN_ACCOUNT_AT_AN_ADDRESS = "10/15m"
OF_AN_ACCOUNT = (
    "100/h"  # a year of guessing is less than a million, and the commonest passwords are refused when they are set
)
OF_A_KNOWN_BROWSER = "10/15m"  # the cookie may have been stolen: it is no way to guess faster
KNOWN_COOKIE = "parley_known" if settings.DEBUG else "__Host-parley_known"
KNOWN_FOR = timedelta(days=180)
View = Callable[[HttpRequest], HttpResponse]
_signer = signing.TimestampSigner(salt="parley.known-browser")


def limited_sign_in(view: View) -> View:
    """Around a view that takes ``username`` by POST. Says the same whether or not there is such an account.

    A page that looks again by itself after its session has ended is sent here whole, not with this page in one of its parts.
    """

    @functools.wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if htmx.target(request):
            return htmx.go(request, request.get_full_path())
        if request.method != "POST":
            return view(request)
        if seconds := _seconds_to_wait(request):
            counts.note_sign_in("limited")
            log.warning("sign-in limited", seconds=seconds)
            return too_many(request, seconds)
        response = view(request)
        if request.user.is_authenticated:
            _make_known(response, request.user)
        return response

    return wrapper


# ---- Counting ----


def _seconds_to_wait(request: HttpRequest) -> int:
    """The narrow counts first: what they refuse is not counted further, so that one place alone cannot use up the wide one."""
    return (
        seconds_to_wait(request, group="sign-in-address", rate=OF_AN_ADDRESS)
        or seconds_until_a_try(request, group="sign-in", rate=OF_AN_ACCOUNT_AT_AN_ADDRESS, key=_account_and_network)
        or _seconds_wherever_they_are(request)
    )


def _seconds_wherever_they_are(request: HttpRequest) -> int:
    browser = _known_browser(request)
    if browser:
        return seconds_until_a_try(
            request, group="sign-in-known", rate=OF_A_KNOWN_BROWSER, key=lambda _group, _request: browser
        )
    return seconds_to_wait(request, group="sign-in-account", rate=OF_AN_ACCOUNT, key=lambda _, one: _account(one))


def _account(request: HttpRequest) -> str:
    return _as_found(request.POST.get("username", ""))


def _account_and_network(_group: str, request: HttpRequest) -> str:
    return f"{_account(request)}@{client_network(request)}"


def _as_found(name: str) -> str:
    """However it was typed, what Django's form makes of it, and finds the account by."""
    return unicodedata.normalize("NFKC", name.strip()).strip().casefold()


# ---- Browsers in which somebody has signed in ----


def _make_known(response: HttpResponse, user: AbstractBaseUser | Any) -> None:
    response.set_cookie(
        KNOWN_COOKIE,
        _signer.sign(f"{secrets.token_hex(16)}.{_mark_of(user.get_username())}"),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_browser(request: HttpRequest) -> str:
    """A name for this browser if the account that is asked for was signed in to here, else nothing."""
    try:
        browser, mark = _signer.unsign(request.COOKIES.get(KNOWN_COOKIE, ""), max_age=KNOWN_FOR).split(".")
    except (signing.BadSignature, ValueError):
        return ""
    return browser if mark == _mark_of(_account(request)) else ""


def _mark_of(name: str) -> str:
    """Tells accounts apart without naming them to whoever looks into the browser."""
    return salted_hmac("parley.known-account", _as_found(name), algorithm="sha256").hexdigest()


# ---- What is noted, without the name that was typed: it may be a password in the wrong field ----


@receiver(user_login_failed)
def note_failure(**_: object) -> None:
    counts.note_sign_in("failed")
    log.warning("sign-in failed")


@receiver(user_logged_in)
def begin_a_new_session(request: HttpRequest, user: AbstractBaseUser, **_: object) -> None:
    """Django keeps the session of somebody who signs in again as themselves, and with it whoever else holds its key."""
    request.session.cycle_key()
    counts.note_sign_in("succeeded")
    log.info("signed in", account=user.pk)
