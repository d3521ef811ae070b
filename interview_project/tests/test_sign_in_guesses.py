"""What a thousand guesses come to, and what their times tell: by the real clock, each night."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client

from interview_project import sign_in
from interview_project.ratelimit import seconds_to_wait

pytestmark = [pytest.mark.nightly, pytest.mark.django_db]
PASSWORD = "a password of 25 letters!"
SECONDS = 3
TRIES, PAIRS = 1_000, 25


@pytest.fixture
def ann(settings: Any) -> User:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a thousand tries in no time
    return User.objects.create_superuser("ann", password=PASSWORD)


def guess(client: Client, name: str = "ann", address: str = "192.0.2.1") -> Any:
    form = {"username": name, "password": "wrong"}
    return client.post("/admin/login/", form, headers={"host": "localhost"}, REMOTE_ADDR=address)


def most_in_any_window(moments: list[float], seconds: float) -> int:
    return max(sum(begin <= one < begin + seconds for one in moments) for begin in moments)


def windowed(request: HttpRequest, **options: Any) -> int:
    return seconds_to_wait(request, **options)


@pytest.mark.usefixtures("ann")
@pytest.mark.parametrize(("counts", "holds"), [(None, True), (windowed, False)])
def test_a_thousand_guesses_are_ten_in_any_quarter_of_an_hour(
    client: Client, monkeypatch: pytest.MonkeyPatch, counts: Callable[..., int] | None, holds: bool
):
    """A quarter of an hour is three seconds here. Guard: counted in windows, more pass across an edge."""
    monkeypatch.setattr(sign_in, "OF_AN_ACCOUNT_AT_AN_ADDRESS", f"10/{SECONDS}s")
    for name in ("OF_AN_ADDRESS", "OF_AN_ACCOUNT"):
        monkeypatch.setattr(sign_in, name, "1000000/h")
    if counts:
        monkeypatch.setattr(sign_in, "seconds_until_a_try", counts)
    passed, statuses = [], []
    for _ in range(TRIES):
        before = time.monotonic()
        statuses.append(guess(client).status_code)
        passed += [before] if statuses[-1] == 200 else []
        time.sleep(0.012)
    assert set(statuses) == {200, 429}
    assert (most_in_any_window(passed, SECONDS * 0.95) <= 10) is holds  # a call takes a while to come to the count
    assert len(passed) >= 20


def test_known_and_unknown_accounts_take_equally_long(client: Client):
    """The middle of the differences of tries made one after the other, with the hasher of production; its bound is 5 ms."""
    User.objects.create_superuser("ann", password=PASSWORD)
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    User.objects.create_user("outside", password=PASSWORD)
    found = {name: difference(client, name) for name in ("ann", "gone", "outside")}
    assert {name: seconds for name, seconds in found.items() if abs(seconds) >= 0.005} == {}, found


def difference(client: Client, name: str) -> float:
    differences = []
    for number in range(PAIRS):
        names = (name, f"nobody-{number}") if number % 2 else (f"nobody-{number}", name)
        took = {one: measured(client, one) for one in names}
        differences.append(took[name] - took[f"nobody-{number}"])
    return statistics.median(differences)


def measured(client: Client, name: str) -> float:
    cache.clear()
    began = time.thread_time()  # of this thread alone: what else the machine does has no part in it
    answer = guess(client, name)
    took = time.thread_time() - began
    assert answer.status_code == 200
    return took


def test_a_check_that_is_left_out_would_be_measured(client: Client, monkeypatch: pytest.MonkeyPatch):
    """Guard: without the hash that Django makes for an account it does not know."""
    User.objects.create_superuser("ann", password=PASSWORD)
    monkeypatch.setattr("django.contrib.auth.models.AbstractBaseUser.set_password", lambda self, password: None)
    assert abs(difference(client, "ann")) >= 0.005
