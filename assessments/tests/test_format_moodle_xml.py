from __future__ import annotations

import base64
import re
from dataclasses import asdict, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments import formats
from assessments.domain.markup import plain, render
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import FileUnreadable, ParsedQuestion
from assessments.formats.detect import detect
from assessments.formats.media import name_of
from assessments.formats.shown import NOT_IN_XML
from assessments.question_types import get
from assessments.tests.parsing import parsed_by, the_only
from assessments.tests.pictures import png
from assessments.tests.question_strategies import questions

moodle = formats.get("moodle-xml")
PNG = png()


def quiz(*items: str) -> bytes:
    return f'<?xml version="1.0"?>\n<quiz>{"".join(items)}</quiz>'.encode()


def item(kind: str, inside: str, stem: str = "<p>What?</p>") -> str:
    return (
        f'<question type="{kind}"><name><text>Name</text></name>'
        f'<questiontext format="html"><text><![CDATA[{stem}]]></text></questiontext>{inside}</question>'
    )


def answer(fraction: float, text: str, more: str = "") -> str:
    return f'<answer fraction="{fraction}" format="html"><text><![CDATA[{text}]]></text>{more}</answer>'


def only(kind: str, inside: str, stem: str = "<p>What?</p>") -> ParsedQuestion:
    return the_only(parsed_by(moodle, quiz(item(kind, inside, stem))))


def credit(question: ParsedQuestion, value: Any) -> Fraction | None:
    return get(question.type).credit(value, question.content, question.key)


def test_one_of_several_options_with_shares_feedback_and_order():
    feedback = '<feedback format="html"><text>&lt;b&gt;Near.&lt;/b&gt;</text></feedback>'
    options = f"{answer(-25, 'A')}{answer(100, '<code>B</code>')}{answer(33.33333, 'C', feedback)}"
    inside = f"<single>true</single><shuffleanswers>0</shuffleanswers>{options}"
    question = only("multichoice", inside + "<defaultgrade>2.5000000</defaultgrade>")
    assert (question.type, question.title, question.points) == ("single_choice", "Name", Decimal("2.50"))
    assert question.content["fixed_order"] is True
    assert question.content["options"][1]["text"] == "`B`"
    assert question.key == {"option": "b", "credit": {"c": pytest.approx(1 / 3)}, "feedback": {"c": "<b>Near.</b>"}}


def test_several_options_earn_as_in_moodle():
    question = only(
        "multichoice", f"<single>false</single>{answer(50, 'A')}{answer(50, 'B')}{answer(0, 'C')}{answer(-100, 'D')}"
    )
    assert [credit(question, value) for value in (["a", "b"], ["a", "c"], ["a", "d"])] == [1, Fraction(1, 2), 0]


def test_all_or_nothing_is_a_plug_in_type():
    question = only("multichoiceset", f"{answer(100, 'A')}{answer(100, 'B')}{answer(0, 'C')}")
    assert question.key == {"options": ["a", "b"], "scoring": "all_or_nothing"}


def test_true_and_false():
    question = only("truefalse", f"{answer(0, 'true')}{answer(100, 'false', '<feedback><text>Yes.</text></feedback>')}")
    assert question.key == {"value": False, "feedback": {"false": "Yes."}}


def test_short_answers_with_stars_and_case():
    answers = answer(100, "Red*") + answer(50, "a\\*b") + answer(0, "*")
    question = only("shortanswer", f"<usecase>1</usecase>{answers}")
    assert question.key["accepted"] == [
        {"text": "Red.*", "match": "regex", "case_sensitive": True},
        {"text": "a*b", "case_sensitive": True, "credit": 0.5},
    ]
    assert [credit(question, text) for text in ("Reddish", "reddish", "blue")] == [1, 0, 0]


