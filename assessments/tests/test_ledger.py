from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import RequestFactory

from assessments import gemini
from assessments.domain import ledger
from assessments.domain.ledger import AiRefused, BudgetSpent, Caller, GenerationStopped, LimitReached
from assessments.enums import AiPurpose, GenerationResult
from assessments.models import AiControl, GenerationRequest
from assessments.tests import fake_gemini as fake
from assessments.tests.asking import any_prompt
from assessments.tests.making import make_assessment
from interview_project.client_ip import client_ip

ONE = Caller("user:1")


@pytest.fixture(autouse=True)
def _configured() -> Iterator[None]:
    with fake.configured("http://127.0.0.1:9"):
        yield


def reserve(caller: Caller = ONE, **facts: Any) -> GenerationRequest:
    return ledger.reserve(caller, any_prompt(), **{"purpose": AiPurpose.GENERATE, **facts})


class MovedClock:
    """The database's clock, as far as the ledger sees it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
        monkeypatch.setattr(ledger.lock, "now", lambda: self.at)

    def tick(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def moved_clock(monkeypatch) -> MovedClock:
    return MovedClock(monkeypatch)


# ---- Five in any 60 seconds ----


@pytest.mark.django_db
def test_the_sixth_call_within_a_minute_is_told_when_to_come_back(moved_clock):
    for _ in range(5):
        reserve()
        moved_clock.tick(4)
    with pytest.raises(LimitReached) as refused:
        reserve()
    assert refused.value.retry_after == 40


@pytest.mark.django_db
def test_coming_back_when_told_succeeds(moved_clock):
    for _ in range(5):
        reserve()
    with pytest.raises(LimitReached) as refused:
        reserve()
    moved_clock.tick(refused.value.retry_after + 0.001)
    assert reserve().result == GenerationResult.RESERVED


def most_within_a_window(moments: list[datetime]) -> int:
    return max(sum(first <= one <= first + ledger.WINDOW for one in moments) for first in moments)


def passed_by(name: str) -> list[datetime]:
    passed = GenerationRequest.objects.filter(caller=name).exclude(result=GenerationResult.REFUSED)
    return list(passed.values_list("requested_at", flat=True))


def worst_of(phases: int, moved_clock: MovedClock) -> int:
    """Twelve tries around the turn of a minute, where counters that begin anew let ten through; at so many phases."""
    rng, worst = random.Random(7), 0
    for number in range(phases):
        moved_clock.at = moved_clock.at.replace(second=0) + timedelta(minutes=10, seconds=rng.uniform(0, 60))
        for _ in range(12):
            moved_clock.tick(rng.uniform(0, 12))
            with suppress(LimitReached):
                reserve(Caller(f"user:{number}"))
        worst = max(worst, most_within_a_window(passed_by(f"user:{number}")))
    return worst


@pytest.mark.django_db
@pytest.mark.parametrize("phases", [30, pytest.param(200, marks=pytest.mark.nightly)])
def test_at_no_phase_are_there_more_than_five_in_any_minute(moved_clock, phases):
    assert worst_of(phases, moved_clock) == 5


@pytest.mark.django_db
def test_a_window_that_begins_anew_each_minute_would_let_more_through(moved_clock, monkeypatch):
    def fixed_window(caller: Caller, at: datetime) -> None:
        if sum(one >= at.replace(second=0, microsecond=0) for one in passed_by(caller.name)) >= ledger.CALLS:
            raise LimitReached(1)

    monkeypatch.setattr(ledger.limits, "require_window", fixed_window)
    assert worst_of(20, moved_clock) > 5


@pytest.mark.django_db
def test_callers_are_counted_apart():
    for number in range(20):
        reserve(Caller(f"user:{number}"))
    assert GenerationRequest.objects.filter(result=GenerationResult.RESERVED).count() == 20


@pytest.mark.django_db
def test_follow_up_calls_are_not_counted_and_refusals_take_no_place(moved_clock):
    for _ in range(5):
        reserve()
    for _ in range(3):
        with pytest.raises(LimitReached):
            reserve()
    reserve(is_counted=False)
    moved_clock.tick(61)
    for _ in range(5):
        reserve()
    assert GenerationRequest.objects.filter(result=GenerationResult.REFUSED).count() == 1


HOPS = "198.51.100.7, 203.0.113.9, 192.0.2.1"


@pytest.mark.parametrize(
    ("proxies", "forged", "expected"),
    [
        (0, "1.2.3.4", "ip:10.0.0.9"),
        (0, HOPS, "ip:10.0.0.9"),
        (1, "1.2.3.4, 203.0.113.9", "ip:203.0.113.9"),
        (1, "nonsense, 203.0.113.9", "ip:203.0.113.9"),
        (2, HOPS, "ip:203.0.113.9"),
        (2, "1.2.3.4", "ip:10.0.0.9"),
        (1, "1.2.3.4, 2001:db8:aa:bb:cc::1", "ip:2001:db8:aa::"),
        (1, "1.2.3.4, [2001:db8:aa:99::2]:443", "ip:2001:db8:aa::"),
    ],
)
def test_behind_proxies_the_right_caller_is_charged_whatever_is_forged(settings, proxies, forged, expected):
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().post("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR=forged)
    assert Caller.ip(client_ip(request)).name == expected


# ---- From many processes at once ----


@contextmanager
def processes(count: int, *words: str, **environment: str) -> Iterator[Any]:
    """So many of them; give it a caller's name and get how many calls passed in all."""
    command = [sys.executable, "-W", "ignore", "-m", "assessments.tests.race_for_the_ledger", *words]
    given = {**os.environ, "GEMINI_API_KEY": fake.KEY, "LOG_LEVEL": "ERROR", **environment}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": given}
    with ExitStack() as stack:
        runners: list[Any] = [stack.enter_context(subprocess.Popen(command, **pipes)) for _ in range(count)]
        assert [_line(one) for one in runners] == ["ready"] * count
        yield lambda name: sum(int(answer) for answer in _all_at_once(runners, name))
        for one in runners:
            one.stdin.close()


