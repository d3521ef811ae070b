"""What is installed is what the lock files say, whatever has been released since."""

from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(settings.BASE_DIR)
RUN_TIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"


def locked(*names: str) -> list[Requirement]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines() if "==" in line]
    requirements = [Requirement(line.rstrip("\\ ")) for line in lines if not line.startswith((" ", "#"))]
    return [one for one in requirements if one.marker is None or one.marker.evaluate()]


@pytest.mark.parametrize("names", [(RUN_TIME,), (RUN_TIME, DEVELOPMENT)])
def test_nothing_is_needed_that_is_not_locked(names):
    """So `--no-deps` can install it, and no resolver looks at what the registry has newer."""
    pinned = {canonicalize_name(one.name) for one in locked(*names)}
    missing = {
        f"{one.name} needs {needed.name}"
        for one in locked(*names)
        for needed in map(Requirement, _requires(one.name))
        if (needed.marker is None or needed.marker.evaluate({"extra": ""}))
        and canonicalize_name(needed.name) not in pinned
    }
    assert missing == set()


def _requires(name: str) -> list[str]:
    try:
        return requires(name) or []
    except PackageNotFoundError:
        pytest.fail(f"{name} is locked and not installed here")


def test_no_line_of_a_lock_names_an_extra():
    """Old pips take the hash of `name[extra]` for another package than `name`, and refuse once a newer one is out."""
    assert [str(one) for one in locked(RUN_TIME, DEVELOPMENT) if one.extras] == []


def test_an_installation_looks_at_the_lock_alone():
    assert "--require-hashes --no-deps" in (ROOT / "Makefile").read_text()
