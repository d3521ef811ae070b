import re

import pytest
import time_machine
from django.contrib.auth import get_user_model

from interview_project.tests.conftest import CLOSED_PORT

PASSWORD = "a-long-enough-password"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel("2026-03-01T12:00:00+00:00", tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def _ann(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a hundred tries in no time
    get_user_model().objects.create_superuser("ann", "ann@example.org", PASSWORD)


def sign_in(client, username="ann", password="wrong", address="192.0.2.1"):
    return client.post("/admin/login/", {"username": username, "password": password}, REMOTE_ADDR=address)


def test_who_knows_the_password_comes_in(client):
    assert sign_in(client, password=PASSWORD).status_code == 302


def test_the_eleventh_guess_is_told_to_wait(client):
    answers = [sign_in(client) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 15 * 60
    assert sign_in(client, password=PASSWORD).status_code == 429


def test_another_spelling_of_the_name_is_no_way_around(client):
    for number in range(11):
        answer = sign_in(client, username=" Ann " if number % 2 else "ann")
    assert answer.status_code == 429


def test_a_stranger_cannot_lock_somebody_out(client):
    for _ in range(20):
        sign_in(client, address="198.51.100.7")
    assert sign_in(client, password=PASSWORD, address="192.0.2.1").status_code == 302


def test_one_address_cannot_try_everybody(client):
    answers = [sign_in(client, username=f"user{n}") for n in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {200}
    assert answers[100].status_code == 429


def test_an_account_that_does_not_exist_looks_the_same(client):
    known = [sign_in(client) for _ in range(11)]
    unknown = [sign_in(client, username="bob") for _ in range(11)]
    assert [answer.status_code for answer in known] == [answer.status_code for answer in unknown]
    random = re.compile(r'\d+|value="\w{64}"')  # seconds to wait, and the form's key
    assert random.sub("", known[-1].text) == random.sub("", unknown[-1].text)


def test_looking_at_the_form_is_not_counted(client):
    assert {client.get("/admin/login/").status_code for _ in range(20)} == {200}


def test_without_redis_staff_sign_in_and_guesses_are_still_counted(client, redis_settings):
    redis_settings(CLOSED_PORT)
    guesses = [sign_in(client, username="ann with a space").status_code for _ in range(11)]
    assert (guesses[0], guesses[-1]) == (200, 429)
    assert sign_in(client, password=PASSWORD, address="192.0.2.44").status_code == 302