def test_numbers_with_tolerance_and_units():
    units = "".join(
        f"<unit><multiplier>{number}</multiplier><unit_name>{name}</unit_name></unit>"
        for name, number in (("m", 1), ("cm", 100))
    )
    inside = f"{answer(100, '2.5', '<tolerance>0.1</tolerance>')}{answer(0, '*')}<units>{units}</units>"
    question = only(
        "numerical", f"{inside}<unitgradingtype>1</unitgradingtype><unitpenalty>1</unitpenalty><showunits>1</showunits>"
    )
    assert question.content == {"units": ["m", "cm"]}
    assert [credit(question, text) for text in ("2.6 m", "250 cm", "2.5", "3 m")] == [1, 1, 0, 0]


def test_a_unit_that_is_expected_and_not_offered_is_told():
    units = "<units><unit><multiplier>1</multiplier><unit_name>km/s</unit_name></unit></units>"
    graded = "<unitgradingtype>1</unitgradingtype><unitpenalty>1</unitpenalty><showunits>0</showunits>"
    question = only("numerical", f"{answer(100, '299792')}{units}{graded}")
    checked = check_question(question)
    assert isinstance(checked, CheckedQuestion)
    assert checked.content == {"asks_unit": True}


def test_an_essay_has_a_model_answer_and_a_length():
    question = only(
        "essay", "<graderinfo format='html'><text>Say why.</text></graderinfo><maxwordlimit>200</maxwordlimit>"
    )
    assert (question.type, question.content, question.key) == (
        "long_text",
        {"suggested_words": 200},
        {"model_answer": "Say why."},
    )


@pytest.mark.parametrize(
    ("inside", "words", "note"),
    [
        (
            "<minwordlimit>50</minwordlimit><maxwordlimit>200</maxwordlimit>",
            200,
            "The least number of words is left out; the most is suggested.",
        ),
        ("<minwordlimit>50</minwordlimit>", 50, ""),
        ("<maxwordlimit>200</maxwordlimit><attachments>1</attachments>", 200, "Files cannot be added to a text here."),
        ("<maxwordlimit>200</maxwordlimit><attachments>-1</attachments>", 200, "Files cannot be added to a text here."),
        ("<maxwordlimit>200</maxwordlimit><attachments>0</attachments>", 200, ""),
    ],
)
def test_what_an_essay_asks_for_and_is_not_asked_here_is_noted(inside, words, note):
    parsed = moodle.read(quiz(item("essay", inside)))
    assert parsed.questions[0].content == {"suggested_words": words}
    assert [one.partition(": ")[2] for one in parsed.warnings] == ([note] if note else [])


def test_pairs_with_one_answer_too_many():
    pairs = "".join(
        f'<subquestion format="html"><text>{prompt}</text><answer><text>{choice}</text></answer></subquestion>'
        for prompt, choice in (("frog", "amphibian"), ("cat", "mammal"), ("newt", "amphibian"), ("", "insect"))
    )
    question = only("matching", pairs)
    assert question.key == {"pairs": {"1": "a", "2": "b", "3": "a"}}
    assert len(question.content["choices"]) == 3


def test_items_in_order():
    question = only(
        "ordering", f"<gradingtype>0</gradingtype>{answer(1, 'write')}{answer(1, 'test')}{answer(1, 'ship')}"
    )
    assert question.key == {"order": ["1", "2", "3"], "scoring": "per_position"}


def test_blanks_in_a_text():
    gaps = "port {2:NUMERICAL:=80:0}, HTTPS {1:SHORTANSWER:=443~%50%8443#Rare.} and is {1:MCV:=safe~bare}"
    text = f"<p>Read.</p><p>* HTTP has {gaps}.</p>"
    question = only("cloze", "", text)
    assert (question.stem, question.content["text"]) == ("Read.", "\\* HTTP has port {{1}}, HTTPS {{2}} and is {{3}}.")
    assert credit(question, {"1": "80", "2": "8443"}) == Fraction(5, 8)
    assert question.explanation == "- (2) 8443: Rare."


def test_a_heading_right_above_the_blanks_stays_with_them():
    question = only("cloze", "", "<h4>Conjugate.</h4><h4>One</h4><p>I {1:SA:=am}</p><h4>Many</h4><p>We {1:SA:=are}</p>")
    assert question.stem == "## Conjugate."
    assert question.content["text"] == "## One\n\nI {{1}}\n\n## Many\n\nWe {{2}}"
    assert only("cloze", "", "<h4>Conjugate.</h4><p>I {1:SA:=am}</p>").stem == "## Conjugate."


