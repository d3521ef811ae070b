"""GO only if everything held: each thing that did not has a sentence of its own."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from bench import faults
from bench.candidate import Stage, refusal
from bench.faults import Fault
from bench.figures import Sample, Window
from bench.ledger import Acknowledged, Comparison, Ledger
from bench.outcome import Run, report
from bench.plans import PLANS, Bounds
from bench.verdict import Findings

UNBOUND = Bounds()
SAVED = Acknowledged("attempt", 1, "key", "value", 1, "receipt")


def run(*samples: Sample, fault: Fault = faults.RESTART_POSTGRESQL, bounds: Bounds = UNBOUND, **instead: Any) -> Run:
    """One candidate, one save acknowledged, one fault from the tenth second to the eleventh."""
    stage = Stage(cast(httpx.AsyncClient, SimpleNamespace()), [], Ledger(), think_seconds=(1, 2))
    stage.ledger.acknowledged.append(SAVED)
    stage.samples += [Sample(1.0, 0.1, "save"), *samples]
    window = Window(fault.name, 10.0, 11.0, allowed=fault.bound, fails_as=fault.fails_as, may_end=fault.may_end)
    findings = Findings(Comparison(), submitted=1)
    facts: dict[str, Any] = {"conflicts": 0, "ended_by_themselves": [], "bounds": bounds, **instead}
    return Run(1, 30.0, "", stage, [window], findings, **facts)


def test_what_a_fault_explains_is_go():
    found = run(Sample(10.1, 0.1, "save", "503"), Sample(12.5, 0.5, "save", "503"))
    assert found.reasons() == []
    assert report(found.as_json()).endswith("GO")


def test_saves_that_fail_are_counted_beside_other_requests_that_do():
    found = run(Sample(10.1, 0.1, "save", "503"), Sample(10.2, 0.1, "page", "503"), Sample(10.3, 0.1, "save"))
    (fault,) = found.as_json()["faults"]
    assert (fault["errors"], fault["failed_saves"]) == ({"503": 2}, 1)


@pytest.mark.parametrize("at", [5.0, 20.0, 40.0])
def test_an_error_that_no_fault_explains_is_no_go(at):
    """Before it, after it, and when all submit at the end."""
    found = run(Sample(at, 0.1, "save", "503"))
    assert found.reasons() == ["requests failed with nothing to blame: {'503': 1}"]
    assert found.as_json()["verdict"] == "NO-GO"


def test_errors_for_longer_than_the_fault_explains_are_no_go():
    found = run(Sample(10.0, 0.1, "save", "503"), Sample(12.9, 0.3, "save", "503"))
    bound = "3 s and the 0 s that the machine lost"
    assert found.reasons() == [f"requests failed for 3.2 s at restart PostgreSQL, longer than {bound}"]


def test_what_the_machine_lost_meanwhile_is_granted_and_no_more():
    found = run(Sample(10.0, 0.1, "save", "503"), Sample(12.9, 0.3, "save", "503"))
    found.stage.stalls += [(10.5, 0.15), (2.0, 9.0)]
    assert len(found.reasons()) == 1
    found.stage.stalls.append((11.0, 0.1))
    assert found.reasons() == []


@pytest.mark.parametrize(
    "fault", [faults.RELOAD_WEB, faults.KILL_REDIS, faults.PAUSE_REDIS, faults.FLUSH_REDIS, faults.KILL_WORKER]
)
def test_a_refusal_where_there_should_be_none_is_no_go(fault):
    found = run(Sample(10.5, 0.1, "save", "503"), fault=fault)
    assert found.reasons() == [f"1 requests failed at {fault.name}, and none should"]


def test_where_nothing_was_acknowledged_nothing_was_tried():
    found = run()
    found.stage.ledger.acknowledged.clear()
    assert found.reasons() == ["nothing was acknowledged, so nothing was tried"]


@pytest.mark.parametrize(("at", "is_excused"), [(9.0, False), (10.5, True), (15.9, True), (16.1, False)])
def test_a_worker_that_ends_is_excused_by_a_database_that_went_away_and_by_nothing_else(at, is_excused):
    sentence = "ended by themselves, and no fault explains it: {'Worker': 1}"
    found = run(ended_by_themselves=[(at, "Worker")])
    assert found.reasons() == ([] if is_excused else [sentence])
    assert run(ended_by_themselves=[(at, "Worker")], fault=faults.RELOAD_WEB).reasons() == [sentence]


def test_a_web_server_that_ends_by_itself_is_no_go_whatever_struck():
    found = run(ended_by_themselves=[(10.5, "Web")])
    assert found.reasons() == ["ended by themselves, and no fault explains it: {'Web': 1}"]


def test_a_request_sent_while_one_fault_lasted_is_not_the_next_ones():
    """However long it took to fail."""
    found = run(Sample(10.5, 2.4, "save", "503"))
    found.windows.append(Window("HUP web", 12.0, 14.0, allowed=0.0))
    assert found.reasons() == []


@pytest.mark.parametrize("error", ["500", "503 without Retry-After", "ReadTimeout"])
def test_a_database_that_is_away_is_told_as_come_back_and_not_otherwise(error):
    found = run(Sample(10.1, 0.1, "save", "503"), Sample(10.2, 0.1, "save", error))
    assert f"requests failed at restart PostgreSQL, and not as 503: {{{error!r}: 1}}" in found.reasons()


@pytest.mark.parametrize(
    ("response", "error"), [(httpx.Response(503), "503 without Retry-After"), (httpx.Response(500), "500")]
)
def test_a_refusal_says_when_to_come_back(response, error):
    assert refusal(response) == error
    response.headers["Retry-After"] = "2"
    assert refusal(response) == str(response.status_code)


LASTING = Sample(10.2, 0.6, "save")


def test_saves_that_wait_while_redis_is_away_are_no_go():
    bounds = PLANS["redis-away"].bounds
    assert run(Sample(10.1, 0.4, "save"), bounds=bounds).reasons() == []
    found = run(Sample(10.1, 0.4, "save"), LASTING, bounds=bounds)
    assert found.reasons() == ["p99 of a save took 600 ms while a fault lasted, more than 500"]
    assert "p99 of a save: 600 ms of 500 allowed." in report(found.as_json())


def test_what_the_machine_lost_is_not_counted_as_waiting():
    found = run(LASTING, bounds=PLANS["redis-away"].bounds)
    found.stage.stalls += [(9.9, 0.2), (10.5, 0.1), (30.0, 5.0)]
    assert len(found.reasons()) == 1
    found.stage.stalls.append((10.7, 0.2))
    assert found.reasons() == []


def test_a_wait_that_no_fault_touched_is_not_a_plans():
    found = run(Sample(10.1, 0.1, "save"), Sample(20.0, 9.0, "save"), bounds=PLANS["redis-away"].bounds)
    assert found.reasons() == []


def test_where_nobody_saved_while_it_lasted_nothing_was_tried():
    found = run(Sample(10.1, 0.1, "page"), bounds=PLANS["redis-away"].bounds)
    assert found.reasons() == ["p99 of a save: there was none while a fault lasted, so nothing was tried"]


def test_a_request_that_is_refused_too_late_is_no_go():
    refused = Sample(10.1, 6.1, "page", "503")
    found = run(refused, fault=faults.PAUSE_POSTGRESQL, bounds=PLANS["postgresql-frozen"].bounds)
    assert found.reasons() == ["the longest request took 6100 ms while a fault lasted, more than 6000"]


def test_a_disk_that_refused_nobody_was_not_full():
    found = run(fault=faults.FULL_DISK, bounds=PLANS["full-disk"].bounds)
    assert found.reasons() == ["nothing was refused at disk full, so nothing was tried"]


def test_who_does_not_find_all_their_answers_again_is_counted():
    found = run(fault=faults.FLUSH_REDIS, bounds=PLANS["flush-every-second"].bounds)
    assert found.reasons() == ["1 of 1 could not look at all their answers again"]
    found.stage.resumed.add("attempt")
    assert found.reasons() == []
    assert found.as_json()["resumed"] == 1
