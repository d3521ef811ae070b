"""The environment of the processes that run tests: what their settings will read."""

import os
import re
from pathlib import Path
from urllib.parse import urlsplit

from .redis_server import DATABASES

SETTINGS = Path(__file__).parents[1] / "settings.py"
REDIS_DATABASES_PER_PROCESS = 4  # a process may point its aliases at databases of their own


def is_embedded() -> bool:
    return os.environ.get("PARLEY_TEST_EMBEDDED") == "1"


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def set_for_tests(*, static_root: str) -> dict[str, str]:
    """What the developer's shell holds must not decide a test. Returns the server URLs that were given."""
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    for name in names_the_settings_read():
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {"SECRET_KEY": "only-for-tests-" + "x" * 50, "DEBUG": "0", "STATIC_ROOT": static_root}
    return given


def names_the_settings_read() -> set[str]:
    return set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', SETTINGS.read_text(encoding="utf-8")))


def use_own_redis_databases(worker: str) -> None:
    """Redis has numbered databases; each worker gets some, so that nobody empties another's."""
    if is_embedded():
        return
    url = urlsplit(os.environ["REDIS_URL"])
    number = int(url.path.strip("/") or 0) + REDIS_DATABASES_PER_PROCESS * int(worker.removeprefix("gw"))
    os.environ["REDIS_URL"] = url._replace(path=f"/{number % DATABASES}").geturl()
