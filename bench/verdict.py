"""What the database holds after a rehearsal, and what that means: go, or no go."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, LiteralString

import psycopg

from bench import ledger
from bench.ledger import Comparison, Ledger
from bench.stack import Stack

SCORING_SECONDS = 180.0

UNSCORED = """
    SELECT count(*) FROM candidates_attempt a JOIN candidates_attemptquestion q ON q.attempt_id = a.id
    JOIN candidates_response r ON r.attempt_question_id = q.id JOIN assessments_questionversion v ON v.id = q.version_id
    WHERE a.status = 'submitted' AND (v.type <> 'long_text' OR r.value = 'null' OR r.value IS NULL)
    AND NOT EXISTS (SELECT 1 FROM candidates_score s WHERE s.attempt_question_id = q.id)
"""
SCORED_TWICE = (
    "SELECT count(*) FROM (SELECT 1 FROM candidates_score GROUP BY attempt_question_id HAVING count(*) > 1) twice"
)
SCORED_TOO_EARLY = """
    SELECT count(*) FROM candidates_score s JOIN candidates_response r USING (attempt_question_id)
    WHERE s.response_revision <> r.revision
"""
SUBMITTED = """
    SELECT a.id::text, a.submit_receipt, count(e.id) FROM candidates_attempt a
    LEFT JOIN candidates_event e ON e.attempt_id = a.id AND e.kind = 'submitted'
    WHERE a.status = 'submitted' GROUP BY a.id
"""


@dataclass
class Findings:
    """Everything that must be zero or empty."""

    comparison: Comparison
    submitted: int = 0
    submits_wrong: list[str] = field(default_factory=list)
    unscored: int = 0
    scored_twice: int = 0
    scored_too_early: int = 0
    chains: str = ""
    """What ``verify_attempts`` found; empty when all is whole."""

    def as_json(self) -> dict[str, Any]:
        return {
            **self.comparison.counts(),
            "submitted": self.submitted,
            "submits_wrong": len(self.submits_wrong),
            "unscored": self.unscored,
            "scored_twice": self.scored_twice,
            "scored_too_early": self.scored_too_early,
            "chains_whole": not self.chains,
        }

    def reasons(self) -> list[str]:
        """Why not to go, as far as the stored data say; each with its first examples."""
        words = {
            "acknowledged saves lost": self.comparison.lost,
            "saves doubled": self.comparison.doubled,
            "saves changed": self.comparison.changed,
            "responses that are not the newest save": self.comparison.stale,
            "saves nobody sent": self.comparison.unknown,
            "conflicting texts not kept": self.comparison.conflicts_dropped,
            "submits that went wrong": self.submits_wrong,
        }
        reasons = [f"{len(found)} {what}, such as: {found[0]}" for what, found in words.items() if found]
        counts = {
            "responses without a score": self.unscored,
            "responses scored twice": self.scored_twice,
            "responses changed after their score": self.scored_too_early,
        }
        reasons += [f"{count} {what}" for what, count in counts.items() if count]
        return [*reasons, *([f"verify_attempts: {self.chains}"] if self.chains else [])]


def examine(stack: Stack, told: Ledger) -> Findings:
    """Compare the ledger with the tables, once the worker has scored what was submitted."""
    with stack.connect() as connection:
        _wait_for_scores(connection)
        events, responses = ledger.read_rows(connection)
        findings = Findings(ledger.compare(told, events, responses))
        findings.unscored, findings.scored_twice, findings.scored_too_early = (
            _count(connection, query) for query in (UNSCORED, SCORED_TWICE, SCORED_TOO_EARLY)
        )
        closed = {attempt: (receipt, count) for attempt, receipt, count in connection.execute(SUBMITTED)}
    findings.submitted = len(closed)
    findings.submits_wrong = _wrong_submits(told, closed)
    checked = stack.manage("verify_attempts", is_checked=False)
    if checked.returncode:
        findings.chains = " ".join((checked.stdout + checked.stderr).split())[:600]
    return findings


def _wait_for_scores(connection: psycopg.Connection[Any]) -> None:
    give_up_at = time.monotonic() + SCORING_SECONDS
    while _count(connection, UNSCORED) and time.monotonic() < give_up_at:
        time.sleep(0.5)


def _count(connection: psycopg.Connection[Any], query: LiteralString) -> int:
    return sum(count for (count,) in connection.execute(query))


def _wrong_submits(told: Ledger, closed: dict[str, tuple[str, int]]) -> list[str]:
    wrong = [f"attempt {attempt} was acknowledged and is open" for attempt in told.receipts if attempt not in closed]
    for attempt, (receipt, count) in closed.items():
        if told.receipts.get(attempt, receipt) != receipt:
            wrong.append(f"attempt {attempt}: another receipt was given than is stored")
        if count != 1:
            wrong.append(f"attempt {attempt} was submitted {count} times")
    return wrong
