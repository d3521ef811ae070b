"""Django's PostgreSQL, where nobody waits for a connection to a database that stands still: ``ENGINE`` in the settings.

Here, because a request asks for a connection more than once: after a transaction whose connection broke, Django takes another
one only to switch its autocommit on.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import PoolTimeout

from interview_project.giving_up import standstill


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: Any) -> Any:
        if standstill.turns_away():
            raise psycopg.OperationalError("the database stands still: others have waited for it in vain")
        try:
            return super().get_new_connection(conn_params)
        except PoolTimeout:
            standstill.note_giving_up(after=self.pool.timeout)  # type: ignore[attr-defined] # the stubs know no pool
            raise
