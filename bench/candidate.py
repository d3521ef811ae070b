"""Synthetic candidates: they think, type, refresh, open a second tab, lose the server, come back, and submit.

Each save keeps its key until it is answered for certain, as the page's JavaScript does; what was acknowledged goes into
the ledger. What a page shows is compared with what was acknowledged last.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from bench.answers import Answer, Question, invent
from bench.figures import Sample
from bench.ledger import Acknowledged, Ledger

PAUSE_SECONDS = (0.2, 1.0)
"""Before a request is tried again. Shorter than the page's own: an outage is seen to end when it ends."""

TICK_SECONDS = 0.05
STALL_SECONDS = 0.02


class Unexpected(Exception):
    """An answer that is neither what was asked for nor a reason to try again."""


class GaveUp(Exception):
    """Nothing but errors for so long that the candidate went home."""


@dataclass
class Stage:
    """What all candidates of one run share."""

    http: httpx.AsyncClient
    questions: Sequence[Question]
    ledger: Ledger
    think_seconds: tuple[float, float]
    patience_seconds: float = 60.0
    began: float = field(default_factory=time.monotonic)
    samples: list[Sample] = field(default_factory=list)
    mismatches: list[str] = field(default_factory=list)
    """Pages that showed something else than what was acknowledged last."""
    problems: list[str] = field(default_factory=list)
    stalls: list[tuple[float, float]] = field(default_factory=list)
    """When this process, which serves nobody, was not given the processor in time, and for how long."""
    looks_back: bool = False
    """Whether all look at every answer of theirs before they submit."""
    resumed: set[str] = field(default_factory=set)
    """The attempts of those who did, and found what was acknowledged."""
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    """Every fault has struck and the time is up."""

    def now(self) -> float:
        return time.monotonic() - self.began

    async def watch(self) -> None:
        """What the machine itself loses: a wait that takes longer than was asked for."""
        while True:
            began = self.now()
            await asyncio.sleep(TICK_SECONDS)
            if (late := self.now() - began - TICK_SECONDS) > STALL_SECONDS:
                self.stalls.append((began + TICK_SECONDS, late))

    async def insist(self, what: str, send: Callable[[], Awaitable[httpx.Response]], *expected: int) -> httpx.Response:
        """Send until one of the expected statuses comes. Every try is a sample. Raises :class:`GaveUp`, :class:`Unexpected`."""
        give_up_at = time.monotonic() + self.patience_seconds
        while True:
            at, began = self.now(), time.monotonic()
            error, response = "", None
            try:
                response = await send()
            except httpx.HTTPError as problem:
                error = type(problem).__name__
            else:
                if response.status_code not in expected:
                    error = refusal(response)
            self.samples.append(Sample(at, time.monotonic() - began, what, error))
            if response is not None and not error:
                return response
            if response is not None and response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Unexpected(
                    f"{what}: {response.status_code} from {response.request.url.path}: {response.text[:200]}"
                )
            if time.monotonic() > give_up_at:
                raise GaveUp(f"{what}: {error} for {self.patience_seconds:g} seconds")
            await asyncio.sleep(random.uniform(*PAUSE_SECONDS))


def refusal(response: httpx.Response) -> str:
    """The status; a refusal for the moment that does not say when to come back is something else than one that does."""
    is_silent = response.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" not in response.headers
    return f"{response.status_code}{' without Retry-After' * is_silent}"


class Candidate(ABC):
    """What candidates by pages and by API have in common: what they know of their own answers."""

    def __init__(self, stage: Stage, token: str, *, seed: int) -> None:
        self.stage, self.token = stage, token
        self.chance = random.Random(seed)
        self.attempt = ""
        self.known: dict[int, tuple[int, Answer | None]] = {one.number: (0, None) for one in stage.questions}
        """Number → revision and answer, as acknowledged last."""
        self.conflicts = 0
        self.surprises = 0
        """Times that something else was shown than was acknowledged."""

    @abstractmethod
    async def enter(self) -> None: ...

    @abstractmethod
    async def act(self) -> None: ...

    @abstractmethod
    async def save(self, question: Question, answer: Answer, *, base: int | None = None) -> bool: ...

    @abstractmethod
    async def look_back(self) -> None:
        """At every question, with what the candidate came in with."""

    @abstractmethod
    async def submit(self) -> str: ...

    async def sit(self, *, until: float) -> None:
        """Work until then or until all is over, and submit while a last save is on its way."""
        try:
            while self.stage.now() < until and not self.stage.is_over.is_set():
                await asyncio.sleep(self.chance.uniform(*self.stage.think_seconds))
                await self.act()
            if self.stage.looks_back:
                await self._resume()
            last = self.chance.choice(self.stage.questions)
            _, receipt = await asyncio.gather(self.save(last, invent(last, self.chance)), self.submit())
            self.stage.ledger.receipts[self.attempt] = receipt
        except (GaveUp, Unexpected) as problem:
            self.stage.problems.append(f"attempt {self.attempt or self.token}: {problem}")

    async def _resume(self) -> None:
        before = self.surprises
        await self.look_back()
        if self.surprises == before:
            self.stage.resumed.add(self.attempt)

    def acknowledge(self, question: Question, answer: Answer, key: str, revision: int, receipt: str = "") -> None:
        told = Acknowledged(self.attempt, question.number, key, answer.value, revision, receipt)
        self.stage.ledger.acknowledged.append(told)
        if revision > self.known[question.number][0]:
            self.known[question.number] = (revision, answer)

    def expect(self, number: int, revision: int, is_shown: bool, shown: Answer) -> None:
        """What a page or a state shows must be what was acknowledged last; the candidate goes on from what it shows."""
        known, answer = self.known[number]
        if revision != known or not is_shown:
            self.surprises += 1
            self.stage.mismatches.append(
                f"attempt {self.attempt}, question {number}: shows revision {revision}, {shown}; "
                f"acknowledged was revision {known}, {answer}"
            )
            self.known[number] = (revision, shown)

    def new_key(self) -> str:
        key = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.stage.ledger.sent.add(key)
        return key
