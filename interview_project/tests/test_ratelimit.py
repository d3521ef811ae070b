import signal
import time
from concurrent.futures import ThreadPoolExecutor
from os import kill

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.test import RequestFactory

from interview_project.caches import AtomicDatabaseCache
from interview_project.ratelimit import Uncountable, WhileAway, seconds_to_wait, seconds_until_a_try, why
from interview_project.tests.conftest import CLOSED_PORT

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_views")]
A_MINUTE_BEGINS = "2026-03-01T12:00:00+00:00"


@pytest.fixture
def clock():
    with time_machine.travel(A_MINUTE_BEGINS, tick=False) as traveller:
        yield traveller


@pytest.mark.usefixtures("each_cache", "clock")
def test_calls_beyond_the_rate_are_told_when_to_come_back(client):
    answers = [client.post("/tests/shut/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert "Nothing was changed" in answers[-1].text


@pytest.mark.usefixtures("each_cache")
def test_who_comes_back_when_told_is_let_through(client, clock):
    while (answer := client.post("/tests/shut/")).status_code == 200:
        pass
    clock.shift(int(answer["Retry-After"]) - 1)
    assert client.post("/tests/shut/").status_code == 429
    clock.shift(2)
    assert client.post("/tests/shut/").status_code == 200


@pytest.mark.usefixtures("clock")
def test_each_caller_has_a_count_of_their_own(client):
    for _ in range(4):
        refused = client.post("/tests/shut/", REMOTE_ADDR="192.0.2.1")
    other = client.post("/tests/shut/", REMOTE_ADDR="192.0.2.2")
    assert (refused.status_code, other.status_code) == (429, 200)


@pytest.mark.usefixtures("clock")
def test_a_house_with_many_ipv6_addresses_is_one_caller(client):
    answers = [client.post("/tests/shut/", REMOTE_ADDR=f"2001:db8:0:{n}::1") for n in range(4)]
    assert answers[-1].status_code == 429


@pytest.mark.usefixtures("clock")
def test_each_group_has_a_count_of_its_own(client):
    for _ in range(4):
        client.post("/tests/shut/")
    assert client.post("/tests/open/").status_code == 200


@pytest.mark.usefixtures("clock")
def test_only_the_methods_named_are_counted(client):
    assert [client.get("/tests/shut/").status_code for _ in range(5)] == [200] * 5
    assert [client.get("/tests/hourly/").status_code for _ in range(2)] == [200, 429]


def test_without_redis_what_costs_is_refused_within_a_second(client, redis_settings):
    redis_settings(CLOSED_PORT)
    began = time.monotonic()
    refused = client.post("/tests/shut/")
    assert (refused.status_code, refused["Retry-After"]) == (429, "5")
    assert time.monotonic() - began < 1


@pytest.mark.usefixtures("clock")
def test_without_redis_guesses_are_counted_in_the_database(client, redis_settings):
    redis_settings(CLOSED_PORT)
    answers = [client.post("/tests/guess/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert client.post("/tests/guess/", REMOTE_ADDR="192.0.2.9").status_code == 200


@pytest.mark.usefixtures("clock")
def test_without_redis_a_house_with_many_ipv6_addresses_is_one_caller(client, redis_settings):
    redis_settings(CLOSED_PORT)
    answers = [client.post("/tests/guess/", REMOTE_ADDR=f"2001:db8:0:{n}::{n}") for n in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.usefixtures("embedded_settings")
def test_without_redis_guesses_are_counted_to_the_end_of_their_window(client, clock, redis_settings):
    redis_settings(CLOSED_PORT)
    statuses = [client.post("/tests/guess/").status_code for _ in range(3)]
    clock.shift(58)
    assert [*statuses, client.post("/tests/guess/").status_code] == [200, 200, 200, 429]


def test_what_costs_is_refused_in_words_where_it_cannot_be_counted():
    assert why(Uncountable(5)).startswith("Calls cannot be counted at the moment")
    assert why(7) == "Too many calls from here. Try again in 7 seconds."


def test_where_a_page_stays_open_nothing_is_to_be_waited_for(redis_settings):
    redis_settings(CLOSED_PORT)
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1")
    assert seconds_to_wait(request, group="tests", rate="1/m", while_away=WhileAway.OPEN) == 0


def test_without_redis_and_database_nobody_guesses(client, redis_settings, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError("server closed the connection")

    redis_settings(CLOSED_PORT)
    monkeypatch.setattr(AtomicDatabaseCache, "add", away)
    assert client.post("/tests/guess/").status_code == 429


def test_without_redis_pages_stay_open_where_asked(client, redis_settings):
    redis_settings(CLOSED_PORT)
    began = time.monotonic()
    assert client.post("/tests/open/").status_code == 200
    assert time.monotonic() - began < 1


@pytest.mark.needs_redis
def test_a_redis_that_hangs_is_not_waited_for(client, redis_settings, private_redis):
    redis_settings(private_redis.url)
    assert client.post("/tests/shut/").status_code == 200
    kill(private_redis.server.pid, signal.SIGSTOP)
    began = time.monotonic()
    answers = [client.post(path).status_code for path in ("/tests/shut/", "/tests/open/")]
    assert answers == [429, 200]
    assert time.monotonic() - began < 1
    kill(private_redis.server.pid, signal.SIGCONT)
    assert client.post("/tests/shut/").status_code == 200


def a_try(address="192.0.2.1"):
    request = RequestFactory().post("/", REMOTE_ADDR=address)
    return seconds_until_a_try(request, group="tests", rate="3/m")


@pytest.mark.usefixtures("embedded_settings")
def test_what_is_guessed_has_no_window_whose_edge_lets_twice_as_much_through(clock):
    """Three in any minute: two at its beginning, one at its end; and who is told when to come back is let in then."""
    assert [a_try(), a_try()] == [0, 0]
    clock.shift(59)
    assert [a_try(), a_try(), a_try()] == [0, 1, 1]
    assert a_try("192.0.2.2") == 0
    clock.shift(2)  # the table's moments are whole seconds
    assert [a_try(), a_try(), a_try()] == [0, 0, 58]
    clock.shift(57)
    assert a_try() == 1
    clock.shift(2)
    assert a_try() == 0


@pytest.mark.needs_redis
def test_places_are_counted_in_redis_and_without_it_in_the_database(redis_settings):
    assert [a_try() > 0 for _ in range(5)] == [False] * 3 + [True] * 2
    redis_settings(CLOSED_PORT)
    assert [a_try() > 0 for _ in range(5)] == [False] * 3 + [True] * 2


@pytest.mark.needs_redis
def test_of_many_tries_at_once_as_many_as_there_are_places_go_on():
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: a_try(), range(24)))
    assert sum(wait == 0 for wait in waits) == 3


def test_limits_cannot_be_switched_off(client, settings):
    settings.RATELIMIT_ENABLE = False
    with pytest.raises(ImproperlyConfigured, match="limits are part of the product"):
        client.post("/tests/shut/")
