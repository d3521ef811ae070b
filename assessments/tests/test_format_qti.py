from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

from assessments import formats
from assessments.domain.markup import plain
from assessments.formats.base import FileUnreadable, ParsedQuestion
from assessments.formats.detect import detect
from assessments.formats.qti.elements import kebab
from assessments.question_types import get
from assessments.tests.parsing import parsed_by, the_only

qti = formats.get("qti")
V2 = "http://www.imsglobal.org/question/qti_v2p1/rptemplates"


def item(declarations: str, body: str, processing: str = "", attributes: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i-1" title="An item" '
        f'adaptive="false" timeDependent="false" {attributes}>{declarations}<outcomeDeclaration identifier="SCORE" '
        f'cardinality="single" baseType="float"/><itemBody>{body}</itemBody>{processing}</assessmentItem>'
    ).encode()


def declared(
    values: str, cardinality: str = "single", base_type: str = "identifier", mapping: str = "", name: str = "R"
) -> str:
    correct = "".join(f"<value>{value}</value>" for value in values.split("|") if value)
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{cardinality}" baseType="{base_type}">'
        f"<correctResponse>{correct}</correctResponse>{mapping}</responseDeclaration>"
    )


def mapped(entries: dict[str, float], attributes: str = 'defaultValue="0"') -> str:
    inside = "".join(f'<mapEntry mapKey="{key}" mappedValue="{value}"/>' for key, value in entries.items())
    return f"<mapping {attributes}>{inside}</mapping>"


def template(name: str) -> str:
    return f'<responseProcessing template="{V2}/{name}"/>'


MATCH, MAP = template("match_correct"), template("map_response")


def each(tag: str, texts: dict[str, str], more: str = "") -> str:
    return "".join(f'<{tag} identifier="{name}"{more}>{text}</{tag}>' for name, text in texts.items())


def interaction(kind: str, inside: str = "", more: str = "", name: str = "R") -> str:
    return f'<{kind}Interaction responseIdentifier="{name}" {more}>{inside}</{kind}Interaction>'


def choices(count: int, more: str = "") -> str:
    options = each("simpleChoice", {name: f"<p>Option {name}</p>" for name in "ABCDEF"[:count]})
    return "<p>See <code>x</code>.</p>" + interaction("choice", f"<prompt>Which?</prompt>{options}", more)


def only(data: bytes) -> ParsedQuestion:
    return the_only(parsed_by(qti, data))


def reason(data: bytes) -> str:
    parsed = qti.read(data)
    assert parsed.questions == []
    ((where, title, why),) = [(one.where, one.title, one.reason) for one in parsed.rejected]
    assert (where, title) == ("item i-1", "An item")
    return why


def credit(question: ParsedQuestion, value: Any) -> Fraction | None:
    return get(question.type).credit(value, question.content, question.key)


# ---- Versions 2 and 3 ----


def test_a_choice_of_one():
    question = only(item(declared("B"), choices(3, 'shuffle="true" maxChoices="1"'), MATCH))
    assert (question.type, question.identity, question.title) == ("single_choice", "i-1", "An item")
    assert question.stem == "See `x`.\n\nWhich?"
    assert question.content == {"options": [{"id": id_, "text": f"Option {id_.upper()}"} for id_ in "abc"]}
    assert question.key == {"option": "b"}


def test_version_3_says_the_same_in_another_spelling():
    data = (
        b'<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="i" title="T">'
        b'<qti-response-declaration identifier="R" cardinality="multiple" base-type="identifier"><qti-correct-response>'
        b"<qti-value>A</qti-value><qti-value>C</qti-value></qti-correct-response></qti-response-declaration>"
        b'<qti-item-body><qti-choice-interaction response-identifier="R" max-choices="2"><qti-prompt>Which?</qti-prompt>'
        b'<qti-simple-choice identifier="A">a</qti-simple-choice><qti-simple-choice identifier="B">b</qti-simple-choice>'
        b'<qti-simple-choice identifier="C">c</qti-simple-choice></qti-choice-interaction></qti-item-body>'
        b'<qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>'
        b"</qti-assessment-item>"
    )
    question = only(data)
    assert question.key == {"options": ["a", "c"], "scoring": "all_or_nothing"}
    assert question.content["max_choices"] == 2


