"""The API against its own description: schemathesis makes up calls, good and bad, and compares every answer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from assessments.domain import api_tokens, open_questions
from assessments.enums import ApiScope
from assessments.tests.fake_gemini import answering
from assessments.tests.gemini_models import good
from assessments.tests.making import SHAPES, make_bank, make_practice, make_question
from candidates import api
from candidates.domain import attempts, entry, passes
from candidates.domain.passes import Pass
from interview_project import ratelimit

SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "120"))
CONFIG = """
hooks = "candidates.tests.schemathesis_hooks"

[auth.openapi.SessionToken]
bearer = "{session_token}"

[auth.openapi.ApiTokenBearer]
bearer = "{api_token}"

[checks.positive_data_acceptance]
# A body that fits its shape may still name a question that is not there, be stale or come late; and AI has its limits.
expected-statuses = ["2xx", "401", "403", "404", "409", "410", "422", "429"]

[checks.not_a_server_error]
# Gemini failing is the server's way to say so.
expected-statuses = ["2xx", "4xx", "502", "503"]
"""

pytestmark = [pytest.mark.nightly, pytest.mark.django_db(transaction=True), pytest.mark.needs_postgresql]


@pytest.fixture
def facts(admin_user: Any, tmp_path: Path, live_server: LiveServer) -> dict[str, str]:
    bank = make_bank()
    open_questions.set_open(bank, is_open=True)
    questions = [make_question(type_, bank=bank) for type_ in SHAPES]
    practice = make_practice(*questions, slug="practice")  # the name in the description's example
    attempt = entry.enter_practice(practice)
    holder = Pass(attempt.pk, attempt.candidate_id)
    attempts.start(holder)
    token = api_tokens.issue(name="fuzz", scope=ApiScope.GENERATE, owner=admin_user, days=1).secret
    (tmp_path / "schemathesis.toml").write_text(CONFIG.format(session_token=passes.seal(holder), api_token=token))
    return {
        "PARLEY_URL": live_server.url,
        "PARLEY_PRACTICE": practice.slug,
        "PARLEY_SESSION": str(attempt.pk),
        "PARLEY_TOKEN": passes.seal(holder),
        "CONFIG": str(tmp_path / "schemathesis.toml"),
    }


@pytest.fixture
def _gemini() -> Iterator[None]:
    with answering(good):
        yield


@pytest.fixture(autouse=True)
def _unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limiter is told that all is well: behind it, nothing would be tried."""
    monkeypatch.setattr(ratelimit, "get_usage", lambda *args, **kwargs: {"should_limit": False, "time_left": 1})


def try_everything(facts: dict[str, str], *more: str, seconds: int) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("schemathesis")
    folder = Path(facts["CONFIG"]).parent
    options = {"--max-time": str(seconds), "--generation-allow-x00": "true", "--report-dir": str(folder / "report")}
    command = [str(program), "--config-file", facts["CONFIG"], "run", f"{facts['PARLEY_URL']}/api/v1/openapi.json"]
    command += ["--continue-on-failure", "--no-color", *(part for option in options.items() for part in option), *more]
    environment = {**os.environ, **facts, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=folder)


@pytest.mark.usefixtures("_gemini")
def test_no_call_breaks_the_description(facts):
    run = try_everything(facts, seconds=SECONDS)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]


def test_a_call_that_does_is_found(facts, monkeypatch):
    """The same with a fault planted: a state that lacks everything."""
    monkeypatch.setattr(api, "_state", lambda holder: {})
    run = try_everything(facts, "--include-operation-id", "read_session", "--phases", "fuzzing", seconds=30)
    assert run.returncode == 1, run.stdout[-8000:]
    assert "Server error" in run.stdout
