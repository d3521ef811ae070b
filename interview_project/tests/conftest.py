import os
import secrets
import sys
from pathlib import Path

import pytest
from django.conf import settings as configured

from interview_project.testing.servers import free_port
from interview_project.tests.web_server import Web

CLOSED_PORT = "redis://127.0.0.1:1/0"


@pytest.fixture
def small_views(settings):
    """The views of `urls.py` beside the product's own."""
    settings.ROOT_URLCONF = "interview_project.tests.urls"


@pytest.fixture
def bare_environment():
    """For subprocesses that read the settings: nothing of this process's own configuration."""
    kept = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def web(bare_environment):
    """Starts the container's web server with the environment given."""
    started = []

    def start(**environment):
        started.append(
            Web(
                bare_environment
                | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PORT": str(free_port())}
                | {"SECRET_KEY": secrets.token_urlsafe(50), "STATIC_ROOT": str(configured.STATIC_ROOT)}
                | {"WEB_CONCURRENCY": ""}
                | environment
            )
        )
        return started[0]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.stop()
