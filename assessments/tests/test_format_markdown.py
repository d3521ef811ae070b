from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments import formats
from assessments.formats.base import FileUnreadable, Parsed, ParsedBank, ParsedQuestion
from assessments.formats.detect import detect
from assessments.tests.parsing import parsed_by, the_only

markdown = formats.get("markdown")


def read(text: str) -> Parsed:
    return parsed_by(markdown, text)


def one(text: str) -> ParsedQuestion:
    return the_only(read(text))


def texts(question: ParsedQuestion) -> list[str]:
    return [option["text"] for option in question.content["options"]]


def test_boxes_below_a_numbered_heading():
    question = one(
        "## Shells\n\n#### Q7. Which prints?\n\n```bash\n- [x] no option\n# Q8. no heading\n```\n\n- [ ] `ls`\n- [x] `cat`\n\n"
        "[reference](https://example.org)\n\n**Explanation:** it does.\n"
    )
    assert (question.where, question.number, question.tags) == ("line 3", "7", ("Shells",))
    assert question.stem == "Which prints?\n\n```bash\n- [x] no option\n# Q8. no heading\n```"
    assert (texts(question), question.key) == (["`ls`", "`cat`"], {"option": "b"})
    assert question.explanation == "[reference](https://example.org)\n\n**Explanation:** it does."


def test_several_boxes_with_a_cross_and_lines_and_code_within_options():
    question = one(
        "### 2) Which?\n- [x] A\n\n```\none\n```\n\n- [ ] B\n\n```\ntwo\n```\n\n- [X] C\n\n```\nthree\n```\n\nSo.\n"
    )
    assert (question.type, question.key["options"], question.explanation) == ("multiple_choice", ["a", "c"], "So.")
    assert texts(question) == ["```\none\n```", "```\ntwo\n```", "```\nthree\n```"]
    assert texts(one("# Q1. Which?\n- [x] blue\n      white\n- [ ] red\n")) == ["blue\nwhite", "red"]


@pytest.mark.parametrize("mark", [":", "&shy;", "&nbsp;", "."])
def test_what_only_announces_the_code_of_an_option_is_left_out(mark: str):
    question = one(f"# Q1. Which?\n- [ ] {mark}\n\n```\none\n```\n\n- [x] {mark}\n\n```\ntwo\n```\n")
    assert texts(question) == ["```\none\n```", "```\ntwo\n```"]


def test_letters_and_the_answer_folded_away():
    question = one(
        "###### 1. What's the output?\n\n- A: `1`\n- B: `2`\n\n<details><summary><b>Réponse</b></summary>\n<p>\n\n"
        "#### Réponse : B\n\nBecause.\n\n</p>\n</details>\n\n---\n"
    )
    assert (texts(question), question.key, question.explanation) == (["`1`", "`2`"], {"option": "b"}, "Because.")


def test_letters_and_the_answer_in_a_sentence():
    question = one("#### Q1. What?\n\na) this\nb) that\n\n**Explanation:**\nThe correct answer is b) that.\n")
    assert (question.key, question.explanation) == ({"option": "b"}, "The correct answer is b) that.")


def test_true_and_false_are_a_question_type():
    assert one("# Q1. Is it?\n- [ ] True\n- [x] False\n").key == {"value": False}


def test_a_number_that_lost_its_signs_still_begins_a_question():
    parsed = read("#### Q1. One?\n- [x] a\n- [ ] b\n\nQ2. Two?\n- [ ] a\n- [x] b\n")
    assert [(item.where, item.number, item.stem) for item in parsed.questions] == [
        ("line 1", "1", "One?"),
        ("line 5", "2", "Two?"),
    ]


def test_a_heading_with_the_answer_below_it():
    question = one("#### 3) What is TCP? [[src](https://example.org/a)]\n\nA protocol.\n\n* ordered\n\n---\n")
    assert (question.type, question.stem, question.explanation) == (
        "long_text",
        "What is TCP?",
        "Source: https://example.org/a",
    )
    assert question.key == {"model_answer": "A protocol.\n\n* ordered"}


