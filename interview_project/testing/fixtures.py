"""Fixtures for every test: nothing left behind in the cache, a real database file, servers to be broken."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import copy
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from whitenoise import WhiteNoise

from .emptying import by_rows
from .environment import is_embedded
from .services import Service, obtain_postgresql, obtain_redis

FUSED = ("assessments.domain.import_progress", "assessments.domain.open_questions", "candidates.domain.snapshots")
"""The modules with a fuse in front of the cache."""


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file on the embedded database, too: SQLite in memory locks whole tables between threads, which a file does not."""
    from django.db import connection

    if is_embedded():
        path = tmp_path_factory.mktemp("database") / "parley.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(path)


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_walked_once() -> Iterator[None]:
    """Each test client has middleware of its own, and its WhiteNoise would read about every file there is: 30 ms."""
    walk = WhiteNoise.update_files_dictionary
    found: dict[tuple[str, str], dict[str, Any]] = {}

    def look_up(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in found:
            walk(self, root, prefix)
            found[root, prefix] = dict(self.files)
        self.files.update(found[root, prefix])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WhiteNoise, "update_files_dictionary", look_up)
        yield


@pytest.fixture(scope="session", autouse=True)
def _tables_are_emptied_by_rows() -> Iterator[None]:
    from django.db.backends.postgresql.operations import DatabaseOperations

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DatabaseOperations, "sql_flush", by_rows(DatabaseOperations.sql_flush))
        yield


@pytest.fixture(scope="session", autouse=True)
def _the_process_that_reads_files_lives_on() -> Iterator[None]:
    """To start one takes most of the time of a test that imports; it reads each file in a child of its own anyway."""
    from assessments.domain.reading import Reader

    start, leave = Reader._start, Reader.__exit__  # noqa: SLF001 - there is no other need to come between them
    idle, spare = Reader(), list[Reader]()

    def take(self: Reader) -> None:
        if spare and self.module == idle.module:
            vars(self).update(vars(spare.pop()), limits=self.limits)
        else:
            start(self)

    def keep(self: Reader, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if kind is None and self._is_up and self.module == idle.module:
            spare.append(copy(self))
            vars(self).update(vars(idle), limits=self.limits)
        else:
            leave(self, kind, error, trace)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Reader, "_start", take)
        patched.setattr(Reader, "__exit__", keep)
        yield
    for one in spare:
        one.end()


@pytest.fixture
def admin_user(db: None) -> Any:
    """pytest-django's, without a password: nobody signs in with it, and to hash one takes 200 ms."""
    from django.contrib.auth import get_user_model

    return get_user_model().objects.create_superuser("admin", "admin@example.com")


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """Of the database the test itself runs on, for processes that are to use it, too: what they leave is taken away.

    Whatever starts them is asked for after this, so that they have ended by then.
    """
    from django.db import connection

    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


@pytest.fixture(scope="session")
def _redis() -> Iterator[redis.Redis | None]:
    if is_embedded():
        yield None
        return
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        yield client


@pytest.fixture(autouse=True)
def _empty_cache(_redis: redis.Redis | None, request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test puts into the cache, no other test finds."""
    yield
    if _redis:
        with suppress(redis.ConnectionError):  # a test may have taken the server down
            _redis.flushdb()
    if _leaves_rows(request.node):
        from django.core.cache import caches

        with request.getfixturevalue("django_db_blocker").unblock():
            caches["embedded"].clear()


def _leaves_rows(item: pytest.Item) -> bool:
    """Rolled back with most tests; the others' tables are emptied by Django, but it knows only those of models."""
    marker = item.get_closest_marker("django_db")
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction")))


@pytest.fixture
def redis_settings(settings: Any) -> Iterator[Callable[[str], None]]:
    """Point the cache at a Redis of the test's choosing, set up as the settings set it up."""

    def point(url: str) -> None:
        settings.REDIS_URL = url
        settings.CACHES = {**settings.CACHES, "default": {**settings.REDIS_CACHE, "LOCATION": url}}

    yield point
    for module in FUSED:  # else the next test would go on without a cache for five seconds
        import_module(module).fuse.reset()


@pytest.fixture
def private_redis() -> Iterator[Service]:
    """A Redis of this test's own, to freeze, empty or stop."""
    service = obtain_redis({})
    yield service
    service.stop()


@pytest.fixture
def private_postgresql() -> Iterator[Service]:
    """A PostgreSQL of this test's own, to freeze, fill or stop."""
    service = obtain_postgresql({})
    yield service
    service.stop()


@pytest.fixture
def embedded_settings(settings: Any, db: None) -> None:
    """The embedded cache, empty, in whatever database the suite runs on."""
    from django.core.cache import cache
    from django.core.management import call_command

    settings.REDIS_URL = ""
    settings.CACHES = {**settings.CACHES, "default": settings.EMBEDDED_CACHE}
    call_command("createcachetable", verbosity=0)
    cache.clear()


@pytest.fixture(params=["configured", "embedded"])
def each_cache(request: pytest.FixtureRequest, db: None) -> None:
    """Twice: on the cache that is configured, and on the embedded table in the same database."""
    if request.param == "embedded":
        request.getfixturevalue("embedded_settings")