def test_a_mapping_becomes_weights_and_points():
    mapping = mapped({"A": 3, "B": 1, "C": -1}, 'defaultValue="0" lowerBound="0"')
    question = only(item(declared("A|B", "multiple", mapping=mapping), choices(4, 'maxChoices="0"'), MAP))
    assert question.points == 4
    shares = [credit(question, value) for value in (["a", "b"], ["a"], ["a", "c"], ["c"], ["d"])]
    assert shares == [1, Fraction(3, 4), Fraction(1, 2), 0, 0]


def test_true_and_false_are_known_by_their_words():
    body = interaction("choice", "<prompt>So?</prompt>" + each("simpleChoice", {"x": "True", "y": "False"}))
    question = only(item(declared("y"), body, MATCH))
    assert (question.type, question.key) == ("true_false", {"value": False})


def gives(score: int, value: str, tag: str) -> str:
    points = f'<setOutcomeValue identifier="SCORE"><baseValue baseType="float">{score}</baseValue></setOutcomeValue>'
    return f'<{tag}><match><variable identifier="R"/>{value}</match>{points}</{tag}>'


LUCK = '<setOutcomeValue identifier="LUCK"><randomFloat/></setOutcomeValue>'
RIGHT = gives(2, '<correct identifier="R"/>', "responseIf")
NEAR = gives(1, '<baseValue baseType="identifier">C</baseValue>', "responseElseIf")
CUSTOM = f"<responseProcessing><responseCondition>{RIGHT}{NEAR}</responseCondition>{LUCK}</responseProcessing>"


def test_simple_processing_of_ones_own_is_tried_out():
    question = only(item(declared("B"), choices(3), CUSTOM))
    assert (str(question.points), question.key) == ("2.00", {"option": "b", "credit": {"c": 0.5}})


RESPONSE, CORRECT, FIVE = (
    '<variable identifier="R"/>',
    '<correct identifier="R"/>',
    '<baseValue baseType="float">5</baseValue>',
)
ABSOLUTE = 'toleranceMode="absolute" tolerance="0.01 0.01"'
RELATIVE = 'toleranceMode="relative" tolerance="2 2"'


def number_item(*tests: tuple[int, str, str]) -> bytes:
    """Numbers around 5, and the points of each test."""
    branches = "".join(
        f'<responseCondition><responseIf><equal {attributes}>{operands}</equal><setOutcomeValue identifier="SCORE">'
        f'<sum><variable identifier="SCORE"/><baseValue baseType="float">{points}</baseValue></sum>'
        "</setOutcomeValue></responseIf></responseCondition>"
        for points, attributes, operands in tests
    )
    body = f"<p>How much?</p><p>{interaction('textEntry')}</p>"
    return item(declared("5", base_type="float"), body, f"<responseProcessing>{branches}</responseProcessing>")


def in_version_3(data: bytes) -> bytes:
    """The same in the spelling of QTI 3."""
    text = re.sub(r"(?<=<)(/?)(?!\?|p>|/p>)(\w+)", lambda tag: f"{tag[1]}qti-{kebab(tag[2])}", data.decode())
    text = re.sub(r" (\w+)=", lambda name: f" {kebab(name[1])}=", text.removeprefix('<?xml version="1.0"?>'))
    return text.replace("imsqti_v2p1", "imsqtiasi_v3p0").encode()


