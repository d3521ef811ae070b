"""A rehearsal of the worst day: many candidates, and everything under them is killed in turn.

``make rehearse N=200 SECONDS=60``. Prints a table and one line of JSON; exit 0 is GO. With ``--plan`` one thing goes wrong, for
long or again and again. With ``--guard`` one guard of the application is off, and the exit is 0 if that was caught.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx

from bench import verdict
from bench.answers import Question
from bench.api_candidate import ApiCandidate
from bench.candidate import Candidate, GaveUp, Stage, Unexpected
from bench.figures import Window
from bench.ledger import Ledger
from bench.outcome import Run, report
from bench.page_candidate import PageCandidate
from bench.plans import PLANS, Bounds, Planned
from bench.stack import Stack, running_stack


@dataclass(frozen=True)
class Guard:
    """What must strike while it is off, and what then must be found: a no-go for another reason proves nothing."""

    plan: str
    evidence: Callable[[dict[str, Any]], bool]


def lost(result: dict[str, Any]) -> bool:
    return bool(result["acknowledged_lost"])


def took_too_long(result: dict[str, Any]) -> bool:
    return any(one["ms"] > one["allowed_ms"] for one in result["bounds"])


GUARDS = {
    "ack-before-commit": Guard("web-kills", lost),
    "async-commit": Guard("postgresql-kills", lost),
    "no-lock": Guard("quiet", lambda result: not result["stored"]["chains_whole"]),
    "no-patience": Guard("postgresql-frozen", took_too_long),
    "redis-first": Guard("redis-away", lambda result: any(one["failed_saves"] for one in result["faults"])),
    "no-fuse": Guard("redis-frozen", took_too_long),
    "passes-in-cache": Guard(
        "flush-every-second", lambda result: result["resumed"] < result["rehearsal"]["candidates"]
    ),
}
NO_BOUNDS = Bounds()
FULL_DISK = "full-disk"
API_SHARE = 0.25
EARLY_SHARE = 0.25
"""Of the candidates submit during the run, among the faults; the others at its end."""
ENTERING_AT_ONCE = 16
APART_SECONDS = 5.0
"""After a part is up again, before the next fault: by then nothing may be stuck, and what fails is the next one's."""
REQUEST_SECONDS = 15.0
FINISHING_SECONDS = 180.0


class Rehearsal:
    """The candidates, who work until everything has struck that was planned, and the faults."""

    def __init__(self, stack: Stack, stage: Stage, tokens: Sequence[str], *, seed: int) -> None:
        self.stack, self.stage = stack, stage
        self.chance = random.Random(seed)
        by_api = round(1 / API_SHARE)
        self.people: list[Candidate] = [
            (ApiCandidate if number % by_api == 0 else PageCandidate)(stage, token, seed=seed + number)
            for number, token in enumerate(tokens)
        ]
        self.windows: list[Window] = []
        self.ended_by_themselves: list[tuple[float, str]] = []
        self._one_at_a_time = asyncio.Lock()

    async def enter(self) -> None:
        door = asyncio.Semaphore(ENTERING_AT_ONCE)

        async def come_in(one: Candidate) -> None:
            async with door:
                await one.enter()

        await asyncio.gather(*(come_in(one) for one in self.people))

    async def work(self, planned: Sequence[Planned], *, seconds: float) -> float:
        """Returns how long it took until nothing more was to strike; by then, or soon after, everybody has submitted."""
        self.stage.began = time.monotonic()
        self.stage.samples.clear()
        ends = [
            seconds * self.chance.uniform(0.3, 1) if self.chance.random() < EARLY_SHARE else math.inf
            for _ in self.people
        ]
        sitting = [asyncio.create_task(one.sit(until=end)) for one, end in zip(self.people, ends, strict=True)]
        await self._strike(planned)
        await asyncio.sleep(max(0.0, seconds - self.stage.now()))
        ended_at = self.stage.now()
        self.stage.is_over.set()
        _, late = await asyncio.wait(sitting, timeout=FINISHING_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*sitting, return_exceptions=True)
        self.stage.problems += [f"{len(late)} candidates never came to an end"] if late else []
        return ended_at

    async def _strike(self, planned: Sequence[Planned]) -> None:
        earliest = 0.0
        for one in planned:
            await asyncio.sleep(max(0.0, max(one.at, earliest) - self.stage.now()))
            async with self._one_at_a_time:
                window = Window(
                    one.fault.name,
                    began=self.stage.now(),
                    allowed=one.fault.bound,
                    fails_as=one.fault.fails_as,
                    may_end=one.fault.may_end,
                )
                self.windows.append(window)
                await asyncio.to_thread(one.fault.strike, self.stack)
                window.ended = self.stage.now()
            earliest = window.ended + APART_SECONDS

    async def supervise(self) -> None:
        """Start again what ended by itself, as compose's ``restart: unless-stopped`` does."""
        while True:
            await asyncio.sleep(0.5)
            async with self._one_at_a_time:
                for part in self.stack.parts:
                    if not part.is_alive:
                        self.ended_by_themselves.append((self.stage.now(), part.name))
                        await asyncio.to_thread(part.revive)


