import os

import pytest
from django.core.cache import cache
from django.core.management import call_command

CLOSED_PORT = "redis://127.0.0.1:1/0"


@pytest.fixture
def small_views(settings):
    """The views of `urls.py` beside the product's own."""
    settings.ROOT_URLCONF = "interview_project.tests.urls"


@pytest.fixture
def redis_settings(settings):
    """Point the cache at a Redis of the test's choosing, set up as the settings set it up."""

    def point(url):
        settings.REDIS_URL = url
        settings.CACHES = {**settings.CACHES, "default": {**settings.REDIS_CACHE, "LOCATION": url}}

    return point


@pytest.fixture
def embedded_settings(settings, db):
    """The embedded cache, empty, in whatever database the suite runs on."""
    settings.REDIS_URL = ""
    settings.CACHES = {**settings.CACHES, "default": settings.EMBEDDED_CACHE}
    call_command("createcachetable", verbosity=0)
    cache.clear()


@pytest.fixture(params=["configured", "embedded"])
def each_cache(request, db):
    """Twice: on the cache that is configured, and on the embedded table in the same database."""
    if request.param == "embedded":
        request.getfixturevalue("embedded_settings")


@pytest.fixture
def bare_environment():
    """For subprocesses that read the settings: nothing of this process's own configuration."""
    kept = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONDONTWRITEBYTECODE": "1"}
