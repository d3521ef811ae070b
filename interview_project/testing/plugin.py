"""What the suite stands on: real servers, a clean environment, production's static files. Loaded by pyproject.toml.

The first process (the only one, or the one that hands tests out to xdist's workers) obtains PostgreSQL and Redis before
Django reads its settings, and hands the URLs on through the environment. `PARLEY_TEST_EMBEDDED=1` runs on SQLite and the
embedded cache instead.
"""

import os
import re
import shutil
import signal
import tempfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from . import browser
from .redis_server import DATABASES
from .services import NoServices, Service, obtain_postgresql, obtain_redis

SETTINGS = Path(__file__).parents[1] / "settings.py"
REDIS_DATABASES_PER_PROCESS = 4  # a process may point its aliases at databases of their own
COMPRESSIBLE = ("css", "html", "js", "json", "map", "md", "svg", "txt")
MARKERS = (
    "needs_postgresql: says something about PostgreSQL; skipped on the embedded database",
    "needs_redis: says something about Redis; skipped on the embedded cache",
    "nightly: too slow for every run; see `make test-nightly`",
)

services_key = pytest.StashKey[list[Service]]()


def is_embedded() -> bool:
    return os.environ.get("PARLEY_TEST_EMBEDDED") == "1"


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Around pytest-django's own hook, which loads the settings."""
    asked = early_config.known_args_namespace
    if asked.help or asked.version:
        yield
    elif is_worker():
        use_own_redis_databases(os.environ["PYTEST_XDIST_WORKER"])
        yield
    else:
        try:
            browser.require_if_asked()
            prepare(early_config)
        except (NoServices, browser.NoBrowser) as error:
            raise pytest.UsageError(str(error)) from error
        yield
        collect_static_files()


def prepare(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C, with everything put away
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    for name in names_the_settings_read():  # what the developer's shell holds must not decide a test
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {"SECRET_KEY": "only-for-tests-" + "x" * 50, "DEBUG": "0", "STATIC_ROOT": _temporary_folder(config)}
    services = config.stash[services_key] = []
    if is_embedded():
        return
    for variable, obtain in {"DATABASE_URL": obtain_postgresql, "REDIS_URL": obtain_redis}.items():
        service = obtain(given)
        config.add_cleanup(service.stop)
        services.append(service)
        os.environ[variable] = service.url


def names_the_settings_read() -> set[str]:
    return set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', SETTINGS.read_text(encoding="utf-8")))


def _temporary_folder(config: pytest.Config) -> str:
    folder = tempfile.mkdtemp(prefix="parley-static-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def collect_static_files() -> None:
    """Into the temporary STATIC_ROOT, with production's storage, short of the compressing: nobody downloads them here."""
    from django.core.management import call_command
    from django.test import override_settings

    with override_settings(
        WHITENOISE_KEEP_ONLY_HASHED_FILES=True,  # each test client's WhiteNoise walks through all files once
        WHITENOISE_SKIP_COMPRESS_EXTENSIONS=COMPRESSIBLE,
    ):
        call_command("collectstatic", verbosity=0, interactive=False)


def use_own_redis_databases(worker: str) -> None:
    """Redis has numbered databases; each worker gets some, so that nobody empties another's."""
    if is_embedded():
        return
    url = urlsplit(os.environ["REDIS_URL"])
    number = int(url.path.strip("/") or 0) + REDIS_DATABASES_PER_PROCESS * int(worker.removeprefix("gw"))
    os.environ["REDIS_URL"] = url._replace(path=f"/{number % DATABASES}").geturl()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Registered after pytest-playwright, because the fixture that was registered last wins.
    config.pluginmanager.register(browser, "parley-browser")
    for line in MARKERS:
        config.addinivalue_line("markers", line)


def pytest_report_header(config: pytest.Config) -> list[str]:
    if is_embedded():
        return ["servers: none, SQLite and the embedded cache"]
    return [f"server: {service.description}" for service in config.stash.get(services_key, [])]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in ("needs_postgresql", "needs_redis"):
        if is_embedded() and item.get_closest_marker(marker):
            pytest.skip(f"{marker.removeprefix('needs_')} is not used with PARLEY_TEST_EMBEDDED=1")


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
    elif _leaves_rows(request.node):
        from django.core.cache import cache

        with request.getfixturevalue("django_db_blocker").unblock():
            cache.clear()


def _leaves_rows(item: pytest.Item) -> bool:
    """Rolled back with most tests; the others' tables are emptied by Django, but it knows only those of models."""
    marker = item.get_closest_marker("django_db")
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & {"transactional_db", "live_server"} or (marker and marker.kwargs.get("transaction")))


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
