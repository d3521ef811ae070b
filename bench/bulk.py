"""Many attempts at once, copied from one by SQL: what the tables hold after years.

The copies have everything an attempt has but a chain of hashes that fits; nothing verifies them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

STEP = 5_000  # attempts for one statement

CANDIDATE: LiteralString = "md5('candidate' || n)::uuid"
ATTEMPT: LiteralString = "md5('attempt' || n)::uuid"
# The new question at the place of the old one's.
BY_QUESTION: LiteralString = f"""
    JOIN candidates_attemptquestion was ON was.id = t.attempt_question_id AND was.attempt_id = %(template)s
    JOIN candidates_attemptquestion q ON q.attempt_id = {ATTEMPT} AND q.number = was.number
"""


@dataclass(frozen=True)
class Copy:
    """Rows of one table: every column as the template's row ``t`` has it, but for those named here."""

    table: LiteralString
    changed: dict[str, LiteralString]
    which: LiteralString


COPIES = (
    Copy(
        "candidates_candidate",
        {"id": CANDIDATE, "email": "''", "name": "'Copy ' || n"},
        "JOIN candidates_attempt a ON a.candidate_id = t.id AND a.id = %(template)s",
    ),
    Copy(
        "candidates_attempt",
        {"id": ATTEMPT, "candidate_id": CANDIDATE},
        "WHERE t.id = %(template)s",
    ),
    Copy(
        "candidates_attemptsection",
        {"attempt_id": ATTEMPT},
        "WHERE t.attempt_id = %(template)s",
    ),
    Copy(
        "candidates_attemptquestion",
        {"attempt_id": ATTEMPT, "section_id": "s.id"},
        f"""JOIN candidates_attemptsection was ON was.id = t.section_id
        JOIN candidates_attemptsection s ON s.attempt_id = {ATTEMPT} AND s.position = was.position
        WHERE t.attempt_id = %(template)s""",
    ),
    Copy(
        "candidates_response",
        {"attempt_question_id": "q.id"},
        BY_QUESTION,
    ),
    Copy(
        "candidates_responseevent",
        {"attempt_id": ATTEMPT, "attempt_question_id": "q.id", "key": "gen_random_uuid()"},
        BY_QUESTION,
    ),
)
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position"


def copy_attempts(connection: psycopg.Connection[Any], template: str, *, first: int, last: int) -> None:
    """Copies number ``first`` to ``last`` of the attempt, each by a candidate of its own."""
    for begin in range(first, last + 1, STEP):
        facts = {"template": template, "first": begin, "last": min(begin + STEP - 1, last)}
        with connection.transaction():
            for copy in COPIES:
                connection.execute(_statement(connection, copy), facts)
    connection.execute("VACUUM ANALYZE")
    connection.execute("CHECKPOINT")  # or the next ones to be measured pay for writing all this down


def _statement(connection: psycopg.Connection[Any], copy: Copy) -> sql.Composed:
    columns = [name for (name,) in connection.execute(COLUMNS, (copy.table,)) if name != "id" or name in copy.changed]
    values = [sql.SQL(copy.changed[name]) if name in copy.changed else sql.Identifier("t", name) for name in columns]
    insert = "INSERT INTO {} ({}) SELECT {} FROM generate_series(%(first)s::int, %(last)s::int) AS n CROSS JOIN {} t {}"
    return sql.SQL(insert).format(
        sql.Identifier(copy.table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(values),
        sql.Identifier(copy.table),
        sql.SQL(copy.which),
    )