def _all_at_once(runners: list[Any], name: str) -> list[str]:
    for one in runners:
        one.stdin.write(f"{name}\n")
        one.stdin.flush()
    return [_line(one) for one in runners]


def _line(process: Any) -> str:
    return str(process.stdout.readline()).strip()


def this_database() -> dict[str, str]:
    """Where the tests' own database is, for another process."""
    facts = connection.settings_dict
    place = f"{facts['HOST'] or '127.0.0.1'}:{facts['PORT']}/{facts['NAME']}"
    return {"DATABASE_URL": f"postgres://{facts['USER']}:{facts['PASSWORD']}@{place}"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
@pytest.mark.parametrize("repeats", [5, pytest.param(20, marks=pytest.mark.nightly)])
def test_of_a_hundred_at_once_from_four_processes_exactly_five_pass_each_time(repeats):
    with processes(4, "25", **this_database()) as race:
        assert [race(f"user:{number}") for number in range(repeats)] == [5] * repeats


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
def test_without_the_lock_more_than_five_pass():
    with processes(4, "25", "unlocked", **this_database()) as race:
        assert any(race(f"user:{number}") > 5 for number in range(10))


def race_on_sqlite(tmp_path: Any, repeats: int) -> list[int]:
    """With the lock that SQLite's own IMMEDIATE transactions are."""
    environment = {"DATABASE_URL": f"sqlite:///{tmp_path / 'race.sqlite3'}", "REDIS_URL": ""}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], check=True, env={**os.environ, **environment})
    with processes(4, "25", **environment) as race:
        return [race(f"user:{number}") for number in range(repeats)]


def test_on_sqlite_exactly_five_pass_too(tmp_path):
    assert race_on_sqlite(tmp_path, 2) == [5] * 2


@pytest.mark.nightly
def test_on_sqlite_exactly_five_pass_twenty_times(tmp_path):
    assert race_on_sqlite(tmp_path, 20) == [5] * 20


# ---- Budgets ----


def tokens_of_one() -> int:
    return any_prompt().most_tokens


@pytest.mark.django_db
def test_the_daily_budget_refuses_what_it_does_not_cover(settings):
    settings.AI_DAILY_BUDGET = 3 * tokens_of_one() - 1
    reserve()
    reserve()
    with pytest.raises(BudgetSpent, match="today's AI budget"):
        reserve()


@pytest.mark.django_db
def test_money_is_a_ceiling_of_its_own(settings):
    settings.AI_PRICE_IN, settings.AI_PRICE_OUT = Decimal(0), Decimal(100)
    settings.AI_DAILY_COST = Decimal("0.01")  # 10,000 millionths; a reservation is 50 tokens at 100 each
    reserve()
    reserve()
    with pytest.raises(BudgetSpent, match=r"0\.01 USD"):
        reserve()


@pytest.mark.django_db
def test_what_was_not_used_is_given_back(settings):
    settings.AI_DAILY_BUDGET = 2 * tokens_of_one()
    line = reserve()
    reserve()
    ledger.begin(line)
    ledger.settle(line, usage=gemini.Usage(3, 2), latency_ms=1)
    settings.AI_DAILY_BUDGET = 2 * tokens_of_one() + 5
    assert reserve().result == GenerationResult.RESERVED


@pytest.mark.django_db
def test_a_new_day_has_a_new_budget(settings, moved_clock):
    settings.AI_DAILY_BUDGET = tokens_of_one()
    reserve()
    moved_clock.tick(24 * 3600)
    reserve()


@pytest.mark.django_db
def test_an_assessment_has_a_budget_of_its_own():
    assessment = make_assessment(ai_token_budget=tokens_of_one())
    reserve(assessment=assessment, is_counted=False)
    with pytest.raises(BudgetSpent, match="this assessment's"):
        reserve(assessment=assessment, is_counted=False)
    reserve(assessment=make_assessment(), is_counted=False)


