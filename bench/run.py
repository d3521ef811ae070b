"""What the product costs, measured beside a bare page of the same size: ``make bench``.

Everything is measured in turns within one run and as a ratio to the bare page, because figures of different machines,
or of one machine on different days, cannot be compared. One line of JSON for each figure, then a table.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import bulk, machine, page_of_figures
from bench.answers import Question
from bench.clients import BarePage, Resume, ReviewQueue, SaveApi, SavePages, Seat, Site, Start, site_of
from bench.figures import median, percentile, rounded
from bench.load import Client, Load, drive
from bench.parts import Part
from bench.rounds import Facts, Side, Turn, alternate, figures, ratio
from bench.stack import Stack, running_stack
from interview_project.testing.servers import free_port

NO_RECYCLING = ("--max-requests", "0")  # a worker that starts anew in a window would be measured with it
ATTEMPTS_PER_1000 = 125  # of eight questions each


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    clients: tuple[int, ...] = (1, 8, 32, 200)
    rounds: int = 5
    seconds: float = 2.0
    warm_up_seconds: float = 1.0
    starts: int = 200
    start_rounds: int = 3
    imported: tuple[int, ...] = (1_000, 10_000)
    scored: int = 10_000
    stored: tuple[int, ...] = (1_000, 100_000)
    """Responses in the tables, for the growth of cost."""


FULL = Extent()
QUICK = Extent(
    clients=(4,),
    rounds=1,
    seconds=0.5,
    warm_up_seconds=0.3,
    starts=20,
    start_rounds=1,
    imported=(200,),
    scored=80,
    stored=(1_000,),
)


def _resume_by_api(site: Site, seat: Seat) -> Resume:
    return Resume(site, seat, by_api=True)


CANDIDATES_REQUESTS: dict[str, Callable[[Site, Seat], Client]] = {
    "save and next, pages": SavePages,
    "save and next, API": SaveApi,
    "resume, pages": Resume,
    "resume, API": _resume_by_api,
}


class Bench:
    """A running stack, the bare page beside it, and attempts to save to."""

    def __init__(self, stack: Stack, extent: Extent) -> None:
        self.stack, self.extent = stack, extent
        made = stack.prepare("seats", "--candidates", str(max(extent.clients)), "--prefix", "saver", "--started")
        questions = [Question(one["number"], one["type"], tuple(one["options"])) for one in made["questions"]]
        self.site = site_of(stack.port, questions, made["seats"][0])
        self.seats = self.site.seats(made["seats"])
        self._next_seat = itertools.cycle(range(len(self.seats)))
        self.bare_web, self.bare_port = self._bare_page()

    def _bare_page(self) -> tuple[Part, int]:
        """As many bytes as a save's answer has."""
        load = drive(self.stack.port, [SavePages(self.site, self.seats[0])], seconds=self.extent.warm_up_seconds)
        port = free_port()
        length = str(load.received // max(1, load.operations))
        web = self.stack.web_server("Bare", port, "bench.bare.wsgi", *NO_RECYCLING, BARE_BYTES=length)
        self.stack.extra.append(web)
        web.start()
        return web, port

    # ---- Who takes turns ----

    def side(self, name: str, port: int, web: Part, client: Callable[[Seat], Client]) -> Side:
        def take_turn(count: int, seconds: float) -> Turn:
            clients = [client(seat) for seat in self._some_seats(count)]
            before = self._cpu_seconds(web)
            load = drive(port, clients, seconds=seconds)
            return Turn(load, self._cpu_seconds(web) - before)

        take_turn(2, self.extent.warm_up_seconds)
        return Side(name, take_turn)

    def _some_seats(self, count: int) -> list[Seat]:
        """Others each time: an attempt takes only so many saves."""
        return [self.seats[next(self._next_seat)] for _ in range(count)]

    def _cpu_seconds(self, web: Part) -> float:
        return sum(part.cpu_seconds() for part in (web, self.stack.postgresql, self.stack.redis))

    def bare(self) -> Side:
        return self.side("bare page", self.bare_port, self.bare_web, BarePage)

    def of_the_app(self, name: str, client: Callable[[Site, Seat], Client]) -> Side:
        return self.side(name, self.stack.port, self.stack.web, lambda seat: client(self.site, seat))

    def raw(self) -> Side:
        def take_turn(count: int, seconds: float) -> Turn:
            before = self._cpu_seconds(self.bare_web)
            done = json.loads(self.stack.run("bench.raw", str(count), str(seconds)).stdout)
            load = Load(seconds=done["seconds"])
            load.latencies["raw"] = done["latencies"]
            return Turn(load, self._cpu_seconds(self.bare_web) - before)

        return Side("raw", take_turn)

    # ---- What is measured ----

    def requests(self) -> Iterator[Facts]:
        bare, raw = self.bare(), self.raw()
        sides = {name: self.of_the_app(name, client) for name, client in CANDIDATES_REQUESTS.items()}
        extent = self.extent
        alternate([bare, *sides.values()], clients=extent.clients, rounds=extent.rounds, seconds=extent.seconds)
        few = [count for count in extent.clients if count <= 32]
        alternate([raw], clients=few, rounds=min(3, extent.rounds), seconds=extent.seconds)
        yield from figures(bare, bare, figure="bare page")
        yield from figures(raw, Side("none", raw.take_turn), figure="upsert, commit and SET, without any application")
        for name, side in sides.items():
            yield from figures(side, bare, figure=name)

    def growth(self) -> Iterator[Facts]:
        """The same requests with ever more responses in the tables, and the page on which all of them wait for review."""
        template, reviewer = self.stack.prepare("template")["attempt"], self.stack.prepare("reviewer")["cookie"]
        first = 1
        for stored in self.extent.stored:
            last = stored * ATTEMPTS_PER_1000 // 1000
            with self.stack.connect() as connection:
                bulk.copy_attempts(connection, template, first=first, last=last)
            first = last + 1
            bare = self.bare()
            sides = {
                **{name: self.of_the_app(name, client) for name, client in CANDIDATES_REQUESTS.items()},
                "review queue page": self.of_the_app("queue", lambda _, __: ReviewQueue(reviewer)),
            }
            count = min(8, len(self.seats))
            alternate([bare, *sides.values()], clients=(count,), rounds=self.extent.rounds, seconds=self.extent.seconds)
            for name, side in sides.items():
                yield from figures(side, bare, figure=name, stored=stored)

    def starts(self) -> Iterator[Facts]:
        """Everybody presses Start within two seconds, and looks at the first question."""
        count, over = self.extent.starts, 2.0 * self.extent.starts / 200
        pressed, looked, bare, errors = [], [], [], 0
        for round_ in range(self.extent.start_rounds):
            made = self.stack.prepare("seats", "--candidates", str(count), "--prefix", f"starter-{round_}")
            seats = self.site.seats(made["seats"])
            load = drive(self.stack.port, [Start(self.site, seat) for seat in seats], seconds=30, over=over)
            pressed.append(load.latencies["start"])
            looked.append(load.latencies["first page"])
            errors += load.errors.total() + count - len(load.latencies["first page"])
            other = drive(self.bare_port, [BarePage(seat, times=2) for seat in seats], seconds=30, over=over)
            bare.append(other.all_latencies())
        for name, rounds in (("start", pressed), ("first page after the start", looked)):
            yield {
                "figure": f"{name}, {count} in {over:g} s",
                "rounds": len(rounds),
                **{f"p{p}_ms": rounded(median([percentile(one, p) for one in rounds]) * 1000) for p in (50, 95, 99)},
                "p95_ratio": rounded(
                    median([ratio(percentile(one, 95), percentile(b, 95)) for one, b in zip(rounds, bare, strict=True)])
                ),
                "errors": {"errors": errors} if errors else {},
            }

    def imports(self) -> Iterator[Facts]:
        """The command, from its start to its end, and the most memory it held."""
        for count in self.extent.imported:
            with tempfile.TemporaryDirectory(dir=self.stack.folder) as folder:
                file = Path(folder) / "questions.jsonl"
                file.write_text("".join(f"{json.dumps(_question(number))}\n" for number in range(count)))
                began = time.perf_counter()
                arguments = ("import_questions", str(file), "--bank", f"Bench {count}")
                summary, peak = self.stack.run_to_its_end("django", *arguments)
                seconds = time.perf_counter() - began
            is_whole = summary.startswith(f"{count} imported,")
            yield {
                "figure": f"import of {count} questions",
                "rounds": 1,
                "seconds": rounded(seconds),
                "per_second": rounded(count / seconds),
                "peak_mib": round(peak / 2**20),
                "errors": {} if is_whole else {summary: 1},
            }

    def scoring(self) -> Iterator[Facts]:
        count = self.extent.scored
        template = self.stack.prepare("template")["attempt"]
        first, last = 900_001, 900_000 + count * ATTEMPTS_PER_1000 // 1000
        with self.stack.connect() as connection:
            bulk.copy_attempts(connection, template, first=first, last=last)
        done = self.stack.prepare("score", str(first), str(last))
        yield {
            "figure": f"scoring of {count} responses",
            "rounds": 1,
            "seconds": rounded(done["seconds"]),
            "per_second": rounded(done["attempts"] * 8 / done["seconds"]),
            "cpu_ms": rounded(done["cpu_seconds"] * 1000 / max(1, done["attempts"] * 8)),
            "errors": {} if done["scores"] else {"nothing was scored": 1},
        }

    def check(self) -> Iterator[Facts]:
        """Every save that was counted is in the table: what is measured is what it seems to be."""
        acknowledged = sum(seat.saves for seat in self.seats)
        ids = [seat.attempt for seat in self.seats]
        query = "SELECT count(*) FROM candidates_responseevent WHERE kind = 'saved' AND attempt_id = ANY(%s::uuid[])"
        with self.stack.connect() as connection:
            row = connection.execute(query, (ids,)).fetchone()
        stored = int(row[0]) if row else 0
        yield {
            "figure": "saves stored of those acknowledged",
            "acknowledged": acknowledged,
            "stored_saves": stored,
            "errors": {} if stored == acknowledged else {"differ": abs(stored - acknowledged)},
        }


def _question(number: int) -> dict[str, Any]:
    kinds: Sequence[dict[str, Any]] = (
        {
            "type": "single_choice",
            "content": {"options": [{"id": letter, "text": f"Option {letter} of `{number}`"} for letter in "abcd"]},
            "key": {"option": "b"},
        },
        {"type": "true_false", "key": {"value": number % 2 == 0}},
        {"type": "numeric", "key": {"accepted": [{"value": str(number), "tolerance": "0.5"}]}},
        {"type": "short_text", "key": {"accepted": [{"text": f"word {number}"}]}},
        {"type": "long_text", "key": {"model_answer": f"It depends on {number}."}},
    )
    stem = f"Question {number}: why can an index make writes slower?\n\n```sql\nSELECT {number} FROM t\n```\n"
    return {"id": f"bench-{number}", "stem": stem, "tags": ["sql", f"tag-{number % 20}"], **kinds[number % len(kinds)]}


STEPS = ("requests", "starts", "imports", "growth", "scoring")


def measure(extent: Extent, note: Callable[[Facts], None], *, steps: Sequence[str] = STEPS) -> dict[str, Any]:
    """Run these steps; each figure is noted as soon as it is known. Returns what it was measured on."""
    with running_stack(web_options=NO_RECYCLING) as stack:
        about = machine.described(stack)
        bench = Bench(stack, extent)
        for step in (*steps, "check"):
            for facts in getattr(bench, step)():
                note(facts)
        about["load_after"] = round(os.getloadavg()[0], 2)
    return about


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="A little of everything, in less than a minute.")
    parser.add_argument(
        "--million", action="store_true", help="Also with a million responses stored; takes minutes more."
    )
    parser.add_argument("--only", choices=STEPS, action="append", metavar="STEP", help=f"Of {', '.join(STEPS)}.")
    parser.add_argument("--rounds", type=int, metavar="N", help=f"Instead of {FULL.rounds}.")
    parser.add_argument("--write", action="store_true", help="Update the pages of figures in docs.")
    asked = parser.parse_args()
    if asked.write and (asked.quick or asked.only):
        parser.error("What is written down is measured whole, in one run.")
    found: list[Facts] = []

    def note(facts: Facts) -> None:
        found.append(facts)
        print(json.dumps(facts), flush=True)

    about = measure(_extent(asked), note, steps=asked.only or STEPS)
    print(json.dumps({"machine": about}))
    print(page_of_figures.as_text(found, about))
    if asked.write:
        page_of_figures.write(found, about)
    return 1 if any(facts["errors"] for facts in found) else 0


def _extent(asked: argparse.Namespace) -> Extent:
    extent = QUICK if asked.quick else FULL
    extent = replace(extent, rounds=asked.rounds or extent.rounds)
    return replace(extent, stored=(*extent.stored, 1_000_000)) if asked.million else extent


if __name__ == "__main__":
    sys.exit(main())
