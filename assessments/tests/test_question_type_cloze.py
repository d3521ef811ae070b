from __future__ import annotations

import random
from fractions import Fraction
from html.parser import HTMLParser
from typing import Any

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from assessments.domain import markup
from assessments.question_types import ContentInvalid, ValueRefused
from assessments.question_types.cloze import Cloze

cloze = Cloze()
OPTIONS = [{"id": "a", "text": "constant"}, {"id": "b", "text": "`O(n)`"}, {"id": "c", "text": "logarithmic"}]
CONTENT: dict[str, Any] = {
    "text": "A tree of **{{1}}** keys has a height of {{2}} or so: {{3}} steps.",
    "gaps": [{"id": "1"}, {"id": "2", "kind": "choice", "options": OPTIONS}, {"id": "3", "width": 4}],
}
KEY: dict[str, Any] = {
    "gaps": {
        "1": {"accepted": [{"text": "balanced"}, {"text": "sorted", "credit": 0.5}]},
        "2": {"option": "c", "credit": {"a": 0.1}, "weight": 2},
        "3": {"accepted": [{"value": "10", "tolerance": "1"}, {"text": "ten"}], "weight": 0.5},
    }
}
ATTACKS = [
    '"><script>alert(1)</script>',
    "<img src=x onerror=alert(1)>",
    "{{2}}",
    "' autofocus onfocus='x",
    "]]>",
    "</pre>",
]
typed = st.sampled_from(["balanced", "10", "2=", "1=\n", " ", *ATTACKS]) | st.text(max_size=20)


def credit(value: dict[str, str] | None, key: dict[str, Any] = KEY) -> Fraction:
    return cloze.credit(value, CONTENT, key)


@pytest.mark.parametrize(
    ("value", "earned"),
    [
        ({"1": "balanced", "2": "c", "3": "10"}, 1),
        ({"1": " Balanced ", "2": "c", "3": "Ten"}, 1),
        ({"1": "sorted", "2": "c", "3": "10"}, Fraction(6, 7)),
        ({"2": "c"}, Fraction(4, 7)),
        ({"2": "a"}, Fraction(2, 35)),
        ({"3": "10,9"}, Fraction(1, 7)),
        ({"3": "11.1"}, 0),
        ({"1": "10", "2": "b", "3": "twelve"}, 0),
        (None, 0),
    ],
)
def test_each_gap_earns_its_credit_by_weight(value, earned):
    assert credit(value) == earned


def test_without_weights_all_gaps_count_the_same():
    key = {"gaps": {id_: {**one, "weight": 1} for id_, one in KEY["gaps"].items()}}
    assert credit({"1": "balanced"}, key) == Fraction(1, 3)


@given(value=st.dictionaries(st.sampled_from(["1", "2", "3"]), typed))
def test_whatever_is_given_earns_between_nothing_and_all(value):
    assert 0 <= credit(value) <= 1


def test_a_field_is_named_by_the_one_before_it():
    raw = ["1=\r\n", "balanced", "2=\r\n", "", "3=\n", "10"]
    assert cloze.read(raw, CONTENT) == {"1": "balanced", "3": "10"}
    assert cloze.read([field for field in raw if field], CONTENT) == {"1": "balanced", "3": "10"}


def test_a_page_on_which_nothing_was_filled_in_is_no_answer():
    assert cloze.read(["1=\n", "2=\n", "", "3=\n", "  "], CONTENT) is None


@pytest.mark.parametrize("given_", ["2=", "2=b", "3=\\n", "1=10"])
def test_what_is_typed_is_never_taken_for_the_name_of_a_gap(given_):
    assert cloze.read(["1=\n", given_, "2=\n", "3=\n"], CONTENT) == {"1": given_}


@given(value=st.dictionaries(st.sampled_from(["1", "3"]), typed), option=st.sampled_from(["", "a", "b", "c"]))
def test_what_is_posted_is_read_as_the_same_value(value, option):
    kept = cloze.read_json({**value, "2": option}, CONTENT)
    assert cloze.read(cloze.posted(kept), CONTENT) == kept == cloze.read_json(kept, CONTENT)


def test_a_line_break_from_another_program_is_a_blank():
    assert cloze.read_json({"1": "two\r\nlines\n"}, CONTENT) == {"1": "two lines "}


