"""What came of a rehearsal, as one JSON object and as a table for people."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.candidate import Stage
from bench.figures import Sample, Window, blame, error_seconds, milliseconds, percentile, rounded, table
from bench.plans import Bounds
from bench.verdict import Findings

SETTLING_SECONDS = 2.0
"""What is granted after a part is up again, before requests count as unaffected."""
ENDING_SECONDS = 5.0
"""Within which a part that lost another one has ended, if it does."""
GOAL_P99_MS = 250


@dataclass(frozen=True)
class Cost:
    """What a plan bounds, as it was measured."""

    what: str
    allowed_ms: float
    ms: float
    """Without what the machine lost meanwhile; NaN where there was none."""

    def reasons(self) -> Iterator[str]:
        if math.isnan(self.ms):
            yield f"{self.what}: there was none while a fault lasted, so nothing was tried"
        elif self.ms > self.allowed_ms:
            yield f"{self.what} took {self.ms:.0f} ms while a fault lasted, more than {self.allowed_ms:g}"


@dataclass
class Run:
    """What was asked for and what was measured."""

    candidates: int
    seconds: float
    guard: str
    stage: Stage
    windows: list[Window]
    findings: Findings
    conflicts: int
    ended_by_themselves: list[tuple[float, str]]
    """Parts that nobody had killed: when that was seen, and which."""
    bounds: Bounds

    @property
    def samples(self) -> list[Sample]:
        """Of the work, and of the submitting at its end; not of coming in."""
        return [one for one in self.stage.samples if one.at >= 0]

    def lost_by_machine(self, window: Window) -> float:
        """Seconds in which not even a process that only waits was served, from the fault until it was over."""
        until = window.ended + (window.allowed or 0.0)
        return sum(late for at, late in self.stage.stalls if window.began <= at <= until)

    def blamed(self) -> tuple[list[list[Sample]], list[Sample]]:
        """What each fault touched, and what none did."""
        return blame(self.samples, self.windows, settling=SETTLING_SECONDS)

    def overdue(self) -> list[str]:
        """Where requests failed for longer than a fault explains, otherwise, or without any."""
        touched, quiet = self.blamed()
        reasons = [
            reason
            for window, samples in zip(self.windows, touched, strict=True)
            for reason in self._against(window, [one for one in samples if one.error])
        ]
        if unexplained := Counter(one.error for one in quiet if one.error):
            reasons.append(f"requests failed with nothing to blame: {dict(unexplained)}")
        return reasons

    def _against(self, window: Window, errors: Sequence[Sample]) -> Iterator[str]:
        if not errors:
            if self.bounds.must_refuse:
                yield f"nothing was refused at {window.fault}, so nothing was tried"
            return
        if odd := Counter(one.error for one in errors if window.fails_as and one.error not in window.fails_as):
            yield f"requests failed at {window.fault}, and not as {' or '.join(window.fails_as)}: {dict(odd)}"
        if window.allowed == 0:
            yield f"{len(errors)} requests failed at {window.fault}, and none should"
        elif window.allowed is not None:
            lasted, lost = error_seconds(errors), self.lost_by_machine(window)
            if lasted > window.allowed + lost:
                bound = f"{window.allowed:g} s and the {lost:.2g} s that the machine lost"
                yield f"requests failed for {lasted:.3g} s at {window.fault}, longer than {bound}"

    def costs(self) -> list[Cost]:
        struck = [one for some in self.blamed()[0] for one in some]
        found = []
        for what, allowed in self.bounds.p99_ms.items():
            taken = [self.served_seconds(one) for one in struck if one.what == what]
            found.append(Cost(f"p99 of a {what}", allowed, percentile(taken, 99) * 1000))
        if math.isfinite(self.bounds.longest_ms):
            longest = max((self.served_seconds(one) for one in struck), default=math.nan)
            found.append(Cost("the longest request", self.bounds.longest_ms, longest * 1000))
        return found

    def served_seconds(self, one: Sample) -> float:
        """How long it took, without the time for which the machine served nobody."""
        ended = one.at + one.seconds
        lost = (min(at + late, ended) - max(at, one.at) for at, late in self.stage.stalls)
        return one.seconds - sum(seconds for seconds in lost if seconds > 0)

    def unresumed(self) -> int:
        return self.candidates - len(self.stage.resumed) if self.bounds.must_resume else 0

    def is_excused(self, at: float, name: str) -> bool:
        return any(name in one.may_end and one.began <= at <= one.ended + ENDING_SECONDS for one in self.windows)

    def reasons(self) -> list[str]:
        """Why not to go; empty is GO."""
        reasons = self.findings.reasons()
        if self.stage.mismatches:
            reasons.append(
                f"{len(self.stage.mismatches)} pages showed something else, such as: {self.stage.mismatches[0]}"
            )
        if self.stage.problems:
            reasons.append(f"{len(self.stage.problems)} candidates were let down, such as: {self.stage.problems[0]}")
        if broken := Counter(one.what for one in self.stage.samples if one.error == "500"):
            reasons.append(f"{broken.total()} requests ended in a 500: {dict(broken)}")
        reasons += self.overdue()
        reasons += [reason for cost in self.costs() for reason in cost.reasons()]
        if missing := self.unresumed():
            reasons.append(f"{missing} of {self.candidates} could not look at all their answers again")
        if not self.stage.ledger.acknowledged:
            reasons.append("nothing was acknowledged, so nothing was tried")
        if ended := Counter(name for at, name in self.ended_by_themselves if not self.is_excused(at, name)):
            reasons.append(f"ended by themselves, and no fault explains it: {dict(ended)}")
        if self.findings.submitted != self.candidates:
            reasons.append(f"{self.findings.submitted} of {self.candidates} attempts were submitted")
        return reasons

    def as_json(self) -> dict[str, Any]:
        during = [one for one in self.stage.samples if 0 <= one.at <= self.seconds]
        touched, quiet = blame(during, self.windows, settling=SETTLING_SECONDS)
        _, all_quiet = self.blamed()
        saves = [one.seconds for one in quiet if one.what == "save" and not one.error]
        reasons = self.reasons()
        return {
            "rehearsal": {"candidates": self.candidates, "seconds": rounded(self.seconds), "guard": self.guard or None},
            "requests": len(during),
            "all": milliseconds(one.seconds for one in during if not one.error),
            "unaffected": milliseconds(one.seconds for one in quiet if not one.error),
            "unaffected_saves": milliseconds(saves),
            "goal_p99_ms": GOAL_P99_MS,
            "faults": [
                {**fault_figures(window, samples), "machine_lost_seconds": rounded(self.lost_by_machine(window))}
                for window, samples in zip(self.windows, touched, strict=True)
            ],
            "bounds": [{"what": one.what, "allowed_ms": one.allowed_ms, "ms": rounded(one.ms)} for one in self.costs()],
            "resumed": len(self.stage.resumed) if self.bounds.must_resume else None,
            "errors_unexplained": dict(Counter(one.error for one in all_quiet if one.error)),
            "conflicts": self.conflicts,
            "ended_by_themselves": dict(Counter(name for _, name in self.ended_by_themselves)),
            "acknowledged": len(self.stage.ledger.acknowledged),
            "acknowledged_lost": len(self.findings.comparison.lost),
            "pages_wrong": len(self.stage.mismatches),
            "stored": self.findings.as_json(),
            "verdict": "NO-GO" if reasons else "GO",
            "reasons": reasons,
        }


def fault_figures(window: Window, touched: Sequence[Sample]) -> dict[str, Any]:
    errors = [one for one in touched if one.error]
    return {
        "fault": window.fault,
        "at": rounded(window.began),
        "seconds_until_up": rounded(window.ended - window.began),
        "requests": len(touched),
        "errors": dict(Counter(one.error for one in errors)),
        "failed_saves": sum(one.what == "save" for one in errors),
        "error_seconds": rounded(error_seconds(errors)),
        "allowed_seconds": window.allowed,
        **milliseconds(one.seconds for one in touched),
    }


def report(result: dict[str, Any]) -> str:
    faults_table = [
        ["fault", "at s", "up after s", "requests", "errors", "error window s", "allowed s", "machine lost s", "p95 ms"]
    ]
    faults_table += [
        [
            one["fault"],
            f"{one['at']:g}",
            f"{one['seconds_until_up']:g}",
            f"{one['requests']}",
            ", ".join(f"{count} × {what}" for what, count in one["errors"].items()) or "none",
            f"{one['error_seconds']:g}",
            "any" if one["allowed_seconds"] is None else f"{one['allowed_seconds']:g}",
            f"{one['machine_lost_seconds']:g}",
            f"{one['p95_ms']:g}",
        ]
        for one in result["faults"]
    ]
    times = [["answered in", "p50 ms", "p95 ms", "p99 ms"]]
    for name in ("all", "unaffected", "unaffected_saves"):
        times += [[name.replace("_", " "), *(f"{result[name][p]:g}" for p in ("p50_ms", "p95_ms", "p99_ms"))]]
    is_met, stored = result["unaffected"]["p99_ms"] <= GOAL_P99_MS, result["stored"]
    unexplained = result["errors_unexplained"] or "none"
    lines = [
        table(faults_table),
        "",
        table(times),
        f"p99 of unaffected seconds: goal {GOAL_P99_MS} ms, {'met' if is_met else 'missed'}.",
        "",
        *(f"{one['what']}: {one['ms']:g} ms of {one['allowed_ms']:g} allowed." for one in result["bounds"]),
        *([] if result["resumed"] is None else [f"{result['resumed']} candidates found all their answers again."]),
        f"{result['requests']} requests, {result['conflicts']} conflicts shown, errors that no fault explains: {unexplained}.",
        f"Ended by themselves and started again: {result['ended_by_themselves'] or 'none'}.",
        f"{result['acknowledged']} saves acknowledged, {result['acknowledged_lost']} of them lost.",
        f"{stored['submitted']} attempts submitted; {stored['unscored']} without a score, {stored['scored_twice']} scored twice.",
        *(f"- {reason}" for reason in result["reasons"]),
        result["verdict"],
    ]
    return "\n".join(lines)
