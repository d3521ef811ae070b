"""What this process stands on, asked within a bounded time. The health pages and ``doctor`` read it from here.

Apps add to :data:`PROBES` and :data:`GAUGES` when they are loaded; nothing here knows them.
"""

from __future__ import annotations

import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import structlog
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min, Q
from django.utils import timezone
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
PATIENCE_SECONDS = 0.8
LONGEST_WAIT = timedelta(minutes=2)  # a task that waits longer says that no worker is there
LEAST_FREE_BYTES = 200_000_000
AWAY = (DatabaseError, PoolTimeout, RedisError, OSError)


@dataclass(frozen=True)
class Finding:
    is_ok: bool
    words: str


@dataclass(frozen=True)
class Probe:
    """``is_vital``: without it this process can serve nobody, and requests should go elsewhere."""

    name: str
    look: Callable[[], Finding]
    is_vital: bool = False


@dataclass(frozen=True)
class Metric:
    """One Prometheus sample. A name that ends in ``_total`` is a counter; samples of a ``histogram`` name it."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    histogram: str = ""

    @property
    def family(self) -> str:
        return self.histogram or self.name


# ---- What is looked at ----


def database() -> Finding:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()" if connection.vendor == "postgresql" else "SELECT 0")
        is_standby = cursor.fetchone()[0]
    if is_standby:
        return Finding(is_ok=False, words="is a standby, which takes no saves")
    return Finding(is_ok=True, words=f"answered in {(time.perf_counter() - began) * 1000:.0f} ms")


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        return Finding(is_ok=False, words=f"{len(plan)} not applied, the first is {plan[0][0]}: run migrate")
    return Finding(is_ok=True, words="all applied")


def cache_round_trip() -> Finding:
    name = "Redis" if settings.REDIS_URL else "the embedded table"
    key = f"probe:{uuid.uuid4().hex}"
    cache.set(key, key, timeout=10)
    if cache.get(key) != key:
        return Finding(is_ok=False, words=f"{name} does not give back what it was given")
    cache.delete(key)
    return Finding(is_ok=True, words=f"{name} answers")


def queue() -> Finding:
    count, age = waiting_tasks()
    if not count:
        return Finding(is_ok=True, words="nothing waits")
    words = f"{count} waiting, the oldest for {age.total_seconds():.0f} s"
    if age > LONGEST_WAIT:
        return Finding(is_ok=False, words=f"{words}: is a worker running?")
    return Finding(is_ok=True, words=words)


def waiting_tasks() -> tuple[int, timedelta]:
    """How many tasks a worker could take now, and for how long it could have taken the oldest."""
    now = timezone.now()
    tasks = cast(Any, apps.get_model("django_tasks_database", "DBTaskResult")).objects.ready()
    found = tasks.aggregate(
        count=Count("id"),
        due=Min("run_after", filter=Q(run_after__lte=now)),
        enqueued=Min("enqueued_at", filter=Q(run_after__gt=now)),  # no moment was asked for: that is the year 9999
    )
    oldest = min((moment for moment in (found["due"], found["enqueued"]) if moment), default=now)
    return found["count"], max(now - oldest, timedelta(0))


def disk() -> Finding:
    """The embedded database's; another one's is not ours to see."""
    name = connection.settings_dict["NAME"]
    if connection.vendor != "sqlite" or not Path(name).is_file():
        return Finding(is_ok=True, words="the database has its own")
    free = shutil.disk_usage(Path(name).parent).free
    return Finding(is_ok=free >= LEAST_FREE_BYTES, words=f"{free / 1e9:.1f} GB free")


# A worker that is away or a cache that is lost stops no candidate, and taking every web process out of rotation would.
PROBES = [
    Probe("database", database, is_vital=True),
    Probe("migrations", migrations, is_vital=True),
    Probe("disk", disk, is_vital=True),
    Probe("cache", cache_round_trip),
    Probe("queue", queue),
]


def task_gauges() -> Iterable[Metric]:
    count, age = waiting_tasks()
    yield Metric("parley_tasks_waiting", "Tasks that a worker could take now.", count)
    yield Metric("parley_tasks_oldest_seconds", "How long the oldest of them has waited.", age.total_seconds())
    failed = cast(Any, apps.get_model("django_tasks_database", "DBTaskResult")).objects.failed().count()
    yield Metric("parley_tasks_failed", "Tasks that ended in an error, and that nobody has looked after yet.", failed)


def pool_gauges() -> Iterable[Metric]:
    """Of the process that answers; that one was exhausted is counted for all of them, as a problem."""
    if connection.vendor != "postgresql" or not (pool := cast(Any, connection).pool):
        return
    found = pool.get_stats()
    yield Metric("parley_database_pool_max", "Connections this process may have at most.", found["pool_max"])
    yield Metric("parley_database_pool_size", "Connections it has.", found["pool_size"])
    yield Metric("parley_database_pool_idle", "Of these, not in use.", found["pool_available"])
    yield Metric("parley_database_pool_waiting", "Requests that wait for one.", found["requests_waiting"])


GAUGES: list[Callable[[], Iterable[Metric]]] = [task_gauges, pool_gauges]


# ---- Within a bounded time ----


class Asker:
    """Runs each question in a thread of its own, at most one thread a question.

    A database or a cache that hangs answers no timeout of ours, so it is the asking that ends. Whoever asks again meanwhile
    waits for the same answer, and no threads pile up.
    """

    def __init__(self) -> None:
        self._asked: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()

    def ask(self, questions: Mapping[str, Callable[[], Any]], *, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The answers by name; an exception of :data:`AWAY`, or a TimeoutError, in the place of one that did not come."""
        answers = {name: self._started(name, question) for name, question in questions.items()}
        wait(answers.values(), timeout=seconds)
        return {name: _outcome(answer) for name, answer in answers.items()}

    def _started(self, name: str, question: Callable[[], Any]) -> Future[Any]:
        with self._lock:
            answer = self._asked.get(name)
            if answer is None or answer.done():
                answer = self._asked[name] = Future()
                threading.Thread(target=_answer, args=(question, answer), name=f"probe {name}", daemon=True).start()
            return answer


