from __future__ import annotations

import json
from typing import Any

import pytest

from assessments import formats
from assessments.formats.base import FileUnreadable, Parsed
from assessments.formats.detect import detect
from assessments.formats.media import name_of
from assessments.tests.parsing import parsed_by
from assessments.tests.pictures import MP3, png

MODEL = {
    "crowdanki_uuid": "m",
    "flds": [{"name": "Front"}, {"name": "Back"}, {"name": "Difficulty"}, {"name": "Extra"}],
}


def deck(*notes: dict[str, Any] | str, **more: Any) -> bytes:
    fields = {"__type__": "Deck", "crowdanki_uuid": "d", "name": "ML::Nets", "note_models": [MODEL]}
    return json.dumps({**fields, "notes": list(notes), **more}).encode()


def note(*fields: str, **more: Any) -> dict[str, Any]:
    return {"__type__": "Note", "guid": "g", "note_model_uuid": "m", "tags": ["a"], "fields": list(fields), **more}


def read(data: bytes, name: str = "crowdanki") -> Parsed:
    return parsed_by(formats.get(name), data)


def anki(text: str) -> Parsed:
    return read(text.encode(), "anki")


def test_the_front_is_asked_and_the_back_is_the_model_answer():
    parsed = read(deck(note("What is <b>TCP</b>?", "<div>A</div><div>protocol</div>", "Hard", "See RFC 9293.")))
    (question,) = parsed.questions
    assert (question.type, question.stem, question.key) == (
        "long_text",
        "What is <b>TCP</b>?",
        {"model_answer": "A\n\nprotocol"},
    )
    assert (question.where, question.identity, question.difficulty) == ("notes[0]", "d/g", "hard")
    assert (question.tags, question.explanation) == (("a", "Nets"), "See RFC 9293.")


def test_decks_within_decks_have_their_notes():
    child = {"__type__": "Deck", "crowdanki_uuid": "e", "name": "ML::Loss", "notes": [note("Why?", "So")]}
    parsed = read(deck(note("What?", "That"), children=[child]))
    assert [(one.where, one.identity) for one in parsed.questions] == [
        ("notes[0]", "d/g"),
        ("children[0].notes[0]", "e/g"),
    ]


def test_gaps_of_a_note_are_gaps_of_a_text():
    (question,) = read(deck(note("{{c1::SYN::flag}} opens, {{c2::<i>FIN</i>}} closes.", "More."))).questions
    assert (question.type, question.content["text"]) == ("cloze", "{{1}} opens, {{2}} closes.")
    accepted = [question.key["gaps"][name]["accepted"] for name in ("1", "2")]
    assert (accepted, question.explanation) == ([[{"text": "SYN"}], [{"text": "FIN"}]], "More.")


def test_hints_of_gaps_are_noted_as_left_out():
    assert read(deck(note("{{c1::mito::organelle}} makes it.", ""))).warnings == [
        "notes[0]: Hints for gaps are left out."
    ]
    assert read(deck(note("{{c1::mito}} makes it.", ""))).warnings == []


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ('Which? <img src="net%201.png">', "shows net 1.png, which is missing"),
        ("Hear [sound:a.mp3]", "shows a.mp3, which is missing"),
        ("", "no front"),
    ],
)
def test_a_card_that_cannot_be_asked_is_rejected(front: str, words: str):
    parsed = read(deck(note(front, "x"), note("Good?", "Yes", guid="h")))
    assert (len(parsed.questions), [words in one.reason for one in parsed.rejected]) == (1, [True])


def test_a_picture_on_the_back_is_named():
    parsed = read(deck(note("Which?", 'This: <img src="net.png"> [sound:a.mp3]')))
    assert parsed.questions[0].key == {"model_answer": "This: [net.png] [a.mp3]"}
    assert parsed.warnings == [
        "notes[0]: Feedback shows net.png, which is left out: the file does not hold it.",
        "notes[0]: Feedback shows a.mp3, which is left out: the file does not hold it.",
    ]


def test_pictures_and_sounds_beside_the_deck_come_along():
    data = deck(note('Which? <img src="a b.png" alt="a plan">', "[sound:x.mp3]"))
    beside = {"media/a b.png": png(), "media/x.mp3": MP3}
    parsed = formats.get("crowdanki").read_beside(data, beside.get)
    picture, sound = name_of(png()), name_of(MP3)
    assert parsed.questions[0].stem == f'Which? <img src="/media/{picture}" alt="a plan">'
    assert parsed.questions[0].key == {"model_answer": f'<audio src="/media/{sound}" title=""></audio>'}
    assert parsed.questions[0].media == {picture: png(), sound: MP3}
    assert parsed.warnings == ["notes[0]: A picture or a sound has no description; please write one."]


def test_what_is_no_note_is_rejected_and_what_is_no_deck_refused():
    assert [one.where for one in read(deck("x", {"fields": [5]})).rejected] == ["notes[0]", "notes[1]"]
    with pytest.raises(FileUnreadable, match="no CrowdAnki deck"):
        read(b'{"crowdanki_uuid": "d"}')


# ---- As text ----


def test_lines_of_two_sides():
    parsed = anki("1 * 2 * 3\t6\nWhat is a <br>?\tA line break\n")
    first, second = parsed.questions
    assert (first.where, first.stem, first.key) == ("line 1", "1 * 2 * 3", {"model_answer": "6"})
    assert (second.where, second.key) == ("line 2", {"model_answer": "A line break"})


def test_the_settings_say_what_is_what():
    text = "#separator:Semicolon\n#html:false\n#guid column:1\n#tags column:4\nx1;Is <b> a tag?;Yes;html  web\n"
    (question,) = anki(text).questions
    assert (question.where, question.identity, question.tags) == ("line 5", "x1", ("html", "web"))
    assert (question.stem, question.key) == ("Is \\<b> a tag?", {"model_answer": "Yes"})


def test_quoted_fields_may_span_lines():
    parsed = anki('#separator:tab\n#html:true\n"Say ""a""\nand b"\tyes\nalone\n')
    assert (parsed.questions[0].stem, [one.where for one in parsed.rejected]) == ('Say "a" and b', ["line 5"])


@pytest.mark.parametrize(
    ("data", "name", "chosen"),
    [
        (deck(note("a", "b")), "deck.json", "crowdanki"),
        (b"#separator:tab\n#html:true\na\tb\n", "notes.txt", "anki"),
        (b"1 x 1 =\t1\n1 x 2 =\t2\n", "math.txt", "anki"),
        (b"question\tanswer\nx\ty\n", "notes.txt", "csv"),
    ],
)
def test_cards_are_known_by_their_content(data: bytes, name: str, chosen: str):
    assert detect(data, name).name == chosen
