from __future__ import annotations

import pytest
from hypothesis import given, settings

from assessments.domain import markup
from assessments.formats.plain_text import as_markdown, lines_of_list, list_items
from assessments.tests.question_strategies import TEXT

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What does __init__ do?", "What does __init__ do?"),
        ("Which tag is right: <br> or </br>?", "Which tag is right: <br> or </br>?"),
        ("std::vector<int> or List<String>?", "std::vector<int> or List<String>?"),
        ("What does a*(c + d)* + b(c + d)* match?", "What does a*(c + d)* + b(c + d)* match?"),
        ("What do *args and **kwargs hold?", "What do *args and **kwargs hold?"),
        ("Is a < b and c > d?", "Is a < b and c > d?"),
        ("Use `__init__` and `<br>`.", "Use __init__ and <br>."),
        ("A <b>bold</b> word", "A bold word"),
    ],
)
def test_a_stem_from_a_sheet_shows_what_its_author_typed(text: str, words: str) -> None:
    assert markup.plain(as_markdown(text)) == words


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("one\r\n\r\ntwo", "<p>one</p>\n<p>two</p>"),
        ("if x:\n    y()", "<p>if x:<br>\n&nbsp;&nbsp;&nbsp;&nbsp;y()</p>"),
        ("# a comment\nrun()", "<p># a comment<br>\nrun()</p>"),
        ("Choose:\n1. this\n2. that", "<p>Choose:</p>\n<ol>\n<li>this</li>\n<li>that</li>\n</ol>"),
        ("Use `a`\n  and `b`", "<p>Use <code>a</code><br>\n&nbsp;&nbsp;and <code>b</code></p>"),
        ("```\nx = 1\n  y\n```\nWhy?", "<pre><code>x = 1\n  y\n</code></pre>\n<p>Why?</p>"),
        ("~~~\n__a__\n<br>", "<pre><code>__a__\n&lt;br&gt;</code></pre>"),
    ],
)
def test_lines_and_code_keep_their_shape(text: str, html: str) -> None:
    assert markup.render(as_markdown(text)) == html


@given(TEXT)
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text: str) -> None:
    once = as_markdown(text)
    assert as_markdown(once) == once


@pytest.mark.parametrize(
    "text", ["`" * 50_000, "".join("`" * n + " " for n in range(400)), "<a>" * 20_000, "<a></b>" * 9_000]
)
def test_time_grows_with_the_text_and_no_faster(text: str) -> None:
    assert as_markdown(text)  # minutes, where markup is looked for by backtracking


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("['One', 'two']", "One\ntwo"),
        ('["It\'s", "so"]', "It's\nso"),
        ("[1, 2]", "[1, 2]"),
        ("[]", "[]"),
        ("[broken", "[broken"),
        ("['a'] and more", "['a'] and more"),
        ("[__import__('os')]", "[__import__('os')]"),
        ("[" * 50_000 + "]" * 50_000, "[" * 50_000 + "]" * 50_000),
    ],
)
def test_a_list_written_out_becomes_its_lines(text: str, lines: str) -> None:
    assert lines_of_list(text) == lines


@pytest.mark.parametrize("cell", ["red\ngreen\n", "red | green", "red; green", "['red', 'green']"])
def test_options_in_one_cell_are_told_apart(cell: str) -> None:
    assert list_items(cell) == ("red", "green")
