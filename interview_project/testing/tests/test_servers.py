"""The servers really are what they say, and nothing of them stays behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from interview_project.testing import servers
from interview_project.testing.postgresql import start_postgresql
from interview_project.testing.redis_server import start_redis
from interview_project.testing.servers import Plan, ServerFailed, is_running
from interview_project.testing.services import Service, obtain_postgresql

ROOT = Path(__file__).parents[3]


def query(url: str, sql: str) -> str:
    with psycopg.connect(url.removesuffix("/parley") + "/postgres") as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return str(row[0])


def folder_of(redis_url: str) -> Path:
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        return Path(client.config_get("dir")["dir"])


def eventually(condition, seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return bool(done)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Service]:
    """One for the tests that only ask it something: starting takes a second."""
    service = obtain_postgresql({})
    yield service
    service.stop()


def test_it_really_is_postgresql(postgresql: Service):
    assert query(postgresql.url, "SELECT version()").startswith("PostgreSQL ")
    assert postgresql.description.startswith("PostgreSQL ")


def test_a_commit_answers_as_late_as_in_production_and_only_the_disk_is_spared(postgresql: Service):
    assert query(postgresql.url, "SHOW synchronous_commit") == "on"
    assert query(postgresql.url, "SHOW fsync") == "off"


def test_postgresql_knows_letters_beyond_ascii(postgresql: Service):
    assert query(postgresql.url, "SELECT upper('ä')") == "Ä"


def test_postgresql_asks_for_a_password(postgresql: Service):
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgresql.url, password="wrong")


def test_it_really_is_redis(private_redis: Service):
    with redis.Redis.from_url(private_redis.url) as client:
        info = client.info("server")
        assert client.config_get("databases")["databases"] == "256"
    assert "redis_version" in info


def test_redis_asks_for_a_password(private_redis: Service):
    stranger = private_redis.url.replace("redis://:", "redis://:not-")
    with redis.Redis.from_url(stranger) as client, pytest.raises(redis.AuthenticationError):
        client.ping()


def test_stopping_ends_the_process_and_removes_its_folder(private_redis: Service):
    assert private_redis.server is not None
    folder = folder_of(private_redis.url)
    assert is_running(private_redis.server.pid)
    assert folder.is_dir()
    private_redis.stop()
    assert not is_running(private_redis.server.pid)
    assert not folder.exists()


def test_a_frozen_server_stops_too(private_postgresql: Service):
    assert private_postgresql.server is not None
    os.kill(private_postgresql.server.pid, signal.SIGSTOP)
    private_postgresql.stop()
    assert not is_running(private_postgresql.server.pid)


def test_stopping_twice_is_harmless(private_redis: Service):
    private_redis.stop()
    private_redis.stop()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_server_outlives_the_process_that_started_it(how: signal.Signals):
    script = (
        "import signal, time; signal.signal(signal.SIGINT, signal.default_int_handler); "  # not so in the background
        "from interview_project.testing.services import obtain_redis; "
        "service = obtain_redis({}); print(service.server.pid, service.url, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        pid, url = parent.stdout.readline().split()
        folder = folder_of(url)
        os.killpg(parent.pid, how)  # a terminal's Ctrl-C reaches the whole group
    assert eventually(lambda: not is_running(int(pid)) and not folder.exists())


@pytest.mark.parametrize("service", ["private_postgresql", "private_redis"])
def test_a_lost_port_is_replaced_by_another(service: str, request, monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        ports = iter([other.getsockname()[1], free := servers.free_port()])
        monkeypatch.setattr(servers, "free_port", lambda: next(ports))
        assert f":{free}/" in request.getfixturevalue(service).url


def test_another_server_on_the_port_is_not_taken_for_ours(private_redis: Service, tmp_path):
    from interview_project.testing.redis_server import _name_if_ours

    assert _name_if_ours(private_redis.url, tmp_path) is None
    assert _name_if_ours(private_redis.url, folder_of(private_redis.url)) is not None


def test_a_server_that_cannot_start_says_what_it_logged(tmp_path):
    def plan(folder: Path, port: int) -> Plan:
        return Plan([["/bin/sh", "-c", "echo no such luck; exit 3"]], "redis://127.0.0.1", lambda: None)

    with pytest.raises(ServerFailed, match="no such luck"):
        servers.start("here", plan)


def test_a_preparation_that_fails_says_what_it_logged():
    def plan(folder: Path, port: int) -> Plan:
        return Plan([["/bin/sh", "-c", "echo disk full; exit 3"], ["/bin/true"]], "redis://127.0.0.1", lambda: None)

    with pytest.raises(ServerFailed, match="disk full"):
        servers.start("here", plan)


def test_a_missing_program_is_a_failed_server():
    with pytest.raises(ServerFailed, match="No such file"):
        start_postgresql("nowhere", Path("/nowhere"))


def test_a_broken_program_is_a_failed_server(tmp_path):
    program = tmp_path / "redis-server"
    program.write_text("not a program")
    program.chmod(0o755)
    with pytest.raises(ServerFailed, match="Exec format error"):
        start_redis("nowhere", program)
