"""What was seen to go wrong on the candidate's page, once questions of other programs were looked at there."""

from __future__ import annotations

import pytest

from assessments.domain.markup import render
from assessments.formats.html_text import html_to_markdown
from assessments.formats.html_tree import parse_html


@pytest.mark.parametrize("end", ["<br>", "<br/> ", "<br>\u00a0", "<br> &nbsp; <br>", "\u00a0<br>"])
def test_a_break_at_the_end_leaves_no_backslash(end: str) -> None:
    assert html_to_markdown(f"<p>What was it?{end}\n</p><p>Well?</p>").replace("\u00a0", "") == "What was it?\n\nWell?"


def test_keys_and_samples_are_no_code() -> None:
    assert html_to_markdown("Press <kbd>Esc</kbd>, see <samp>ok</samp>, run <code>x</code>") == (
        "Press <kbd>Esc</kbd>, see <samp>ok</samp>, run `x`"
    )


def test_a_direction_reaches_every_block_within() -> None:
    html = '<div dir="rtl">\u05d0 <b>x</b><p>\u05d1</p><div><p dir="ltr">c</p><p>\u05d2</p></div><ul><li>\u05d3</li></ul></div>'
    assert render(html_to_markdown(html)).replace("\n", "") == (
        '<p dir="rtl">\u05d0 <b>x</b></p><p dir="rtl">\u05d1</p><p dir="ltr">c</p><p dir="rtl">\u05d2</p>'
        '<ul dir="rtl"><li>\u05d3</li></ul>'
    )


def test_code_within_a_direction_stays_code() -> None:
    written = html_to_markdown('<div dir="rtl"><p>\u05d0</p><pre>a\n\n  b</pre></div>')
    assert "<pre><code>a\n\n  b\n</code></pre>" in render(written)


def test_cells_keep_their_alignment() -> None:
    html = '<table><tr><th class="align-right x">a</th></tr><tr><td class="align-right">1</td></tr></table>'
    assert render(html_to_markdown(html)).count('class="align-right"') == 1


@pytest.mark.parametrize("words", ["1. b", "- b", "# b", "| b"])
def test_a_number_behind_hard_spaces_begins_no_list_where_they_are_stripped(words: str) -> None:
    written = html_to_markdown(f"<p>&nbsp; {words}</p>").strip()
    assert render(written) == f"<p>{words}</p>"


@pytest.mark.parametrize(
    "text", ["a\r\nb\rc", "\ufeffa", "\ufeff", "a > b; c", "\ud800x", "a\x00b", "\u2003\n\u00a0", ""]
)
def test_a_text_without_tags_is_read_as_one_with_them(text: str) -> None:
    assert parse_html(text).text() == parse_html(f"{text}<b></b>").text()


def test_names_of_functions_are_no_products_of_letters() -> None:
    html = (
        "<math><mfrac><mi>d</mi><mi>x</mi></mfrac><msup><mi> sin </mi><mn>2</mn></msup><mi>x</mi><mi>rank</mi></math>"
    )
    assert html_to_markdown(html) == r"$\frac{d}{x}\sin^{2}x\operatorname{rank}$"
    shown = render(html_to_markdown(html))
    assert ">sin</mo>" in shown
    assert ">rank</mo>" in shown


@pytest.mark.parametrize(
    "attributes",
    [
        'class="equation_image" data-equation-content="x^2" alt="LaTeX: x^2"',
        'data-equation-content=" x^2 "',
        'class="equation_image large" alt="LaTeX: x^2"',
        'class="equation_image" title="x^2"',
    ],
)
def test_a_picture_that_says_its_formula_is_mathematics(attributes: str) -> None:
    html = f'<p>Draw <img src="/equation_images/x%255E2" {attributes}> now</p>'
    assert html_to_markdown(html) == "Draw $x^2$ now"
    assert "<math" in render(html_to_markdown(html))


def test_a_formula_that_cannot_stand_between_dollars_is_text() -> None:
    html = '<p><img src="/equation_images/a" data-equation-content="5\\$ + x"></p>'
    assert html_to_markdown(html) == r"5\\\$ + x"


def test_headings_keep_their_order_of_size() -> None:
    assert (
        html_to_markdown("<h2>Verbs</h2><h3>One</h3><p>I am.</p><h6>Six</h6>")
        == "# Verbs\n\n## One\n\nI am.\n\n#### Six"
    )
    assert html_to_markdown("<h3>Verbs</h3><h5>Three</h5>") == "# Verbs\n\n### Three"
    assert html_to_markdown("<h4>Verbs</h4>") == "## Verbs"