def test_blanks_to_choose_for_by_number():
    words = (("cat", 1), ("mat", 2), ("dog", 1), ("hat", 2))
    options = "".join(
        f"<selectoption><text>{word}</text><group>{group}</group></selectoption>" for word, group in words
    )
    question = only("gapselect", options, "<p>The [[1]] sat on the [[2]].</p>")
    assert [[option["text"] for option in gap["options"]] for gap in question.content["gaps"]] == [
        ["cat", "dog"],
        ["mat", "hat"],
    ]
    assert credit(question, {"1": "a", "2": "a"}) == 1


def test_categories_and_tags_tag_and_an_id_names():
    category = '<question type="category"><category><text>$course$/top/Nets</text></category></question>'
    inside = (
        f"<idnumber>n-7</idnumber><tags><tag><text>ports</text></tag></tags>{answer(100, 'true')}{answer(0, 'false')}"
    )
    (question,) = moodle.read(quiz(category, item("truefalse", inside))).questions
    assert (question.identity, question.tags, question.where) == ("n-7", ("Nets", "ports"), "question 1")


def picture(data: bytes, name: str = "a b.png") -> str:
    file = f'<file name="{name}" path="/" encoding="base64">{base64.b64encode(data).decode()}</file>'
    stem = '<p>See <img src="@@PLUGINFILE@@/a%20b.png" alt="a plan" width="40"></p>'
    text = f'<questiontext format="html"><text><![CDATA[{stem}]]></text>{file}</questiontext>'
    return f'<question type="essay"><name><text>P</text></name>{text}</question>'


def test_a_picture_becomes_part_of_the_text():
    parsed = moodle.read(quiz(picture(PNG)))
    name = name_of(PNG)
    assert render(parsed.questions[0].stem) == f'<p>See <img src="/media/{name}" alt="a plan" width="40"></p>'
    assert (parsed.questions[0].media, parsed.warnings) == ({name: PNG}, [])


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"<svg/>", "a b.png", "only PNG"),
        (PNG, "other.png", "does not hold it"),
        (png(more=3_000_000), "a b.png", "it has 2.9 MB, and 2 MB are the most"),
    ],
    ids=["of another kind", "not there", "too large"],
)
def test_a_question_whose_picture_cannot_be_shown_is_rejected(data, name, words):
    parsed = moodle.read(quiz(picture(data, name)))
    assert [words in one.reason and "a b.png" in one.reason for one in parsed.rejected] == [True]


@pytest.mark.parametrize(
    ("kind", "inside", "words"),
    [
        ("coderunner", "", 'type "coderunner"'),
        ("description", "", "description"),
        ("calculated", "", "anew for each candidate"),
        ("multichoice", answer(50, "A") + answer(0, "B"), "full points"),
        ("multichoice", answer(100, "A"), "needs two"),
        ("multichoice", answer(100, "A") + '<answer fraction="x"/>', "no percentage"),
        ("numerical", answer(100, "{a}+1"), "not a number"),
        ("shortanswer", "", "key is missing"),
        ("truefalse", answer(100, "true") + answer(100, "false"), "one of them right"),
        ("essay", "<responseformat>noinline</responseformat>", "hand in files"),
        ("cloze", "", "no blank"),
        ("ordering", answer(1, "A"), "two items"),
    ],
)
def test_what_cannot_be_taken_is_rejected_with_its_place_and_reason(kind, inside, words):
    parsed = moodle.read(quiz(item("truefalse", answer(100, "true") + answer(0, "false")), item(kind, inside)))
    assert len(parsed.questions) == 1
    assert [(one.where, one.title, words in one.reason) for one in parsed.rejected] == [("question 2", "Name", True)]


