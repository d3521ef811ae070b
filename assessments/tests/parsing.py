"""What a format makes of a file, and that it is fit to be asked."""

from __future__ import annotations

from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import Format, Parsed, ParsedQuestion


def parsed_by(format_: Format, data: bytes | str) -> Parsed:
    """Every question passes the checks of its type."""
    parsed = format_.read(data.encode() if isinstance(data, str) else data)
    for question in parsed.questions:
        checked = check_question(question)
        assert isinstance(checked, CheckedQuestion), checked
    return parsed


def the_only(parsed: Parsed) -> ParsedQuestion:
    """One question, and nothing that was rejected."""
    assert (len(parsed.questions), parsed.rejected) == (1, [])
    return parsed.questions[0]
