"""A client that gives up on a database that stands still.

The server bounds its statements itself, but only while it runs; and a kernel goes on answering for a process that was stopped,
so no time-out of TCP ends the wait either. Whoever then waits would hold a thread of the web server until all are held.
"""

from __future__ import annotations

from functools import cache
from typing import ClassVar, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.errors import _WaitTimeout

from interview_project.one_trip import OneTripConnection

RV = TypeVar("RV")


class PatientConnection(OneTripConnection):
    """Waits so many seconds for each answer, then hangs up. ``None``: as long as it takes."""

    seconds: ClassVar[float | None] = None

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.seconds if timeout is None else timeout)
        except _WaitTimeout as error:
            self.pgconn.finish()  # nobody knows what it is doing; the pool makes another one
            raise psycopg.OperationalError(f"no answer from the database within {self.seconds} s") from error


@cache
def giving_up_after(seconds: float | None) -> type[PatientConnection]:
    return type("PatientConnection", (PatientConnection,), {"seconds": seconds})
