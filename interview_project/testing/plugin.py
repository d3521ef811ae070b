"""What the suite stands on: real servers, a clean environment, production's static files. Loaded by pyproject.toml.

The first process (the only one, or the one that hands tests out to xdist's workers) obtains PostgreSQL and Redis before
Django reads its settings, and hands the URLs on through the environment. `PARLEY_TEST_EMBEDDED=1` runs on SQLite and the
embedded cache instead.
"""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Generator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from . import browser, environment, fixtures
from .environment import is_embedded, is_worker
from .services import NoServices, Service, obtain_postgresql, obtain_redis

COMPRESSIBLE = ("css", "html", "js", "json", "map", "md", "svg", "txt")
MARKERS = (
    "needs_postgresql: says something about PostgreSQL; skipped on the embedded database",
    "needs_redis: says something about Redis; skipped on the embedded cache",
    "nightly: too slow for every run; see `make test-nightly`",
)

services_key = pytest.StashKey[list[Service]]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Around pytest-django's own hook, which loads the settings."""
    asked = early_config.known_args_namespace
    if asked.help or asked.version:
        yield
    elif is_worker():
        environment.use_own_redis_databases(os.environ["PYTEST_XDIST_WORKER"])
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
    given = environment.set_for_tests(static_root=_temporary_folder(config))
    services = config.stash[services_key] = []
    if is_embedded():
        return
    for variable, obtain in {"DATABASE_URL": obtain_postgresql, "REDIS_URL": obtain_redis}.items():
        service = obtain(given)
        config.add_cleanup(service.stop)
        services.append(service)
        os.environ[variable] = service.url


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


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    # Registered after pytest-django and pytest-playwright, because the fixture that was registered last wins.
    config.pluginmanager.register(browser, "parley-browser")
    config.pluginmanager.register(fixtures, "parley-fixtures")
    for line in MARKERS:
        config.addinivalue_line("markers", line)


BY_FILE = ("candidates/tests/proof/",)
"""What these files share is made once for each; one process gets all tests of a file, which is begun early."""


class Sharing(LoadScopeScheduling):
    """Hands out test by test, but for those files. (The marker for groups needs a name that pytest 9 keeps to itself.)"""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.startswith(BY_FILE) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing:
    return Sharing(config, log)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector looks for garbage less often, and not in there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_report_header(config: pytest.Config) -> list[str]:
    if is_embedded():
        return ["servers: none, SQLite and the embedded cache"]
    return [f"server: {service.description}" for service in config.stash.get(services_key, [])]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in ("needs_postgresql", "needs_redis"):
        if is_embedded() and item.get_closest_marker(marker):
            pytest.skip(f"{marker.removeprefix('needs_')} is not used with PARLEY_TEST_EMBEDDED=1")
