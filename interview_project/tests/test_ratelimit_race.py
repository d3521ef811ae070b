import os
import secrets
import subprocess
import sys

import pytest
from django.conf import settings

from interview_project.tests.race_for_the_limit import CALLERS, LIMIT

STOCK = "django.core.cache.backends.db.DatabaseCache"
pytestmark = pytest.mark.django_db


@pytest.fixture
def race(bare_environment):
    def run(*arguments: str, **environment: str) -> int:
        done = subprocess.run(
            [sys.executable, "-m", "interview_project.tests.race_for_the_limit", *arguments],
            env=bare_environment | {"SECRET_KEY": secrets.token_urlsafe(50), "LOG_LEVEL": "ERROR"} | environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return int(done.stdout)

    return run


@pytest.mark.needs_redis
def test_redis_lets_exactly_so_many_through(race, tmp_path):
    assert race(REDIS_URL=os.environ["REDIS_URL"], DATABASE_URL=f"sqlite:///{tmp_path}/db") == LIMIT


def test_the_embedded_table_in_sqlite_lets_exactly_so_many_through(race, tmp_path):
    assert race(DATABASE_URL=f"sqlite:///{tmp_path}/db") == LIMIT


@pytest.mark.needs_postgresql
def test_the_embedded_table_in_postgresql_lets_exactly_so_many_through(race, database_url):
    assert race(DATABASE_URL=database_url) == LIMIT


@pytest.mark.needs_postgresql
def test_the_race_is_one_that_djangos_own_cache_loses(race, database_url):
    """Else the three above would say nothing."""
    assert any(LIMIT < race(STOCK, DATABASE_URL=database_url) <= CALLERS for _ in range(3))
