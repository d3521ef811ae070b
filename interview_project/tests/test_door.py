import threading
from collections.abc import Iterable
from typing import Any

import pytest

from interview_project.testing import door as testing_door
from interview_project.testing.door import Door


def slow(asked: threading.Event, go_on: threading.Event) -> Any:
    def application(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        asked.set()
        go_on.wait(5)
        start_response("200 OK", [])
        return [b"done"]

    return application


class Caller(threading.Thread):
    """Calls through the door, and says what came back."""

    def __init__(self, door: Door) -> None:
        super().__init__()
        self.door, self.status, self.body = door, "", b""

    def run(self) -> None:
        body = self.door({}, lambda status, _headers: setattr(self, "status", status))
        self.body = b"".join(body)
        if close := getattr(body, "close", None):
            close()


def test_who_is_inside_is_waited_for_and_who_comes_later_turned_away():
    asked, go_on = threading.Event(), threading.Event()
    door = Door(slow(asked, go_on))
    inside, late = Caller(door), Caller(door)
    inside.start()
    asked.wait(5)

    shutting = threading.Thread(target=door.shut)
    shutting.start()
    shutting.join(0.1)
    assert shutting.is_alive()

    late.run()
    assert late.status.startswith("503")
    go_on.set()
    shutting.join(5)
    assert not shutting.is_alive()
    inside.join(5)
    assert inside.body == b"done"


def test_a_request_that_never_ends_is_said(monkeypatch):
    monkeypatch.setattr(testing_door, "PATIENCE_SECONDS", 0.05)
    asked, go_on = threading.Event(), threading.Event()
    door = Door(slow(asked, go_on))
    inside = Caller(door)
    inside.start()
    asked.wait(5)
    with pytest.raises(TimeoutError, match="1 requests"):
        door.shut()
    go_on.set()
    inside.join(5)


def test_what_breaks_inside_has_left():
    def broken(_environ: dict[str, Any], _start_response: Any) -> Iterable[bytes]:
        raise ValueError("broken")

    door = Door(broken)
    with pytest.raises(ValueError, match="broken"):
        door({}, lambda *_: None)
    door.shut()
    door.open()
