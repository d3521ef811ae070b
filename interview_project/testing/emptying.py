"""How tables are emptied between tests: row by row, as long as there are few."""

from typing import Any

LARGE_BYTES = 4_000_000

Flush = Any
"""As Django's `DatabaseOperations.sql_flush`."""


def by_rows(truncating: Flush) -> Flush:
    """Django truncates all tables, and PostgreSQL makes new files for each of them and of their indexes: 270 ms.

    To delete the few rows that a test leaves takes 10. Foreign keys are looked at when the transaction ends, so any order
    will do. What is large is truncated, and so are tables whose sequences are to begin anew.
    """

    def sql_flush(
        self: Any, style: Any, tables: list[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        if reset_sequences or not tables or _bytes_of(self.connection, tables) > LARGE_BYTES:
            statements: list[str] = truncating(
                self, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade
            )
            return statements
        return ["; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)]  # noqa: S608 - our tables' names

    return sql_flush


def _bytes_of(connection: Any, tables: list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
            " AND relnamespace = current_schema()::regnamespace",
            [tables],
        )
        (found,) = cursor.fetchone()
    return int(found or 0)