def keys_of(text: str) -> list[tuple[str, object]]:
    parsed = parsed_by(markdown, text)
    assert parsed.rejected == []
    return [(question.stem, question.key.get("option", question.key.get("options"))) for question in parsed.questions]


CITIES, SEAS = ("- [ ] Berlin", "- [x] Paris"), ("- [x] Indian", "- [ ] Red", "- [x] Arctic")
CAPITALS = [("Capital of France?", "b"), ("Which are oceans?", ["a", "c"])]
ROUND = ("- ( ) Berlin", "- (x) Paris")
LETTERS = ("a) Berlin", "b) Paris", "", "Answer: b")


def asking(first: str, cities: tuple[str, ...], second: str, seas: tuple[str, ...], *, indent: str = "") -> str:
    points = ["", *cities], ["", *seas, ""]
    below, below_second = (f"\n{indent}".join(lines) for lines in points)
    return f"{first} of France?{below}\n\n{second}{below_second}"


@pytest.mark.parametrize(
    "text",
    [
        asking("# Geography\n\n1. Capital", CITIES, "2. Which are oceans?", SEAS, indent="   "),
        asking("1) Capital", CITIES, "2) Which are oceans?", SEAS, indent="    "),
        asking("# Geography\n\n## 1. Capital", CITIES, "2. Which are oceans?", SEAS, indent=" "),
        asking("1. Capital", CITIES, "2. Which are oceans?", SEAS, indent="\t"),
        asking("## 1. Europe\n\n1. Capital", CITIES, "## 2. Seas\n\n1. Which are oceans?", SEAS, indent="   "),
        asking("## 1. Capital", CITIES, "**2. Which are oceans?**", SEAS),
        asking(
            "1. Capital", LETTERS, "2. Which are oceans?", ("A. Indian", "B. Red", "C. Arctic", "", "**Answer: A, C**")
        ),
        asking("## Capital", ROUND, "2. Which are oceans?", SEAS),
    ],
    ids=["points", "four blanks", "heading and point", "tabs", "sections", "bold", "letters", "round boxes"],
)
def test_each_question_keeps_its_own_options(text: str):
    assert keys_of(text) == CAPITALS


def test_sections_of_points_and_of_headings_are_all_read():
    points = "1. One?\n   - [ ] x\n   - [x] y\n   > Because.\n2. Why?\n3. Three?\n   - [x] x\n   - [ ] y\n"
    parsed = read(f"# Quiz\n\n## A\n\n{points}\n#### Q4. Four?\n\n- [x] x\n- [ ] y\n")
    assert [(one.stem, one.type, one.number, one.explanation, one.tags) for one in parsed.questions] == [
        ("One?", "single_choice", "1", "> Because.", ("A",)),
        ("Why?", "long_text", "2", "", ("A",)),
        ("Three?", "single_choice", "3", "", ("A",)),
        ("Four?", "single_choice", "4", "", ("A",)),
    ]


@pytest.mark.parametrize("title", ["#### Q1. Which hold?", "## Which hold?"])
def test_a_numbered_list_above_the_options_is_text(title: str):
    question = one(f"{title}\n\n1. All swans are white.\n2. Ice floats.\n\n- [ ] Only 1\n- [x] Only 2\n")
    assert question.stem == "Which hold?\n\n1. All swans are white.\n2. Ice floats."


def test_an_option_that_is_only_a_tag_is_shown_as_one():
    question = one("## 1. Largest?\n\n- [ ] <h6>\n- [x] <h1>\n- [ ] `<b>` <b>\n- [ ] <b>bold</b>\n- [ ] <br>\n")
    assert texts(question) == [r"\<h6>", r"\<h1>", r"`<b>` \<b>", "<b>bold</b>", r"\<br>"]