@pytest.mark.parametrize("spelt", [bytes, in_version_3])
@pytest.mark.parametrize(
    "value", [CORRECT, FIVE, f"<product>{CORRECT}<baseValue baseType='float'>1</baseValue></product>"]
)
@pytest.mark.parametrize(
    ("attributes", "is_first", "accepted"),
    [
        (ABSOLUTE, False, {"value": "5", "tolerance": "0.01"}),
        (ABSOLUTE, True, {"value": "5", "tolerance": "0.01"}),
        ('toleranceMode="absolute" tolerance="0.5"', False, {"value": "5", "tolerance": "0.5"}),
        ('toleranceMode="absolute" tolerance="1 0.5"', True, {"min": "4", "max": "5.5"}),
        ('toleranceMode="absolute" tolerance="1 0.5"', False, {"min": "4.5", "max": "6"}),
        (RELATIVE, True, {"value": "5", "tolerance": "0.02", "relative": True}),
    ],
)
def test_a_tolerance_around_the_correct_number_is_kept(
    spelt: Any, value: str, attributes: str, is_first: bool, accepted: dict[str, Any]
) -> None:
    operands = value + RESPONSE if is_first else RESPONSE + value
    assert only(spelt(number_item((1, attributes, operands)))).key == {"accepted": [accepted]}


def test_a_number_that_earns_more_than_what_is_near_to_it_stays() -> None:
    question = only(number_item((1, 'toleranceMode="exact"', CORRECT + RESPONSE), (1, ABSOLUTE, FIVE + RESPONSE)))
    assert question.points == 2
    assert question.key == {"accepted": [{"value": "5"}, {"value": "5", "tolerance": "0.01", "credit": 0.5}]}


@pytest.mark.parametrize(
    ("attributes", "operands", "why"),
    [
        (
            RELATIVE,
            RESPONSE + CORRECT,
            "A tolerance that is a share of what the candidate writes has no counterpart here.",
        ),
        (
            f'{ABSOLUTE} includeLowerBound="false"',
            CORRECT + RESPONSE,
            "A tolerance whose ends do not count has no counterpart here.",
        ),
        (
            ABSOLUTE,
            RESPONSE + '<variable identifier="LUCK"/>',
            "Custom response processing: it depends on the variable LUCK, which is not possible here.",
        ),
    ],
)
def test_a_tolerance_is_never_dropped_in_silence(attributes: str, operands: str, why: str) -> None:
    assert reason(number_item((1, attributes, operands))) == why


def test_a_blank_in_a_sentence_and_one_at_its_end():
    blank = '<textEntryInteraction responseIdentifier="R"/>'
    mapping = mapped({"York": 1, "york": 0.5})
    inside = only(item(declared("York", base_type="string", mapping=mapping), f"<p>The sun of {blank}; so.</p>", MAP))
    assert (inside.type, inside.content["text"]) == ("cloze", "The sun of {{1}}; so.")
    assert [credit(inside, {"1": text}) for text in ("York", "york", "x")] == [1, Fraction(1, 2), 0]
    at_end = only(item(declared("42", base_type="integer"), f"<p>6 times 7 is {blank}</p>", MATCH))
    assert (at_end.type, at_end.stem, at_end.key) == ("numeric", "6 times 7 is", {"accepted": [{"value": "42"}]})


def test_several_blanks_count_by_their_points():
    listed = interaction("inlineChoice", each("inlineChoice", {"x": "cat", "y": "dog"}), name="B")
    body = f"<p>{interaction('textEntry', name='A')} and {listed}.</p>"
    both = declared("one", base_type="string", name="A") + declared("y", name="B", mapping=mapped({"y": 3}))
    question = only(item(both, body, MAP))
    assert [one["text"] for one in question.content["gaps"][1]["options"]] == ["cat", "dog"]
    assert [credit(question, value) for value in ({"2": "b"}, {"1": "one"})] == [Fraction(3, 4), Fraction(1, 4)]


def test_texts_put_into_gaps():
    texts = each("gapText", {"W": "winter", "S": "summer"}, ' matchMax="1"')
    gaps = '<p>Now is the <gap identifier="G1"/>, made <gap identifier="G2"/>.</p>'
    question = only(
        item(declared("W G1|S G2", "multiple", "directedPair"), interaction("gapMatch", texts + gaps), MATCH)
    )
    assert question.content["text"] == "Now is the {{1}}, made {{2}}."
    assert [credit(question, value) for value in ({"1": "a", "2": "b"}, {"1": "a"})] == [1, 0]


