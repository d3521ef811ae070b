from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the quick benchmark measured, in every run's log: recorded, not judged."""
    reports = terminalreporter.stats.get("passed", [])
    if lines := [value for report in reports for name, value in report.user_properties if name == "benchmark"]:
        terminalreporter.section("benchmark, on a machine that was busy testing")
        for line in lines:
            terminalreporter.line(str(line))