@pytest.mark.django_db(transaction=True)
def test_a_thousand_reservations_at_once_never_exceed_a_cap_of_a_hundred(settings):
    settings.AI_DAILY_BUDGET = 100 * tokens_of_one()
    left, lock = list(range(1000)), threading.Lock()

    def work() -> None:
        try:
            while True:
                with lock:
                    if not left:
                        return
                    number = left.pop()
                with suppress(BudgetSpent):
                    reserve(Caller(f"user:{number}"))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    reserved = GenerationRequest.objects.filter(result=GenerationResult.RESERVED)
    assert (reserved.count(), reserved.spent()["tokens"]) == (100, settings.AI_DAILY_BUDGET)


# ---- Crashes ----


@pytest.mark.django_db
def test_a_crash_before_the_call_costs_nothing_after_five_minutes(moved_clock):
    line = reserve()
    moved_clock.tick(301)
    assert ledger.settle_abandoned() == 1
    line.refresh_from_db()
    assert (line.result, line.tokens_in, line.cost_micros) == (GenerationResult.FAILED, 0, 0)


@pytest.mark.django_db
def test_a_crash_during_the_call_is_booked_in_full(moved_clock):
    line = reserve()
    ledger.begin(line)
    moved_clock.tick(301)
    reserve(Caller("user:2"))  # no sweeper needed: the next reservation does it
    line.refresh_from_db()
    assert (line.result, line.tokens_in, line.cost_micros) == ("failed", line.reserved_tokens, line.reserved_micros)


@pytest.mark.django_db
def test_what_was_given_up_cannot_begin_any_more(moved_clock):
    line = reserve()
    moved_clock.tick(301)
    ledger.settle_abandoned()
    with pytest.raises(AiRefused, match="Ask again"):
        ledger.begin(line)


@pytest.mark.django_db
def test_a_line_is_settled_once():
    line = reserve()
    ledger.begin(line)
    ledger.settle(line, usage=gemini.Usage(10, 10), latency_ms=5)
    ledger.settle(line, usage=gemini.Usage(99, 99), latency_ms=5)
    line.refresh_from_db()
    assert (line.tokens_in, line.tokens_out) == (10, 10)


# ---- The call ----


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "tokens", "reason"),
    [
        (fake.status(503, headers={"Retry-After": "9"}), 0, "unavailable"),
        (fake.answer("nonsense", tokens=(7, 4)), 11, "not json"),
        (fake.reset, None, "unreachable; booked in full"),
        (fake.silence(2), None, "timed out; booked in full"),
    ],
)
def test_a_failed_call_books_what_it_may_have_cost(fake_gemini, fault, tokens, reason):
    fake_gemini.script = [fault]
    line = reserve()
    with pytest.raises(gemini.GeminiFailed):
        ledger.call(line, any_prompt())
    line.refresh_from_db()
    expected = line.reserved_tokens if tokens is None else tokens
    assert (line.tokens_in + line.tokens_out, line.reason, line.result) == (expected, reason, GenerationResult.FAILED)


@pytest.mark.django_db
def test_no_more_than_the_configured_number_are_in_flight(settings):
    settings.AI_MAX_IN_FLIGHT = 2
    lines = [reserve() for _ in range(3)]
    ledger.begin(lines[0])
    ledger.begin(lines[1])
    with pytest.raises(LimitReached) as refused:
        ledger.begin(lines[2])
    lines[2].refresh_from_db()
    assert (refused.value.retry_after, lines[2].result) == (5, GenerationResult.REFUSED)


@pytest.mark.django_db
def test_the_switch_stops_the_next_call_even_one_reserved_before(fake_gemini):
    line = reserve()
    ledger.switch(is_stopped=True, reason="Until the invoice is looked at.")
    for forbidden in (reserve, lambda: ledger.call(line, any_prompt())):
        with pytest.raises(GenerationStopped, match=r"Until the invoice is looked at\."):
            forbidden()
    assert fake_gemini.asked == []
    ledger.switch(is_stopped=False)
    assert reserve().result == GenerationResult.RESERVED


@pytest.mark.django_db(transaction=True)
def test_no_call_can_be_part_of_a_transaction(fake_gemini):
    line = reserve()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        ledger.call(line, any_prompt())
    assert fake_gemini.asked == []


@pytest.mark.django_db
def test_there_is_one_switch_and_the_database_says_so():
    with pytest.raises(Exception, match="ai_control_is_one"), transaction.atomic():
        AiControl.objects.create(pk=2)


@pytest.mark.django_db(transaction=True)
@pytest.mark.needs_postgresql
def test_a_ledger_that_cannot_be_read_refuses(monkeypatch):
    def broken() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM no_such_table")

    monkeypatch.setattr(ledger.lock, "locked_control", broken)
    with pytest.raises(ledger.LedgerUnavailable):
        reserve()
