from __future__ import annotations

import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections, connection

from assessments.domain import ledger
from candidates.domain import attempts, entry
from interview_project.tasks import reclaim_abandoned

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Do the background work: run tasks as they come, close overdue attempts, take up tasks a killed worker left."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sweep-seconds", type=float, default=15.0, help="Between two sweeps (default: 15).")

    def handle(self, *args: Any, sweep_seconds: float, **options: Any) -> None:
        stop = threading.Event()
        sweeper = threading.Thread(target=_sweep_until, args=(stop, sweep_seconds), name="sweeper", daemon=True)
        sweeper.start()
        try:
            call_command("db_worker", interval=0.5, reload=False, startup_delay=False, verbosity=options["verbosity"])
        finally:
            stop.set()


def _sweep_until(stop: threading.Event, seconds: float) -> None:
    while not stop.is_set():
        close_old_connections()
        try:
            sweep()
        except OperationalError as error:
            log.warning("sweep failed, trying again", error=type(error).__name__)
        finally:
            connection.close()
        stop.wait(seconds)


def sweep() -> None:
    """One round of everything that is due by time alone. Each part may be done by several workers at once."""
    closed, removed, reclaimed = attempts.close_overdue(), entry.remove_guests(), reclaim_abandoned()
    settled = ledger.settle_abandoned()
    if closed or removed or reclaimed or settled:
        log.info(
            "swept",
            overdue_closed=closed,
            guest_rows_removed=removed,
            tasks_reclaimed=reclaimed,
            ai_calls_settled=settled,
        )
