"""The application with one guard of a save taken away, to show that the rehearsal would notice.

Served instead of ``interview_project.wsgi`` by ``rehearse --guard …``; which guard is off, the variable BENCH_GUARD says.
Never to be used for anything else.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connections, transaction

from interview_project.wsgi import application

LATE_SECONDS = 0.2
"""How long after its acknowledgement a save is committed; how long a save dawdles where there is no lock."""


class _Outcome:
    value: Any = None
    error: Exception | None = None


def acknowledge_before_commit() -> None:
    """The reply goes out when the rows are written; the commit follows by itself, as with a queue in memory."""
    from candidates.domain import responses

    original = _of(responses, "_save")

    def save(*args: Any) -> Any:
        is_written, outcome = threading.Event(), _Outcome()
        threading.Thread(target=_commit_later, args=(original, args, is_written, outcome)).start()
        is_written.wait()
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    _put(responses, "_save", save)


def _commit_later(
    save: Callable[..., Any], args: tuple[Any, ...], is_written: threading.Event, outcome: _Outcome
) -> None:
    from candidates.domain.responses import SaveRefused

    try:
        with transaction.atomic():
            try:
                outcome.value = save(*args)
            except SaveRefused as refusal:  # what was kept aside is committed, too
                outcome.error = refusal
            is_written.set()
            time.sleep(LATE_SECONDS)
    except (DatabaseError, ObjectDoesNotExist) as error:
        outcome.error = error
    finally:
        is_written.set()
        connections.close_all()


def commit_asynchronously() -> None:
    """PostgreSQL says "committed" before it is on disk."""
    options: dict[str, Any] = settings.DATABASES["default"]["OPTIONS"]  # type: ignore[assignment] # the stubs say object
    options["options"] = options["options"].replace("synchronous_commit=on", "synchronous_commit=off")


def take_no_lock() -> None:
    """Saves and submits of one attempt no longer wait for one another; a save dawdles, so that they meet."""
    from candidates.domain import attempts, batches, responses
    from candidates.domain.clock import TransactionTimestamp
    from candidates.models import Attempt

    def look_without_lock(holder: Any) -> Any:
        found = Attempt.objects.annotate(at=TransactionTimestamp()).get(
            pk=holder.attempt_id, candidate_id=holder.candidate_id
        )
        found.arrived_at = found.at  # type: ignore[attr-defined]
        return found

    accept = _of(responses, "_accept")

    def dawdling(*args: Any) -> Any:
        time.sleep(LATE_SECONDS)
        return accept(*args)

    _put(responses, "_accept", dawdling)
    for module in (attempts, batches, responses):
        _put(module, "lock_attempt", look_without_lock)


def wait_for_ever() -> None:
    """A request no longer gives up on a database that does not answer."""
    from interview_project.giving_up import giving_up_after

    options: dict[str, Any] = settings.DATABASES["default"]["OPTIONS"]  # type: ignore[assignment] # the stubs say object
    options["pool"]["connection_class"] = giving_up_after(None)


def note_in_redis_first() -> None:
    """The reply goes out when Redis has the save; the database follows by itself. Where Redis is away there is no saving."""
    from django.core.cache import cache

    from candidates.domain import responses

    acknowledge_before_commit()
    original = _of(responses, "_save")

    def save(holder: Any, one: Any, held: Any) -> Any:
        cache.set(f"save:{one.key}", one.value)
        return original(holder, one, held)

    _put(responses, "_save", save)


def ask_the_cache_each_time() -> None:
    """However often it did not answer."""
    from interview_project.caches import Fuse

    _put(Fuse, "is_blown", property(lambda _fuse: False))


def keep_passes_in_cache() -> None:
    """As sessions are by ``SESSION_ENGINE = "django.contrib.sessions.backends.cache"``."""
    from django.core.cache import cache

    from candidates.domain import passes

    seal, unseal = _of(passes, "seal"), _of(passes, "unseal")

    def seal_and_note(one: Any) -> str:
        sealed: str = seal(one)
        cache.set(f"pass:{sealed}", True, None)
        return sealed

    _put(passes, "seal", seal_and_note)
    _put(passes, "unseal", lambda sealed: unseal(sealed) if cache.get(f"pass:{sealed}") else None)


def _of(module: ModuleType, name: str) -> Any:
    return getattr(module, name)


def _put(holder: ModuleType | type, name: str, replacement: object) -> None:
    """Raises AttributeError where the name is no longer used: a guard that is not taken away proves nothing."""
    getattr(holder, name)
    setattr(holder, name, replacement)


GUARDS = {
    "ack-before-commit": acknowledge_before_commit,
    "async-commit": commit_asynchronously,
    "no-lock": take_no_lock,
    "no-patience": wait_for_ever,
    "redis-first": note_in_redis_first,
    "no-fuse": ask_the_cache_each_time,
    "passes-in-cache": keep_passes_in_cache,
}

GUARDS[os.environ["BENCH_GUARD"]]()

__all__ = ["GUARDS", "application"]
