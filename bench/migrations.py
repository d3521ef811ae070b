"""Migrations of a loaded database while candidates save: ``make rehearse-migrations``.

Every migration but the first of each app is taken back, newest first, and then carried out again under load, by what the
container runs. Saves go on meanwhile, as a program that does not know the migration makes them, and one reader keeps
tables open until six seconds after the migration has come. Printed for each: how long it took, how often it had to give
way, the longest that a save waited, and saves the database refused. Exit 0 if none was refused and none waited too long.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import bulk
from bench.figures import table
from bench.stack import ROOT, Stack, running_stack

APPS = ("assessments", "candidates")
READER_SECONDS = 6.0
SAVERS = 4
PAUSE_SECONDS = 0.02
MAX_SAVE_MS = 500
MIGRATION = "migration"
"""What the migration calls itself to the database."""
HAS_COME = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s"
FAILED = re.compile(r"^django\.db\.utils\.\w+: (.+)$", re.MULTILINE)
"""The last line of what a try printed before it ended."""
GAVE_WAY = "canceling statement due to lock timeout"


@dataclass
class Carried:
    """One migration, carried out under load. Times in seconds."""

    migration: str
    seconds: float = 0.0
    gave_way: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    """Tries that ended for any other reason, and were repeated all the same."""
    saves: int = 0
    longest_save: float = 0.0
    refused: dict[str, int] = field(default_factory=dict)


class Saver(threading.Thread):
    """Saves to attempts of its own by the statements of a save, in the columns that there were before."""

    def __init__(self, url: str, attempts: list[Any], ends: threading.Event) -> None:
        super().__init__(daemon=True)
        self.url, self.attempts, self.ends = url, attempts, ends
        self.saves, self.longest, self.refused = 0, 0.0, dict[str, int]()

    def run(self) -> None:
        with psycopg.connect(self.url) as connection:
            columns = _columns(connection)
            while not self.ends.is_set():
                began = time.perf_counter()
                try:
                    self._save(connection, self.attempts[self.saves % len(self.attempts)], columns)
                except psycopg.Error as error:
                    connection.rollback()
                    reason = (error.diag.message_primary or type(error).__name__)[:80]
                    self.refused[reason] = self.refused.get(reason, 0) + 1
                else:
                    self.saves += 1
                    self.longest = max(self.longest, time.perf_counter() - began)
                time.sleep(PAUSE_SECONDS)

    def _save(self, connection: psycopg.Connection[Any], attempt: Any, columns: list[str]) -> None:
        connection.execute("SELECT revision FROM candidates_attempt WHERE id = %s FOR UPDATE", (attempt,))
        connection.execute(
            "UPDATE candidates_response SET saved_at = now() WHERE attempt_question_id IN"
            " (SELECT id FROM candidates_attemptquestion WHERE attempt_id = %s AND number = 1)",
            (attempt,),
        )
        known = {"key": "gen_random_uuid()", "sequence": "1000000 + (random() * 1e9)::int", "kind": "'late'"}
        chosen = [sql.SQL(known[name]) if name in known else sql.Identifier(name) for name in columns]
        insert = "INSERT INTO candidates_responseevent ({}) SELECT {} FROM candidates_responseevent WHERE attempt_id = %s LIMIT 1"
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        connection.execute(sql.SQL(insert).format(names, sql.SQL(", ").join(chosen)), (attempt,))
        connection.execute("UPDATE candidates_attempt SET revision = revision + 1 WHERE id = %s", (attempt,))
        connection.commit()


def _columns(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(bulk.COLUMNS, ("candidates_responseevent",)).fetchall()
    connection.commit()
    return [name for (name,) in found if name != "id"]


@contextmanager
def savers(stack: Stack, attempts: list[Any]) -> Iterator[list[Saver]]:
    ends = threading.Event()
    share = len(attempts) // SAVERS
    threads = [
        Saver(stack.database_url, attempts[place * share : (place + 1) * share], ends) for place in range(SAVERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        ends.set()
        for thread in threads:
            thread.join()


@contextmanager
def reader(stack: Stack) -> Iterator[None]:
    """Somebody's long look at the attempts: whoever wants the table for themselves has to wait for it.

    A migration takes seconds until it knows what to do, so the reader counts from when it has come to the database.
    """
    is_reading, is_over = threading.Event(), threading.Event()

    def read() -> None:
        with psycopg.connect(stack.database_url) as connection, stack.connect() as other:
            connection.execute(
                "SELECT count(*) FROM candidates_attempt, candidates_responseevent, assessments_question WHERE false"
            )
            is_reading.set()
            while not (is_over.is_set() or other.execute(HAS_COME, (MIGRATION,)).fetchone()):
                time.sleep(0.02)
            is_over.wait(READER_SECONDS)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    is_reading.wait()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def migrations_of(stack: Stack) -> list[tuple[str, str]]:
    """App and name in the order in which they are carried out, without the first of each app."""
    plan = stack.manage("showmigrations", "--plan", *APPS).stdout
    found = re.findall(rf"\[X\]\s+({'|'.join(APPS)})\.(\w+)", plan)
    return [(app, name) for app, name in found if not name.startswith("0001")]


def newest(order: list[tuple[str, str]], *, of_each: int | None) -> list[tuple[str, str]]:
    """In the same order. One app's newest may stand on older ones of the other, which then stay where they are."""
    if of_each is None:
        return order
    kept = {one for app in APPS for one in [each for each in order if each[0] == app][-of_each:]}
    return [one for one in order if one in kept]


