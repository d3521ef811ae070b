"""The door of the server that browsers talk to: shut between tests, so that no last word meets tables being emptied."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

PATIENCE_SECONDS = 10.0


class Door:
    """A WSGI application before another one: who comes while it is shut is turned away, who is inside is waited for.

    A page that closes sends what it has not sent yet, and its server goes on with that after the browser is gone.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self._application = application
        self._inside, self._is_open, self._changed = 0, True, threading.Condition()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with self._changed:
            if not self._is_open:
                start_response("503 Service Unavailable", [("Content-Length", "0"), ("Connection", "close")])
                return []
            self._inside += 1
        try:
            return _Visit(self._application(environ, start_response), self._leave)
        except BaseException:
            self._leave()
            raise

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def open(self) -> None:
        with self._changed:
            self._is_open = True

    def shut(self) -> None:
        """Let nobody in any more, and return when the last one has left. Raises `TimeoutError` if somebody does not."""
        with self._changed:
            self._is_open = False
            if not self._changed.wait_for(lambda: self._inside == 0, PATIENCE_SECONDS):
                raise TimeoutError(f"{self._inside} requests of this test are still under way.")


class _Visit:
    """A response, and what is done once it was sent or given up."""

    def __init__(self, body: Iterable[bytes], leave: Callable[[], None]) -> None:
        self._body, self._leave = body, leave

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)

    def close(self) -> None:
        try:
            if close := getattr(self._body, "close", None):
                close()
        finally:
            self._leave()
