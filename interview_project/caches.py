"""The two caches and the fuse in front of them.

Redis in production; an embedded table where there is none. Both are atomic, and both offer :meth:`set_if_newer`,
because a slow process must not put an old snapshot over a newer one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Protocol, TypeVar, cast

import structlog
from django.core.cache import caches
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.db import DatabaseError, connections, router, transaction
from django_redis.cache import RedisCache as DjangoRedisCache
from redis import ConnectionPool
from redis.exceptions import ConnectionError as HungUp
from redis.exceptions import NoScriptError, RedisError

from interview_project import counts

log = structlog.get_logger(__name__)
T = TypeVar("T")

# A bookmark is stored as "<revision>:<payload>", so that Redis can compare without parsing the payload.
SET_IF_NEWER = """
local held = tonumber(string.match(redis.call('GETRANGE', KEYS[1], 0, 19), '^(%d+):') or '-1')
if held > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'EX', ARGV[3])
return 1
"""


class BookmarkCache(Protocol):
    def read_bookmark(self, key: str) -> tuple[int, bytes] | None:
        """The revision and payload stored, or ``None``."""

    def set_if_newer(self, key: str, payload: bytes, *, revision: int, seconds: int) -> bool:
        """Store unless a newer revision is there. True if stored."""

    def delete(self, key: str) -> bool:
        """True if it was there."""


class NoteCache(Protocol):
    """For small numbers that others see at once, whatever transaction is open where they are set."""

    def set_note(self, key: str, value: int, *, seconds: int) -> None: ...

    def read_note(self, key: str) -> int | None: ...


def _split(raw: bytes | None) -> tuple[int, bytes] | None:
    revision, colon, payload = (raw or b"").partition(b":")
    return (int(revision), payload) if colon and revision.isdigit() else None


class Line:
    """A connection to Redis that one thread keeps to itself, for the two commands of every save.

    To take one out of the pool and put it back, redis-py does more than to ask and to read.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._connection = pool.connection_class(**pool.connection_kwargs)

    def ask(self, *command: Any) -> Any:
        """Raises ``RedisError``. A server that was restarted has hung up: then once more."""
        try:
            return self._ask(command)
        except HungUp:
            return self._ask(command)

    def _ask(self, command: tuple[Any, ...]) -> Any:
        self._connection.send_command(*command)
        return self._connection.read_response()


class RedisCache(DjangoRedisCache):
    """Django makes one for each thread."""

    def read_bookmark(self, key: str) -> tuple[int, bytes] | None:
        return _split(self._line.ask("GET", self.client.make_key(key)))

    def set_if_newer(self, key: str, payload: bytes, *, revision: int, seconds: int) -> bool:
        arguments = (1, self.client.make_key(key), revision, payload, seconds)
        try:
            return bool(self._line.ask("EVALSHA", self._set_if_newer, *arguments))
        except NoScriptError:  # forgotten with a restart; from its text it is known again
            return bool(self._line.ask("EVAL", SET_IF_NEWER, *arguments))

    def set_note(self, key: str, value: int, *, seconds: int) -> None:
        self.set(key, value, seconds)

    def read_note(self, key: str) -> int | None:
        return cast("int | None", self.get(key))

    @cached_property
    def _set_if_newer(self) -> bytes:
        """As Redis calls the script."""
        return cast(bytes, self._line.ask("SCRIPT", "LOAD", SET_IF_NEWER))

    @cached_property
    def _line(self) -> Line:
        return Line(self.client.get_client(write=True).connection_pool)


