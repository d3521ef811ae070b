"""The production set-up on this machine: PostgreSQL, Redis, the web server and a worker, each to be killed and restarted.

The servers are found and started as the test suite does, but with production's settings and with data that survive.
Everything lives on free loopback ports and in one temporary folder, and ends with the process that started it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import redis
import yaml

from bench import processes
from bench.parts import Part, PartFailed
from interview_project.testing import postgresql, redis_server
from interview_project.testing.environment import names_the_settings_read
from interview_project.testing.servers import free_port, user_for_servers, write_private

ROOT = Path(__file__).resolve().parents[1]


def production_options(service: str) -> dict[str, str]:
    """What compose.yaml starts a server with: ``-cname=value`` for PostgreSQL, ``--name value`` for Redis."""
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    words = services[service]["command"][1:]
    if words[0].startswith("--"):
        return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}
    return dict(word.removeprefix("-c").split("=", 1) for word in words)


class Stack:
    """PostgreSQL, Redis, web and worker, by ``with running_stack() as stack``.

    ``disk`` is a volume that PostgreSQL has for itself, so that filling it fills nobody else's.
    ``root`` is where the code is that runs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        wsgi: str = "interview_project.wsgi",
        env: Mapping[str, str] | None = None,
        web_options: Sequence[str] = (),
        disk: Path | None = None,
        root: Path = ROOT,
    ) -> None:
        self.folder, self.disk, self.root = folder, disk, root
        self.user = user_for_servers()
        self.postgresql, self.database_url = self._postgresql()
        self.redis, self.redis_url = self._redis()
        self.port = free_port()
        self.env = {**_clean_environment(), **self._settings(self.port), **(env or {})}
        self.web = self.web_server("Web", self.port, wsgi, *web_options)
        worker = [sys.executable, str(self.root / "manage.py"), "run_worker", "--verbosity", "0"]
        self.worker = Part("Worker", folder, worker, env=self.env, is_up=lambda: self.worker.is_alive)

        self.extra: list[Part] = []
        """What somebody started beside them, to be stopped with them."""

    @property
    def parts(self) -> list[Part]:
        return [self.postgresql, self.redis, self.web, self.worker]

    def web_server(self, name: str, port: int, wsgi: str, *options: str, **env: str) -> Part:
        """A gunicorn by production's settings; ``options`` go to its command line."""
        config = str(self.root / "docker" / "gunicorn.conf.py")
        command = [sys.executable, "-m", "gunicorn", "--config", config, "--chdir", str(self.root), *options, wsgi]
        settings = {**self.env, "PORT": str(port), "PUBLIC_URL": f"http://127.0.0.1:{port}", **env}
        return Part(name, self.folder, command, env=settings, is_up=lambda: _answers(port))

    def start(self) -> None:
        self.postgresql.start()
        self.redis.start()
        self._make_database()
        self.prepare("tables")
        for part in (self.web, self.worker):
            part.launch()
        for part in (self.web, self.worker):
            part.wait_until_up()

    def run(self, module: str, *arguments: str, is_checked: bool = True) -> subprocess.CompletedProcess[str]:
        """A module of ours in an environment like the web server's, to its end."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root, env=self.env, text=True, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=3600,
        )  # fmt: skip
        if is_checked and done.returncode:
            raise PartFailed(f"{module} {' '.join(arguments)} failed.\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done

    def run_to_its_end(self, module: str, *arguments: str) -> tuple[str, int]:
        """Its last line, and the most memory it held, in bytes."""
        peak = 0
        with tempfile.TemporaryFile("w+") as output:
            command = [sys.executable, "-m", module, *arguments]
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                while process.poll() is None:
                    peak = max(peak, processes.peak_memory_bytes(process.pid))
                    time.sleep(0.02)
            finally:
                process.kill()
                process.wait()
            output.seek(0)
            lines = output.read().splitlines()
        return lines[-1] if lines else "", peak

    def prepare(self, *arguments: str) -> dict[str, Any]:
        """A step of :mod:`bench.prepare`, and what it has made."""
        made: dict[str, Any] = json.loads(self.run("bench.prepare", *arguments).stdout.splitlines()[-1])
        return made

    def manage(self, *arguments: str, is_checked: bool = True) -> subprocess.CompletedProcess[str]:
        return self.run("django", *arguments, is_checked=is_checked)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database_url, autocommit=True, connect_timeout=10)

    def cpu_seconds(self) -> float:
        """Of everything a request costs: web server, PostgreSQL, Redis."""
        return sum(part.cpu_seconds() for part in (self.web, self.postgresql, self.redis))

    def versions(self) -> dict[str, str]:
        with self.connect() as connection:
            row = connection.execute("SHOW server_version").fetchone()
        with redis.Redis.from_url(self.redis_url) as client:
            info = client.info("server")
        kind = "valkey" if "valkey_version" in info else "redis"
        return {"PostgreSQL": str(row[0]).split()[0] if row else "?", kind.title(): str(info[f"{kind}_version"])}

    def stop(self) -> None:
        for part in reversed([*self.parts, *self.extra]):
            part.stop()

    def _settings(self, port: int) -> dict[str, str]:
        return {
            "DJANGO_SETTINGS_MODULE": "interview_project.settings",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEBUG": "0",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "STATIC_ROOT": str(self.folder / "static"),
        }

    def _postgresql(self) -> tuple[Part, str]:
        _source, binaries = next(iter(postgresql.binaries()), (None, None))
        if binaries is None:
            raise PartFailed("There is no PostgreSQL. Install the development requirements, or the system's.")
        home, password, port = self._home("postgresql", self.disk), secrets.token_urlsafe(16), free_port()
        binaries = postgresql.readable(binaries, home)
        data, password_file = home / "data", write_private(home / "password", password)
        options = production_options("db")
        preparation = postgresql.initdb_command(binaries, data, password_file)
        if (
            self.disk is not None
        ):  # a log that asks for room all the time, so that both the tables and it meet the end of it
            preparation, options = [*preparation, "--wal-segsize=1"], options | {"wal_recycle": "off"}
        listen = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
        url = f"postgres://postgres:{password}@127.0.0.1:{port}"
        part = Part(
            "PostgreSQL",
            self.folder,
            postgresql.serve_command(binaries, data, options | listen),
            preparation=preparation,
            user=self.user,
            is_up=lambda: _connects(f"{url}/postgres"),
        )
        return part, f"{url}/parley"

    def _redis(self) -> tuple[Part, str]:
        _source, program = next(iter(redis_server.binaries()), (None, None))
        if program is None:
            raise PartFailed("There is no Redis. Install the development requirements, or the system's.")
        home, password, port = self._home("redis"), secrets.token_urlsafe(16), free_port()
        settings = {"bind": "127.0.0.1", "port": str(port), "requirepass": password, "dir": str(home)}
        settings |= production_options("redis")
        config = write_private(home / "redis.conf", "".join(f"{name} {value}\n" for name, value in settings.items()))
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        command = [str(redis_server.readable(program, home)), str(config)]
        return Part("Redis", self.folder, command, user=self.user, is_up=lambda: _pings(url)), url

    def _home(self, name: str, volume: Path | None = None) -> Path:
        home = (volume or self.folder) / name
        home.mkdir()
        if self.user is not None:
            os.chown(home, self.user, self.user)
        return home

    def _make_database(self) -> None:
        with psycopg.connect(self.database_url.replace("/parley", "/postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE parley")


@contextmanager
def running_stack(**how: Any) -> Iterator[Stack]:
    """A stack that is up; gone, with its folder, when the block ends in whatever way."""
    before = signal.signal(signal.SIGTERM, _leave)
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    folder.chmod(0o711)  # the servers' user finds its own folders in it
    try:
        stack = Stack(folder, **how)
        try:
            stack.start()
            yield stack
        finally:
            stack.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(signal.SIGTERM, before)


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _clean_environment() -> dict[str, str]:
    """What the developer's shell holds must not decide what is measured."""
    foreign = {name for read in names_the_settings_read() for name in (read, f"{read}_FILE")}
    return {
        name: value for name, value in os.environ.items() if name not in foreign | {"WEB_CONCURRENCY", "WEB_THREADS"}
    }


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True  # another application than ours, but it is up
    except OSError:
        return False


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _pings(url: str) -> bool:
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
