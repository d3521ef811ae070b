"""The files a deployment is made of, as far as they can be tried without a container engine."""

import json
import os
import re
import runpy
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from interview_project.testing.environment import names_the_settings_read

ROOT = Path(settings.BASE_DIR)
DOCKER = ROOT / "docker"
NOT_FOR_OPERATORS = {"STATIC_ROOT"}  # decided by the image


def example():
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class TestEnvironmentExample:
    def test_it_lists_every_name_the_settings_read(self):
        assert names_the_settings_read() - NOT_FOR_OPERATORS - set(example()) == set()

    def test_copying_it_changes_nothing(self, monkeypatch):
        def read(environment):
            for name in names_the_settings_read():
                monkeypatch.delenv(name, raising=False)
            for name, value in ({"SECRET_KEY": "k3y" * 20} | environment).items():
                monkeypatch.setenv(name, value)
            found = runpy.run_path(str(ROOT / "interview_project" / "settings.py"))
            return {name: value for name, value in found.items() if name.isupper()}

        given = {name: value for name, value in example().items() if name != "SECRET_KEY"}
        assert read(given) == read({})

    def test_it_holds_no_secret(self):
        assert {
            name: value for name, value in example().items() if re.search("SECRET|PASSWORD|KEY$", name) and value
        } == {}


def test_a_clone_has_the_folder_that_the_embedded_database_is_made_in():
    """SQLite makes a file, and no folder for it."""
    assert (ROOT / "var" / ".gitignore").read_text().splitlines()[1:] == ["*", "!.gitignore"]
    assert "/var/" not in (ROOT / ".gitignore").read_text().splitlines()


