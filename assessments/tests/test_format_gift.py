from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from assessments import formats
from assessments.domain.markup import plain, render
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import ParsedQuestion, Rejection
from assessments.formats.detect import detect
from assessments.question_types import get
from assessments.question_types.texts import folded
from assessments.tests.parsing import parsed_by, the_only
from assessments.tests.question_strategies import questions

gift = formats.get("gift")


def only(text: str) -> ParsedQuestion:
    return the_only(parsed_by(gift, text))


def reason(text: str) -> str:
    parsed = gift.read(text.encode())
    assert parsed.questions == []
    return parsed.rejected[0].reason


def credits_of(question: ParsedQuestion, values: list[Any]) -> list[Fraction | None]:
    return [get(question.type).credit(value, question.content, question.key) for value in values]


def test_one_right_option_makes_a_single_choice():
    question = only("::Ports::Which port has **HTTPS**? {=443#Right. ~80 ~%50%8443#Often.\n}")
    assert (question.type, question.title, question.stem) == (
        "single_choice",
        "Ports",
        "Which port has \\*\\*HTTPS\\*\\*?",
    )
    assert [option["text"] for option in question.content["options"]] == ["443", "80", "8443"]
    assert question.key == {"option": "a", "credit": {"c": 0.5}, "feedback": {"a": "Right.", "c": "Often."}}


def test_only_shares_make_a_multiple_choice_that_earns_as_moodle_gives():
    question = only("Which are lossless? {~%50%PNG ~%-100%JPEG ~%50%FLAC ~%-25%GIF of a photo}")
    assert question.key["scoring"] == "weighted"
    values = [["a", "c"], ["a"], ["a", "b"], ["a", "c", "d"], ["a", "b", "c", "d"]]
    assert credits_of(question, values) == [1, Fraction(1, 2), 0, Fraction(3, 4), 0]


def test_even_shares_are_right_minus_wrong():
    question = only("Which are even? {~%33.33333%2 ~%33.33333%4 ~%33.33333%6 ~%-50%1 ~%-50%3}")
    assert question.key == {"options": ["a", "b", "c"]}


def test_text_after_the_answers_makes_a_gap():
    assert plain(only("Grant is {~buried =entombed} in a tomb.").stem) == "Grant is _____ in a tomb."
    assert plain(only("From 1 to 5? {#1..5}.").stem) == "From 1 to 5?"


@pytest.mark.parametrize(
    ("answers", "accepted"),
    [
        ("#1822", [{"value": "1822"}]),
        ("#3.14:0.005", [{"value": "3.14", "tolerance": "0.005"}]),
        ("#-5..5", [{"min": "-5", "max": "5"}]),
        ("#=1822:0 =%50%1822:2#Near.", [{"value": "1822"}, {"value": "1822", "tolerance": "2", "credit": 0.5}]),
        ("#3:2~#Wrong.", [{"value": "3", "tolerance": "2"}]),
    ],
)
def test_numbers_have_tolerances_ranges_and_shares(answers, accepted):
    assert only(f"How many? {{{answers}}}").key == {"accepted": accepted}


def test_short_answers_have_shares_stars_and_feedback_in_the_explanation():
    question = only("Which animal? {=Frog#Good! =%50%*cat*#Nearly. =%0%*#Wrong.####All in all.}")
    assert question.key["accepted"] == [{"text": "Frog"}, {"text": ".*cat.*", "match": "regex", "credit": 0.5}]
    assert question.explanation == "All in all.\n\n- Frog: Good!\n- \\*cat\\*: Nearly.\n- Wrong."
    assert credits_of(question, ["frog", "a wildcat", "dog"]) == [1, Fraction(1, 2), 0]


@pytest.mark.parametrize(("word", "value"), [("T", True), ("true", True), ("F", False), ("FALSE", False)])
def test_true_and_false_have_feedback_for_the_wrong_and_the_right(word, value):
    question = only(f"The sun rises in the east.{{{word}#Look again.#Yes.}}")
    right, wrong = str(value).lower(), str(not value).lower()
    assert question.key == {"value": value, "feedback": {wrong: "Look again.", right: "Yes."}}


