from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connections
from django.test import override_settings

LIKE_PRODUCTION = {
    "DEBUG": False,
    "SECRET_KEY": "k3y" * 30,
    "PUBLIC_URL": "https://parley.example.org",
    "REDIS_URL": "redis://cache.example.org/0",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "GEMINI_API_ENDPOINT": "",
    "GEMINI_API_KEY": "",
    "ALLOWED_HOSTS": ["parley.example.org"],
}
DANGERS: dict[str, dict[str, Any]] = {
    "interview.E001": {"GEMINI_API_ENDPOINT": "http://ai.example.org"},
    "interview.E002": {"SECRET_KEY": "short"},
    "interview.W002": {"REDIS_URL": ""},
    "interview.W003": {"EMAIL_BACKEND": "interview_project.mail.NoMailBackend"},
    "interview.W004": {"PUBLIC_URL": "http://parley.example.org"},
    "interview.W005": {"GEMINI_API_KEY": "key", "AI_DAILY_BUDGET": 0},
    "interview.W006": {"ALLOWED_HOSTS": ["*"]},
}


@pytest.fixture(autouse=True)
def _on_postgresql(monkeypatch):
    monkeypatch.setitem(vars(connections["default"]), "vendor", "postgresql")


def spoken(**changes):
    with override_settings(**(LIKE_PRODUCTION | changes)):
        return {message.id: message for message in run_checks() if str(message.id).startswith("interview.")}


def test_production_as_it_should_be_is_not_spoken_of():
    assert spoken() == {}


@pytest.mark.parametrize("number", DANGERS)
def test_each_danger_has_its_number_and_a_hint(number):
    messages = spoken(**DANGERS[number])
    assert list(messages) == [number]
    assert messages[number].hint
    assert messages[number].is_serious() is number.startswith("interview.E")


@pytest.mark.parametrize("number", sorted(set(DANGERS) - {"interview.E001"}))
def test_while_debugging_they_are_nobodys_business(number):
    assert spoken(DEBUG=True, **DANGERS[number]) == {}


@pytest.mark.parametrize(("debug", "numbers"), [(False, ["interview.W001"]), (True, [])])
def test_sqlite_is_for_small_hosts(monkeypatch, debug, numbers):
    monkeypatch.setitem(vars(connections["default"]), "vendor", "sqlite")
    assert list(spoken(DEBUG=debug)) == numbers


def test_a_key_in_the_clear_is_never_right():
    assert list(spoken(DEBUG=True, **DANGERS["interview.E001"])) == ["interview.E001"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "parley.localhost"])
def test_plain_http_stays_on_this_machine(host):
    assert spoken(GEMINI_API_ENDPOINT=f"http://{host}:8080", PUBLIC_URL=f"http://{host}:8000") == {}


@pytest.mark.parametrize(
    "host", ["10.0.0.1", "localhost.example.org", "[2001:db8::1]", "169.254.169.254", "127.0.0.1.nip.example"]
)
def test_anything_else_is_another_machine(host):
    assert set(spoken(GEMINI_API_ENDPOINT=f"http://{host}", PUBLIC_URL=f"http://{host}")) == {
        "interview.E001",
        "interview.W004",
    }
