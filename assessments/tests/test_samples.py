"""The sample bank is read by people who have never seen another question of ours: none of it may be wrong."""

from __future__ import annotations

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from assessments import question_types
from assessments.domain.samples import BANK, SAMPLE_FILES
from assessments.enums import Difficulty, QuestionStatus, QuestionTypeName
from assessments.formats.base import Parsed, ParsedQuestion
from assessments.formats.detect import detect
from assessments.models import Question

# What a regular expression accepts cannot be read off the key.
TYPED = {
    "std-py-003": "['x2', 'a']",
    "std-py-011": "reverse=True",
    "std-git-005": "git log --oneline main..feature",
    "std-alg-003": "O(n log n)",
    "std-dat-002": "many_to_one",
    "std-mln-010": "Precision",
    "std-ops-002": "grep -c ERROR app.log",
}
GIVEN_OTHERWISE: list[tuple[str, Any, int | str]] = [
    ("std-py-003", '["x2","a"]', 1),
    ("std-py-003", "['a']", 0),
    ("std-py-003", "['x2', 'a', 'x3']", 0),
    ("std-py-008", "typeerror", "1/2"),
    ("std-py-008", "ValueError", 0),
    ("std-py-011", "reverse = True", 1),
    ("std-py-011", "reverse=False", 0),
    ("std-py-013", {"1": "b", "2": "read", "3": "add", "4": "64"}, "3/5"),
    ("std-py-013", {"4": " Sixty-Four "}, "1/5"),
    ("std-py-013", {"3": "UPDATE", "4": "32 bytes"}, "1/20"),
    ("std-sql-011", {"1": "c", "2": "b", "3": "e", "4": "c"}, "1/2"),
    ("std-http-006", ["c", "d", "e", "a", "f", "b"], "2/5"),
    ("std-git-002", "11", "1/2"),
    ("std-git-002", "500", 0),
    ("std-git-005", "git log main..feature --oneline", 1),
    ("std-git-005", "git  log --oneline feature --not main", 1),
    ("std-git-005", "git log main...feature", "1/2"),
    ("std-git-005", "git log feature..main", 0),
    ("std-http-005", "if-none-match", 1),
    ("std-http-005", 'If-None-Match: "9c1f3a"', 1),
    ("std-http-005", "If-Match", 0),
    ("std-con-001", "2 s", 1),
    ("std-con-001", "2", 0),
    ("std-con-001", "0.2 s", 0),
    ("std-alg-002", "0.8 min", 1),
    ("std-alg-002", "12", 0),
    ("std-alg-003", "n*log₂(n)", 1),
    ("std-alg-003", "O(n²)", 0),
    ("std-dat-002", '"m:1"', 1),
    ("std-dat-002", "one_to_many", 0),
    ("std-sta-002", "15,4 %", 1),
    ("std-sta-002", "90", 0),
    ("std-sta-004", "9,600", 1),
    ("std-sta-004", "2400", 0),
    ("std-sta-008", "1.26", "1/4"),
    ("std-mln-002", "0.67", 1),
    ("std-mln-002", "66.7 %", 1),
    ("std-mln-002", "0.94", 0),
    ("std-mln-008", "2 %", 1),
    ("std-mln-008", "0.2", 0),
    ("std-sys-001", "170", 1),
    ("std-sys-001", "35", "1/4"),
    ("std-sys-002", "20", 0),
    ("std-sys-006", "0.72 h", 1),
    ("std-sys-006", "43.2", 0),
    ("std-ops-002", "grep 'ERROR' app.log | wc -l", 1),
    ("std-ops-002", "grep -o ERROR app.log | wc -l", "1/2"),
    ("std-ops-002", "grep ERROR app.log", 0),
]


def read(file: Path) -> Parsed:
    data = file.read_bytes()
    return detect(data, file.name).read(data)


FILES = {source: read(file) for source, file in SAMPLE_FILES.items()}
QUESTIONS = [question for parsed in FILES.values() for question in parsed.questions]
STANDARD = {question.identity: question for question in FILES["standard"].questions}
AUTO_SCORED = [question for question in QUESTIONS if not question_types.get(question.type).is_scored_by_people]


def credit(question: ParsedQuestion, value: Any) -> Fraction | None:
    type_ = question_types.get(question.type)
    return type_.credit(type_.read_json(value, question.content), question.content, question.key)


