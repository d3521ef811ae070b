import runpy
import subprocess
import sys

import pytest
from django.conf import settings as current
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import send_mail

from interview_project.mail import MailNotConfigured
from interview_project.testing.environment import names_the_settings_read

KEY = "k3y" * 20


@pytest.fixture
def read(monkeypatch):
    """The settings as they would be with this environment and nothing else."""
    for name in names_the_settings_read():
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"{name}_FILE", raising=False)

    def run(**environment):
        for name, value in ({"SECRET_KEY": KEY} | environment).items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(current.BASE_DIR / "interview_project" / "settings.py"))

    return run


def test_production_does_not_boot_without_a_key(bare_environment):
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=bare_environment, cwd=current.BASE_DIR, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "SECRET_KEY is missing. Set SECRET_KEY or SECRET_KEY_FILE" in done.stderr


def test_trying_it_out_needs_no_key(read):
    assert len(read(SECRET_KEY="", DEBUG="1")["SECRET_KEY"]) >= 50


def test_the_key_may_come_from_a_file(read, tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    assert read(SECRET_KEY="", SECRET_KEY_FILE=str(file))["SECRET_KEY"] == KEY


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("DEBUG", "maybe", "DEBUG is 'maybe'; it must be 1 or 0"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "DATABASE_URL begins with 'mysql'; it must be a URL of postgres"),
        ("REDIS_URL", "localhost", "REDIS_URL has no scheme"),
        ("TRUSTED_PROXY_COUNT", "one", "TRUSTED_PROXY_COUNT is 'one'; it must be a whole number"),
        ("PUBLIC_URL", "parley.example.org", "PUBLIC_URL has no scheme"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml'; it must be one of json, console"),
        ("GEMINI_SDK", "other", "GEMINI_SDK is 'other'; it must be one of google-generativeai, google-genai"),
        ("EMAIL_URL", "mailto:a@b", "EMAIL_URL begins with 'mailto'"),
        ("AI_DAILY_BUDGET", "-5", "AI_DAILY_BUDGET is '-5'; it must be a whole number, 0 or more"),
        ("METRICS_TOKEN", "hunter2", "METRICS_TOKEN can be guessed"),
    ],
)
def test_a_value_that_cannot_be_meant_stops_the_boot(read, name, value, words):
    with pytest.raises(ImproperlyConfigured) as stopped:
        read(**{name: value})
    assert words in str(stopped.value)
    assert "hunter2" not in str(stopped.value)


def test_behind_https_everything_is_strict(read):
    found = read(PUBLIC_URL="https://parley.example.org/")
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_NAME"] == "__Host-parley_staff"
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://parley.example.org"]


def test_the_public_host_is_answered_to(read):
    hosts = read(PUBLIC_URL="https://parley.example.org")["ALLOWED_HOSTS"]
    assert hosts == ["localhost", "127.0.0.1", "[::1]", "parley.example.org"]


@pytest.mark.parametrize(("count", "header"), [("0", None), ("1", ("HTTP_X_FORWARDED_PROTO", "https"))])
def test_tls_is_believed_of_our_own_proxies_alone(read, count, header):
    assert read(TRUSTED_PROXY_COUNT=count)["SECURE_PROXY_SSL_HEADER"] == header


def test_sqlite_forces_each_commit_to_disk(read):
    options = read(DATABASE_URL="sqlite:///x.sqlite3")["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


def test_postgresql_forces_each_commit_to_disk(read):
    database = read(DATABASE_URL="postgres://h/d", STATEMENT_TIMEOUT_MS="5000")["DATABASES"]["default"]
    assert "-c synchronous_commit=on -c statement_timeout=5000" in database["OPTIONS"]["options"]
    assert database["ATOMIC_REQUESTS"] is False  # a view builds its "saved" after the commit
    assert database["OPTIONS"]["pool"]["timeout"] == 5


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", {"EMAIL_BACKEND": "interview_project.mail.NoMailBackend"}),
        ("console://", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}),
        (
            "smtp://ann%40example.org:s%2Fc@mail.example.org",
            {"EMAIL_HOST": "mail.example.org", "EMAIL_PORT": 587, "EMAIL_USE_TLS": True, "EMAIL_USE_SSL": False}
            | {"EMAIL_HOST_USER": "ann@example.org", "EMAIL_HOST_PASSWORD": "s/c"},
        ),
        ("smtps://mail.example.org", {"EMAIL_PORT": 465, "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": True}),
        ("smtp://mail:2525", {"EMAIL_PORT": 2525, "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}),
    ],
)
def test_where_mail_goes(read, url, expected):
    found = read(EMAIL_URL=url)
    assert {name: found[name] for name in expected} == expected


def test_while_trying_it_out_mail_is_printed(read):
    assert read(DEBUG="1")["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend"


def test_mail_that_goes_nowhere_says_so_and_is_not_printed(settings, capsys):
    settings.EMAIL_BACKEND = "interview_project.mail.NoMailBackend"
    with pytest.raises(MailNotConfigured, match="EMAIL_URL is not set"):
        send_mail("Your interview", "https://parley.example.org/i/token/", None, ["ann@example.org"])
    assert "token" not in "".join(capsys.readouterr())
