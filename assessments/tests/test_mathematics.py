from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments import question_types
from assessments.domain import markup
from assessments.domain.mathematics import LONGEST, mathml
from assessments.formats.shown import html_of

ROOT = '<mo form="prefix" stretchy="true" rspace="0">\u221a</mo>'


def inner(markdown: str) -> str:
    """What is within ``math``, without its row."""
    found = re.fullmatch(r"<math [^>]*><mrow>(.*)</mrow></math>", markup.render_inline(markdown))
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("tex", "elements"),
    [
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"\frac{1}{2}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>"),
        (
            r"\sqrt{a}",
            f'<mrow>{ROOT}<mrow class="lined"><mrow><mi>a</mi></mrow></mrow></mrow>',
        ),
        ("a<b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\mathbb{R}", "<mi>\u211d</mi>"),
        (r"\mathbf{AB}", "<mrow><mi>\U0001d400</mi><mi>\U0001d401</mi></mrow>"),
        ("50%", "<mn>50</mn><mi>%</mi>"),
    ],
)
def test_tex_is_shown_as_mathml(tex, elements):
    assert inner(f"${tex}$") == elements


def test_whoever_cannot_see_it_is_told_the_tex():
    assert markup.render_inline('$a "b"$').startswith('<math alttext="a &quot;b&quot;" display="inline">')


@pytest.mark.parametrize("typed", ["$$x$$", r"\[x=1\]", "$$\nx\n$$"])
def test_what_stands_alone_is_displayed(typed):
    assert 'display="block"' in markup.render(typed)


def test_backslashes_and_brackets_are_dollars_by_another_name():
    assert markup.render_inline(r"\(x_1\)") == markup.render_inline("$x_1$")


def test_a_line_of_a_formula_that_begins_with_a_sign_is_no_list():
    assert markup.render("$$\na\n- b\n$$") == markup.render("$$a - b$$")


def test_it_is_shown_in_tables_written_as_tags_but_not_in_their_code():
    assert markup.render("<table><tr><td>$x$</td></tr></table>").count("<math") == 1
    assert markup.render("<pre>$x$</pre>") == "<pre>$x$</pre>"


@pytest.mark.parametrize(
    "text",
    [
        "costs $5 and $6",
        "US$5-US$6",
        "$HOME:$PATH",
        "f($a,$b)",
        r"\$5\$",
        "$$$$$",
        "a $ b $ c",
        "2$x$3",
        "the [optional] part",
    ],
)
def test_money_and_variables_are_no_mathematics(text):
    assert "<math" not in markup.render(text)
    assert "<code" not in markup.render(text)


def test_brackets_with_backslashes_are_brackets_unless_tex_is_in_them():
    assert markup.render_inline(r"\[optional\]") == "[optional]"


@pytest.mark.parametrize(
    "tex", [r"\nosuchcommand x", r"\frac{1}", r"\left( x", r"\cancel{x}", r"\begin{matrix}", "{x", "x^{{2}}"]
)
def test_what_cannot_be_converted_stays_as_typed(tex):
    assert markup.render_inline(f"a ${tex}$ b") == f'a <code class="math">${tex}$</code> b'


@pytest.mark.parametrize(
    "tex",
    [
        "{" * 400 + "x" + "}" * 400,
        r"\sqrt" * 190,
        r"\left(" * 100,
        r"\begin{matrix}" * 60,
        r"\def\a{\b\b}\def\b{\c\c}\a",
        r"\newcommand{\a}{xx}\a",
        "x" * (LONGEST + 1),
        r"\frac" * 150,
    ],
)
def test_what_was_made_to_take_long_is_left(tex):
    assert mathml(tex, is_block=False) is None


def test_beyond_a_certain_amount_the_rest_of_a_text_is_left():
    html = markup.render("$" + "x" * 900 + "$ ") + markup.render(("$" + "y" * 900 + "$ ") * 30)
    assert html.count("<math") == 1 + 22


PIECES = [r"\frac", r"\sqrt", r"\left(", r"\right)", r"\begin{matrix}", r"\end{matrix}", r"\text{", r"\over", r"\hat"]


@given(
    st.lists(
        st.sampled_from([*PIECES, *"{}^_&$%#'~x1<>"]),
        max_size=30,
    )
)
def test_no_tex_breaks_a_page(parts):
    assert markup.render("a $" + " ".join(parts) + "$ b")


def test_mathematics_that_an_author_wrote_as_tags_is_text():
    assert markup.plain("<math><mi>x</mi></math>") == "<math><mi>x</mi></math>"
    assert markup.render_inline("<mi>x</mi>") == "&lt;mi&gt;x&lt;/mi&gt;"


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ('<math><mspace width="99999px"></mspace></math>', "<math><mspace></mspace></math>"),
        ('<math><mi href="/x" style="x" onclick="x" id="x">x</mi></math>', "<math><mi>x</mi></math>"),
        ("<math><maction><mi>x</mi></maction></math>", "<math><mi>x</mi></math>"),
        ("<math><annotation-xml><p>x</p></annotation-xml></math>", "<math></math><p>x</p>"),
    ],
)
def test_the_sanitizer_holds_even_if_other_mathml_came_to_it(html, left):
    assert markup.SANITIZER.clean(html) == left


def test_words_and_other_programs_are_given_the_tex():
    assert markup.plain(r"a $x_1$ and \(y\)") == "a $x_1$ and $y$"
    assert html_of("a $x_1$ and $$y$$") == r"<p>a \(x_1\) and $$y$$</p>"


@pytest.mark.parametrize(
    ("tex", "line"),
    [
        ("x=y", "x = y"),
        ("-2x^2+3", "-2x²+3"),
        (r"a_{10} \leq x^{n+1}", "a₁₀ ≤ xⁿ⁺¹"),
        (r"x^{ab}_i", "x_i^ab"),
        (r"\frac{1}{b+c}", "1/(b+c)"),
        (r"\sqrt{2}", "√2"),
        (r"\cos\Theta", "cos Θ"),
        (r"\sum_{i=1}^n i", "∑_(i = 1)ⁿ i"),
        (r"\begin{matrix}a\\b\end{matrix}", r"$\begin{matrix}a\\b\end{matrix}$"),
        (r"\nonsense{", r"$\nonsense{$"),
    ],
)
def test_a_list_that_drops_down_has_it_on_one_line(tex, line):
    assert markup.label(f"${tex}$") == line


def test_whoever_reads_what_was_chosen_reads_it_on_one_line_too():
    options = [{"id": "a", "text": r"$\sqrt{2}$"}, {"id": "b", "text": "$1$"}]
    type_ = question_types.get("single_choice")
    assert type_.words("a", {"options": options}) == "√2"
    options[1]["text"] = "√2"
    assert type_.words("a", {"options": options}) == r"$\sqrt{2}$"  # or two options would read the same