def test_mathematics_in_a_list_is_no_box():
    question = one("### 1. What is f?\n\n- (x) is its argument\n")
    assert question.key == {"model_answer": "- (x) is its argument"}


def test_a_part_of_another_kind_ends_a_question_and_is_noted():
    answered = "### Q1: What is Git?\n\nA tool.\n\n### Answer in short\n\nTool."
    parsed = read(f"{answered}\n\n### Notes\n\nSee the book.\n\n### Q2: Why?\n")
    assert [one.key for one in parsed.questions] == [{"model_answer": "A tool.\n\n### Answer in short\n\nTool."}, {}]
    assert parsed.warnings == ["Parts between questions, which belong to none: Notes (1)."]


def test_a_numbered_list_of_nothing_but_questions():
    parsed = parsed_by(
        markdown, "# Interview\n\n1. What is a closure?\n2. What is hoisting?\n\n## SQL\n\n- Explain joins.\n"
    )
    assert [(one.stem, one.number, one.tags) for one in parsed.questions] == [
        ("What is a closure?", "1", ("Interview",)),
        ("What is hoisting?", "2", ("Interview",)),
        ("Explain joins.", "", ("SQL",)),
    ]


def test_code_that_is_indented_below_a_question_keeps_its_lines():
    question = one("#### Q1. Which are true?\n\n    1. a && b\n    2. a || b\n\n- [x] 1\n- [ ] 2\n")
    assert question.stem == "Which are true?\n\n    1. a && b\n    2. a || b"
    assert one("## 1. How?\n\n    ls\n\nSo.\n").key == {"model_answer": "    ls\n\nSo."}


def test_a_second_heading_above_the_options_is_text():
    question = one("#### Q1. A server is slow.\n\n#### What comes first?\n\n##### Logs\n\n- [x] Look\n- [ ] Guess\n")
    assert question.stem == "A server is slow.\n\nWhat comes first?\n\n##### Logs"


def test_code_that_a_question_announces_is_asked_about():
    question = one("#### 1) Why is the following wrong:\n```\n1/0\n```\nNo number is it.\n")
    assert question.stem == "Why is the following wrong:\n\n```\n1/0\n```"
    assert question.key == {"model_answer": "No number is it."}
    solved = one("#### 1) Write a function that does this:\n```\nf()\n```\n")
    assert solved.key == {"model_answer": "```\nf()\n```"}


def test_a_bold_question_with_the_sign_of_its_difficulty():
    parsed = read(
        "# T\n\n## Nets\n\n**What is UDP? \U0001f476**\n\n**Datagrams** are.\n\n<br/>\n\n**Loss \u2b50\ufe0f**\n\nIt.\n"
    )
    found = [(item.stem, item.difficulty, item.tags, item.key) for item in parsed.questions]
    assert found == [
        ("What is UDP?", "easy", ("Nets",), {"model_answer": "**Datagrams** are."}),
        ("Loss", "medium", ("Nets",), {"model_answer": "It."}),
    ]
    assert parsed.bank == ParsedBank(name="T")


def test_a_task_goes_on_to_the_code_that_solves_it_and_its_section_comes_first():
    parsed = read(
        "## SQL\n\nThere is a table ads.\n\nWrite queries:\n\n**1)** All ads.\n\n* sorted\n\nBrute force:\n\n"
        "```sql\nSELECT 1;\n```\n\n## More\n\nWords.\n\n**1) Sum.** Add.\n\n```\n+\n```\n"
    )
    first, second = parsed.questions
    assert first.stem == "There is a table ads.\n\nWrite queries:\n\nAll ads.\n\n* sorted"
    assert first.key == {"model_answer": "Brute force:\n\n```sql\nSELECT 1;\n```"}
    assert (second.stem, [item.number for item in parsed.questions]) == ("**Sum.** Add.", ["", ""])