def keyed_value(question: ParsedQuestion) -> Any:
    key = question.key
    match question.type:
        case "single_choice":
            return key["option"]
        case "multiple_choice":
            return key["options"]
        case "true_false":
            return key["value"]
        case "matching":
            return key["pairs"]
        case "ordering":
            return key["order"]
        case "cloze":
            return {id_: in_gap(gap) for id_, gap in key["gaps"].items()}
        case "numeric":
            accepted = key["accepted"][0]
            base = next((unit for unit, factor in key.get("units", {}).items() if factor == "1"), "")
            return f"{accepted.get('value') or accepted['min']} {base}".strip()
        case _:
            return TYPED.get(question.identity) or key["accepted"][0]["text"]


def in_gap(key: dict[str, Any]) -> str:
    accepted = key.get("accepted", [{}])[0]
    return str(key.get("option") or accepted.get("text") or accepted["value"])


def place(question: ParsedQuestion) -> str:
    return question.identity or question.where


@pytest.mark.parametrize("source", FILES)
def test_every_question_of_a_sample_file_can_be_read(source: str) -> None:
    assert (FILES[source].rejected, FILES[source].warnings) == ([], [])


@pytest.mark.parametrize("question", QUESTIONS, ids=place)
def test_content_and_key_fit_the_type(question: ParsedQuestion) -> None:
    question_types.get(question.type).check(question.content, question.key)


@pytest.mark.parametrize("question", AUTO_SCORED, ids=place)
def test_the_key_earns_full_credit(question: ParsedQuestion) -> None:
    assert credit(question, keyed_value(question)) == 1


@pytest.mark.parametrize("question", [one for one in AUTO_SCORED if one.type == "single_choice"], ids=place)
def test_no_distractor_earns_full_credit(question: ParsedQuestion) -> None:
    earned = {option["id"]: credit(question, option["id"]) for option in question.content["options"]}
    assert [id_ for id_, share in earned.items() if share == 1] == [question.key["option"]]


@pytest.mark.parametrize(("identity", "given", "share"), GIVEN_OTHERWISE)
def test_what_candidates_give_earns_what_it_should(identity: str, given: Any, share: int | str) -> None:
    assert credit(STANDARD[identity], given) == Fraction(share)


def test_there_are_enough_questions_of_both_sources() -> None:
    assert (len(QUESTIONS) >= 80, len(STANDARD) >= 60, FILES["kaggle"].total >= 40) == (True, True, True)


def test_every_type_and_difficulty_is_there() -> None:
    assert {question.type for question in QUESTIONS} == set(QuestionTypeName.values)
    for parsed in FILES.values():
        assert {question.difficulty for question in parsed.questions} == set(Difficulty.values) - {Difficulty.UNRATED}


def test_every_way_of_scoring_a_multiple_choice_is_there() -> None:
    schemes = {question.key["scoring"] for question in STANDARD.values() if question.type == "multiple_choice"}
    assert schemes == {"all_or_nothing", "per_option", "right_minus_wrong"}


def test_the_place_of_the_key_gives_nothing_away() -> None:
    single = [question for question in STANDARD.values() if question.type == "single_choice"]
    most_common = Counter(question.key["option"] for question in single).most_common(1)[0][1]
    longest = [max(one.content["options"], key=lambda option: len(option["text"]))["id"] for one in single]
    is_longest = sum(id_ == question.key["option"] for id_, question in zip(longest, single, strict=True))
    assert (most_common * 3 < len(single), is_longest * 3 < len(single)) == (True, True)


def test_every_standard_question_is_complete() -> None:
    for identity, question in STANDARD.items():
        assert question.title, identity
        assert question.tags, identity
        assert question.competence, identity
        assert question.explanation, identity
        assert question.source == "standard", identity


def test_questions_judged_by_people_are_worth_their_rubric() -> None:
    judged = [question for question in STANDARD.values() if question.type == "long_text"]
    for question in judged:
        assert question.rubric, question.identity
        best = sum(max(level.points for level in criterion.levels) for criterion in question.rubric.criteria)
        assert (question.points, bool(question.key["model_answer"])) == (best, True)


@pytest.mark.django_db
@pytest.mark.parametrize("source", SAMPLE_FILES)
def test_importing_rejects_none_and_the_second_time_changes_none(source: str, tmp_path: Path) -> None:
    first, second = (import_samples(source, tmp_path / name) for name in ("first.json", "second.json"))
    total = FILES[source].total
    assert (first["imported"], first["rejected"], second["unchanged"]) == (total, 0, total)
    assert Question.objects.filter(source=source, bank__name=BANK, status=QuestionStatus.APPROVED).count() == total


def import_samples(source: str, report: Path) -> dict[str, int]:
    file = str(SAMPLE_FILES[source])
    call_command("import_questions", file, bank=BANK, source=source, status="approved", report=report)
    totals: dict[str, int] = json.loads(report.read_text())["totals"]
    return totals