def test_pairs_are_matched_and_one_choice_too_many_stays():
    question = only("Match. {=Canada -> Ottawa =Italy -> Rome = -> Oslo}")
    assert [prompt["text"] for prompt in question.content["prompts"]] == ["Canada", "Italy"]
    assert question.key == {"pairs": {"1": "a", "2": "b"}}


def test_nothing_between_the_braces_is_a_long_text():
    assert only("Write. {####Say why.}").explanation == "Say why."


def test_several_braces_are_a_text_with_gaps():
    question = only(
        "Read it.\\n\\nPeople {2:SA:=will be~%50%are} there, and {1:MC:no~=many} cars, {1:NM:=3:1} of them."
    )
    assert (question.type, question.stem) == ("cloze", "Read it.")
    assert question.content["text"] == "People {{1}} there, and {{2}} cars, {{3}} of them."
    assert credits_of(question, [{"1": "will be", "2": "b", "3": "4"}, {"1": "are"}]) == [1, Fraction(1, 4)]


def test_one_gap_of_a_kind_is_a_text_with_a_gap():
    question = only("::Ports::HTTPS has port {1:MC:=443#Right.~80}, mostly.")
    assert (question.type, question.content["text"]) == ("cloze", "HTTPS has port {{1}}, mostly.")
    assert question.key == {"gaps": {"1": {"option": "a"}}}
    assert question.explanation == "- (1) 443: Right."
    assert "two different options" in reason("::Ports::HTTPS has port {1:MC:=443}.")


def test_a_file_of_nothing_but_embedded_answers_is_one_text():
    question = only("Ports.\n\n* HTTP: {1:NM:=80}\n\n* HTTPS: {1:NM:=443}\n\nThat is all.\n")
    assert (question.where, question.stem) == ("line 1", "Ports.")
    assert question.content["text"] == "\\* HTTP: {{1}}\n\n\\* HTTPS: {{2}}\n\nThat is all."
    for other in ("::Two::Which? {T}", "$CATEGORY: nets", "Which? {=a ~b}"):
        assert gift.read(f"HTTP: {{1:NM:=80}}\n\n{other}\n\nHTTPS: {{1:NM:=443}}\n".encode()).total > 1


def test_options_with_letters_of_their_own_lose_them():
    assert [option["text"] for option in only("Who? {~A. Ada ~=B. Bob ~C. Cy}").content["options"]] == [
        "Ada",
        "Bob",
        "Cy",
    ]
    assert only("Who? {~A. Ada ~=C. Bob}").content["options"][0]["text"] == "A. Ada"


def test_tags_that_are_never_closed_are_spoken_of():
    question = only("Which holds a script, <script> or <js>?{=<script> ~<br> ~<b>bold</b>}")
    assert question.stem == "Which holds a script, \\<script> or \\<js>?"
    assert [plain(option["text"]) for option in question.content["options"]] == ["<script>", "<br>", "bold"]
    assert only("<p>One<br>two<p>three{T}").stem == "One\\\ntwo\n\nthree"


def test_a_part_that_does_not_fit_is_named_as_authors_know_it():
    (question,) = gift.read(b"Which?{=<!-- --> ~b}").questions
    assert check_question(question) == Rejection("line 1", "Which?", "Option 1: An option needs a text.")


def test_escaped_characters_are_text_and_other_backslashes_stay():
    question = only("Which of \\{a\\: 1\\}\\nand $ 1 \\\\neq 0 $ is \\(x\\)? {=\\=\\~ ~\\#}")
    assert plain(question.stem) == "Which of {a: 1} and $ 1 \\neq 0 $ is $x$?"
    assert [plain(option["text"]) for option in question.content["options"]] == ["=~", "#"]


def test_formats_of_texts_are_inherited():
    question = only("[markdown]Is **this** bold? {=[html]<b>Yes</b>#*Why*? ~[plain]*no*}")
    assert question.stem == "Is **this** bold?"
    assert [render(option["text"]) for option in question.content["options"]] == ["<p><b>Yes</b></p>", "<p>*no*</p>"]
    assert question.key["feedback"] == {"a": "*Why*?"}