def _answer(question: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        result = question()
    except AWAY as error:
        answer.set_result(error)
    else:
        answer.set_result(result)
    finally:
        connections.close_all()
        if not answer.done():  # a mistake of ours: the thread's end tells which, and nobody waits for it
            answer.set_result(RuntimeError("the probe failed"))


def _outcome(answer: Future[Any]) -> Any:
    return answer.result() if answer.done() else TimeoutError(f"no answer within {PATIENCE_SECONDS} s")


_asker = Asker()


def look_at_everything() -> dict[str, tuple[Probe, Finding]]:
    answers = _asker.ask({probe.name: probe.look for probe in PROBES})
    return {probe.name: (probe, _finding(answers[probe.name])) for probe in PROBES}


def _finding(answer: Any) -> Finding:
    if isinstance(answer, Finding):
        return answer
    if isinstance(answer, TimeoutError):
        return Finding(is_ok=False, words=str(answer))
    # Its text may name hosts and users, and the page is open to all.
    return Finding(is_ok=False, words=f"does not answer ({type(answer).__name__})")


def read_gauges() -> tuple[list[Metric], int]:
    """What could be read, and how many sources could not."""
    answers = _asker.ask({f"gauge {number}": _all_of(source) for number, source in enumerate(GAUGES)})
    read = [answer for answer in answers.values() if isinstance(answer, list)]
    return [metric for metrics in read for metric in metrics], len(answers) - len(read)


def _all_of(source: Callable[[], Iterable[Metric]]) -> Callable[[], list[Metric]]:
    return lambda: list(source())
