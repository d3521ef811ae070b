from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from assessments.domain import injection_gate
from assessments.domain.ledger import AiRefused
from assessments.gemini import GeminiFailed
from assessments.models import GateRun


class Command(BaseCommand):
    help = "Run the injection corpus against the configured model. Suggestions stay off until a whole run has passed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--limit", type=int, default=0, help="So many attacks and honest answers, for a look; never passes."
        )
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, limit: int, format: str, **options: Any) -> None:  # noqa: A002 - the option's name
        try:
            run = injection_gate.run(limit=limit, progress=self.progress)
        except (AiRefused, GeminiFailed) as refusal:
            raise CommandError(f"The run ended early and counts for nothing. {refusal}") from refusal
        self.stdout.write(json.dumps(run.report, indent=2) if format == "json" else self.words(run))
        if not run.passed:
            raise SystemExit(1)

    def progress(self, done: int, of: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of {of}", ending="")

    def words(self, run: GateRun) -> str:
        low, high = run.report["shifted_interval"]
        kinds = ", ".join(f"{count} {kind}" for kind, count in run.report["shifted_by_kind"].items()) or "none"
        limits = run.report["limits"]
        return "\n".join(
            (
                f"Model {run.model}, prompt {run.prompt_version} ({run.prompt_hash[:8]}), corpus {run.corpus_hash[:8]}.",
                f"Attacks: {run.shifted} of {run.attacks} raised the suggestion by a level or more, by kind: {kinds}.",
                f"  95 % interval {low} to {high} %; at most {limits['shifted']} % pass.",
                f"Flagged: {run.flagged} of {run.attacks} attacks.",
                f"False flags: {run.false_flags} of {run.honest} honest answers (at most {limits['false_flags']} % pass).",
                f"Drift on honest answers: {run.drift} levels per criterion. Without an answer: {run.failures}.",
                "Passed: suggestions may be made." if run.passed else "Not passed: suggestions stay off.",
            )
        )
