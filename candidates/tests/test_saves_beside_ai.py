"""Gemini may hang; saves go on. Measured side by side, since the machine's own speed is nobody's promise."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from assessments import gemini
from assessments.domain import ledger
from assessments.enums import AiPurpose
from assessments.tests import fake_gemini as fake
from assessments.tests.asking import any_prompt
from assessments.tests.fake_gemini import Behaviour, FakeGemini, answering
from candidates.models import Attempt
from candidates.tests.making import make_attempt, save

SAVES, CALLERS = 60, 8
PATIENCE = 1.2
FAULTS = {"silence": fake.silence(4), "drip": fake.drip(4), "headers drip": fake.drip_headers(4)}


@pytest.fixture
def fake_gemini() -> Iterator[FakeGemini]:
    with answering() as server:
        yield server


def milliseconds_of_saves(attempt: Attempt, first_revision: int) -> list[float]:
    took = []
    for number in range(SAVES):
        began = time.perf_counter()
        save(attempt, f"text {number}", base_revision=first_revision + number)
        took.append((time.perf_counter() - began) * 1000)
    return took


def call_all_the_time(until: threading.Event, outcomes: list[str], number: int) -> None:
    try:
        while not until.is_set():
            try:
                line = ledger.reserve(
                    ledger.Caller(f"user:{number}"), any_prompt(), purpose=AiPurpose.GENERATE, is_counted=False
                )
                ledger.call(line, any_prompt(seconds=PATIENCE))
            except (ledger.AiRefused, gemini.GeminiFailed) as ended:
                outcomes.append(type(ended).__name__)
                gemini.breaker.reset()
                time.sleep(0.05)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_saves_keep_their_speed_while_every_line_to_gemini_hangs(fake_gemini: FakeGemini, fault: Behaviour):
    fake_gemini.script = [fault] * 1000
    attempt, stop, outcomes = make_attempt(), threading.Event(), list[str]()
    alone = milliseconds_of_saves(attempt, 0)
    callers = [threading.Thread(target=call_all_the_time, args=(stop, outcomes, number)) for number in range(CALLERS)]
    for caller in callers:
        caller.start()
    time.sleep(0.3)
    beside = milliseconds_of_saves(attempt, SAVES)
    in_flight = len(fake_gemini.asked)
    stop.set()
    for caller in callers:
        caller.join()
    assert in_flight >= settings.AI_MAX_IN_FLIGHT
    assert set(outcomes) == {"TimedOut", "LimitReached"}
    assert statistics.median(beside) < 2 * statistics.median(alone) + 10
    assert max(beside) < PATIENCE * 1000