class AtomicDatabaseCache(DatabaseCache):
    """Django's database cache with every read-then-write under one lock: ``add`` and ``incr`` are exact."""

    _table: str

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        alias = router.db_for_write(self.cache_model_class)
        connection = connections[alias]
        with transaction.atomic(using=alias):
            if connection.vendor == "postgresql":  # SQLite's IMMEDIATE transactions have the lock already
                with connection.cursor() as cursor:
                    cursor.execute(f"LOCK TABLE {connection.ops.quote_name(self._table)} IN SHARE ROW EXCLUSIVE MODE")
            yield

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        with self._exclusively():
            return bool(super().add(key, value, timeout, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Raises ValueError for a key that is not there, like every Django cache. Keeps the key's expiry."""
        with self._exclusively():
            value = self.get(key, version=version)
            if value is None:
                raise ValueError(f"Key {key!r} not found")
            self._write_value(self.make_and_validate_key(key, version=version), value + delta)
            return int(value + delta)

    def _write_value(self, made_key: str, value: Any) -> None:
        import base64
        import pickle

        connection = connections[router.db_for_write(self.cache_model_class)]
        packed = base64.b64encode(pickle.dumps(value, self.pickle_protocol)).decode("latin1")
        table = connection.ops.quote_name(self._table)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET value = %s WHERE cache_key = %s", [packed, made_key])  # noqa: S608

    def read_bookmark(self, key: str) -> tuple[int, bytes] | None:
        return _split(self.get(key))

    def set_if_newer(self, key: str, payload: bytes, *, revision: int, seconds: int) -> bool:
        with self._exclusively():
            held = self.read_bookmark(key)
            if held and held[0] > revision:
                return False
            self.set(key, b"%d:%s" % (revision, payload), seconds)
            return True

    def set_note(self, key: str, value: int, *, seconds: int) -> None:
        """The table is in the database whose transaction is open: on a connection of its own, or beside the file."""
        if files := self._files():
            files.set(key, value, seconds)
            return
        with ThreadPoolExecutor(1) as thread:  # connections belong to threads
            thread.submit(self._set_alone, key, value, seconds).result()

    def read_note(self, key: str) -> int | None:
        return cast("int | None", (self._files() or self).get(key))

    def _set_alone(self, key: str, value: int, seconds: int) -> None:
        try:
            self.set(key, value, seconds)
        finally:
            connections[router.db_for_write(self.cache_model_class)].close()

    def _files(self) -> FileBasedCache | None:
        """Beside the file that is the database, where it is one."""
        connection = connections[router.db_for_write(self.cache_model_class)]
        return files_beside(str(connection.settings_dict["NAME"])) if connection.vendor == "sqlite" else None


def files_beside(database: str) -> FileBasedCache:
    """SQLite has one writer at a time: while a long transaction is open, nothing else gets into the database itself."""
    return FileBasedCache(f"{database}-notes", {})


def bookmarks() -> BookmarkCache:
    return cast(BookmarkCache, caches["default"])


def notes() -> NoteCache:
    return cast(NoteCache, caches["default"])


class Fuse:
    """Blows after ``failures`` errors in a row; then calls are skipped for ``seconds``, so that a cache that hangs
    costs its timeout a few times and not once per request."""

    def __init__(self, *, failures: int = 3, seconds: float = 5.0) -> None:
        self._limit, self._seconds = failures, seconds
        self._failed, self._closed_at = 0, 0.0
        self._lock = threading.Lock()

    @property
    def is_blown(self) -> bool:
        return time.monotonic() < self._closed_at

    def reset(self) -> None:
        with self._lock:
            self._failed, self._closed_at = 0, 0.0

    def run(self, call: Callable[[], T], *, otherwise: T) -> T:
        """What ``call`` returns; ``otherwise`` when it fails or the fuse is blown. Never raises for the cache's sake."""
        if self.is_blown:
            return otherwise
        try:
            result = call()
        except (RedisError, OSError, DatabaseError) as error:
            self._count(error)
            return otherwise
        self._failed = 0
        return result

    def _count(self, error: Exception) -> None:
        counts.note_problem("cache")
        with self._lock:
            self._failed += 1
            if self._failed >= self._limit:
                self._closed_at, self._failed = time.monotonic() + self._seconds, 0
                counts.note_problem("fuse")
                log.warning("cache unreachable, going on without it", seconds=self._seconds, error=type(error).__name__)