def test_pairs_and_their_weights():
    halves = ({"C": "c", "D": "d"}, {"M": "m", "R": "r", "T": "t"})
    sets = "".join(f"<simpleMatchSet>{each('simpleAssociableChoice', half)}</simpleMatchSet>" for half in halves)
    right = declared("C R|D M", "multiple", "directedPair", mapped({"C R": 1, "D M": 3}))
    question = only(item(right, interaction("match", f"<prompt>Match.</prompt>{sets}"), MAP))
    assert question.key == {"pairs": {"1": "b", "2": "a"}, "weights": {"2": 3}}
    assert credit(question, {"2": "a"}) == Fraction(3, 4)


def test_an_order():
    body = interaction("order", "<prompt>Sort.</prompt>" + each("simpleChoice", {"A": "a", "B": "b", "C": "c"}))
    question = only(item(declared("C|A|B", "ordered"), body, MATCH))
    assert question.key == {"order": ["3", "1", "2"], "scoring": "all_or_nothing"}


def test_a_long_text_with_its_rubric():
    rubric = '<rubricBlock view="scorer"><p>Three points.</p></rubricBlock>'
    body = interaction("extendedText", "<prompt>Write.</prompt>")
    question = only(item(declared("", base_type="string"), body + rubric))
    assert (question.type, question.stem, question.key) == ("long_text", "Write.", {"model_answer": "Three points."})


RANDOM = (
    "<responseProcessing><setOutcomeValue identifier='SCORE'><randomInteger/></setOutcomeValue></responseProcessing>"
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (item(declared("A"), choices(2), MATCH, 'adaptive="true"').replace(b'adaptive="false" ', b""), "adaptive"),
        (item(declared("A") + "<templateDeclaration identifier='T'/>", choices(2), MATCH), "template"),
        (item("", "<p>Read this.</p>"), "no interaction"),
        (item(declared(""), choices(2), MATCH), "key is missing"),
        (item(declared("A"), choices(2), template("CC2_match_basic")), "not one of the standard"),
        (item(declared("0 0", base_type="point"), '<hotspotInteraction responseIdentifier="R"/>', MATCH), "hotspot"),
        (item(declared("A"), choices(2), RANDOM), "randominteger"),
        (item(declared("A"), choices(2) + '<uploadInteraction responseIdentifier="U"/>', MATCH), "upload"),
        (item("<assessmentStimulusRef identifier='s' href='s.xml'/>" + declared("A"), choices(2), MATCH), "stimulus"),
    ],
)  # fmt: skip
def test_what_has_no_counterpart_is_rejected_by_name(data, words):
    assert words in reason(data)


def test_without_processing_the_correct_response_is_the_key_and_that_is_said():
    parsed = qti.read(item(declared("A"), choices(2)))
    assert parsed.questions[0].key == {"option": "a"}
    assert ["does not say how responses are scored" in warning for warning in parsed.warnings] == [True]


def kept(*fixed: bool) -> bytes:
    options = "".join(
        f'<simpleChoice identifier="{name}" fixed="{str(one).lower()}">{name}</simpleChoice>'
        for name, one in zip("ABC", fixed, strict=True)
    )
    return item(declared("A"), interaction("choice", options, 'shuffle="true" maxChoices="1"'), MATCH)


def test_a_choice_that_keeps_its_place_among_mixed_ones_is_noted():
    note = "Some options keep their place there; here all of them are mixed."
    some = qti.read(kept(False, False, True))
    assert ([note in one for one in some.warnings], some.questions[0].content.get("fixed_order")) == ([True], None)
    whole = qti.read(kept(True, True, True))
    assert (whole.warnings, whole.questions[0].content["fixed_order"]) == ([], True)
    assert qti.read(kept(False, False, False)).warnings == []


