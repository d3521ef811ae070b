"""The web server's settings, in the container and in `make run` alike: ``gunicorn -c docker/gunicorn.conf.py``."""  # noqa: INP001 - a settings file, not a module

import gc
import os
import socket
import struct
import sys
import tempfile
from pathlib import Path
from typing import Any

from gunicorn.config import Config  # type: ignore[import-untyped] # it ships no types
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

# The app reads its settings after this file. A web request that has waited so long for the database has lost its reader:
# it ends in a 503, which the page retries. Migrations and the worker may take their time, and never come by here.
for _name, _default in {"STATEMENT_TIMEOUT_MS": "5000", "LOCK_TIMEOUT_MS": "2000"}.items():
    os.environ[_name] = os.environ.get(_name, "").strip() or _default  # empty means the default, as everywhere


class StructuredLogger(Logger):
    """The server's own lines in the format of everybody else's."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        from interview_project.env import Env
        from interview_project.logs import structured_formatter

        default = "console" if Env().flag("DEBUG", default=False) else "json"
        for handler in self.error_log.handlers:
            handler.setFormatter(structured_formatter(Env().choice("LOG_FORMAT", ("json", "console"), default)))


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise SystemExit(f"{name} is {text!r}; it must be a whole number, 1 or more.")
    return int(text)


_host = os.environ.get("HOST", "").strip() or "127.0.0.1"
bind = f"{f'[{_host}]' if ':' in _host else _host}:{_number('PORT', 8000)}"
wsgi_app = "interview_project.wsgi"

worker_class = "gthread"
workers = _number("WEB_CONCURRENCY", 2)
threads = _number("WEB_THREADS", 8)
preload_app = False  # an AI client's gRPC threads do not survive a fork

timeout = 30  # a worker whose heart stops beating is replaced; it does not bound a request
graceful_timeout = 35  # longer than any request may take, so that a deploy cuts none off
keepalive = 5
max_requests = 20_000  # a leak in any library stays small; `make soak` sees to it that ours has none
max_requests_jitter = 2_000  # not all workers at once

if Path("/dev/shm").is_dir():  # noqa: S108 - memory, so that a slow disk cannot stop the heartbeat
    worker_tmp_dir = "/dev/shm"  # noqa: S108
CLIENT_SECONDS = (
    10  # without a byte: whoever sends half a request, or reads none of the answer, keeps no thread for longer
)
control_socket_disable = True  # nobody administers it at run time, and the container's file system is read-only


def on_starting(server: object) -> None:
    """Makes the memory that all web processes count in. They inherit it, and /metrics adds it up."""
    owner, _, held = os.environ.get("PARLEY_COUNTS", "").partition(":")
    if owner == str(os.getpid()):
        os.close(int(held))
    with tempfile.TemporaryFile(dir=globals().get("worker_tmp_dir")) as file:
        os.environ["PARLEY_COUNTS"] = f"{os.getpid()}:{os.dup(file.fileno())}"


on_reload = on_starting  # what the next processes count may be something else: they begin anew


def when_ready(server: Any) -> None:
    """Connections inherit this from the socket they come in by, and gunicorn itself has no word for it.

    It bounds what a slow client costs and shuts nobody out who is slow on purpose: that takes the proxy, which waits for the
    whole request before it passes it on.
    """
    patience = struct.pack("ll", CLIENT_SECONDS, 0)
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)


def post_fork(server: object, worker: object) -> None:
    """The server's process has read what its log needs; after an upgrade that is old, and no web process may inherit it."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "interview_project"]:
        del sys.modules[name]


def post_worker_init(worker: object) -> None:
    """From now on this process serves, and says so every few seconds."""
    from interview_project.heartbeat import heart

    heart.start()
    spare_the_collector()


def spare_the_collector() -> None:
    """What has been loaded stays, and need not be looked through again; a request leaves hardly anything in cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


# Whether a request came by TLS is decided in one place: Django's settings, by TRUSTED_PROXY_COUNT.
forwarded_allow_ips = ""

logger_class = StructuredLogger
accesslog = None  # the app logs each request itself, with tokens masked
errorlog = "-"