async def rehearse(
    stack: Stack,
    interview: dict[str, Any],
    asked: argparse.Namespace,
    *,
    planned: Sequence[Planned],
    bounds: Bounds = NO_BOUNDS,
) -> Run:
    questions = [Question(one["number"], one["type"], tuple(one["options"])) for one in interview["questions"]]
    async with _client(f"http://127.0.0.1:{stack.port}") as http:
        stage = Stage(http, questions, Ledger(), think_seconds=(0.25 * asked.think, 1.75 * asked.think))
        stage.looks_back = bounds.must_resume
        rehearsal = Rehearsal(stack, stage, interview["tokens"], seed=asked.seed)
        reviewer = await asyncio.to_thread(stack.prepare, "reviewer") if bounds.must_resume else None
        say(f"{asked.candidates} candidates come in …")
        try:
            await rehearsal.enter()
        except (GaveUp, Unexpected) as problem:
            raise SystemExit(f"The candidates could not come in: {problem}") from problem
        say(f"… and work for {asked.seconds:g} seconds.")
        beside = [asyncio.create_task(one) for one in (rehearsal.supervise(), stage.watch())]
        seconds = await rehearsal.work(planned, seconds=asked.seconds)
        if reviewer:
            stage.problems += await sent_away(http, reviewer["cookie"])
        say("They have submitted; the tables are compared with what they were told.")
        findings = await asyncio.to_thread(verdict.examine, stack, stage.ledger)
        for task in beside:
            task.cancel()
    conflicts = sum(one.conflicts for one in rehearsal.people)
    return Run(
        asked.candidates,
        seconds,
        asked.guard,
        stage,
        rehearsal.windows,
        findings,
        conflicts,
        rehearsal.ended_by_themselves,
        bounds,
    )


async def sent_away(http: httpx.AsyncClient, cookie: str) -> list[str]:
    """Whether the team has to sign in again, too."""
    answer = await http.get("/admin/", headers={"Cookie": cookie})
    return [] if answer.status_code == HTTPStatus.OK else [f"a reviewer, by {answer.status_code}, to sign in again"]


def say(words: str) -> None:
    print(words, flush=True)


@contextlib.asynccontextmanager
async def _client(base_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """One pool for all. It keeps no cookies, and no idle connection for as long as the server does."""
    jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=4)
    async with httpx.AsyncClient(
        base_url=base_url, cookies=jar, limits=limits, timeout=REQUEST_SECONDS, trust_env=False
    ) as client:
        yield client


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make rehearse", description=__doc__)
    parser.add_argument("--candidates", type=int, default=200, metavar="N")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=4.0, help="Seconds a candidate thinks, on average (default 4).")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plan", choices=PLANS, default="", help="What strikes (default: everything, once a minute).")
    parser.add_argument("--guard", choices=GUARDS, default="", help="Take this guard away, and see it caught.")
    parser.add_argument("--disk", type=Path, metavar="FOLDER", help="A small volume to run PostgreSQL on and fill up.")
    parser.add_argument("--max-p99", type=float, metavar="MS", help="No go if unaffected requests take longer.")
    asked = parser.parse_args()
    if not (1 <= asked.candidates <= 2000 and 5 <= asked.seconds <= 24 * 3600 and 0 < asked.think <= 600):
        parser.error("1 to 2000 candidates, 5 seconds to a day, and a time to think, please.")
    asked.plan = asked.plan or plan_for(guard=asked.guard, fills_disk=bool(asked.disk))
    if asked.guard and asked.plan != GUARDS[asked.guard].plan:
        parser.error(f"That {asked.guard} is off shows in the plan {GUARDS[asked.guard].plan}, and in no other.")
    if (asked.plan == FULL_DISK) != bool(asked.disk):
        parser.error("A disk is filled by make rehearse-full-disk, and only one that PostgreSQL has for itself.")
    asked.seconds = PLANS[asked.plan].seconds(asked.seconds)
    return asked


def plan_for(*, guard: str, fills_disk: bool) -> str:
    """What strikes if nobody says it: what would show the guard that is off, else everything."""
    if fills_disk:
        return FULL_DISK
    return GUARDS[guard].plan if guard else "everything"


def main() -> int:
    asked = parse()
    plan = PLANS[asked.plan]
    wsgi, env = ("bench.guards", {"BENCH_GUARD": asked.guard}) if asked.guard else ("interview_project.wsgi", {})
    say("Starting PostgreSQL, Redis, the web server and a worker …")
    with running_stack(wsgi=wsgi, env=env, disk=asked.disk) as stack:
        interview = stack.prepare("interview", "--candidates", str(asked.candidates))
        planned = plan.planned(asked.seconds)
        run = asyncio.run(rehearse(stack, interview, asked, planned=planned, bounds=plan.bounds))
    result = run.as_json()
    if asked.max_p99 and result["unaffected"]["p99_ms"] > asked.max_p99:
        result["reasons"].append(f"p99 of unaffected seconds is above {asked.max_p99:g} ms")
        result["verdict"] = "NO-GO"
    print(report(result))
    print(json.dumps(result, ensure_ascii=False))
    if asked.guard:
        is_caught = GUARDS[asked.guard].evidence(result)
        print(f"The missing guard ({asked.guard}) was {'caught' if is_caught else 'NOT caught'}.")
        return 0 if is_caught else 1
    return 0 if result["verdict"] == "GO" else 1


if __name__ == "__main__":
    sys.exit(main())
