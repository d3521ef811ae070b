"""Django's PostgreSQL, where nobody waits for a connection to a database that stands still: ``ENGINE`` in the settings.

Here, because a request asks for a connection more than once: after a transaction whose connection broke, Django takes another
one only to switch its autocommit on.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

from interview_project.giving_up import standstill


class DatabaseWrapper(base.DatabaseWrapper):
    pool: ConnectionPool | None  # which the stubs do not know

    def get_new_connection(self, conn_params: Any) -> Any:
        if standstill.turns_away():
            raise psycopg.OperationalError("the database stands still: others have waited for it in vain")
        try:
            connection = super().get_new_connection(conn_params)
            while (
                self.pool and connection.has_hung_up()
            ):  # the pool has as many of these as it held when the server went
                self.pool.putconn(connection)  # which throws it away
                connection = super().get_new_connection(conn_params)
        except PoolTimeout:
            standstill.note_giving_up(after=self.pool.timeout if self.pool else 0.0)
            raise
        return connection