def test_one_answer_has_one_spelling():
    value = cloze.read_json({"3": "10", "2": "", "1": "x"}, CONTENT)
    assert isinstance(value, dict)
    assert list(value) == ["1", "3"]


@pytest.mark.parametrize(
    "raw",
    [
        ["balanced"],
        ["4=\n", "x"],
        ["1=\n", "x", "y"],
        ["1=\n", "x", "1=\n", "y"],
        ["2=\n", "z"],
        ["2=\n", "balanced"],
        ["1=\n", "x" * 201],
    ],
)
def test_fields_that_fit_no_gap_are_refused(raw):
    with pytest.raises(ValueRefused, match=r"^[A-Z].*\.$"):
        cloze.read(raw, CONTENT)


def test_a_text_that_is_too_long_is_refused_with_its_gap_and_uncut():
    with pytest.raises(
        ValueRefused, match=r"^Gap 3: This text has 201 characters and at most 200 fit\. Nothing was cut"
    ):
        cloze.read_json({"3": "x" * 201}, CONTENT)


@pytest.mark.parametrize("raw", ["x", ["x"], {"4": "x"}, {"1": 1}, {"1": ["x"]}, {"1": True}, {"2": "d"}])
def test_json_that_is_no_dictionary_of_texts_is_refused(raw):
    with pytest.raises(ValueRefused):
        cloze.read_json(raw, CONTENT)


@given(raw=st.lists(typed | st.sampled_from(["1=\n", "2=\n", "3=\r\n", "a"])))
def test_any_fields_at_all_are_read_or_refused(raw):
    try:
        value = cloze.read(raw, CONTENT)
    except ValueRefused:
        return
    assert value is None or credit(value) <= 1  # type: ignore[arg-type]


# ---- Markers ----


@pytest.mark.parametrize(
    "text",
    [
        "Plain {{1}} text",
        "**{{1}}**",
        "# {{1}}",
        "- a\n- {{1}}",
        "| a |\n|---|\n| {{1}} |",
        "Run `git {{1}} --amend`",
        "```python\nfor x in {{1}}:\n    print('{{ x }} {{name}}')\n```",
        "{{1}}{ {2}}",
        "in mathematics $x^{{2}}$ is {{1}}",
        "<sub>{{1}}</sub> &amp; <b title='a > b'>b</b> < c",
    ],
)
def test_a_marker_may_stand_wherever_text_can(text):
    cloze.check({"text": text, "gaps": [{"id": "1"}]}, {"gaps": {"1": {"accepted": [{"text": "x"}]}}})
    parts = cloze.face({"text": text, "gaps": [{"id": "1"}]}, markup.render_inline)["parts"]
    assert [part.get("id") for part in parts] == [None, "1", None]
    assert parts[0]["html"] + "{{1}}" + parts[2]["html"] == markup.render_inline(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("No marker", "{{1}} is not in the text."),
        ("{{ 1 }}", "{{1}} is not in the text."),
        ("{{1}} and {{1}}", "{{1}} is in the text more than once."),
        ("{{1}} and `{{1}}`", "{{1}} is in the text more than once."),
        ("{{1}} and {{2}}", "{{2}} is none of the gaps."),
        ("[{{1}}](https://example.org)", "{{1}} is in a link, where no gap can be."),
        ("[x](https://example.org/{{1}})", "{{1}} is not in the text."),
        ('<b title="{{1}}">x</b>', "{{1}} is in an address or an attribute."),
        ('<b title="{{1}}">x</b> {{1}}', "{{1}} is in an address or an attribute."),
        ('<b title="> {{1}} <">x</b> {{1}}', "{{1}} is in an address or an attribute."),
        ("![{{1}}](/static/x.png)", "{{1}} is in an address or an attribute."),
        ("<!-- {{1}} -->", "{{1}} is not in the text."),
        ('<p onclick="{{1}}">x</p>', "{{1}} is not in the text."),
    ],
)
def test_a_marker_where_no_field_can_stand_is_refused(text, reason):
    with pytest.raises(ContentInvalid) as caught:
        cloze.check({"text": text, "gaps": [{"id": "1"}]}, {"gaps": {"1": {"accepted": [{"text": "x"}]}}})
    assert (caught.value.where, caught.value.reason) == ("content.text", reason)


# ---- Checking ----