HOSTILE = {
    "laughs": b'<!DOCTYPE q [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><quiz><question>&b;</question></quiz>',
    "a file": b'<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz><question>&x;</question></quiz>',
    "cut off": b"<quiz><question>",
    "deep": b"<quiz><question>" + b"<a>" * 5_000 + b"</a>" * 5_000 + b"</question></quiz>",
    "many": b"<quiz>" + b"<question/>" * 1_000_001 + b"</quiz>",
    "an encoding": b'<?xml version="1.0" encoding="nonsense"?><quiz><question/></quiz>',
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
def test_xml_that_is_an_attack_or_broken_is_refused(data):
    with pytest.raises(FileUnreadable):
        moodle.read(data)


def test_it_is_recognised_by_its_root():
    data = quiz(item("truefalse", answer(100, "true") + answer(0, "false")))
    assert detect(b"\xef\xbb\xbf" + data.replace(b"<quiz>", b"<!-- <a> -->\n<quiz>"), "x").name == "moodle-xml"


# ---- Writing ----


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20).filter(
    lambda text: plain(text) != ""
)


@st.composite
def listed(draw: st.DrawFn) -> ParsedQuestion:
    """Of the types that the general strategy leaves out."""
    texts = draw(
        st.lists(TEXTS, min_size=3, max_size=5, unique_by=lambda text: " ".join(plain(text).split()).casefold())
    )
    options = [{"id": "abcde"[place], "text": text} for place, text in enumerate(texts)]
    match draw(st.sampled_from(["matching", "ordering", "cloze"])):
        case "matching":
            content: dict[str, Any] = {
                "prompts": [{"id": "1", "text": "p"}, {"id": "2", "text": "`q`"}],
                "choices": options,
            }
            key: dict[str, Any] = {"pairs": {"1": "b", "2": "a"}}
            return ParsedQuestion("", "matching", "Match.", content, key)
        case "ordering":
            ids = draw(st.permutations([option["id"] for option in options]))
            return ParsedQuestion(
                "", "ordering", "Sort.", {"items": options}, {"order": ids, "scoring": "per_position"}
            )
    typed = {"accepted": [{"text": plain(texts[0])}, {"text": plain(texts[1]), "credit": 0.5}], "weight": 2}
    gaps = [{"id": "1"}, {"id": "2", "kind": "choice", "options": options}, {"id": "3"}]
    numbers = {"accepted": [{"min": "1", "max": "2.5"}]}
    key = {"gaps": {"1": typed, "2": {"option": "c", "credit": {"a": 0.25}}, "3": numbers}}
    return ParsedQuestion("", "cloze", "Fill in.", {"text": "It {{1}} and *{{2}}*, {{3}}.", "gaps": gaps}, key)


def words_of(value: Any, name: str = "") -> Any:
    """Content and key with texts as their words, and shares as near as seven decimals come."""
    if isinstance(value, dict):
        return {key: words_of(part, key) for key, part in value.items()}
    if isinstance(value, list):
        return [words_of(part, name) for part in value]
    if isinstance(value, str):
        return " ".join(plain(value).split()) if name in ("text", "model_answer", "a") else value
    return round(float(value), 6) if isinstance(value, int | float) and not isinstance(value, bool) else value


def essence(question: ParsedQuestion) -> Any:
    checked = check_question(question)
    assert isinstance(checked, CheckedQuestion), checked
    key = dict(checked.key)
    if isinstance(key.get("options"), list):
        key["options"] = sorted(key["options"])
    if question.type in ("matching", "ordering", "cloze"):
        return by_words(checked.content, key)
    return (
        question.type,
        " ".join(plain(question.stem).split()),
        words_of(checked.content),
        words_of(key),
        question.points,
        question.tags,
    )


def strings(value: Any) -> list[str]:
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return [text for part in parts for text in strings(part)]
    return [value] if isinstance(value, str) else []


