"""A process says that it is there; after a silence it says so before it serves anyone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory

from interview_project import heartbeat
from interview_project.heartbeat import Heart, HeartbeatMiddleware

PATIENCE_SECONDS = 10


class Beats:
    """Counts, and fails while the database is away."""

    def __init__(self) -> None:
        self.count, self.is_away, self.came = 0, False, threading.Event()

    def __call__(self) -> None:
        if self.is_away:
            raise OperationalError("away")
        self.count += 1
        self.came.set()


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> Beats:
    said = Beats()
    monkeypatch.setattr(heartbeat, "on_beat", [said])
    return said


@pytest.fixture
def heart(beats: Beats, monkeypatch: pytest.MonkeyPatch, settings) -> Iterator[Heart]:
    """One whose thread has beaten once and will not do so again while the test runs."""
    settings.HEARTBEAT_SECONDS = 60
    one = Heart()
    monkeypatch.setattr(heartbeat, "heart", one)
    yield one
    one.stop()


def start(heart: Heart, beats: Beats) -> None:
    heart.start()
    assert beats.came.wait(PATIENCE_SECONDS)
    heart.require()  # waits for the thread's beat to be noted


def fall_silent(heart: Heart) -> None:
    heart._beaten_at = time.monotonic() - 121


def served() -> HttpResponse:
    return HeartbeatMiddleware(lambda request: HttpResponse("served"))(RequestFactory().get("/"))


def test_what_never_began_to_beat_is_no_web_process(heart, beats):
    assert (served().content, beats.count) == (b"served", 0)


def test_it_beats_as_soon_as_it_starts_and_requests_cost_no_beat(heart, beats):
    start(heart, beats)
    assert [served().content for _ in range(3)] == [b"served"] * 3
    assert beats.count == 1


def test_after_a_silence_it_beats_before_it_serves(heart, beats):
    start(heart, beats)
    fall_silent(heart)
    assert (served().content, beats.count) == (b"served", 2)


def test_after_a_silence_with_the_database_away_nobody_is_served_nor_refused(heart, beats):
    start(heart, beats)
    fall_silent(heart)
    beats.is_away = True
    response = served()
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    beats.is_away = False
    assert served().content == b"served"


def test_after_a_fork_it_begins_anew(heart, beats, monkeypatch):
    start(heart, beats)
    beats.came.clear()
    monkeypatch.setattr(heart, "_pid", 1)
    assert served().content == b"served"
    assert beats.count == 2


def test_the_thread_outlives_a_database_that_is_away(heart, beats, settings):
    settings.HEARTBEAT_SECONDS = 0.01
    beats.is_away = True
    heart.start()
    time.sleep(0.1)
    beats.is_away = False
    assert beats.came.wait(PATIENCE_SECONDS)


def test_once_stopped_it_has_ended_the_beat_it_had_begun(heart, monkeypatch):
    begun, ended = threading.Event(), threading.Event()

    def say_slowly() -> None:
        begun.set()
        time.sleep(0.2)
        ended.set()

    monkeypatch.setattr(heartbeat, "on_beat", [say_slowly])
    heart.start()
    assert begun.wait(PATIENCE_SECONDS)
    heart.stop()
    assert ended.is_set()