def test_a_label_that_keeps_its_place_among_mixed_ones_is_noted():
    shown = labels("a", "b", "c").replace("<render_choice", '<render_choice shuffle="Yes"')
    for count, expected in ((0, ([], None)), (1, ([True], None)), (3, ([], True))):
        kept_in_place = shown.replace("<response_label", '<response_label rshuffle="No"', count)
        parsed = qti.read(classic("multiple_choice_question", WHAT + lid(kept_in_place), earns(equal(2))))
        noted = ["keep their place" in one for one in parsed.warnings]
        assert (noted, parsed.questions[0].content.get("fixed_order")) == expected


def test_a_test_alone_has_no_questions():
    parsed = qti.read(b'<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"/>')
    assert (parsed.total, len(parsed.warnings)) == (0, 1)


def test_a_document_that_is_not_well_formed_is_refused_with_its_place():
    with pytest.raises(FileUnreadable, match="line 1"):
        qti.read(b"<assessmentItem><itemBody></assessmentItem>")


# ---- Version 1.2 ----


def field(label: str, entry: str) -> str:
    return f"<qtimetadatafield><fieldlabel>{label}</fieldlabel><fieldentry>{entry}</fieldentry></qtimetadatafield>"


def material(text: str, kind: str = "text/html") -> str:
    return f'<material><mattext texttype="{kind}">{text}</mattext></material>'


def labels(*texts: str) -> str:
    shown = [material(text, "text/plain") for text in texts]
    inside = "".join(f'<response_label ident="{place}">{text}</response_label>' for place, text in enumerate(shown, 1))
    return f"<render_choice>{inside}</render_choice>"


def equal(value: object, response: str = "r") -> str:
    return f'<varequal respident="{response}">{value}</varequal>'


def earns(condition: str, score: float = 100, action: str = "Set", attributes: str = 'continue="No"') -> str:
    change = f'<setvar action="{action}" varname="SCORE">{score}</setvar>'
    return f"<respcondition {attributes}><conditionvar>{condition}</conditionvar>{change}</respcondition>"


def classic(kind: str, presentation: str, conditions: str, more: str = "") -> bytes:
    meta = field("question_type", kind) + field("points_possible", "2.0")
    outcomes = '<outcomes><decvar maxvalue="100" minvalue="0" varname="SCORE"/></outcomes>'
    return (
        '<?xml version="1.0"?><questestinterop><assessment ident="q" title="A quiz"><section><item ident="i-1" title="An item">'
        f"<itemmetadata><qtimetadata>{meta}</qtimetadata></itemmetadata><presentation>{presentation}</presentation>"
        f"<resprocessing>{outcomes}{conditions}</resprocessing>{more}</item></section></assessment></questestinterop>"
    ).encode()


def lid(inside: str, name: str = "r", cardinality: str = "Single") -> str:
    return f'<response_lid ident="{name}" rcardinality="{cardinality}">{inside}</response_lid>'


WHAT = material("&lt;p&gt;What &lt;b&gt;now&lt;/b&gt;?&lt;/p&gt;")
TYPED = '<response_str ident="r" rcardinality="Single"><render_fib><response_label ident="answer1"/></render_fib></response_str>'


def test_canvas_choice_with_feedback():
    told = f'<respcondition><conditionvar>{equal(2)}</conditionvar><displayfeedback linkrefid="2_fb"/></respcondition>'
    texts = {"2_fb": "Yes.", "general_fb": "All."}
    feedback = "".join(f'<itemfeedback ident="{name}">{material(text)}</itemfeedback>' for name, text in texts.items())
    parsed = qti.read(
        classic("multiple_choice_question", WHAT + lid(labels("a", "b", "")), told + earns(equal(2)), feedback)
    )
    (question,) = parsed.questions
    assert (question.type, question.stem, str(question.points)) == ("single_choice", "What <b>now</b>?", "2.00")
    assert (question.key, question.explanation) == ({"option": "b", "feedback": {"b": "Yes."}}, "All.")
    assert parsed.warnings == ["item 1 (An item): An option without text is left out."]