def test_a_folded_answer_below_its_question():
    question = one("<details>\n<summary>What is CI?</summary><br><b>\n\nMerging often.\n\n</b></details>\n")
    assert (question.stem, question.key) == ("What is CI?", {"model_answer": "Merging often."})


def test_a_list_of_nothing_but_questions():
    parsed = read("---\ntitle: Nets\n---\n\n* What is TCP?\n* Explain:\n  * UDP\n  * IP\n* Why DNS?\n")
    assert [(item.where, item.stem) for item in parsed.questions] == [
        ("line 5", "What is TCP?"),
        ("line 6", "Explain:\n\n* UDP\n* IP"),
        ("line 9", "Why DNS?"),
    ]
    assert parsed.bank.name == "Nets"


def test_a_heading_ends_a_point_of_a_list():
    parsed = read(
        "# All\n* What is one?\n* What is two?\n\n## Code\n* Make it work:\n```js\nf()\n```\n* Why?\n* How?\n"
    )
    assert [question.stem for question in parsed.questions] == [
        "What is one?",
        "What is two?",
        "Make it work:\n\n```js\nf()\n```",
        "Why?",
        "How?",
    ]
    assert [question.tags for question in parsed.questions] == [("All",)] * 2 + [("Code",)] * 3


def test_points_with_a_sign_before_the_right_option():
    question = one("# Stacks\n\n* Which policy?\n\n    - FIFO\n    - !LIFO\n")
    assert (question.stem, texts(question), question.key) == ("Which policy?", ["FIFO", "LIFO"], {"option": "b"})


def test_questions_with_a_label():
    parsed = read("Question: What is `foo`?\n```js\nvar foo = 1;\n```\n\nQuestion: Why?\nAnswer: So.\n")
    assert [(item.stem, item.key) for item in parsed.questions] == [
        ("What is `foo`?\n\n```js\nvar foo = 1;\n```", {}),
        ("Why?", {"model_answer": "So."}),
    ]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("- [ ] a\n- [ ] b", "none is marked"),
        ("- [x] a", "needs two"),
        ("- [x] a\n- [ ] a", 'say the same: "a"'),
        ("- [x] a\n- [ ]", "An option has no text"),
        ("![plan](img/plan.png)\n- [x] a\n- [ ] b", "It shows plan.png, which is missing"),
        ('- [x] <img alt="" src="a.png">\n- [ ] b', "It shows a.png, which is missing"),
        ("a) x\nb) y\n\nAnswer: C", "letter of none"),
    ],
)
def test_what_cannot_be_asked_is_rejected_with_its_line(body: str, words: str):
    parsed = read(f"# Q1. Which?\n{body}\n\n# Q2. Good?\n- [x] a\n- [ ] b\n")
    assert [(item.where, item.title, words in item.reason) for item in parsed.rejected] == [("line 1", "Which?", True)]
    assert [item.stem for item in parsed.questions] == ["Good?"]


def test_a_picture_in_an_explanation_is_noted():
    parsed = read("# Q1. Which?\n- [x] a\n- [ ] b\n\nSo: ![x](y.png)\n")
    assert parsed.questions[0].explanation == "So: [x]"
    assert parsed.warnings == ["Feedback shows y.png, which is left out: the file does not hold it (1)."]


def test_a_fence_that_is_never_closed_swallows_nothing():
    assert read("# Q1. One?\n```\n- [x] a\n- [ ] b\n\n# Q2. Two?\n- [x] a\n- [ ] b\n").total == 2


def test_prose_is_refused():
    with pytest.raises(FileUnreadable, match="no list of questions"):
        markdown.read(b"# Notes\n\n* eggs\n* milk\n* bread\n")


def test_it_is_known_by_its_marks():
    assert detect(b"#### Q1. One?\n\n- [x] a\n- [ ] b\n", "quiz.txt").name == "markdown"
    assert detect(b"#### Q1. One?\n\n- [x] a\n- [ ] b\n", "quiz.md").name == "markdown"


