"""A short code leads from one device to another: for a few minutes, once, and past the notice of the second device."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from candidates.domain import clock, handover
from candidates.models import Attempt, HandoverCode
from candidates.tests.making import make_attempt, sit_down

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt() -> Attempt:
    return make_attempt()


def ask_for_a_code(client: Client, attempt: Attempt) -> str:
    page = sit_down(client, attempt).post(reverse("attempt-handover", args=[attempt.pk])).content.decode()
    found = re.search(r'class="receipt-code" role="status">([^<]+)<', page)
    assert found
    return found[1]


def enter(code: str) -> tuple[Client, str]:
    other = Client()
    answer = other.post(reverse("home"), {"code": code})
    return other, answer.headers.get("Location", answer.content.decode())


def test_a_code_opens_the_attempt_on_another_device(client, attempt):
    Attempt.objects.update(device="the phone's")
    attempt.refresh_from_db()
    code, _until = handover.make(attempt)
    laptop, location = enter(code.lower().replace("-", " "))
    assert location == reverse("attempt", args=[attempt.pk])
    assert "This attempt is open on another device" in laptop.get(location).content.decode()
    laptop.post(reverse("attempt-here", args=[attempt.pk]))
    assert "Question 1" in laptop.get(reverse("attempt-question", args=[attempt.pk, 1])).content.decode()


def test_the_record_and_staff_are_told_that_somebody_came_in_by_a_code(client, admin_client, attempt):
    laptop, _location = enter(ask_for_a_code(client, attempt))
    told = "Entered by a code from another device"
    assert told in laptop.get(reverse("attempt-record", args=[attempt.pk])).content.decode()
    page = admin_client.get(reverse("admin:candidates_attempt_change", args=[attempt.pk])).content.decode()
    assert (told in page, "Entered by link" in page) == (True, False)


def test_a_code_is_good_once(client, attempt):
    code = ask_for_a_code(client, attempt)
    assert enter(code)[1] == reverse("attempt", args=[attempt.pk])
    assert "That code is not good any more" in enter(code)[1]


def test_a_new_code_ends_the_one_before(client, attempt):
    first, second = ask_for_a_code(client, attempt), ask_for_a_code(client, attempt)
    assert "not good any more" in enter(first)[1]
    assert enter(second)[1] == reverse("attempt", args=[attempt.pk])


def test_a_code_lasts_five_minutes(client, attempt):
    code = ask_for_a_code(client, attempt)
    HandoverCode.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert "not good any more" in enter(code)[1]
    assert not HandoverCode.objects.exists()


def test_looking_makes_no_code_and_the_database_holds_none_in_clear(client, attempt):
    sit_down(client, attempt).get(reverse("attempt-handover", args=[attempt.pk]))
    assert not HandoverCode.objects.exists()
    code = ask_for_a_code(client, attempt)
    held = HandoverCode.objects.get()
    assert code.replace("-", "") not in held.code_hash
    assert timedelta(minutes=4) < held.expires_at - clock.now() <= handover.LIFETIME


def test_guessing_is_limited(client, attempt):
    guesser = Client()
    answers = [guesser.post(reverse("home"), {"code": "2222-2222"}).status_code for _ in range(21)]
    assert answers[-1] == 429


def test_an_invitations_token_is_never_taken_for_a_code():
    assert not handover.looks_like_one("q" * 43)
    assert handover.looks_like_one(" k7qf-2m9x ")