def by_words(content: dict[str, Any], key: dict[str, Any]) -> Any:
    """Without ids, which go by the spelling of texts."""
    gaps = content.get("gaps", [])
    lists = [
        *(content.get(name, []) for name in ("prompts", "choices", "items")),
        *(gap.get("options", []) for gap in gaps),
    ]
    called = [{one["id"]: words_of(one["text"], "text") for one in listed_} for listed_ in lists]
    if "pairs" in key:
        return {called[0][prompt]: called[1][choice] for prompt, choice in key["pairs"].items()}, sorted(
            called[1].values()
        )
    if "order" in key:
        return [called[2][id_] for id_ in key["order"]], key.get("scoring")
    shares = [
        {names[id_]: share for id_, share in (part.get("credit", {}) | {part["option"]: 1}).items()}
        if "option" in part
        else part
        for names, part in zip(called[3:], key["gaps"].values(), strict=True)
    ]
    return plain(content["text"]), [sorted(names.values()) for names in called[3:]], shares


def sayable(question: ParsedQuestion) -> ParsedQuestion:
    """Ranges come back as a number with a tolerance, which accepts the same."""
    key = dict(question.key)
    if question.type in ("numeric", "cloze"):
        key = {**key, **({"accepted": [one for one in key["accepted"] if "value" in one]} if "accepted" in key else {})}
    return replace(question, key=key, identity=" ".join(question.identity.split()))


@given(questions().map(sayable) | listed())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_moodle_can_say_comes_back(question):
    unrated = replace(question, difficulty="", source="", competence="", licence="", rubric=None)
    if (
        not isinstance(check_question(unrated), CheckedQuestion)
        or moodle.omissions([unrated])
        or not plain(question.stem)
        or not all(
            plain(option["text"]) for option in question.content.get("options", [])
        )  # "*" alone is an empty list
    ):
        return
    if any(NOT_IN_XML.search(text) for text in strings(asdict(unrated))):
        return
    parsed = moodle.read(moodle.write([unrated]))
    assert parsed.rejected == []
    (read,) = parsed.questions
    if question.type == "cloze":
        read = replace(read, key={"gaps": {**read.key["gaps"], "3": {"accepted": [{"min": "1", "max": "2.5"}]}}})
    assert essence(read) == essence(unrated)


RICH = """Look at `x * y`, **bold** and *slanted*:

| a | b |
|---|---|
| `1` | $x_1$ |

```python
if a < b:

    print("&lt;")
```

1. one
2. two

> said"""


def test_code_tables_and_mathematics_come_back_as_they_were_seen():
    (read,) = moodle.read(moodle.write([ParsedQuestion("", "long_text", RICH, {}, {})])).questions
    assert without_blanks(render(read.stem)) == without_blanks(render(RICH))
    assert 'if a < b:\n\n    print("&lt;")' in read.stem


def without_blanks(html: str) -> str:
    """Between tags, where they show nothing."""
    return re.sub(r"\s*(<[^>]*>)\s*", r"\1", html)


def test_what_it_cannot_say_is_named():
    question = ParsedQuestion(
        "", "short_text", "So?", {}, {"accepted": [{"text": "[ab]+", "match": "regex"}]}, licence="CC0"
    )
    assert moodle.omissions([question]) == [
        "1 question left out: none of the accepted answers that earn all points can be written (So?).",
    ]


def test_a_backslash_before_what_separates_answers_and_an_entity_come_back():
    options = [{"id": "a", "text": "C:\\\\"}, {"id": "b", "text": "C:/"}]
    question = ParsedQuestion(
        "",
        "cloze",
        "Fill in.",
        {
            "text": "It is {{1}} or {{2}}.",
            "gaps": [{"id": "1", "kind": "choice", "options": options}, {"id": "2", "kind": "text"}],
        },
        {"gaps": {"1": {"option": "a"}, "2": {"accepted": [{"text": "D:\\"}, {"text": "caf&#233; #1"}]}}},
    )
    written = moodle.write([question])
    (read,) = moodle.read(written).questions
    assert [plain(one["text"]) for one in read.content["gaps"][0]["options"]] == ["C:\\", "C:/"]
    assert [one["text"] for one in read.key["gaps"]["2"]["accepted"]] == ["D:\\", "caf&#233; #1"]
