import re

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import Client

from interview_project import counts
from interview_project.sign_in import KNOWN_COOKIE
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


def test_who_was_to_be_led_elsewhere_comes_to_the_first_page(client):
    form = {"username": "ann", "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post("/admin/login/", form, REMOTE_ADDR="192.0.2.1").url == "/admin/"


def test_the_eleventh_guess_is_told_to_wait(client):
    answers = [sign_in(client) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 15 * 60
    assert sign_in(client, password=PASSWORD).status_code == 429


def test_another_spelling_of_the_name_is_no_way_around(client):
    for number in range(11):
        answer = sign_in(client, username=" Ann " if number % 2 else "ann")
    assert answer.status_code == 429


@pytest.mark.parametrize("variant", ["\U0001d41ann", "\uff41nn", "Ⓐnn", "\u3000ann\u3000", "ANN"])
def test_letters_that_django_takes_for_the_same_are_counted_together(client, variant):
    for _ in range(10):
        sign_in(client)
    assert sign_in(client, username=variant, password=PASSWORD).status_code == 429


def test_all_addresses_of_one_ipv6_network_are_one_caller(client):
    answers = [sign_in(client, address=f"2001:db8:1:{n}::{n}").status_code for n in range(1, 12)]
    assert answers == [200] * 10 + [429]


def guess_from_everywhere(times, **kwargs):
    """Ten guesses from each address, as many as one may."""
    addresses = (f"198.51.{n // 250}.{n % 250}" for n in range(times // 10))
    return [sign_in(Client(), address=address, **kwargs).status_code for address in addresses for _ in range(10)]


def test_many_addresses_together_are_told_to_wait(client):
    assert set(guess_from_everywhere(100)) == {200}
    assert sign_in(Client(), password=PASSWORD, address="203.0.113.77").status_code == 429
    assert sign_in(Client(), username="bob", address="203.0.113.77").status_code == 200


def test_the_owner_comes_in_where_they_did_before_whoever_guesses(client):
    assert sign_in(client, password=PASSWORD).status_code == 302
    client.post("/admin/logout/")
    guess_from_everywhere(120)
    assert sign_in(client, password=PASSWORD, address="203.0.113.78").status_code == 302


def test_a_browser_that_is_known_guesses_no_faster(client):
    sign_in(client, password=PASSWORD)
    client.post("/admin/logout/")
    answers = [sign_in(client, address=f"203.0.113.{n}").status_code for n in range(12)]
    assert answers == [200] * 10 + [429] * 2


def test_a_browser_is_known_for_the_account_it_signed_in_to_alone(client):
    get_user_model().objects.create_superuser("bob", "bob@example.org", PASSWORD)
    sign_in(client, username="bob", password=PASSWORD)
    client.post("/admin/logout/")
    guess_from_everywhere(100)
    assert sign_in(client, password=PASSWORD, address="203.0.113.79").status_code == 429


def test_one_address_alone_uses_up_no_account(client):
    for _ in range(99):
        sign_in(client, address="198.51.100.7")
    assert sign_in(client, password=PASSWORD, address="203.0.113.80").status_code == 302


def test_the_cookie_of_a_known_browser_names_nobody(client):
    cookie = sign_in(client, password=PASSWORD).cookies[KNOWN_COOKIE]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "ann" not in cookie.value


def test_guessing_is_seen_and_the_name_that_was_typed_is_not(client, caplog):
    def figures():
        return {one.labels["result"]: one.value for one in counts.gauges() if one.name == "parley_sign_ins_total"}

    before = figures()
    for _ in range(11):
        sign_in(client, username="my-password-in-the-wrong-field")
    sign_in(client, password=PASSWORD)
    assert {name: figures()[name] - before[name] for name in before} == {"succeeded": 1, "failed": 10, "limited": 1}
    said = [record.msg["event"] for record in caplog.records if record.name == "interview_project.sign_in"]
    assert said == ["sign-in failed"] * 10 + ["sign-in limited", "signed in"]
    assert "my-password" not in caplog.text


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