def test_comments_name_and_tag_and_categories_tag():
    text = "$CATEGORY: $course$/top/Default for Nets/TCP\n\n// [id:n-1] [tag:ports] a note\nOpen? {T}\n\n// plain\nShut? {F}\n"
    first, second = gift.read(text.encode()).questions
    assert (first.identity, first.tags, first.where) == ("n-1", ("Nets/TCP", "ports"), "line 4")
    assert (second.identity, second.tags) == ("", ("Nets/TCP",))


def test_answers_may_have_empty_lines_and_a_title_ends_an_open_brace():
    parsed = gift.read(b"Pick: {\n\n=a\n\n~b\n}\n\n::Open::What? {=x\n\n::Next::And? {T}\n")
    assert [question.where for question in parsed.questions] == ["line 1", "line 10"]
    assert [(one.where, one.title) for one in parsed.rejected] == [("line 8", "Open")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Only text to read.", "description"),
        ("Which? {=a", "never closed"),
        ("Which? {~a ~b}", "No option earns anything"),
        ("Which? {~%50%a ~b =%50%c}", "No option earns the full points"),
        ("How many? {#many}", "is not a number"),
        ("Match. {=a -> b =c}", "->"),
        ("Which? {=a ~%500%b}", "outside"),
    ],
)
def test_what_cannot_be_taken_is_rejected_with_its_reason(text, words):
    assert words in reason(text)


def test_it_is_recognised_by_its_content():
    assert detect(b"::Q1:: Is it? {T}\n", "questions.txt").name == "gift"
    assert detect(b"Which? {~a =b}\n", "questions").name == "gift"


# ---- Writing ----


def shown(question: ParsedQuestion) -> Any:
    """What a question says, in a spelling of its own."""
    checked = check_question(question)
    assert isinstance(checked, CheckedQuestion), checked
    key, content = dict(checked.key), dict(checked.content)
    for name in ("options", "accepted"):
        if isinstance(key.get(name), list) and name == "options":
            key[name] = sorted(key[name])
        elif isinstance(key.get(name), list):
            key[name] = [{**one, "text": folded(one["text"])} if "text" in one else one for one in key[name]]
    return (
        question.type,
        render(question.stem),
        content,
        key,
        render(question.explanation),
        question.tags,
        question.title,
    )


def tidy(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines()).strip()


def tidied(value: Any) -> Any:
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, dict):
        return {name: tidied(item) for name, item in value.items()}
    return [tidied(item) for item in value] if isinstance(value, list) else value


SAYABLE = questions().map(
    lambda question: replace(
        question,
        stem=tidy(question.stem) or "x",
        content=tidied({name: part for name, part in question.content.items() if name == "options"}),
        key=tidied({name: part for name, part in question.key.items() if name not in ("scoring", "model_answer")}),
        explanation=tidy(question.explanation),
        title=" ".join(question.title.split()),
        identity=" ".join(question.identity.split()),
        points=Decimal(1),
        difficulty="",
        source="",
        competence="",
        licence="",
        rubric=None,
    )
)


@given(SAYABLE)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_what_gift_can_say_comes_back(question):
    checked = check_question(question)
    if not isinstance(checked, CheckedQuestion) or gift.omissions([question]):
        return
    (read,) = gift.read(gift.write([question])).questions
    assert shown(read) == shown(question)


def test_what_it_cannot_say_is_named():
    items = [{"id": "a", "text": "x"}, {"id": "b", "text": "y"}]
    ordering = ParsedQuestion("", "ordering", "Sort.", {"items": items}, {"order": ["b", "a"]})
    hard = ParsedQuestion("", "true_false", "So?", {}, {"value": True}, difficulty="hard", points=Decimal(2))
    assert gift.omissions([ordering, hard]) == [
        "1 question left out: GIFT has no questions of the type ordering (Sort.).",
        "Left out of 1 question: points.",
        "Left out of 1 question: difficulty.",
    ]
    assert len(gift.read(gift.write([ordering, hard])).questions) == 1
