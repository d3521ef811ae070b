"""What the clients of the load generator do: save and go on, resume, start, or look at the bare page.

Their requests are put together by hand, with as little work as possible: the machine is shared with what is measured.
"""

from __future__ import annotations

import http.client
import itertools
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bench.answers import Question

PARAGRAPH = (
    "An index is a second structure that every write has to keep in order; it makes reads faster and writes slower. "
)
Value = str | bool | list[str]


@dataclass
class Seat:
    """An attempt, what its browser carries, and the revisions of its responses as far as we know."""

    attempt: str
    sealed: str
    revisions: list[int]
    cookies: str = ""

    @property
    def saves(self) -> int:
        return sum(self.revisions)


@dataclass(frozen=True)
class Site:
    """Where the application answers, and what it asks there."""

    port: int
    questions: Sequence[Question]
    csrf_name: str = "csrftoken"
    csrf_token: str = ""

    def seats(self, made: Sequence[dict[str, str]]) -> list[Seat]:
        carried = f"{self.csrf_name}={self.csrf_token}"
        return [
            Seat(one["attempt"], one["pass"], [0] * len(self.questions), f"parley_attempt={one['pass']}; {carried}")
            for one in made
        ]


def site_of(port: int, questions: Sequence[Question], seat: dict[str, str]) -> Site:
    """With the CSRF cookie that a browser would have after its first page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(
        "GET", f"/attempts/{seat['attempt']}/questions/1/", headers={"Cookie": f"parley_attempt={seat['pass']}"}
    )
    response = connection.getresponse()
    response.read()
    connection.close()
    cookies = SimpleCookie(response.headers.get("Set-Cookie", ""))
    name = next((name for name in cookies if name.endswith("csrftoken")), "csrftoken")
    return Site(port, questions, name, cookies[name].value if name in cookies else "")


def varied(question: Question, turn: int) -> Value:
    """Another answer each time."""
    if question.type == "single_choice":
        return question.options[turn % len(question.options)]
    if question.type == "multiple_choice":
        return list(question.options[: 1 + turn % len(question.options)])
    if question.type == "true_false":
        return turn % 2 == 0
    if question.type in ("numeric", "short_text"):
        return str(turn)
    return f"{turn} {PARAGRAPH * 3}"


def fields_of(value: Value) -> list[str]:
    return value if isinstance(value, list) else [str(value).lower() if isinstance(value, bool) else value]


def head(method: str, path: str, *lines: str) -> str:
    """All but the empty line that ends it, before which a length may still come."""
    return "".join(f"{line}\r\n" for line in (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines))


def whole(method: str, path: str, *lines: str) -> bytes:
    return f"{head(method, path, *lines)}\r\n".encode()


class BarePage:
    """Carries the same cookies, so that reading them costs the same."""

    what = "bare"

    def __init__(self, seat: Seat, *, times: int | None = None) -> None:
        self._message = whole("GET", "/", f"Cookie: {seat.cookies}")
        self._left = itertools.count() if times is None else iter(range(times))

    def request(self) -> bytes | None:
        return None if next(self._left, None) is None else self._message

    def answered(self, status: int, body: bytes) -> bool:
        return status == 200


class Saves:
    """A seat that saves one response after the other, round and round."""

    what = "save"

    def __init__(self, site: Site, seat: Seat) -> None:
        self.site, self.seat, self.turn = site, seat, seat.saves

    @property
    def place(self) -> int:
        return self.turn % len(self.site.questions)

    def answered(self, status: int, body: bytes) -> bool:
        if status != 200:
            return False
        self.seat.revisions[self.place] += 1
        self.turn += 1
        return True


class SavePages(Saves):
    """Save a response and get the next question, as htmx does it."""

    def __init__(self, site: Site, seat: Seat) -> None:
        super().__init__(site, seat)
        self._heads = [
            head(
                "POST",
                f"/attempts/{seat.attempt}/questions/{question.number}/",
                f"Cookie: {seat.cookies}",
                f"X-CSRFToken: {site.csrf_token}",
                "HX-Request: true",
                "HX-Target: question-panel",
                "Content-Type: application/x-www-form-urlencoded",
            )
            for question in site.questions
        ]

    def request(self) -> bytes:
        place, count = self.place, len(self.site.questions)
        fields = [("value", field) for field in fields_of(varied(self.site.questions[place], self.turn // count))]
        go = "next" if place + 1 < count else "1"
        facts = [("base_revision", str(self.seat.revisions[place])), ("key", str(uuid.uuid4())), ("go", go)]
        body = urlencode(fields + facts)
        return f"{self._heads[place]}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class SaveApi(Saves):
    """The same by the JSON API."""

    def __init__(self, site: Site, seat: Seat) -> None:
        super().__init__(site, seat)
        self._head = head(
            "POST",
            f"/api/v1/sessions/{seat.attempt}",
            f"Authorization: Bearer {seat.sealed}",
            "Content-Type: application/json",
        )

    def request(self) -> bytes:
        place, count = self.place, len(self.site.questions)
        sent = {
            "number": place + 1,
            "value": varied(self.site.questions[place], self.turn // count),
            "base_revision": self.seat.revisions[place],
            "key": str(uuid.uuid4()),
        }
        body = json.dumps({"current": (place + 1) % count + 1, "responses": [sent]})
        return f"{self._head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


class Resume:
    """Open the page again: by pages the question, by API the whole state."""

    what = "resume"

    def __init__(self, site: Site, seat: Seat, *, by_api: bool = False) -> None:
        if by_api:
            self._messages = [whole("GET", f"/api/v1/sessions/{seat.attempt}", f"Authorization: Bearer {seat.sealed}")]
        else:
            self._messages = [
                whole("GET", f"/attempts/{seat.attempt}/questions/{one.number}/", f"Cookie: {seat.cookies}")
                for one in site.questions
            ]
        self.turn = 0

    def request(self) -> bytes:
        return self._messages[self.turn % len(self._messages)]

    def answered(self, status: int, body: bytes) -> bool:
        self.turn += 1
        return status == 200


class ReviewQueue:
    """A reviewer opens the list of what waits for review."""

    what = "review queue"

    def __init__(self, session: str) -> None:
        self._message = whole("GET", "/admin/candidates/attempt/waiting/", f"Cookie: {session}")

    def request(self) -> bytes:
        return self._message

    def answered(self, status: int, body: bytes) -> bool:
        return status == 200


class Start:
    """Press Start, then look at the first question."""

    def __init__(self, site: Site, seat: Seat) -> None:
        carried = f"Cookie: {seat.cookies}"
        root = f"/attempts/{seat.attempt}/"
        start = whole("POST", f"{root}start/", carried, f"X-CSRFToken: {site.csrf_token}", "Content-Length: 0")
        self._left = [("start", start, 302), ("first page", whole("GET", f"{root}questions/1/", carried), 200)]
        self.what, self._wanted = "start", 302

    def request(self) -> bytes | None:
        if not self._left:
            return None
        self.what, message, self._wanted = self._left.pop(0)
        return message

    def answered(self, status: int, body: bytes) -> bool:
        if status != self._wanted:
            self._left.clear()
        return status == self._wanted
