"""A session is never the one somebody had before they signed in, nor any good once they signed out."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

pytestmark = pytest.mark.django_db
PASSWORD, OTHER = "a password of 25 letters!", "another one, of 26 letters"


@pytest.fixture
def somebody() -> User:
    return User.objects.create_superuser("somebody", password=PASSWORD)


def fresh() -> Client:
    return Client(headers={"host": "localhost"})


def session_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def sign_in(client: Client, password: str = PASSWORD) -> str:
    client.post("/admin/login/", {"username": "somebody", "password": password})
    return session_of(client)


def opens(session: str) -> bool:
    client = fresh()
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    return client.get("/admin/").status_code == 200


@pytest.mark.usefixtures("somebody")
def test_a_session_that_was_planted_before_signing_in_stays_worthless():
    client = fresh()
    client.cookies[settings.SESSION_COOKIE_NAME] = "planted" * 4
    mine = sign_in(client)
    assert (opens(mine), opens("planted" * 4), mine == "planted" * 4) == (True, False, False)


@pytest.mark.usefixtures("somebody")
def test_signing_in_again_makes_another_session_and_signing_out_ends_it():
    client = fresh()
    first = sign_in(client)
    client.post("/admin/logout/")
    second = sign_in(client)
    assert (opens(first), opens(second), first == second) == (False, True, False)


@pytest.mark.usefixtures("somebody")
def test_a_new_password_ends_every_other_session():
    elsewhere, here = sign_in(fresh()), fresh()
    sign_in(here)
    form = {"old_password": PASSWORD, "new_password1": OTHER, "new_password2": OTHER}
    assert here.post("/admin/password_change/", form).status_code == 302
    assert (opens(elsewhere), here.get("/admin/").status_code) == (False, 200)
