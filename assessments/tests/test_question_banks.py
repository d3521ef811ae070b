"""What an import does to a bank: everything of a file or nothing, the same twice over, nothing forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from functools import partial
from importlib import import_module
from threading import Barrier
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, connections

from assessments.domain import question_banks
from assessments.domain.import_plans import Choices
from assessments.domain.import_reports import ImportReport
from assessments.domain.question_banks import TransitionRefused, create_version, export_bank
from assessments.domain.question_names import Claims
from assessments.enums import OnConflict, QuestionStatus
from assessments.formats.base import Parsed, ParsedBank, ParsedCriterion, ParsedLevel, ParsedQuestion, ParsedRubric
from assessments.models import Criterion, ImmutableVersion, Level, Question, QuestionBank, QuestionVersion, Rubric, Tag
from assessments.question_types import ContentInvalid
from assessments.tests.making import OPTIONS, SHAPES, make_bank, make_question

pytestmark = pytest.mark.django_db
FACT = ParsedQuestion("line 2", "true_false", "Is a tree a graph?", {}, {"value": True})
OPEN = ParsedQuestion("line 3", "long_text", "What is a mutex?", {}, {"model_answer": "A lock."})
CHOICE = ParsedQuestion("line 4", "single_choice", "What slows writes?", {"options": OPTIONS}, {"option": "b"})
LEVELS = (ParsedLevel("wrong", Decimal(0)), ParsedLevel("right", Decimal(2), "with a reason"))
RUBRIC = ParsedRubric("Explaining", (ParsedCriterion("Correct", LEVELS, "Facts"), ParsedCriterion("Clear", LEVELS)))


def bring(*questions: ParsedQuestion, bank: str = "Bank", file: str = "a.csv", **options: Any) -> ImportReport:
    parsed = Parsed("csv", list(questions), bank=options.pop("about", ParsedBank()))
    return question_banks.import_questions(parsed, bank=bank, file=file, **options)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.imported, report.updated, report.unchanged, len(report.rejected)


def reasons(report: ImportReport) -> dict[str, str]:
    return {item.where: item.reason for item in report.rejected}


def current(stem: str) -> QuestionVersion:
    version = Question.objects.get(current_version__stem=stem).current_version
    assert version
    return version


# ---- Storing ----


def test_a_question_whose_picture_is_nowhere_is_rejected_by_its_name() -> None:
    lost = f"{'0' * 64}.png"
    shown = f"![x](/media/{lost})"
    said = replace(OPEN, explanation=f"See {shown}.")
    report = bring(FACT, replace(CHOICE, title="Writes", stem=f"What {shown}?"), said)
    assert counts(report) == (2, 0, 0, 1)
    reason = f"{lost}, which is missing: it is neither in the file nor on this server."
    assert [(one.title, one.reason) for one in report.rejected] == [("Writes", f"It shows {reason}")]
    assert report.warnings == [f"line 3 (What is a mutex?): Feedback shows {reason}"]


def test_a_question_is_stored_with_its_first_version() -> None:
    question = replace(
        FACT, title="Trees", difficulty="easy", points=Decimal("1.5"), explanation="Yes.", tags=("graphs", "math")
    )
    assert counts(bring(question, status=QuestionStatus.APPROVED, source="kaggle")) == (1, 0, 0, 0)
    row = Question.objects.get()
    version = current(FACT.stem)
    assert (row.title, row.difficulty, row.source, row.status) == ("Trees", "easy", "kaggle", "approved")
    assert (version.number, version.type, version.key, version.points) == (
        1,
        "true_false",
        {"value": True},
        Decimal("1.5"),
    )
    assert sorted(tag.name for tag in row.tags.all()) == ["graphs", "math"]


def test_it_is_known_where_a_question_came_from() -> None:
    bring(replace(FACT, number="7"))
    provenance = Question.objects.get().provenance
    assert provenance.pop("imported_at")
    assert provenance == {"file": "a.csv", "where": "line 2", "format": "csv", "number": "7"}


def test_content_and_key_are_stored_in_their_normal_spelling() -> None:
    options = [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]
    bring(replace(CHOICE, content={"options": options, "fixed_order": False}, key={"option": "a", "feedback": {}}))
    assert (current(CHOICE.stem).content, current(CHOICE.stem).key) == ({"options": options}, {"option": "a"})


def test_the_bank_takes_over_what_the_file_says_about_it_once() -> None:
    bring(FACT, about=ParsedBank("Elsewhere", "From a friend", "CC0"))
    bring(FACT, about=ParsedBank("Elsewhere", "Other words", "MIT"))
    bank = QuestionBank.objects.get()
    assert (bank.name, bank.description, bank.licence) == ("Bank", "From a friend", "CC0")


@pytest.mark.parametrize(
    ("given", "in_file", "stored"),
    [("", "", "standard"), ("", "kaggle", "kaggle"), ("kaggle", "", "kaggle"), ("ours", "kaggle", "ours")],
)
def test_the_source_asked_for_goes_before_that_of_the_file(given: str, in_file: str, stored: str) -> None:
    bring(replace(FACT, source=in_file), source=given)
    assert Question.objects.get().source == stored


def test_thousands_of_questions_take_few_statements(django_assert_max_num_queries: Any) -> None:
    many = [replace(FACT, stem=f"Question {number}?", tags=("a", f"t{number % 9}")) for number in range(1200)]
    with django_assert_max_num_queries(60):
        assert counts(bring(*many)) == (1200, 0, 0, 0)
    with django_assert_max_num_queries(30):
        assert counts(bring(*many)) == (0, 0, 1200, 0)


# ---- Twice ----


def test_importing_twice_changes_nothing() -> None:
    bring(FACT, OPEN, CHOICE)
    before = list(Question.objects.values("id", "current_version", "updated_at", "provenance"))
    assert counts(bring(FACT, OPEN, CHOICE)) == (0, 0, 3, 0)
    assert list(Question.objects.values("id", "current_version", "updated_at", "provenance")) == before


def test_a_changed_question_gets_a_new_version_and_keeps_the_old_one() -> None:
    bring(CHOICE, status=QuestionStatus.APPROVED)
    old = current(CHOICE.stem)
    assert counts(bring(replace(CHOICE, key={"option": "c"}), file="b.csv", status=QuestionStatus.DRAFT)) == (
        0,
        1,
        0,
        0,
    )
    row = Question.objects.get()
    assert row.current_version
    assert (row.current_version.number, row.current_version.key) == (2, {"option": "c"})
    assert (row.status, row.provenance["file"]) == ("approved", "b.csv")
    assert QuestionVersion.objects.get(pk=old.pk).key == {"option": "b"}


@pytest.mark.parametrize(
    "change",
    [
        {"stem": "Is it?"},
        {"points": Decimal(2)},
        {"explanation": "So."},
        {"type": "short_text", "key": {"accepted": [{"text": "yes"}]}},
    ],
)
def test_whatever_a_candidate_or_reviewer_sees_makes_a_new_version(change: dict[str, Any]) -> None:
    named = replace(FACT, identity="tree")
    bring(named)
    assert counts(bring(replace(named, **change))) == (0, 1, 0, 0)
    assert QuestionVersion.objects.count() == 2


def test_what_only_files_a_question_is_updated_without_a_new_version() -> None:
    bring(replace(FACT, tags=("a", "b"), difficulty="easy"))
    assert counts(bring(replace(FACT, tags=("b", "c"), difficulty="hard", title="Trees"))) == (0, 1, 0, 0)
    row = Question.objects.get()
    assert (row.difficulty, row.title, row.versions.count()) == ("hard", "Trees", 1)
    assert sorted(tag.name for tag in row.tags.all()) == ["b", "c"]


def test_what_a_file_does_not_say_stays_as_staff_set_it() -> None:
    bring(replace(FACT, tags=("a",), difficulty="easy", licence="MIT", competence="Graphs"))
    assert counts(bring(FACT)) == (0, 0, 1, 0)
    row = Question.objects.get()
    assert (row.difficulty, row.licence, row.competence, row.tags.count()) == ("easy", "MIT", "Graphs", 1)


def test_a_retired_question_stays_retired() -> None:
    bring(FACT)
    question_banks.retire(Question.objects.get())
    assert counts(bring(replace(FACT, key={"value": False}), status=QuestionStatus.APPROVED)) == (0, 1, 0, 0)
    assert Question.objects.get().status == QuestionStatus.RETIRED


def test_going_back_to_an_earlier_text_is_one_more_version() -> None:
    for key in (True, False, True):
        bring(replace(FACT, key={"value": key}))
    assert list(QuestionVersion.objects.order_by("number").values_list("key__value", flat=True)) == [True, False, True]
    assert current(FACT.stem).number == 3


# ---- Which question is which ----


def test_a_name_of_its_own_finds_a_question_whatever_changed() -> None:
    bring(replace(FACT, identity="tree"))
    other = replace(OPEN, identity="tree")
    assert counts(bring(other, file="b.csv")) == (0, 1, 0, 0)


def test_spelling_that_does_not_show_is_no_other_question() -> None:
    bring(replace(OPEN, stem="What  is a \\_mutex\\_?\n"))
    assert counts(bring(replace(OPEN, stem="What is a _mutex_?"))) == (0, 1, 0, 0)


def test_numbers_that_only_count_mean_nothing_in_another_file() -> None:
    bring(replace(FACT, number="1"), file="a.csv")
    assert counts(bring(replace(OPEN, number="1"), file="b.csv")) == (1, 0, 0, 0)


def test_a_reworded_stem_is_found_by_its_number_in_the_same_file() -> None:
    bring(replace(FACT, number="1"), replace(OPEN, number="2"))
    reworded = replace(OPEN, number="2", stem="What is a mutex for?")
    assert counts(bring(replace(FACT, number="1"), reworded)) == (0, 1, 1, 0)
    assert counts(bring(reworded)) == (0, 0, 1, 0)
    assert Question.objects.count() == 2


def test_a_reworded_stem_is_found_by_its_title_in_the_same_file() -> None:
    titled = replace(OPEN, title="Mutexes")
    bring(FACT, titled)
    reworded = replace(titled, stem="What is a mutex for?")
    left = bring(FACT, reworded, choices=Choices(OnConflict.SKIP))
    assert (counts(left), current(OPEN.stem).number) == ((0, 0, 2, 0), 1)
    assert counts(bring(FACT, reworded)) == (0, 1, 1, 0)
    assert counts(bring(FACT, reworded)) == (0, 0, 2, 0)
    assert (Question.objects.count(), current(reworded.stem).number) == (2, 2)


@pytest.mark.parametrize(
    ("again", "options"),
    [
        ([{"stem": "Why?"}], {"file": "b.csv"}),
        ([{"stem": "Why?", "type": "true_false", "key": {"value": True}}], {}),
        ([{"stem": "Why?", "title": ""}], {}),
        ([{"stem": "Why?", "identity": "q1"}], {}),
        ([{}, {"stem": "Why?"}], {}),
        ([{"stem": "Why?"}, {"stem": "How?"}], {}),
    ],
)
def test_a_title_alone_makes_no_other_question_the_same(again: list[dict[str, Any]], options: dict[str, Any]) -> None:
    titled = replace(OPEN, title="Question")
    bring(titled)
    bring(*(replace(titled, where=f"line {place}", **change) for place, change in enumerate(again)), **options)
    assert current(OPEN.stem).question.versions.count() == 1
    assert Question.objects.count() == 1 + sum("stem" in change for change in again)


def test_a_file_that_was_renamed_is_known_by_its_questions() -> None:
    rows = [replace(FACT, number=str(number), stem=f"Is {number} it?") for number in range(1, 9)]
    bring(*rows, file="a.csv")
    rows[1] = replace(rows[1], stem="Is it two?")
    assert counts(bring(*rows, file="b.csv")) == (0, 1, 7, 0)
    rows[2] = replace(rows[2], stem="Is it three?")
    assert counts(bring(*rows, file="b.csv")) == (0, 1, 7, 0)


def test_a_file_with_few_questions_of_another_is_not_that_one() -> None:
    rows = [replace(FACT, number=str(number), stem=f"Is {number} it?") for number in range(1, 9)]
    bring(*rows, file="a.csv")
    others = [replace(row, stem=f"Was {row.stem}") for row in rows[5:]]
    assert counts(bring(*rows[:5], *others, file="b.csv")) == (3, 0, 5, 0)
    assert counts(bring(rows[0], replace(rows[1], stem="Is it two?"), file="c.csv")) == (1, 0, 1, 0)


def test_rows_that_moved_are_found_by_their_stems_and_not_by_their_numbers() -> None:
    bring(replace(FACT, number="1"), replace(OPEN, number="2"))
    inserted = replace(CHOICE, number="1")
    assert counts(bring(inserted, replace(FACT, number="2"), replace(OPEN, number="3"))) == (1, 0, 2, 0)


def test_a_stem_may_be_asked_with_other_options() -> None:
    others = [{"id": name, "text": f"Another {name}"} for name in "abc"]
    other = replace(CHOICE, content={"options": others}, where="line 9")
    assert counts(bring(CHOICE, other)) == (2, 0, 0, 0)
    assert counts(bring(other, CHOICE)) == (0, 0, 2, 0)
    assert counts(bring(other)) == (0, 0, 1, 0)


def test_another_file_with_the_same_stem_and_other_options_brings_another_question() -> None:
    bring(CHOICE)
    others = [{"id": name, "text": f"Another {name}"} for name in "abc"]
    assert counts(bring(replace(CHOICE, content={"options": others}), file="b.csv")) == (1, 0, 0, 0)


@pytest.mark.parametrize("type_name", ["matching", "ordering", "cloze"])
def test_the_same_stem_may_ask_to_match_order_or_fill_in_something_else(type_name: str) -> None:
    content, key = SHAPES[type_name]
    asked = replace(OPEN, stem="Put this right.", type=type_name, content=content, key=key)
    other_text = json.loads(json.dumps(content).replace("Push", "Pull").replace("POST", "HEAD").replace("hash", "heap"))
    other = replace(asked, content=other_text, where="line 9")
    assert other_text != content
    assert counts(bring(asked, other)) == (2, 0, 0, 0)
    assert counts(bring(other, asked)) == (0, 0, 2, 0)


PAIRS = {"TCP": "transport", "IP": "network", "HTTP": "application"}
GENES = {"mitosis": "cell", "osmosis": "water", "gene": "DNA"}


def matching(pairs: dict[str, str]) -> ParsedQuestion:
    prompts, choices = (
        [{"id": str(n), "text": text} for n, text in enumerate(half)] for half in (pairs, pairs.values())
    )
    key = {"pairs": {str(number): str(number) for number in range(len(pairs))}}
    return replace(
        OPEN, stem="Match the terms.", type="matching", content={"prompts": prompts, "choices": choices}, key=key
    )


def ordering(*texts: str) -> ParsedQuestion:
    items = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    key = {"order": [item["id"] for item in items]}
    return replace(OPEN, stem="Put these into order.", type="ordering", content={"items": items}, key=key)


def cloze(text: str, accepted: str = "x") -> ParsedQuestion:
    key = {"gaps": {"1": {"accepted": [{"text": accepted}]}}}
    content = {"text": text, "gaps": [{"id": "1"}]}
    return replace(OPEN, stem="Fill in the blanks.", type="cloze", content=content, key=key)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (matching(PAIRS), matching(GENES)),
        (matching(PAIRS), matching(dict(zip(GENES, PAIRS.values(), strict=True)))),
        (matching(PAIRS), matching(dict(zip(PAIRS, GENES.values(), strict=True)))),
        (ordering("egg", "caterpillar", "moth"), ordering("SYN", "SYN-ACK", "ACK")),
        (cloze("Paris is in {{1}}."), cloze("2+2 is {{1}}.")),
        (cloze("Paris is in {{1}}."), cloze("Paris lies on the river {{1}}.")),
        (cloze("The capital of France is {{1}}."), cloze("The capital of Italy is {{1}}.")),
        (cloze("It is {{1}}."), cloze("This was {{1}}.")),
    ],
    ids=lambda question: question.type,
)
def test_another_file_with_the_same_stem_and_something_else_below_it_brings_another_question(
    one: ParsedQuestion, other: ParsedQuestion
) -> None:
    bring(one)
    assert counts(bring(other, file="b.csv")) == (1, 0, 0, 0)
    assert [counts(bring(asked, file=file)) for asked, file in ((one, "a.csv"), (other, "b.csv"))] == [(0, 0, 1, 0)] * 2


@pytest.mark.parametrize(
    ("one", "corrected"),
    [
        (matching(PAIRS), matching({"UDP": "transport", "IP": "network", "HTTP": "application"})),
        (matching(PAIRS), matching(PAIRS | {"TLS": "session"})),
        (ordering("egg", "caterpillar", "moth"), ordering("egg", "caterpillar", "butterfly")),
        (cloze("Paris is in {{1}}.", "France"), cloze("Paris is in {{1}}.", "Europe")),
        (
            cloze("A read through a stale cache may return {{1}} until the entry expires."),
            cloze("A read through a stale cache can return {{1}} until the entry expires."),
        ),
    ],
    ids=lambda question: question.type,
)
def test_a_correction_below_a_stem_is_a_new_version(one: ParsedQuestion, corrected: ParsedQuestion) -> None:
    bring(one)
    assert counts(bring(corrected, file="b.csv")) == (0, 1, 0, 0)


def test_what_is_reworded_below_a_stem_is_found_by_its_title_in_the_same_file() -> None:
    one, two = (
        replace(cloze("Paris is in {{1}}."), title="P"),
        replace(cloze("2+2 is {{1}}."), title="S", where="line 8"),
    )
    bring(one, two)
    reworded = replace(one, content=cloze("The capital of {{1}} lies on the Seine.").content)
    assert counts(bring(reworded, two)) == (0, 1, 1, 0)
    assert counts(bring(reworded, two)) == (0, 0, 2, 0)
    assert Question.objects.count() == 2


def test_a_corrected_option_is_a_new_version() -> None:
    bring(CHOICE)
    corrected = [*OPTIONS[:2], {"id": "c", "text": "It is kept sorted"}]
    assert counts(bring(replace(CHOICE, content={"options": corrected}))) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, "This asks the same as line 3."),
        ({"key": {"model_answer": "x"}}, "This asks the same as line 3, with another key or content."),
    ],
)
def test_what_a_file_asks_twice_is_taken_once(change: dict[str, Any], reason: str) -> None:
    report = bring(OPEN, replace(OPEN, where="line 8", **change))
    assert (counts(report), reasons(report)) == ((1, 0, 0, 1), {"line 8": reason})


def test_an_id_that_is_there_twice_is_rejected_by_its_name() -> None:
    report = bring(replace(FACT, identity="q1"), replace(OPEN, identity="q1"))
    assert reasons(report) == {"line 3": 'The id "q1" is that of line 2, with another key or content.'}


def test_two_files_of_one_run_that_ask_the_same_do_not_take_turns() -> None:
    other = replace(OPEN, key={"model_answer": "Something else."})
    for expected in ([(1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)], [(0, 0, 1, 0), (0, 0, 1, 0), (0, 0, 0, 1)]):
        claims: Claims = {}
        reports = [
            bring(item, file=file, claims=claims) for item, file in ((OPEN, "a.csv"), (OPEN, "b.csv"), (other, "c.csv"))
        ]
        assert [counts(report) for report in reports] == expected
    assert reasons(reports[2]) == {"line 3": "This asks the same as line 3 of a.csv, with another key or content."}


@pytest.mark.parametrize(
    ("more", "notes"),
    [
        ({}, []),
        ({"title": "", "tags": ()}, []),
        (
            {"title": "Else"},
            ["1 question comes otherwise filed in an earlier file (title, tags or the like), which counts: line 3."],
        ),
        (
            {"tags": ("else",)},
            ["1 question comes otherwise filed in an earlier file (title, tags or the like), which counts: line 3."],
        ),
    ],
)
@pytest.mark.parametrize("identity", ["", "Q-1"])
def test_what_an_earlier_file_of_the_run_brought_with_the_same_content_is_there_already(
    identity: str, more: dict[str, Any], notes: list[str]
) -> None:
    first = replace(OPEN, title="Locks", tags=("a", "b"), identity=identity)
    claims: Claims = {}
    bring(first, claims=claims)
    report = bring(replace(first, **more), file="b.csv", claims=claims)
    assert (counts(report), report.warnings) == ((0, 0, 1, 0), notes)
    question = Question.objects.get()
    assert (question.title, question.tags.count()) == ("Locks", 2)


# ---- What is rejected ----


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"stem": " \n"}, "There is no question text."),
        ({"stem": "x" * 100_001}, "The question text has 100,001 characters, and 100,000 fit."),
        ({"stem": "a\x00b"}, "It holds a character that cannot be stored (U+0000)."),
        (
            {"key": {"value": True, "feedback": {"true": "\ud800"}}},
            "It holds a character that cannot be stored (U+D800).",
        ),
        ({"type": "crossword"}, 'Questions of the type "crossword" are not supported; supported are '),
        ({"key": {"value": "maybe"}}, "Value: Input should be a valid boolean"),
        ({"key": {}}, "Value: "),
        ({"difficulty": "7"}, 'The difficulty "7" is none of easy, medium and hard.'),
        ({"title": "x" * 201}, "The title has 201 characters, and 200 fit."),
        ({"identity": "x" * 201}, "The identity has 201 characters, and 200 fit."),
        ({"tags": ("x" * 81,)}, "The tag has 81 characters, and 80 fit."),
        ({"tags": ("",)}, "A tag is empty."),
        ({"points": Decimal("0.001")}, "The points must be a number from 0 to 99999.99 with at most two decimals."),
        ({"points": Decimal("1E+999999")}, "The points must be a number from 0 to 99999.99 with at most two decimals."),
        (
            {"rubric": ParsedRubric("R", (ParsedCriterion("C", (LEVELS[0], LEVELS[0])),))},
            'Two levels of the criterion "C" have the same points.',
        ),
        ({"rubric": ParsedRubric(" ", RUBRIC.criteria)}, "The rubric's name is empty."),
    ],
)
def test_what_cannot_be_stored_is_rejected_and_the_rest_is_stored(change: dict[str, Any], reason: str) -> None:
    report = bring(OPEN, replace(FACT, **change))
    assert (counts(report), report.total, Question.objects.count()) == ((1, 0, 0, 1), 2, 1)
    assert reasons(report)["line 2"].startswith(reason)


# ---- All or nothing ----


REFUSALS = {
    "postgresql": (
        "ALTER TABLE assessments_questionversion ADD CONSTRAINT refuses_one CHECK (stem <> 'Question 1050?')",
        "ALTER TABLE assessments_questionversion DROP CONSTRAINT refuses_one",
    ),
    "sqlite": (
        """CREATE TRIGGER refuses_one BEFORE INSERT ON assessments_questionversion WHEN NEW.stem = 'Question 1050?'
        BEGIN SELECT RAISE(ABORT, 'refuses_one'); END""",
        "DROP TRIGGER refuses_one",
    ),
}


@pytest.fixture
def _database_that_refuses_one_question() -> Iterator[None]:
    """In the third batch of a file: two are stored by then."""
    begin, end = REFUSALS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(begin)
        yield
        cursor.execute(end)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_database_that_refuses_one_question")
def test_a_failure_in_the_middle_leaves_nothing_behind() -> None:
    many = [replace(OPEN, stem=f"Question {number}?", tags=("t",), rubric=RUBRIC) for number in range(1100)]
    with pytest.raises(IntegrityError, match="refuses_one"):
        bring(*many)
    assert [model.objects.count() for model in (QuestionBank, Question, QuestionVersion, Tag, Rubric, Level)] == [0] * 6
    assert counts(bring(*many[:1050])) == (1050, 0, 0, 0)


def test_a_dry_run_counts_and_leaves_nothing_behind() -> None:
    bring(FACT)
    assert counts(bring(replace(FACT, key={"value": False}), OPEN, dry_run=True)) == (1, 1, 0, 0)
    assert (Question.objects.count(), current(FACT.stem).key) == (1, {"value": True})
    assert counts(bring(OPEN, bank="New", dry_run=True)) == (1, 0, 0, 0)
    assert not QuestionBank.objects.filter(name="New").exists()


def run_at_once(*calls: Any) -> list[Any]:
    barrier = Barrier(len(calls))

    def call_and_hang_up(call: Any) -> Any:
        barrier.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call_and_hang_up, calls))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_new", [True, False])
def test_the_same_file_imported_twice_at_once_is_stored_once(is_new: bool) -> None:
    if not is_new:
        make_bank("Bank")
    many = [replace(OPEN, stem=f"Question {number}?") for number in range(200)]
    reports = run_at_once(*[partial(bring, *many)] * 4)
    assert sorted(counts(report) for report in reports) == [(0, 0, 200, 0)] * 3 + [(200, 0, 0, 0)]


def bring_to_four_banks_at_once(questions: list[ParsedQuestion]) -> list[tuple[int, int, int, int]]:
    """Every other one in the opposite order: whoever takes locks as they come waits for the other for ever."""
    orders = (questions, questions[::-1]) * 2
    reports = run_at_once(*(partial(bring, *order, bank=f"Bank {number}") for number, order in enumerate(orders)))
    return [counts(report) for report in reports]


@pytest.mark.django_db(transaction=True)
def test_imports_into_several_banks_at_once_share_tags() -> None:
    many = [replace(OPEN, stem=f"Q {number}", tags=(f"t{number}",)) for number in range(600)]
    assert bring_to_four_banks_at_once(many) == [(600, 0, 0, 0)] * 4
    assert Tag.objects.count() == 600


@pytest.mark.django_db(transaction=True)
def test_imports_into_several_banks_at_once_share_rubrics() -> None:
    many = [replace(OPEN, stem=f"Q {number}", rubric=replace(RUBRIC, name=f"Rubric {number}")) for number in range(40)]
    assert bring_to_four_banks_at_once(many) == [(40, 0, 0, 0)] * 4
    assert (Rubric.objects.count(), Criterion.objects.count()) == (40, 80)


# ---- Rubrics ----


def test_a_rubric_is_stored_once_for_all_that_use_it() -> None:
    bring(replace(OPEN, rubric=RUBRIC), replace(OPEN, stem="And a semaphore?", rubric=RUBRIC), bank="One")
    bring(replace(OPEN, rubric=RUBRIC), bank="Two")
    rubric = Rubric.objects.get()
    levels = [(level.points, level.name, level.description) for level in rubric.criteria.all()[0].levels.all()]
    assert (rubric.version, rubric.versions.count()) == (1, 3)
    assert levels == [(Decimal(0), "wrong", ""), (Decimal(2), "right", "with a reason")]


def test_a_changed_rubric_is_a_new_version_of_its_name_and_of_the_question() -> None:
    bring(replace(OPEN, rubric=RUBRIC))
    changed = replace(RUBRIC, criteria=RUBRIC.criteria[:1])
    assert counts(bring(replace(OPEN, rubric=changed))) == (0, 1, 0, 0)
    rubric = current(OPEN.stem).rubric
    assert rubric
    assert (rubric.version, rubric.criteria.count(), Rubric.objects.count()) == (2, 1, 2)


# ---- Versions and statuses ----


def test_a_new_version_is_what_is_asked_from_now_on() -> None:
    question = make_question("true_false")
    version = create_version(question, type="true_false", stem="Is it?", content={}, key={"value": False})
    question.refresh_from_db()
    assert (version.number, question.current_version) == (2, version)


def test_the_same_again_is_no_new_version() -> None:
    question = make_question("true_false")
    first, second = (
        create_version(question, type="true_false", stem="Is it?", content={}, key={"value": False, "feedback": {}})
        for _ in range(2)
    )
    assert (first, question.versions.count()) == (second, 2)


def test_a_version_that_does_not_fit_its_type_is_refused() -> None:
    question = make_question("true_false")
    with pytest.raises(ContentInvalid, match=r"key\.value"):
        create_version(question, type="true_false", stem="Is it?", content={}, key={})
    assert question.versions.count() == 1


def test_an_import_knows_what_was_written_by_hand_to_be_the_same() -> None:
    bring(replace(OPEN, rubric=RUBRIC))
    question = Question.objects.get()
    rubric = Rubric.objects.get()
    create_version(
        question, type="long_text", stem=OPEN.stem, content={}, key={"model_answer": "Other."}, rubric=rubric
    )
    create_version(question, type="long_text", stem=OPEN.stem, content={}, key=OPEN.key, rubric=rubric)
    assert counts(bring(replace(OPEN, rubric=RUBRIC))) == (0, 0, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_two_authors_at_once_make_two_versions() -> None:
    question = make_question("true_false")
    write = partial(create_version, question, type="true_false", content={}, key={"value": True})
    run_at_once(*(partial(write, stem=f"By author {number}?") for number in range(4)))
    assert sorted(question.versions.values_list("number", flat=True)) == [1, 2, 3, 4, 5]


def test_statuses_change_as_they_may_and_twice_is_once() -> None:
    question = make_question(status=QuestionStatus.DRAFT)
    seen = []
    for change in (
        question_banks.approve,
        question_banks.approve,
        question_banks.retire,
        question_banks.return_to_draft,
    ):
        change(question)
        seen.append((question.status, Question.objects.get().status))
    assert seen == [(status, status) for status in ("approved", "approved", "retired", "draft")]


def test_a_question_without_content_cannot_be_approved() -> None:
    question = Question.objects.create(bank=make_bank(), identity="empty")
    with pytest.raises(TransitionRefused, match="without content"):
        question_banks.approve(question)
    assert Question.objects.get().status == QuestionStatus.DRAFT


def test_versions_stay_immutable() -> None:
    bring(FACT)
    version = current(FACT.stem)
    version.stem = "Other"
    with pytest.raises(ImmutableVersion):
        version.save()


# ---- Exporting ----


def test_an_exported_bank_is_what_was_imported() -> None:
    full = replace(
        CHOICE, identity="c", title="T", points=Decimal("2.50"), difficulty="hard", tags=("a", "b"), source="kaggle",
        competence="SQL", explanation="So.", licence="MIT",
    )  # fmt: skip
    judged = replace(OPEN, identity="o", rubric=RUBRIC, source="standard")
    bring(full, judged)
    exported = export_bank(QuestionBank.objects.get())
    assert [replace(question, where="") for question in exported] == [
        replace(full, where=""),
        replace(judged, where=""),
    ]


def test_an_export_leaves_out_what_is_retired_and_takes_few_statements(django_assert_num_queries: Any) -> None:
    bring(*(replace(OPEN, stem=f"Q {number}", rubric=RUBRIC, tags=("t",)) for number in range(5)))
    question_banks.retire(Question.objects.all()[0])
    with django_assert_num_queries(5):
        assert len(export_bank(QuestionBank.objects.get())) == 4


# ---- What a question goes by ----


def test_a_question_without_a_title_goes_by_the_beginning_of_what_it_asks():
    long = replace(OPEN, where="line 9", stem="**Explain** `x < y` " + "at length " * 20)
    bring(FACT, replace(CHOICE, title="Slow writes"), long)
    names = [str(question) for question in Question.objects.order_by("pk")]
    assert sorted(names) == ["Explain x < y " + "at length " * 7 + "at…", "Is a tree a graph?", "Slow writes"]
    assert max(map(len, names)) <= 90


def test_another_version_gives_it_another_name():
    question = make_question(stem="Is it?")
    assert str(question) == "Is it?"
    create_version(question, type="true_false", stem="Is it *now*?", content={}, key={"value": True})
    assert (str(question), str(Question.objects.get(pk=question.pk))) == ("Is it now?", "Is it now?")


def test_a_question_that_an_import_changes_goes_by_what_it_asks_now():
    bring(replace(FACT, identity="F-1"))
    bring(replace(FACT, identity="F-1", stem="Is a forest a graph?"))
    assert str(Question.objects.get()) == "Is a forest a graph?"


def test_questions_from_before_get_their_names_when_the_database_is_brought_up_to_date():
    known, empty = make_question(stem="Is it?"), Question.objects.create(bank=make_bank(), identity="no version")
    Question.objects.update(beginning="")
    import_module("assessments.migrations.0015_question_beginnings_filled").fill(apps, None)
    assert [str(Question.objects.get(pk=one.pk)) for one in (known, empty)] == ["Is it?", "no version"]
