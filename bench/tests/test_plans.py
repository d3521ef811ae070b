"""When what strikes, for how long, and that it ends whatever happens meanwhile."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from bench.faults import Fault
from bench.plans import EVERYTHING, PLANS
from bench.stack import Stack

NOBODY = cast(Stack, SimpleNamespace())


def test_every_fault_strikes_once_a_minute():
    planned = PLANS["everything"].planned(180)
    assert [one.fault for one in planned] == list(EVERYTHING) * 3
    assert planned[0].at >= 10
    assert planned[-1].at <= 170


def test_quiet_remains_at_both_ends():
    planned = PLANS["everything"].planned(60)
    assert (planned[0].at, round(planned[-1].at, 3)) == (6.0, 52.8)


@pytest.mark.parametrize(
    ("plan", "asked", "seconds", "struck"),
    [
        ("everything", 60, 60, 9),
        ("web-kills", 40, 40, 5),
        ("postgresql-kills", 120, 120, 10),
        ("redis-away", 40, 76.9, 1),
        ("redis-away", 100, 100, 1),
        ("full-disk", 60, 60, 3),
        ("quiet", 5, 5, 0),
    ],
)
def test_a_run_is_long_enough_for_what_is_to_strike(plan, asked, seconds, struck):
    found = PLANS[plan].seconds(asked)
    assert (round(found, 1), len(PLANS[plan].planned(found))) == (seconds, struck)


def test_what_lasts_for_the_whole_run_leaves_its_ends_quiet():
    (planned,) = PLANS["flush-every-second"].planned(100)
    assert (planned.at, planned.at + planned.fault.lasts) == (10, 88)


def test_a_fault_that_strikes_again_does_so_until_it_is_over():
    struck, ended = list[int](), list[int]()
    fault = Fault("again", lambda _: struck.append(1), lambda _: ended.append(1), lasts=0.08, again_after=0.02)
    fault.strike(NOBODY)
    assert (2 <= len(struck) <= 4, len(ended)) == (True, 1)


def test_what_was_stopped_goes_on_whatever_happens_meanwhile():
    """Else a process that was interrupted would leave a PostgreSQL behind that stands still."""
    struck, ended = list[int](), list[int]()

    def strike_once(_: Stack) -> None:
        struck.append(1)
        if len(struck) > 1:
            raise KeyboardInterrupt

    fault = Fault("broken", strike_once, lambda _: ended.append(1), lasts=1, again_after=0.01)
    with pytest.raises(KeyboardInterrupt):
        fault.strike(NOBODY)
    assert ended == [1]


@pytest.mark.parametrize(
    ("lasts", "allowed", "bound"), [(60.0, 0.0, 0.0), (10.0, 5.0, 15.0), (0.0, 2.0, 2.0), (6.0, None, None)]
)
def test_requests_may_fail_for_as_long_as_it_lasts_and_what_is_allowed_beyond(lasts, allowed, bound):
    assert Fault("one", lambda _: None, lasts=lasts, allowed=allowed).bound == bound