# ---- Written ----

WORDS = st.text("abz 12.,?!'`_$", min_size=1, max_size=20).map(str.strip).filter(bool)


def choice(type_: str, key: dict[str, Any], *options: str, **more: Any) -> ParsedQuestion:
    content = {"options": [{"id": id_, "text": text} for id_, text in zip("abcdef", options, strict=False)]}
    return ParsedQuestion("", type_, "Which?", content, key, **more)


def back(*questions: ParsedQuestion) -> list[ParsedQuestion]:
    return markdown.read(markdown.write(questions, ParsedBank(name="B"))).questions


@given(st.lists(WORDS, min_size=2, max_size=4, unique=True), WORDS, WORDS)
def test_what_is_written_comes_back(options: list[str], stem: str, explanation: str):
    given_ = choice("single_choice", {"option": "b"}, *options)
    for question in (given_, choice("multiple_choice", {"options": ["a", "b"]}, *options)):
        if markdown.omissions([question]):
            continue
        (found,) = back(question)
        assert (found.type, found.stem, texts(found)) == (question.type, question.stem, options)


@pytest.mark.parametrize("name", ["Back end", 'He said: "x" \\ y', "It's 'so'", "größe"])
def test_the_banks_name_comes_back_as_such_and_is_no_tag(name: str):
    data = markdown.write([choice("single_choice", {"option": "a"}, "x", "y")], ParsedBank(name))
    parsed = markdown.read(data)
    assert (parsed.bank.name, [one.tags for one in parsed.questions]) == (name, [()])


@pytest.mark.parametrize(
    ("line", "name"), [("Plain", "Plain"), ("'It''s'", "It's"), ('"a \\"b\\""', 'a "b"'), ('"open', "open")]
)
def test_the_title_in_front_matter_is_the_banks_name(line: str, name: str):
    text = f"---\nlayout: x\ntitle: {line}\n---\n\n## Question 1\n\nWhy?\n\n- [x] a\n- [ ] b\n"
    assert markdown.read(text.encode()).bank.name == name


def test_every_type_with_a_form_comes_back_whole():
    questions = [
        choice("single_choice", {"option": "b"}, "one\ntwo", "```\ncode\n```", explanation="So.\n\nAnd so."),
        choice("multiple_choice", {"options": ["a", "c"]}, "x", "y", "z"),
        ParsedQuestion("", "true_false", "Is it?\n\n```\n# Q1. no\n```", {}, {"value": True}),
        ParsedQuestion("", "long_text", "Why?", {}, {"model_answer": "So.\n\n* a\n* b"}, explanation="E."),
        ParsedQuestion("", "long_text", "How?", {}, {}),
    ]
    assert markdown.omissions(questions) == []
    found = back(*questions)
    assert [(item.type, item.stem, item.key, item.explanation) for item in found[:1] + found[2:]] == [
        (item.type, item.stem, item.key, item.explanation) for item in questions[:1] + questions[2:]
    ]
    assert (texts(found[0]), found[1].key["options"]) == (["one\ntwo", "```\ncode\n```"], ["a", "c"])


def test_what_has_no_form_is_left_out_and_named():
    questions = [
        ParsedQuestion("", "numeric", "How many?", {}, {"accepted": [{"value": "1"}]}),
        ParsedQuestion("", "long_text", "Why?\n\n# Because", {}, {}),
        choice("single_choice", {"option": "a", "credit": {"b": 0.5}}, "x", "y", tags=("t",), identity="q"),
    ]
    assert [sentence.split(": ")[0] for sentence in markdown.omissions(questions)] == [
        "1 question left out",
        "1 question left out",
        "Left out of 1 question",
        "Left out of 1 question",
        "Left out of 1 question",
    ]
    assert len(back(*questions)) == 1