def test_canvas_several_choices_are_all_or_nothing():
    condition = f"<and>{equal(1)}<not>{equal(2)}</not>{equal(3)}</and>"
    presentation = WHAT + lid(labels("a", "b", "c"), cardinality="Multiple")
    question = only(classic("multiple_answers_question", presentation, earns(condition)))
    assert question.key == {"options": ["a", "c"], "scoring": "all_or_nothing"}


def test_canvas_short_answers_are_alternatives():
    question = only(
        classic("short_answer_question", WHAT + TYPED, earns(equal("Blank") + equal("blank") + equal("void")))
    )
    assert question.key == {"accepted": [{"text": "Blank"}, {"text": "void"}]}


def test_canvas_numbers_have_ranges():
    bounds = '<vargte respident="r">70.0</vargte><varlte respident="r">84.0</varlte>'
    question = only(classic("numerical_question", WHAT + TYPED, earns(f"<or>{equal('77.0')}<and>{bounds}</and></or>")))
    assert question.key == {"accepted": [{"min": "70", "max": "84"}]}


def test_canvas_pairs():
    halves = "".join(
        lid(material(prompt) + labels("one", "two", "three"), name) for name, prompt in (("p", "1"), ("q", "2"))
    )
    question = only(
        classic(
            "matching_question",
            WHAT + halves,
            earns(equal(1, "p"), 50, "Add", "") + earns(equal(2, "q"), 50, "Add", ""),
        )
    )
    assert question.key == {"pairs": {"1": "a", "2": "b"}}
    assert len(question.content["choices"]) == 3


def test_canvas_lists_and_blanks_in_a_text():
    text = material("Roses are [color1], violets [b2].")
    first = lid(labels("red", "plaid"), "response_color1")
    conditions = earns(equal(1, "response_color1"), 50, "Add", "") + earns(equal(1, "response_b2"), 50, "Add", "")
    lists = only(
        classic("multiple_dropdowns_question", text + first + lid(labels("blue", "pink"), "response_b2"), conditions)
    )
    assert lists.content["text"] == "Roses are {{1}}, violets {{2}}."
    assert credit(lists, {"1": "a", "2": "a"}) == 1
    alone = only(classic("multiple_dropdowns_question", material("Roses are [color1].") + first, conditions))
    assert (alone.type, alone.content["text"]) == ("cloze", "Roses are {{1}}.")
    blanks = only(
        classic(
            "fill_in_multiple_blanks_question", text + first + lid(labels("blue", "azure"), "response_b2"), conditions
        )
    )
    assert credit(blanks, {"1": "Plaid", "2": "azure"}) == 1


def test_an_essay_is_a_long_text():
    question = only(
        classic("essay_question", WHAT + TYPED, "<respcondition><conditionvar><other/></conditionvar></respcondition>")
    )
    assert (question.type, str(question.points)) == ("long_text", "2.00")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("calculated_question", "anew for each candidate"),
        ("file_upload_question", "hand in a file"),
        ("text_only_question", "without a question"),
        ("hot_spot_question", "hot spot"),
        ("categorization_question", "categorization"),
    ],
)
def test_canvas_types_without_a_counterpart_are_rejected_by_name(kind, words):
    parsed = qti.read(classic(kind, WHAT + lid(labels("a", "b")), earns(equal(1))))
    assert [(one.where, one.title, words in one.reason) for one in parsed.rejected] == [("item 1", "An item", True)]


def test_it_is_recognised_by_its_root():
    assert detect(item(declared("A"), choices(2), MATCH), "x.xml").name == "qti"
    assert detect(classic("essay_question", WHAT, ""), "x.dat").name == "qti"


def test_words_are_not_lost():
    assert plain(only(classic("essay_question", WHAT + TYPED, "")).stem) == "What now?"
