"""Several statements that travel to PostgreSQL together, each prepared once per connection.

A cursor asks for one answer at a time, and what it makes and asks itself for each statement costs more than the statement.
On the path that every save takes, this is a fifth of all; there the statements go out by libpq's pipeline, without a cursor.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import psycopg
from psycopg import abc, generators, pq
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

OUTDATED = ("0A000", "26000")
"""A statement's columns are of another type than when it was prepared; the server has none of that name."""
FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)
Parcel = tuple[bytes, Sequence[Any]]
"""A statement, with its parameters as ``$1``, ``$2``…, and what these are."""


class Answer(NamedTuple):
    rows: int
    """How many were read or written."""
    first: tuple[Any, ...] | None
    """Of those that were read."""


class OneTripConnection(psycopg.Connection[Any]):
    seconds: ClassVar[float | None] = None
    """How long one statement may take, as the server bounds each by itself. ``None``: as long as it takes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known: dict[bytes, bytes] = {}
        """Statement → the name under which the server has it."""
        self._numbers = itertools.count()

    def one_trip(self, *parcels: Parcel) -> list[Answer]:
        """What came of each, in a transaction where the connection is to have one. Raises ``psycopg.Error`` for the first
        that failed; the others were not executed after it."""
        dumped = [
            (statement, self._dumped(values)) for statement, values in parcels
        ]  # may fail: before anything is sent
        with self.lock:
            results = self.wait(self._one_trip(dumped), timeout=self.seconds and self.seconds * len(dumped))
        return [self._answer(result) for result in results]

    def _one_trip(self, parcels: Sequence[Parcel]) -> PQGen[list[pq.abc.PGresult]]:
        begins = not self.autocommit and self.pgconn.transaction_status == pq.TransactionStatus.IDLE
        sent = [(self._get_tx_start_command(), ()), *parcels] if begins else parcels
        named: dict[bytes, bytes] = {}
        answers: list[int] = []
        self.pgconn.enter_pipeline_mode()
        for statement, values in sent:
            if statement not in self._known and statement not in named:
                named[statement] = self._prepare(statement)
            answers.append(len(named) + len(answers))  # preparing has an answer, too
            self.pgconn.send_query_prepared(named.get(statement) or self._known[statement], values)
        self.pgconn.pipeline_sync()
        yield from generators.send(self.pgconn)
        results = []
        for _ in range(len(sent) + len(named)):
            results += yield from generators.fetch_many(self.pgconn)
        yield from generators.fetch_many(self.pgconn)  # the end of the pipeline
        self.pgconn.exit_pipeline_mode()
        for result in results:
            if result.status in FAILED:
                error = error_from_result(result)
                if error.sqlstate in OUTDATED:  # else each further trip on this connection would fail as this one
                    self._known.clear()
                raise error
        self._known |= named
        return [results[place] for place in answers[begins:]]

    def _prepare(self, statement: bytes) -> bytes:
        name = b"trip_%d" % next(self._numbers)
        self.pgconn.send_prepare(name, statement)
        return name

    def _dumped(self, values: Sequence[Any]) -> Sequence[Any]:
        return self._adapting.dump_sequence(values, [PyFormat.TEXT] * len(values))

    def _answer(self, result: pq.abc.PGresult) -> Answer:
        self._adapting.set_pgresult(result)
        return Answer(result.command_tuples or 0, self._adapting.load_row(0, tuple) if result.ntuples else None)

    @cached_property
    def _adapting(self) -> abc.Transformer:
        return Transformer(self)

    def _deallocate(self, name: bytes | None) -> PQGen[None]:
        """After a rollback psycopg has the server forget every statement, these included."""
        if name is None:
            self._known.clear()
        return super()._deallocate(name)
