"""The contract of the door, kept by both adapters: against llmock, and against a server with every fault we know of."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from http.client import HTTPException
from typing import Any

import pytest
from pydantic import BaseModel

from assessments import gemini
from assessments.gemini import errors
from assessments.gemini.breaker import Breaker
from assessments.gemini.prompt import Prompt
from assessments.tests import fake_gemini as fake
from interview_project.testing.servers import free_port

PATIENCE = 1.5
"""Seconds the tests give Gemini; the product gives 20."""


class Yes(BaseModel):
    answer: str
    sure: bool | None = None


def prompt(**facts: Any) -> Prompt[Yes]:
    defaults = {"system": "Be brief.", "text": "Is it so?", "answer": Yes, "max_output_tokens": 100}
    return Prompt(**{**defaults, "version": "test/v1", "hash": "0" * 64, "seconds": PATIENCE, **facts})


@pytest.fixture(params=list(gemini.ADAPTERS))
def sdk(request, settings) -> str:
    settings.GEMINI_SDK = request.param
    return str(request.param)


# ---- What works ----


def test_an_answer_arrives_checked_and_counted(sdk, fake_gemini):
    fake_gemini.script = [fake.answer({"answer": "yes", "sure": True}, tokens=(12, 3))]
    reply = gemini.ask(prompt())
    assert (reply.data, reply.usage) == (Yes(answer="yes", sure=True), gemini.Usage(12, 3))


def test_what_is_sent_is_the_prompt_its_schema_and_its_caps(sdk, fake_gemini):
    fake_gemini.script = [fake.answer({"answer": "yes"})]
    gemini.ask(prompt())
    asked = fake_gemini.asked[0]
    config = asked.body["generationConfig"]
    assert (asked.text, config["maxOutputTokens"], asked.wants) == ("Is it so?", 100, {"answer", "sure"})
    assert asked.body["systemInstruction"]["parts"][0]["text"] == "Be brief."
    assert asked.path.split("?")[0] == "/v1beta/models/gemini-2.5-flash:generateContent"


def test_the_key_travels_in_one_header_and_nowhere_else(sdk, fake_gemini):
    fake_gemini.script = [fake.answer({"answer": "yes"})]
    gemini.ask(prompt())
    asked = fake_gemini.asked[0]
    assert [name for name, value in asked.headers.items() if fake.KEY in value] == ["x-goog-api-key"]
    assert fake.KEY not in asked.path + json.dumps(asked.body)


def test_the_sdks_are_not_imported_before_somebody_asks():
    code = "import django, sys; django.setup(); import assessments.gemini; print(any('google.gen' in m for m in sys.modules))"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "interview_project.settings"}
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert output.stdout.strip() == "False"


# ---- What fails, and how ----

FAULTS = {
    "timeout": (fake.silence(3), errors.TimedOut),
    "slow drip": (fake.drip(6), errors.TimedOut),
    "slow drip of headers": (fake.drip_headers(6), errors.TimedOut),
    "reset": (fake.reset, errors.Unreachable),
    "cut": (fake.cut, errors.Unreachable),
    "429": (fake.status(429, headers={"Retry-After": "30"}), errors.TooManyRequests),
    "503": (fake.status(503, headers={"Retry-After": "30"}), errors.Unavailable),
    "500 for long": (fake.status(500, headers={"Retry-After": "30"}), errors.Unavailable),
    "not JSON": (fake.raw(b"<html>busy</html>"), errors.NotJson),
    "no object": (fake.raw(b"[1, 2]"), errors.NotJson),
    "no answer inside": (fake.raw(b'{"candidates": 3}'), errors.NotJson),
    "text not JSON": (fake.answer("certainly! here you are"), errors.NotJson),
    "truncated": (fake.answer('{"answer": "ye', finish="MAX_TOKENS"), errors.Truncated),
    "truncated in silence": (fake.answer('{"answer": "ye'), errors.NotJson),
    "wrong schema": (fake.answer({"reply": "yes"}), errors.WrongSchema),
    "wrong type": (fake.answer({"answer": {"yes": 1}}), errors.WrongSchema),
    "5 MB": (fake.answer({"answer": "y" * 5_000_000}), errors.TooLarge),
    "70 KB of text": (fake.answer({"answer": "y" * 70_000}), errors.TooLarge),
    "safety block of the prompt": (fake.blocked, errors.Blocked),
    "safety block of the answer": (fake.withheld, errors.Blocked),
    "empty": (fake.answer(""), errors.EmptyAnswer),
    "no candidates": (fake.nothing, errors.EmptyAnswer),
    "empty body": (fake.raw(b""), errors.EmptyAnswer),
    "key refused": (fake.status(403), errors.KeyRefused),
    "unknown key": (fake.status(400, body={"error": {"details": [{"reason": "API_KEY_INVALID"}]}}), errors.KeyRefused),
    "unknown model": (fake.status(404), errors.RequestRefused),
    "redirect": (fake.status(302, headers={"Location": "http://127.0.0.1:9/else"}), errors.Redirected),
}


@pytest.mark.parametrize(("fault", "expected"), FAULTS.values(), ids=FAULTS)
def test_every_fault_has_its_own_exception_in_time(sdk, fake_gemini, fault, expected):
    importlib.import_module(gemini.ADAPTERS[sdk])  # its two seconds are not what is timed here
    fake_gemini.script = [fault]
    began = time.monotonic()
    with pytest.raises(errors.GeminiFailed) as failed:
        gemini.ask(prompt())
    assert type(failed.value) is expected
    assert time.monotonic() - began < PATIENCE + 0.7
    assert len(fake_gemini.asked) == 1
    assert fake.KEY not in repr(failed.value) + str(failed.value.__cause__)


def test_a_server_that_is_not_there_is_never_reached(sdk):
    with fake.configured(f"http://127.0.0.1:{free_port()}"), pytest.raises(errors.NeverReached):
        gemini.ask(prompt())


def test_without_a_key_nothing_is_asked_and_the_setting_is_named(settings):
    settings.GEMINI_API_KEY = ""
    with pytest.raises(errors.NotConfigured, match="GEMINI_API_KEY"):
        gemini.ask(prompt())


def test_plain_http_to_another_machine_is_refused():
    with fake.configured("http://192.0.2.1:80/gemini"), pytest.raises(errors.EndpointRefused):
        gemini.ask(prompt())


# ---- Trying again ----


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_short_trouble_is_tried_again_after_the_time_asked_for(sdk, fake_gemini, code):
    fake_gemini.script = [fake.status(code, headers={"Retry-After": "0.4"}), fake.answer({"answer": "yes"})]
    began = time.monotonic()
    assert gemini.ask(prompt()).data.answer == "yes"
    assert time.monotonic() - began >= 0.4
    assert len(fake_gemini.asked) == 2


def test_googles_own_retry_delay_is_read_from_the_body(sdk, fake_gemini):
    detail = {"error": {"details": [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "33s"}]}}
    fake_gemini.script = [fake.status(429, body=detail)]
    with pytest.raises(errors.TooManyRequests) as failed:
        gemini.ask(prompt())
    assert (failed.value.retry_after, len(fake_gemini.asked)) == (33.0, 1)


def test_it_is_tried_three_times_at_most(sdk, fake_gemini):
    fake_gemini.script = [fake.status(503, headers={"Retry-After": "0"})] * 5
    with pytest.raises(errors.Unavailable):
        gemini.ask(prompt(seconds=5))
    assert len(fake_gemini.asked) == 3


@pytest.mark.parametrize("fault", [fake.reset, fake.answer("no json")])
def test_what_may_have_been_billed_is_not_tried_again(sdk, fake_gemini, fault):
    fake_gemini.script = [fault]
    with pytest.raises(errors.GeminiFailed):
        gemini.ask(prompt())
    assert len(fake_gemini.asked) == 1


# ---- The breaker ----


def test_after_five_failures_gemini_is_left_alone(sdk, fake_gemini):
    fake_gemini.script = [fake.reset] * 5
    for _ in range(5):
        with pytest.raises(errors.Unreachable):
            gemini.ask(prompt())
    with pytest.raises(errors.BreakerOpen) as failed:
        gemini.ask(prompt())
    assert (len(fake_gemini.asked), failed.value.retry_after) == (5, 30)


def test_a_mistake_in_one_answer_says_nothing_about_the_server(sdk, fake_gemini):
    fake_gemini.script = [fake.answer("no json")] * 6 + [fake.answer({"answer": "yes"})]
    for _ in range(6):
        with pytest.raises(errors.NotJson):
            gemini.ask(prompt())
    assert gemini.ask(prompt()).data.answer == "yes"


def test_when_the_time_is_over_one_caller_tries_and_the_others_wait():
    breaker = Breaker(failures=1, seconds=0.05)
    breaker.note(failed=True)
    time.sleep(0.06)
    breaker.require_closed()
    with pytest.raises(errors.BreakerOpen):
        breaker.require_closed()
    breaker.note(failed=False)
    breaker.require_closed()


# ---- An independent server ----


@pytest.fixture(scope="module")
def llmock() -> Iterator[str]:
    process, url = _start_llmock()
    try:
        yield url
    finally:
        process.terminate()
        process.wait()


def _start_llmock(tries: int = 3) -> tuple[subprocess.Popen[bytes], str]:
    """Somebody else may take the port before llmock does; it then ends, and another one is tried."""
    for _ in range(tries):
        port = str(free_port())
        serve = [
            sys.executable,
            "-m",
            "llmock.cli",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--log-level",
            "error",
        ]
        process = subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        if _comes_up(process, url):
            return process, url
        process.kill()
        process.wait()
    raise AssertionError("llmock did not come up")


def _comes_up(process: subprocess.Popen[bytes], url: str) -> bool:
    """Whether it answers as llmock: a port that takes connections may be anybody's, or not be served yet."""
    for _ in range(300):
        if process.poll() is not None:
            return False
        try:
            with urllib.request.urlopen(f"{url}/_llmock/requests", timeout=5) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except (OSError, HTTPException):
            time.sleep(0.1)
    return False