class TestImage:
    def test_uv_is_the_one_that_made_the_lock_files(self):
        version = re.search(r"^ARG UV_VERSION=(\S+)$", (DOCKER / "Dockerfile").read_text(), re.MULTILINE)
        assert version
        assert f"\nuv=={version[1]} \\" in (ROOT / "requirements-dev.txt").read_text()

    def test_all_the_dockerfile_and_entrypoint_name_gets_in(self):
        ignored = (ROOT / ".dockerignore").read_text().splitlines()
        assert ignored[1] == "*"  # nothing but what is named
        named = set(re.findall(r"docker/[\w.]+\w", (DOCKER / "entrypoint.sh").read_text()))
        named |= {"docker/entrypoint.sh", "docker/probe.py", "manage.py", "requirements.txt"}
        assert {f"!{name}" for name in named} <= set(ignored)

    def test_what_it_writes_to_is_made_for_its_user_before_anything_is_copied_there(self):
        """A folder that is there already keeps its owner, whatever a COPY into it says."""
        _, final = (DOCKER / "Dockerfile").read_text().split("\nFROM ")[-2:]
        made, copied = final.split("\nCOPY ", 1)
        assert "install --directory --owner 10001 --group 10001 --mode 0700 /backups /app/var" in made
        assert "BACKUP_FOLDER=/backups" in made
        assert "--chown" not in copied
        assert "mkdir var" not in (DOCKER / "Dockerfile").read_text()  # nor does the other stage bring one along

    @pytest.mark.parametrize("script", ["entrypoint.sh", "make_database.sh"])
    def test_scripts_are_scripts(self, script):
        assert os.access(DOCKER / script, os.X_OK)
        subprocess.run(["sh", "-n", DOCKER / script], check=True)

    @pytest.mark.parametrize(
        ("error", "tries", "status"),
        [
            ("django.db.utils.OperationalError: canceling statement due to lock timeout", 3, 0),
            ("django.db.utils.OperationalError: connection refused", 3, 0),
            ("django.db.utils.ProgrammingError: no such column", 1, 1),
        ],
    )
    def test_only_what_passes_is_tried_again(self, tmp_path, error, tries, status):
        """Migrating works at the third try, if it is tried so often."""
        count = tmp_path / "count"
        (python := tmp_path / "python").write_text(
            f"#!/bin/sh\necho x >> {count}\n[ $(wc -l < {count}) -lt 3 ] || exit 0\necho '{error}' >&2\nexit 1\n"
        )
        (tmp_path / "sleep").write_text("#!/bin/sh\n")
        for program in (python, tmp_path / "sleep"):
            program.chmod(0o755)
        environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        done = subprocess.run(
            [DOCKER / "entrypoint.sh", "migrate"], env=environment, capture_output=True, text=True, check=False
        )
        assert (done.returncode, len(count.read_text().split())) == (status, tries)
        assert error in done.stderr

    @pytest.mark.parametrize(("word", "command"), [("worker", "run_worker"), ("backups", "run_backups")])
    def test_what_goes_on_takes_the_containers_signals_itself(self, tmp_path, word, command):
        (python := tmp_path / "python").write_text('#!/bin/sh\necho "$$ $*"\n')
        python.chmod(0o755)
        environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        with subprocess.Popen(
            [DOCKER / "entrypoint.sh", word, "--verbosity=0"], env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            said = process.communicate()[0]
        assert said == f"{process.pid} manage.py {command} --verbosity=0\n"

    def test_any_other_command_is_run_as_it_is(self):
        done = subprocess.run([DOCKER / "entrypoint.sh", "echo", "a b"], capture_output=True, text=True, check=True)
        assert done.stdout == "a b\n"


class TestSecrets:
    @pytest.fixture
    def make(self, tmp_path):
        def run(**environment):
            subprocess.run(
                [sys.executable, DOCKER / "make_secrets.py"],
                env=os.environ | {"SECRETS_FOLDER": str(tmp_path)} | environment,
                check=True,
            )
            return {file.name: file.read_text() for file in tmp_path.iterdir()}

        return run

    def test_they_are_made_once(self, make):
        made = make()
        assert set(made) == {"secret_key", "postgres_password", "database_url"}
        assert len(made["secret_key"]) >= 64
        assert make() == made
        assert make(POSTGRES_PASSWORD="another") == made  # the database was made with the first

    def test_nobody_else_may_read_them(self, make, tmp_path):
        make()
        assert {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()} == {0o400}

    def test_a_given_password_is_used_as_it_is(self, make):
        made = make(POSTGRES_PASSWORD="p@ss/w:rd %")
        assert made["postgres_password"] == "p@ss/w:rd %"
        assert made["database_url"] == "postgres://parley:p%40ss%2Fw%3Ard%20%25@db:5432/parley"

    def test_the_settings_take_them(self, make, tmp_path, monkeypatch):
        for name in names_the_settings_read():
            monkeypatch.delenv(name, raising=False)
        made = make(POSTGRES_PASSWORD="p@ss/w:rd %")
        monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret_key"))
        monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "database_url"))
        found = runpy.run_path(str(ROOT / "interview_project" / "settings.py"))
        database = found["DATABASES"]["default"]
        assert found["SECRET_KEY"] == made["secret_key"]
        assert (database["HOST"], database["USER"], database["PASSWORD"]) == ("db", "parley", "p@ss/w:rd %")


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """As Compose itself reads it, with the `.env` that the README asks for."""
    (env := tmp_path_factory.mktemp("compose") / ".env").write_text("GEMINI_API_KEY=the-key\n")
    clean = {name: value for name, value in os.environ.items() if name not in example()}
    done = subprocess.run(
        [Path(sys.executable).with_name("docker-compose"), "--env-file", env, "config", "--format", "json"],
        cwd=ROOT, env=clean, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


class TestCompose:
    def test_what_must_last_is_in_volumes(self, stack):
        mounts = {
            (name, mount["target"]): mount["source"]
            for name, service in stack["services"].items()
            for mount in service.get("volumes", [])
            if mount["type"] == "volume"
        }
        assert mounts["db", "/var/lib/postgresql/data"] == "postgres"
        assert mounts["redis", "/data"] == "redis"
        assert (
            mounts["web", "/run/parley"] == mounts["worker", "/run/parley"] == mounts["db", "/run/parley"] == "secrets"
        )

    def test_redis_writes_down_what_it_holds(self, stack):
        assert " ".join(stack["services"]["redis"]["command"]).startswith(
            "redis-server --appendonly yes --appendfsync everysec"
        )

    def test_postgresql_keeps_what_it_acknowledged(self, stack):
        database = stack["services"]["db"]
        assert {"-csynchronous_commit=on", "-cfsync=on", "-cfull_page_writes=on"} <= set(database["command"])
        assert database["environment"]["POSTGRES_INITDB_ARGS"] == "--data-checksums"

    def test_parley_is_no_superuser_of_its_database(self, stack):
        database = stack["services"]["db"]
        assert database["environment"]["POSTGRES_USER"] == "postgres"  # of the image's own making, and not Parley's
        scripts = {mount["target"]: Path(mount["source"]) for mount in database["volumes"] if mount["type"] == "bind"}
        assert scripts == {"/docker-entrypoint-initdb.d/make_database.sh": DOCKER / "make_database.sh"}
        assert 'f"postgres://parley:' in (DOCKER / "make_secrets.py").read_text()

    def test_postgresql_logs_no_words_of_candidates(self, stack):
        assert {"-clog_error_verbosity=terse", "-clog_min_error_statement=panic"} <= set(
            stack["services"]["db"]["command"]
        )

    @pytest.mark.parametrize("name", ["web", "worker", "backups", "nginx", "db", "redis"])
    def test_what_goes_on_is_watched(self, stack, name):
        assert stack["services"][name]["restart"] == "unless-stopped"
        assert stack["services"][name]["healthcheck"]["test"]

    @pytest.mark.django_db
    def test_worker_and_backups_are_asked_by_commands_that_there_are(self, stack, tmp_path, monkeypatch):
        monkeypatch.setattr(settings, "BACKUP_FOLDER", tmp_path)
        for name in ("worker", "backups"):
            first, *words = stack["services"][name]["healthcheck"]["test"]
            assert (first, words[:2]) == ("CMD", ["python", "manage.py"])
            with pytest.raises(CommandError, match=r"worker of this host|backup that was due"):
                call_command(*words[2:-1])
            assert words[-1] == "--skip-checks"

    def test_backups_lie_in_a_volume_or_where_one_says(self, stack):
        services = {name: service.get("volumes", []) for name, service in stack["services"].items()}
        sources = {
            name: mount["source"]
            for name, mounts in services.items()
            for mount in mounts
            if mount["target"] == "/backups"
        }
        assert sources == {"worker": "backups", "backups": "backups"}

    @pytest.mark.parametrize("name", ["web", "worker", "backups", "migrate", "nginx"])
    def test_what_runs_can_do_little_else(self, stack, name):
        service = stack["services"][name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert "privileged" not in service

    @pytest.mark.parametrize("name", ["web", "worker", "backups"])
    def test_nothing_starts_before_the_tables_are_there(self, stack, name):
        assert stack["services"][name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert stack["services"]["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"

    def test_only_nginx_is_reached_and_only_from_this_machine(self, stack):
        ports = {name: service["ports"] for name, service in stack["services"].items() if "ports" in service}
        assert list(ports) == ["nginx"]
        assert [port["host_ip"] for port in ports["nginx"]] == ["127.0.0.1"]

    def test_the_database_has_nobody_to_call(self, stack):
        assert stack["networks"]["back"]["internal"] is True
        assert list(stack["services"]["db"]["networks"]) == list(stack["services"]["redis"]["networks"]) == ["back"]

    def test_nothing_in_it_is_a_password(self, stack):
        values = [
            str(value) for service in stack["services"].values() for value in service.get("environment", {}).values()
        ]
        assert [value for value in values if urlsplit(value).password] == []


class TestWebServer:
    @pytest.fixture
    def configured(self, monkeypatch):
        def run(**environment):
            for name in ("HOST", "PORT", "WEB_CONCURRENCY", "WEB_THREADS", "STATEMENT_TIMEOUT_MS", "LOCK_TIMEOUT_MS"):
                monkeypatch.delenv(name, raising=False)
            for name, value in environment.items():
                monkeypatch.setenv(name, value)
            return runpy.run_path(str(DOCKER / "gunicorn.conf.py"))

        return run

    def test_without_a_word_it_is_for_this_machine(self, configured):
        found = configured()
        assert (found["bind"], found["worker_class"], found["workers"], found["threads"]) == (
            "127.0.0.1:8000", "gthread", 2, 8,
        )  # fmt: skip
        assert found["preload_app"] is False
        assert found["accesslog"] is None

    def test_web_requests_wait_for_the_database_so_long_and_no_longer(self, configured):
        configured()
        assert (os.environ["STATEMENT_TIMEOUT_MS"], os.environ["LOCK_TIMEOUT_MS"]) == ("5000", "2000")
        configured(STATEMENT_TIMEOUT_MS="9000")
        assert os.environ["STATEMENT_TIMEOUT_MS"] == "9000"

    def test_an_ipv6_address_is_put_in_brackets(self, configured):
        assert configured(HOST="::", PORT="80")["bind"] == "[::]:80"

    @pytest.mark.parametrize("value", ["0", "-1", "two", "1.5"])
    def test_a_number_that_cannot_be_meant_stops_it(self, configured, value):
        with pytest.raises(SystemExit, match=r"WEB_THREADS is .* it must be a whole number, 1 or more"):
            configured(WEB_THREADS=value)


@pytest.mark.needs_postgresql
def test_the_web_server_serves_and_stops(database_url, web):
    server = web(DATABASE_URL=database_url, REDIS_URL=os.environ["REDIS_URL"], PUBLIC_URL="https://parley.example.org")
    code, answer, _ = server.ready()
    assert (code, answer["status"]) == (200, "ready"), answer
    assert server.probe() == 0
    status, log = server.stop()
    assert status == 0
    assert "Shutting down: Master" in {line["event"] for line in log}
    assert server.probe() == 1


@pytest.mark.needs_postgresql
@pytest.mark.skipif(sys.platform != "linux", reason="where connections inherit their listener's patience")
def test_half_a_request_keeps_no_thread_for_long(database_url, web):
    server = web(DATABASE_URL=database_url, REDIS_URL=os.environ["REDIS_URL"], WEB_CONCURRENCY="1", WEB_THREADS="2")
    text = (
        f"POST /receipts/ HTTP/1.1\r\nHost: 127.0.0.1:{server.environment['PORT']}\r\nCookie: csrftoken={'a' * 32}\r\n"
    )
    text += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na="
    half = [socket.create_connection(("127.0.0.1", int(server.environment["PORT"]))) for _ in range(2)]
    for one in half:
        one.sendall(text.encode())
    began = time.monotonic()
    with urllib.request.urlopen(f"{server.address}/healthz", timeout=30) as answer:
        assert answer.status == 200
    assert 8 < time.monotonic() - began < 20  # both threads were taken, and came back
    for one in half:
        one.close()


def freeze(pid):
    """The server, then its children: it makes no new ones any more. Returns all of them."""
    os.kill(pid, signal.SIGSTOP)
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for child in children:
        os.kill(child, signal.SIGSTOP)
    return [pid, *children]


@pytest.mark.needs_postgresql
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds a server's processes in /proc")
def test_readiness_is_right_soon_under_each_fault(web, private_postgresql, private_redis):
    with psycopg.connect(private_postgresql.url.removesuffix("/parley") + "/postgres", autocommit=True) as admin:
        admin.execute("CREATE DATABASE parley")
    server = web(DATABASE_URL=private_postgresql.url, REDIS_URL=private_redis.url, WEB_CONCURRENCY="1")

    def settles(code, status, check):
        """Each single answer comes within a second, and the right one within two; half a second more on a busy machine."""
        give_up_at = time.monotonic() + 2.5
        while True:
            found, answer, seconds = server.ready()
            assert seconds < 1.5
            if (found, answer["status"], answer["checks"][check]["ok"]) == (code, status, status == "ready"):
                return
            assert time.monotonic() < give_up_at, answer
            time.sleep(0.1)

    settles(503, "not ready", "migrations")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=server.environment, check=True)
    settles(200, "ready", "migrations")
    for service, code, status, check in (
        (private_redis, 200, "degraded", "cache"),
        (private_postgresql, 503, "not ready", "database"),
    ):
        pids = freeze(service.server.pid)
        settles(code, status, check)
        assert server.probe() == 0  # alive all the same
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        settles(200, "ready", check)
    os.kill(private_redis.server.pid, signal.SIGKILL)
    settles(200, "degraded", "cache")
    os.kill(private_postgresql.server.pid, signal.SIGKILL)
    settles(503, "not ready", "database")