def before(app: str, name: str, order: list[tuple[str, str]]) -> str:
    earlier = [other for other_app, other in order if other_app == app]
    place = earlier.index(name)
    return earlier[place - 1] if place else "0001"


def carry_out(stack: Stack, app: str, name: str, attempts: list[Any]) -> Carried:
    carried = Carried(f"{app}.{name}")
    with savers(stack, attempts) as threads:
        time.sleep(0.5)
        with reader(stack):
            began = time.perf_counter()
            done = subprocess.run(
                [str(ROOT / "docker" / "entrypoint.sh"), "migrate", app, name],
                cwd=ROOT,
                env={
                    **stack.env,
                    "PGAPPNAME": MIGRATION,
                    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                },
                capture_output=True,
                text=True,
                check=False,
            )
            carried.seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"{carried.migration} failed.\n{done.stderr[-2000:]}")
    carried.gave_way, carried.failed = tries_that_failed(done.stdout, done.stderr)
    for thread in threads:
        carried.saves += thread.saves
        carried.longest_save = max(carried.longest_save, thread.longest)
        for reason, count in thread.refused.items():
            carried.refused[reason] = carried.refused.get(reason, 0) + count
    return carried


def tries_that_failed(out: str, err: str) -> tuple[int, dict[str, int]]:
    """How often it gave way, and what else ended a try. Each begins with the same line, so that none is overlooked."""
    reasons = Counter(FAILED.findall(err))
    unexplained = out.count("Running migrations:") - 1 - reasons.total()
    return reasons.pop(GAVE_WAY, 0), {**reasons, **({"unexplained": unexplained} if unexplained else {})}


def reasons_against(carried: Carried, *, max_save_ms: float) -> list[str]:
    """Why it is no migration for a busy hour; empty if it is one."""
    reasons = [f"{count} saves refused: {why}" for why, count in carried.refused.items()]
    reasons += [f"{count} tries failed: {why}" for why, count in carried.failed.items()]
    if not carried.saves:
        reasons.append("nobody saved meanwhile")
    if carried.longest_save * 1000 > max_save_ms:
        reasons.append(f"a save waited {carried.longest_save * 1000:.0f} ms, more than {max_save_ms:g}")
    return [f"{carried.migration}: {reason}" for reason in reasons]


def as_text(all_of_them: list[Carried]) -> str:
    rows = [["migration", "seconds", "gave way", "saves", "refused", "longest save ms"]]
    rows += [
        [
            one.migration,
            f"{one.seconds:.1f}",
            f"{one.gave_way}",
            f"{one.saves}",
            f"{sum(one.refused.values())}",
            f"{one.longest_save * 1000:.0f}",
        ]
        for one in all_of_them
    ]
    return table(rows)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make rehearse-migrations", description=__doc__)
    parser.add_argument("--stored", type=int, default=1_000_000, metavar="N", help="Responses in the tables.")
    parser.add_argument("--last", type=int, metavar="N", help="Only the newest N of each app.")
    parser.add_argument(
        "--max-save", type=float, default=MAX_SAVE_MS, metavar="MS", help="No go if a save waits longer."
    )
    asked = parser.parse_args()
    with running_stack() as stack:
        stack.web.stop()
        stack.worker.stop()
        template = stack.prepare("template")["attempt"]
        with stack.connect() as connection:
            bulk.copy_attempts(connection, template, first=1, last=asked.stored // 8)
            attempts = [one for (one,) in connection.execute("SELECT id FROM candidates_attempt LIMIT 400")]
        order = migrations_of(stack)
        chosen = newest(order, of_each=asked.last)
        for app, name in reversed(chosen):
            stack.manage("migrate", app, before(app, name, order), "--verbosity", "0")
        found: list[Carried] = []
        for app, name in chosen:
            found.append(carry_out(stack, app, name, attempts))
            print(json.dumps(asdict(found[-1])), flush=True)
    reasons = [reason for one in found for reason in reasons_against(one, max_save_ms=asked.max_save)]
    print("\n".join([as_text(found), *(f"- {reason}" for reason in reasons), "NO-GO" if reasons else "GO"]))
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