def scripted(url: str, *behaviours: dict[str, Any]) -> None:
    body = json.dumps({"behaviors": behaviours}).encode()
    request = urllib.request.Request(f"{url}/_llmock/scenario", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=5).close()


@pytest.mark.parametrize(
    ("behaviours", "expected"),
    [
        ([{"type": "reply", "text": '{"answer": "yes"}'}], "yes"),
        ([{"type": "fail", "status": 503}, {"type": "reply", "text": '{"answer": "late"}'}], "late"),
        ([{"type": "fail", "status": 429, "retry_after": 60}], errors.TooManyRequests),
        ([{"type": "fail", "status": 404}], errors.RequestRefused),
        ([{"type": "reply", "text": "hello"}], errors.NotJson),
        ([{"type": "reply", "text": '{"answer": "cut"}', "finish_reason": "length"}], errors.Truncated),
        ([{"type": "reply", "text": "", "finish_reason": "content_filter"}], errors.Blocked),
        ([{"type": "delay", "seconds": 4}], errors.TimedOut),
    ],
)
def test_the_contract_holds_against_an_independent_server(sdk, llmock, behaviours, expected):
    urllib.request.urlopen(urllib.request.Request(f"{llmock}/_llmock/reset", method="POST"), timeout=5).close()
    scripted(llmock, *behaviours)
    with fake.configured(f"{llmock}/gemini"):
        if isinstance(expected, str):
            assert gemini.ask(prompt(seconds=3)).data.answer == expected
        else:
            with pytest.raises(expected):
                gemini.ask(prompt(seconds=3))
