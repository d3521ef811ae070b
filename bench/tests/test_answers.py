from __future__ import annotations

import random

import pytest

from bench.answers import Question, invent, shown_in

PAGE = """
<div id="question-panel" data-number="3"><form>
<input type="hidden" name="base_revision" value="7"><input type="hidden" name="key" value="x">{}</form></div>
"""


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ('<textarea name="value">\n&lt;b&gt; “ü”\nmore</textarea>', ("<b> “ü”\nmore",)),
        ('<textarea name="value">\n</textarea>', ()),
        ('<input type="text" name="value" value="3.5 &amp; s">', ("3.5 & s",)),
        ('<input type="radio" name="value" value="a"><input type="radio" name="value" value="b" checked>', ("b",)),
        ('<input type="checkbox" name="value" value="a" checked>' * 2, ("a", "a")),
    ],
)  # fmt: skip
def test_a_page_is_read_as_a_browser_would_post_it(fields, expected):
    shown = shown_in(PAGE.format(fields))
    assert (shown.number, shown.base_revision, shown.fields) == (3, 7, expected)


@pytest.mark.parametrize(
    "name", ["single_choice", "multiple_choice", "true_false", "numeric", "short_text", "long_text"]
)
def test_an_invented_answer_is_of_its_type_and_hardly_ever_the_same(name):
    question, chance = Question(1, name, ("a", "b", "c", "d", "e")), random.Random(1)
    answers = {invent(question, chance).fields for _ in range(50)}
    assert len(answers) > 1
    assert all(fields and all(fields) for fields in answers)