def changed(base: dict[str, Any], place: str, value: Any) -> dict[str, Any]:
    name, _, rest = place.partition(".")
    return {**base, name: changed(base[name], rest, value) if rest else value}


@pytest.mark.parametrize(
    ("place", "value", "where"),
    [
        ("gaps", {}, "key.gaps"),
        ("gaps.4", {"option": "a"}, "key.gaps"),
        ("gaps.1", {"option": "a"}, "key.gaps.1"),
        ("gaps.2", {"accepted": [{"text": "x"}]}, "key.gaps.2"),
        ("gaps.2", {"option": "d"}, "key.gaps.2"),
        ("gaps.2.credit", {"d": 1}, "key.gaps.2"),
        ("gaps.2.credit", {"c": 1}, "key.gaps.2.credit"),
        ("gaps.2.weight", 0, "key.gaps.2.weight"),
        ("gaps.2.weight", True, "key.gaps.2.weight"),
        ("gaps.1.accepted", [], "key.gaps.1.accepted"),
        ("gaps.1.accepted", [{"text": "x", "credit": 0.5}], "key.gaps.1.accepted"),
        ("gaps.1.accepted", [{"text": "x", "match": "fuzzy"}], "key.gaps.1.accepted.0.match"),
        ("gaps.1.accepted", [{"text": "(", "match": "regex"}], "key.gaps.1.accepted.0"),
        ("gaps.1.accepted", [{"text": "x" * 201}], "key.gaps.1.accepted.0.text"),
        ("gaps.3.accepted", [{"value": "ten"}], "key.gaps.3.accepted.0.value"),
        ("gaps.3.accepted", [{"min": "1"}], "key.gaps.3.accepted.0"),
        ("gaps.3.accepted", ["10"], "key.gaps.3.accepted.0"),
        ("gaps.3", "10", "key.gaps.3"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_with_its_place(place, value, where):
    with pytest.raises(ContentInvalid) as caught:
        cloze.check(CONTENT, changed(KEY, place, value))
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("gap", "where"),
    [
        ({"id": "1", "kind": "choice"}, "content.gaps.0"),
        ({"id": "1", "options": OPTIONS}, "content.gaps.0"),
        ({"id": "2"}, "content.gaps"),
        ({"id": "1 b"}, "content.gaps.0.id"),
        ({"id": "1", "width": 61}, "content.gaps.0.width"),
        ({"id": "1", "kind": "drag"}, "content.gaps.0.kind"),
    ],
)
def test_a_gap_that_is_none_is_refused_with_its_place(gap, where):
    with pytest.raises(ContentInvalid) as caught:
        cloze.check({**CONTENT, "gaps": [gap, *CONTENT["gaps"][1:]]}, KEY)
    assert caught.value.where == where


@pytest.mark.parametrize("text", ["**constant**", "![](/static/x.png)"])
def test_options_that_a_list_of_plain_words_cannot_tell_apart_are_refused(text):
    gap = {"id": "2", "kind": "choice", "options": [*OPTIONS, {"id": "d", "text": text}]}
    with pytest.raises(ContentInvalid, match="shown as plain words") as caught:
        cloze.check({**CONTENT, "gaps": [CONTENT["gaps"][0], gap, CONTENT["gaps"][2]]}, KEY)
    assert caught.value.where == "content.gaps.1.options"


# ---- Stored, shuffled, shown ----


@given(gaps=st.permutations([0, 1, 2]), options=st.permutations([0, 1, 2]), ids=st.permutations(["a", "b", "c"]))
def test_what_is_stored_does_not_depend_on_the_order_of_gaps_and_options_nor_on_ids(gaps, options, ids):
    names = dict(zip("abc", ids, strict=True))
    given_options = [{"id": names[OPTIONS[at]["id"]], "text": OPTIONS[at]["text"]} for at in options]
    given_gaps = [CONTENT["gaps"][0], {**CONTENT["gaps"][1], "options": given_options}, CONTENT["gaps"][2]]
    content = {**CONTENT, "gaps": [given_gaps[at] for at in gaps]}
    key = changed(KEY, "gaps.2", {"option": names["c"], "credit": {names["a"]: 0.1}, "weight": 2})
    stored = cloze.normal(content, key)
    assert stored == cloze.normal(CONTENT, KEY)
    assert stored == cloze.normal(*stored)
    assert cloze.key_words(*stored) == cloze.key_words(CONTENT, KEY)


def test_options_in_fixed_order_keep_it():
    stored, _ = cloze.normal({**CONTENT, "fixed_order": True}, KEY)
    assert [option["text"] for option in stored["gaps"][1]["options"]] == ["constant", "`O(n)`", "logarithmic"]
    assert cloze.shuffled(stored, random.Random(1)) == ["a", "b", "c"]


@given(seed=st.integers(0, 999))
def test_options_are_shuffled_within_their_gap(seed):
    second = {"id": "3", "kind": "choice", "options": OPTIONS[:2]}
    content = {**CONTENT, "gaps": [*CONTENT["gaps"][:2], second]}
    order = cloze.shuffled(content, random.Random(seed))
    assert (sorted(order[:3]), sorted(order[3:])) == (["a", "b", "c"], ["a", "b"])
    widget = cloze.widget(cloze.face(content, markup.render_inline), None, order)
    assert [option["id"] for part in widget["parts"] for option in part.get("options", ())] == order


def test_the_widget_numbers_the_gaps_and_fills_them():
    widget = cloze.widget(cloze.face(CONTENT, markup.render_inline), {"1": "balanced", "2": "b"}, ())
    gaps = [part for part in widget["parts"] if "id" in part]
    assert [(gap["number"], gap["value"], gap["width"]) for gap in gaps] == [
        (1, "balanced", 12),
        (2, "b", 12),
        (3, "", 4),
    ]
    assert [option["words"] for option in gaps[1]["options"] if option["is_chosen"]] == ["O(n)"]


class Fields(HTMLParser):
    """The tags of a page and the fields of its form, as a browser would send them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sent: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "input":
            self.sent.append(given["value"])
        if tag == "select":
            self.sent.append("")
        if tag == "option" and "selected" in given:
            self.sent[-1] = given["value"]


@given(value=st.dictionaries(st.sampled_from(["1", "3"]), typed), option=st.sampled_from(["", "b"]))
def test_the_page_sends_back_what_it_was_given_and_nothing_a_candidate_types_becomes_a_tag(value, option):
    kept = cloze.read_json({**value, "2": option}, CONTENT)
    face = cloze.face(CONTENT, markup.render_inline)
    page = Fields(render_to_string(cloze.template, {"widget": cloze.widget(face, kept, ())}))
    empty = Fields(render_to_string(cloze.template, {"widget": cloze.widget(face, None, ())}))
    assert page.tags == empty.tags
    assert cloze.read(page.sent, CONTENT) == kept


def test_after_a_refusal_every_gap_shows_what_was_typed():
    refilled = cloze.refilled(["1=\n", "x" * 300, "2=\n", "3=\n", "10"], {"1": "saved"})
    assert refilled == {"1": "x" * 300, "3": "10"}


def test_words_and_key_words_go_by_the_numbers_of_the_gaps():
    assert cloze.words({"3": "10", "2": "b"}, CONTENT) == "2: O(n); 3: 10"
    assert (
        cloze.key_words(CONTENT, KEY) == "1: balanced / sorted (0.5); 2: logarithmic / constant (0.1); 3: 10 ± 1 / ten"
    )


@pytest.mark.parametrize(
    ("value", "earned"),
    [
        ({"1": "balanced", "2": "c", "3": "ten"}, 1),
        ({"1": "sorted", "2": "c", "3": "10"}, 0),
        ({"1": "balanced", "2": "c"}, 0),
        (None, 0),
    ],
)
def test_all_gaps_or_nothing(value, earned):
    assert credit(value, {**KEY, "scoring": "all_or_nothing"}) == earned


def test_what_gaps_are_worth_is_said_where_some_count_more():
    content = {"text": "{{1}} and {{2}}", "gaps": [{"id": "1", "kind": "typed"}, {"id": "2", "kind": "typed"}]}
    keys: dict[str, dict[str, Any]] = {
        "1": {"accepted": [{"text": "a"}], "weight": 3},
        "2": {"accepted": [{"text": "b"}]},
    }
    assert [one.share for one in Cloze().key_parts(content, {"gaps": keys})] == [0.75, 0.25]
    keys["1"].pop("weight")
    assert Cloze().key_parts(content, {"gaps": keys}) == []
