from __future__ import annotations

import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections, connection
from django.utils.crypto import get_random_string

from assessments.domain import import_stages, ledger
from candidates.domain import attempts, entry, outages, pauses, reminders, retention, reviews, survey
from interview_project import workers
from interview_project.probes import AWAY
from interview_project.tasks import reclaim_abandoned

log = structlog.get_logger(__name__)
TIDY_SECONDS = 3600.0


class Command(BaseCommand):
    help = "Do the background work: run tasks as they come, close overdue attempts, take up tasks a killed worker left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sweep-seconds", type=float, default=15.0, help="Between two sweeps (default: 15).")
        parser.add_argument(
            "--check",
            action="store_true",
            help="Run nothing: does this host's worker live and take tasks? Exit 1 if not.",
        )

    def handle(self, *args: Any, sweep_seconds: float, check: bool, **options: Any) -> None:
        if check:
            self.stdout.write(_checked())
            return
        stop, worker_id = threading.Event(), get_random_string(32)
        alive = partial(workers.say_we_are_here, worker_id)
        for name, seconds, work in (("sweeper", sweep_seconds, _Sweeper()), ("alive", workers.ALIVE_SECONDS, alive)):
            threading.Thread(target=_repeat_until, args=(stop, seconds, work), name=name, daemon=True).start()
        options = {"reload": False, "startup_delay": False, "verbosity": options["verbosity"]}
        try:
            call_command("db_worker", interval=0.5, worker_id=worker_id, **options)
        finally:
            stop.set()


def _checked() -> str:
    try:
        found = workers.look()
    except AWAY as error:
        raise CommandError(f"worker: the database does not answer ({type(error).__name__})") from error
    if not found.is_ok:
        raise CommandError(f"worker: {found.words}")
    return f"worker: {found.words}"


def _repeat_until(stop: threading.Event, seconds: float, work: Callable[[], object]) -> None:
    """Each kind of work in a thread of its own: a long sweep must not make a task look abandoned."""
    while not stop.is_set():
        close_old_connections()
        try:
            work()
        except AWAY as error:
            log.warning("background work failed, trying again", error=type(error).__name__)
        except Exception:  # whatever it is: a thread that ended would be missed by nobody, and its work by candidates
            log.exception("background work failed, trying again")
        finally:
            connection.close()
        stop.wait(seconds)


class _Sweeper:
    """A sweep, and once an hour what is due by the day."""

    def __init__(self) -> None:
        self.tidy_at = time.monotonic()

    def __call__(self) -> None:
        sweep()
        if time.monotonic() >= self.tidy_at:
            self.tidy_at = time.monotonic() + TIDY_SECONDS
            tidy()


def tidy() -> None:
    """What is due by the day, done by the hour: nobody waits for it."""
    applied = retention.apply_due()
    if applied != retention.Applied():
        log.info("retention applied", erased=applied.words)
    if settled := reviews.settle_all():
        log.info("attempts taken out of the queue of reviewers", count=settled)
    if reminded := reminders.remind_due():
        log.info("reminders ordered", count=reminded)
    if published := survey.publish():
        log.info("opinions published", questions=published)


def sweep() -> None:
    """One round of everything that is due by time alone. Each part may be done by several workers at once."""
    settled_outages = outages.settle()
    closed, removed, reclaimed = attempts.close_overdue(), entry.remove_guests(), reclaim_abandoned()
    settled, breaks = ledger.settle_abandoned(), pauses.write_down_ended_breaks()
    cleared = import_stages.clear_up()
    if closed or removed or reclaimed or settled or settled_outages or breaks or cleared:
        log.info(
            "swept",
            given_time_back=settled_outages,
            overdue_closed=closed,
            breaks_ended=breaks,
            guest_rows_removed=removed,
            tasks_reclaimed=reclaimed,
            ai_calls_settled=settled,
            imports_cleared_up=cleared,
        )
