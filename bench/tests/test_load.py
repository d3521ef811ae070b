"""The load generator against a real server: it counts what was answered, and says what was not."""

from __future__ import annotations

import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench.clients import whole
from bench.load import drive


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count = itertools.count(1)

    def do_GET(self) -> None:
        number = next(self.count)
        if self.path == "/hangs-up" and number % 5 == 0:
            self.close_connection = True
            return
        body = b"x" * (70_000 if self.path == "/long" else 10)
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Looker:
    what = "look"

    def __init__(self, path: str, times: int) -> None:
        self.message, self.left = whole("GET", path), times

    def request(self) -> bytes | None:
        self.left -= 1
        return self.message if self.left >= 0 else None

    def answered(self, status: int, body: bytes) -> bool:
        return status == 200


@pytest.fixture(scope="module")
def port():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_request_is_counted_once(port):
    load = drive(port, [Looker("/", 20), Looker("/long", 3)], seconds=30)
    assert (load.operations, load.received, load.errors) == (23, 20 * 10 + 3 * 70_000, {})
    assert len(load.latencies["look"]) == 23


def test_a_refusal_is_an_error_and_no_operation(port):
    load = drive(port, [Looker("/busy", 4)], seconds=30)
    assert (load.operations, load.errors) == (0, {"503": 4})


def test_after_a_hung_up_connection_it_goes_on_with_another(port):
    load = drive(port, [Looker("/hangs-up", 20)], seconds=30)
    assert load.operations + load.errors["ConnectionError"] == 20
    assert load.errors["ConnectionError"] == 4


def test_where_nobody_answers_nothing_is_counted():
    load = drive(1, [Looker("/", 3)], seconds=5)
    assert (load.operations, load.errors) == (0, {"ConnectionRefusedError": 1})


def test_first_requests_are_spread(port):
    load = drive(port, [Looker("/", 1) for _ in range(5)], seconds=30, over=0.5)
    assert load.operations == 5
    assert load.seconds >= 0.4


def test_it_ends_when_the_time_is_up(port):
    load = drive(port, [Looker("/", 10**9)], seconds=0.2)
    assert load.operations > 1
    assert load.seconds < 5
