"""Browser tests: the system's Chromium, driven by Playwright, against the application as production serves it."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from .door import Door

WITHOUT_WINDOWS = "chromium-headless-shell"  # the same engine, for a third of the processor time
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW_TO_GET_IT = (
    "Install Chromium (on Debian: apt-get install chromium-headless-shell, or chromium, which takes longer) "
    "or name one: CHROMIUM=/path/to/chromium"
)
SKIPPED = "no Chromium"

# What keeps a browser from calling home, and what it cannot have on a server.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


class NoBrowser(Exception):
    """Browser tests were demanded and cannot run; the message says what to do."""


def find_chromium(*, to_be_seen: bool = False) -> Path | None:
    """CHROMIUM, or the first of the usual names on the PATH; ``to_be_seen``: one that has windows."""
    if given := os.environ.get("CHROMIUM"):
        if not (found := shutil.which(given)):
            raise NoBrowser(f"CHROMIUM is {given}, which cannot be run. {HOW_TO_GET_IT}")
        return Path(found)
    names = NAMES if to_be_seen else (WITHOUT_WINDOWS, *NAMES)
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def require_if_asked() -> None:
    if os.environ.get("REQUIRE_BROWSER") == "1" and not find_chromium():
        raise NoBrowser(f"REQUIRE_BROWSER=1, but there is no Chromium. {HOW_TO_GET_IT}")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: drives Chromium; every test with Playwright's fixtures has it")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    mark_browser_tests(config, items)  # before -m is looked at
    yield
    # Browser tests come last: Playwright leaves an event loop behind in which Django refuses ordinary queries.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def mark_browser_tests(config: pytest.Config, items: list[pytest.Item]) -> None:
    in_browser = [item for item in items if _is_in_browser(item)]
    for item in in_browser:
        item.add_marker("browser")
    if os.environ.get("PARLEY_TEST_EMBEDDED") == "1":
        config.hook.pytest_deselected(items=in_browser)
        items[:] = [item for item in items if item not in in_browser]
    elif not find_chromium():
        for item in in_browser:
            item.add_marker(pytest.mark.skip(reason=SKIPPED))


def _is_in_browser(item: pytest.Item) -> bool:
    return item.get_closest_marker("browser") is not None or "playwright" in getattr(item, "fixturenames", ())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser"):
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # never taken back: see the order above


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    if count := sum(SKIPPED in str(report.longrepr) for report in reports):
        terminalreporter.section("BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(f"{count} browser tests were skipped, because there is no Chromium. {HOW_TO_GET_IT}")
        terminalreporter.line("REQUIRE_BROWSER=1 makes this an error.")


@pytest.fixture(scope="session")
def chromium_path(pytestconfig: pytest.Config) -> Path:
    if not (path := find_chromium(to_be_seen=pytestconfig.getoption("--headed"))):
        pytest.skip(SKIPPED)
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], chromium_path: Path) -> dict[str, Any]:
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else list(ARGUMENTS)
    return {**browser_type_launch_args, "executable_path": str(chromium_path), "args": arguments}


@pytest.fixture(scope="session")
def live_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """pytest-django's, but with static files left to WhiteNoise: the development handler knows no hashed names."""
    from django.contrib.staticfiles import handlers
    from pytest_django.live_server_helper import LiveServer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handlers, "StaticFilesHandler", Door)
        server = LiveServer(request.config.getvalue("liveserver") or "localhost")
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _server_at_rest(request: pytest.FixtureRequest) -> Iterator[None]:
    """Shut after the browser was closed and before the tables are emptied, so asked for between the two."""
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    door = request.getfixturevalue("live_server").thread.httpd.get_app()
    door.open()
    yield
    door.shut()
