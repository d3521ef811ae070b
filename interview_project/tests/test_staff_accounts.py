"""Staff sign in by Django's own means. What Parley depends on in them is held here."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.management import call_command

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def staff(django_user_model):
    return django_user_model.objects.create_superuser("kim", "kim@example.org", PASSWORD)


@pytest.fixture
def signed_in(client, staff):
    client.post("/admin/login/", {"username": "kim", "password": PASSWORD, "next": "/admin/"})
    assert client.get("/admin/").status_code == 200
    return client


def session_of(client):
    from django.conf import settings

    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.parametrize("password", ["elevenchars", "qwertyqwerty", "123456789012", "kim@example.org"])
def test_a_password_that_is_easily_guessed_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, get_user_model()(username="kim", email="kim@example.org"))


@pytest.mark.parametrize(
    "password", ["twelve chars", "lettersalone", "ÄÖÜ äöü ß 漢字 🙂🙂", "!?" * 10, "x" * 60 + "1234"]
)
def test_any_composition_that_is_long_enough_is_taken(password):
    validate_password(password)


def test_a_password_is_compared_as_it_was_typed(client, staff):
    for typed in (PASSWORD.upper(), PASSWORD.title(), f"{PASSWORD} ", PASSWORD[:-1]):
        assert client.post("/admin/login/", {"username": "kim", "password": typed}).status_code == 200
    assert client.post("/admin/login/", {"username": "kim", "password": PASSWORD}).status_code == 302


def test_the_form_masks_it_and_lets_password_managers_help(client):
    page = client.get("/admin/login/").text
    [field] = re.findall(r'<input[^>]*name="password"[^>]*>', page)
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field


def test_changing_it_takes_the_old_one(signed_in, staff):
    new = {"new_password1": "another long password", "new_password2": "another long password"}
    assert signed_in.post("/admin/password_change/", {"old_password": "wrong", **new}).status_code == 200
    staff.refresh_from_db()
    assert staff.check_password(PASSWORD)
    assert signed_in.post("/admin/password_change/", {"old_password": PASSWORD, **new}).status_code == 302
    staff.refresh_from_db()
    assert staff.check_password("another long password")


def test_there_is_no_account_until_somebody_makes_one():
    call_command("migrate", verbosity=0)
    assert get_user_model().objects.count() == 0


def test_signing_in_again_makes_a_new_session(signed_in):
    client, before = signed_in, session_of(signed_in)
    client.post("/admin/login/", {"username": "kim", "password": PASSWORD, "next": "/admin/"})
    assert session_of(client) != before
    assert not Session.objects.filter(session_key=before).exists()
    assert len(session_of(client)) == 32  # of 36 letters: 165 bits


def test_signing_out_ends_the_session_on_the_server(signed_in):
    stolen = session_of(signed_in)
    signed_in.post("/admin/logout/")
    assert not Session.objects.filter(session_key=stolen).exists()
    signed_in.cookies.load(dict.fromkeys(["parley_staff", "__Host-parley_staff"], stolen))
    assert signed_in.get("/admin/").status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_who_leaves_is_out_at_once(signed_in, staff, change):
    get_user_model().objects.filter(pk=staff.pk).update(**change)
    assert signed_in.get("/admin/").status_code == 302


def test_who_is_deleted_is_out_at_once(signed_in, staff):
    get_user_model().objects.filter(pk=staff.pk).delete()
    assert signed_in.get("/admin/").status_code == 302
