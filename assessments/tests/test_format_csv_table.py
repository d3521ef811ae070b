"""Tables of other people's making: found out, matched by meaning, and never shifted by a column in silence."""

from __future__ import annotations

import codecs
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assessments import formats
from assessments.formats.base import FileUnreadable, Parsed, ParsedQuestion
from assessments.formats.headers import read_header
from assessments.formats.meaning import NAMES, TAG_NAMES
from assessments.tests.parsing import the_only

FILES = Path(__file__).parent / "files"
SHEET = "Question,Answer,Category,Difficulty\nWhat is a mutex?,A lock.,Systems,Easy\n"
CHOICE = "Question,Option A,Option B,Option C,Answer\n"


def read(text: str | bytes) -> Parsed:
    return formats.get("csv").read(text if isinstance(text, bytes) else text.encode())


def only(text: str | bytes) -> ParsedQuestion:
    return the_only(read(text))


def reasons(parsed: Parsed) -> dict[str, str]:
    return {item.where: item.reason for item in parsed.rejected}


def option_texts(question: ParsedQuestion) -> list[str]:
    return [option["text"] for option in question.content["options"]]


# ---- What the columns mean ----


@pytest.mark.parametrize(
    "name",
    ["Question", "QUESTION", "question_text", "Question Text", "DESCRIPTION", "Stem", "prompt", " Question ", "Q"],
)
def test_the_column_of_questions_is_known_by_many_names(name: str) -> None:
    assert only(f"{name},Answer\nWhat is a mutex?,A lock.\n").stem == "What is a mutex?"


def test_questions_with_answers_are_judged_by_people() -> None:
    question = only(SHEET)
    assert (question.type, question.content, question.key) == ("long_text", {}, {"model_answer": "A lock."})
    assert (question.difficulty, question.tags, question.where) == ("easy", ("Systems",), "line 2")


@pytest.mark.parametrize(
    ("stem", "shown"),
    [
        ("What is a tuple?**", "What is a tuple?"),
        ("Explain zip. **", "Explain zip."),
        ("Is it **bold?**", "Is it **bold?**"),
        ("What is 2**", "What is 2**"),
    ],
)
def test_half_of_a_bold_line_is_not_shown(stem: str, shown: str) -> None:
    assert only(f"question,answer\n{stem},so\n").stem == shown


def test_questions_alone_are_enough() -> None:
    question = only("ID,DESCRIPTION\n1, What is padding\n")
    assert (question.stem, question.type, question.key, question.number) == ("What is padding", "long_text", {}, "1")


@pytest.mark.parametrize(
    ("words", "difficulty"),
    [
        ("Easy", "easy"),
        (" BEGINNER ", "easy"),
        ("Moderate", "medium"),
        ("intermediate", "medium"),
        ("Advanced", "hard"),
        ("", ""),
    ],
)
def test_difficulties_are_mapped(words: str, difficulty: str) -> None:
    assert only(f"question,difficulty level\nWhy?,{words}\n").difficulty == difficulty


def test_a_difficulty_nobody_knows_is_left_out_with_a_word() -> None:
    parsed = read("question,difficulty\nWhy?,7\nHow?,7\n")
    assert [question.difficulty for question in parsed.questions] == ["", ""]
    assert parsed.warnings == ['Difficulties not known and left unrated: "7" (2).']


def test_columns_that_sort_questions_become_tags() -> None:
    text = 'Job_Role,Question_Type,Topic,Tags,Question\nData Scientist,Behavioral, AI ,"sql, joins;sql",Why?\n'
    assert only(text).tags == ("Data Scientist", "AI", "sql", "joins", "Behavioral")


def test_a_type_column_may_say_the_type() -> None:
    rows = ["True/False,Is it?,T,2", "Numerical,How many?,42,1", "short answer,Who?,Ada,0.5", "Essay,Why?,,1"]
    parsed = read("\n".join(["type,question,answer,points", *rows]))
    assert [(question.type, question.key) for question in parsed.questions] == [
        ("true_false", {"value": True}),
        ("numeric", {"accepted": [{"value": "42"}]}),
        ("short_text", {"accepted": [{"text": "Ada"}]}),
        ("long_text", {}),
    ]
    assert [str(question.points) for question in parsed.questions] == ["2", "1", "0.5", "1"]


@pytest.mark.parametrize(
    ("cell", "accepted"),
    [
        ("Bob|Robert", ["Bob", "Robert"]),
        ("Bob; Robert ;Bob", ["Bob", "Robert"]),
        ('"Bob\nRobert; the Bruce"', ["Bob", "Robert; the Bruce"]),
        ("\"['Bob', 'Robert']\"", ["Bob", "Robert"]),
        ("Bob or Robert, if you like", ["Bob or Robert, if you like"]),
        ("||", ["||"]),
    ],
)
def test_short_answers_are_separated_as_options_are(cell: str, accepted: list[str]) -> None:
    question = only(f"Type\tQuestion\tAnswer\nShort answer\tWho?\t{cell}\n")
    assert (question.type, [one["text"] for one in question.key["accepted"]]) == ("short_text", accepted)


@pytest.mark.parametrize(
    ("id_", "identity", "number"),
    [
        ("PY-7", "PY-7", ""),
        ("7", "", "7"),
        ("1.2", "", "1.2"),
        ("Q7", "", "Q7"),
        ("#7", "", "#7"),
        ("Question 7", "", "Question 7"),
    ],
)
def test_a_name_is_a_name_and_a_number_only_counts(id_: str, identity: str, number: str) -> None:
    question = only(f"id,question\n{id_},Why?\n")
    assert (question.identity, question.number) == (identity, number)


def test_columns_without_a_use_are_named() -> None:
    assert read(",Question,Answer,Time\n1,Why?,So.,60\n").warnings == ["Columns not used: Time."]


def test_an_answer_written_as_a_list_becomes_its_lines() -> None:
    cell = "[\"Sure, here's why:\", '* one', '* two']"
    question = only(f'Question,Answer\nWhy?,"{cell.replace(chr(34), chr(34) * 2)}"\n')
    assert question.key == {"model_answer": "Sure, here's why:\n* one\n* two"}


@pytest.mark.parametrize(
    ("header", "options", "numbered_from"),
    [
        ("Question,OptionA,OptionB", 2, None),
        ("question,choice0,choice1,choice2,answer", 3, 0),
        (",Question,Answer1,Answer2,Answer3,Answer4,Time,Correct", 4, 1),
        ("Question,A,B,C,D,Correct", 4, None),
        ("Question,Answer 1", 0, None),
        ("Question,Answer", 0, None),
        ("Question,Option 3,Option 4", 0, None),
    ],
)
def test_columns_of_options_are_those_named_alike(header: str, options: int, numbered_from: int | None) -> None:
    found = read_header(header.split(","))
    assert found
    assert (len(found.options), found.numbered_from) == (options, numbered_from)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        (f"{CHOICE}Which?,red,green,blue,C\n", "c"),
        (f"{CHOICE}Which?,red,green,blue,blue\n", "c"),
        (f"{CHOICE}Which?,red,green,blue,3\n", "c"),
        (f"{CHOICE}Which?,red,green,blue,Option C\n", "c"),
        ("question,choice0,choice1,choice2,answer\nWhich?,red,green,blue,2\n", "c"),
        ("Question,Answer1,Answer2,Answer3,Correct\nWhich?,red,green,blue,2\n", "b"),
        ("Question,A,B,C,Correct answer\nWhich?,red,green,blue,b\n", "b"),
        ('Question,Options,Answer\nWhich?,"A) red\nB) green\nC) blue",B\n', "b"),
    ],
)
def test_the_key_is_found_however_it_is_written(text: str, position: str) -> None:
    question = only(text)
    assert (question.type, question.key) == ("single_choice", {"option": position})
    assert option_texts(question) == ["red", "green", "blue"]


def test_several_keys_make_a_multiple_choice() -> None:
    question = only(f'{CHOICE}Which?,red,green,blue,"A,C"\n')
    assert (question.type, question.key) == ("multiple_choice", {"options": ["a", "c"]})


def test_an_empty_option_is_left_out_and_the_key_still_fits() -> None:
    question = only(f"{CHOICE}Which?,red,,blue,C\n")
    assert (option_texts(question), question.key) == (["red", "blue"], {"option": "b"})


def test_wrong_answers_in_columns_of_their_own_are_distractors() -> None:
    question = only("Question,Correct Answer,Incorrect Answer 1,Incorrect Answer 2\nWhich?,green,up,down\n")
    chosen = {option["id"]: option["text"] for option in question.content["options"]}[question.key["option"]]
    assert (chosen, sorted(option_texts(question))) == ("green", ["down", "green", "up"])


# ---- Rows that are no question ----


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (",red,green,blue,A", "There is no question text."),
        ("Which?,red,green,blue,", "There are 3 options and no key."),
        ("Which?,red,green,blue,E", 'The key "E" names none of the 3 options.'),
        ("Which?,red,,,A", "A choice needs at least two options, and there is 1."),
        ("Which?,,,,A", "A choice needs at least two options, and there are 0."),
        ("Which?,26,26,blue,A", "The options A and B say the same, and only one of them is correct."),
        ("Which?,red,green", "3 cells were found where the header names 5, and it is unclear which are missing."),
        (
            "Which, and why?,red,green,blue,A",
            '6 cells were found where the header names 5; a cell with "," in it needs quotation marks around it.',
        ),
        ('Which?,"red"dish,green,blue,A', "The quotation marks are not balanced: ',' expected after '\"'."),
    ],
)
def test_a_row_that_cannot_be_asked_is_rejected_by_its_line(row: str, reason: str) -> None:
    good = "Which is it?,red, green,blue,B\n"  # with a space after a comma: spaces say nothing in this file
    parsed = read(f"{CHOICE}{good}{row}\n{good}")
    assert (parsed.total, len(parsed.questions), reasons(parsed)) == (3, 2, {"line 3": reason})


def test_options_that_differ_in_case_differ() -> None:
    assert only(f"{CHOICE}Which?,list,List,LIST,B\n").key == {"option": "b"}


def test_same_distractors_are_no_reason_to_reject() -> None:
    assert only(f"{CHOICE}Which?,1x,x1,1x,B\n").key == {"option": "b"}


@pytest.mark.parametrize(
    ("kind", "title"), [("Matching", "Matching"), ("drag and drop", "drag and drop"), ("Hotspot", "Hotspot")]
)
def test_a_type_that_is_not_read_is_named(kind: str, title: str) -> None:
    parsed = read(f"type,question,answer\n{kind},Why?,So.\n")
    assert reasons(parsed) == {"line 2": f'Questions of the type "{title}" are not read from lists and tables.'}


@pytest.mark.parametrize("points", ["many", "-1", "NaN", "1e999999999"])
def test_points_that_are_no_number_are_named(points: str) -> None:
    parsed = read(f"question,points\nWhy?,{points}\n")
    assert [*reasons(parsed)] == ["line 2"]


def test_numbers_may_have_a_decimal_comma() -> None:
    parsed = read("question;answer;type;tolerance;points\nSolve x;0,5;numeric;0,01;2,5\nSolve y;\u22123;numeric;0;1\n")
    assert [(one.key["accepted"], one.points) for one in parsed.questions] == [
        ([{"value": "0.5", "tolerance": "0.01"}], Decimal("2.5")),
        ([{"value": "-3"}], Decimal(1)),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Frage;Typ;Antwort A;Antwort B;Richtige Antwort;Punkte;Schwierigkeit;Schlagworte",
        "Énoncé;Type de question;Réponse A;Réponse B;Bonne réponse;Barème;Difficulté;Étiquettes",
        "Pregunta;Tipo;Opción A;Opción B;Respuesta correcta;Puntos;Dificultad;Etiquetas",
        "Questão;Tipo;Opção A;Opção B;Resposta correta;Pontuação;Dificuldade;Etiquetas",
        "السؤال;النوع;الخيار 1;الخيار 2;الإجابة الصحيحة;الدرجة;الصعوبة;الوسوم",
        "प्रश्न;प्रकार;विकल्प A;विकल्प B;सही उत्तर;अंक;कठिनाई;टैग",
        "题目;题型;选项A;选项B;正确答案;分值;难度;标签",
    ],
)
def test_headers_are_read_in_the_languages_of_the_interface(header: str) -> None:
    question = the_only(read(f"{header}\nWhich?;;one;two;two;2;hard;x, y\n"))
    assert (question.type, question.key, question.points) == ("single_choice", {"option": "b"}, Decimal(2))
    assert (question.difficulty, question.tags) == ("hard", ("x", "y"))


@pytest.mark.parametrize(
    ("type_", "answer", "difficulty"),
    [
        ("Wahr/Falsch", "wahr", "schwer"),
        ("Vrai ou faux", "Vrai", "difficile"),
        ("Verdadero/Falso", "sí", "difícil"),
        ("Verdadeiro/Falso", "verdadeiro", "difícil"),
        ("صح وخطأ", "صح", "صعب"),
        ("सत्य/असत्य", "सत्य", "कठिन"),
        ("判断题", "对", "困难"),
    ],
)
def test_types_truths_and_difficulties_are_read_in_them_too(type_: str, answer: str, difficulty: str) -> None:
    question = the_only(read(f"Frage;Antwort;Typ;Schwierigkeit\nIst es?;{answer};{type_};{difficulty}\n"))
    assert (question.type, question.key, question.difficulty) == ("true_false", {"value": True}, "hard")


def test_no_name_means_two_things() -> None:
    names = [name for meaning in NAMES.values() for name in meaning]
    assert len(set(names)) == len(names)
    assert not TAG_NAMES & set(names)


def test_a_comma_that_may_part_thousands_is_refused() -> None:
    parsed = read("question;answer;type\nHow many?;1,500;numeric\nHow much?;0,005;numeric\n")
    assert reasons(parsed) == {"line 2": '"1,500" may be 1.500 or 1500; please write it without the comma.'}
    assert parsed.questions[0].key == {"accepted": [{"value": "0.005"}]}


# ---- Rows with more or fewer cells than columns ----


def test_unquoted_commas_are_joined_where_spaces_give_them_away() -> None:
    parsed = read((FILES / "choices.csv").read_bytes())
    second, third = parsed.questions[1:3]
    assert (second.stem, option_texts(second)[1], second.key) == (
        "In SQL, which clause filters groups?",
        "HAVING",
        {"option": "b"},
    )
    assert (third.stem, option_texts(third)[2]) == ('What does print("a", "b") print?', '("a", "b")')
    assert parsed.warnings == [
        "Line 3 has 9 cells for 8 columns; read by joining those that begin with a space.",
        "Line 4 has 10 cells for 8 columns; read by joining those that begin with a space.",
    ]


def test_the_rest_of_that_file_is_taken_or_named() -> None:
    parsed = read((FILES / "choices.csv").read_bytes())
    assert [question.type for question in parsed.questions] == ["single_choice"] * 3 + ["multiple_choice"]
    assert reasons(parsed) == {
        "line 6": 'The key "E" names none of the 4 options.',
        "line 7": "4 cells were found where the header names 8, and it is unclear which are missing.",
    }


def test_empty_cells_at_the_end_of_a_row_do_not_count() -> None:
    assert only("question,answer\nWhy?,So.,,,\n").key == {"model_answer": "So."}


def test_missing_cells_at_the_end_of_a_row_are_empty() -> None:
    question = only("question,answer,category,difficulty\nWhy?,So.\n")
    assert (question.tags, question.difficulty) == ((), "")


def test_a_row_whose_cells_slipped_is_rejected() -> None:
    parsed = read("question,answer,category,difficulty\nWhy?,So.,Easy\n")
    assert reasons(parsed) == {
        "line 2": "3 cells were found where the header names 4, and it is unclear which are missing."
    }


# ---- Lines, delimiters, quotation marks ----


def test_places_are_physical_lines() -> None:
    text = 'question,answer\r\n"One\r\nTwo?","a\r\nb"\r\n\r\nThree?,c\r\n'
    assert [question.where for question in read(text).questions] == ["line 2", "line 6"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    rows = [["Question", "Answer", "Category"], ["What, then; is | it?", "a, b; c", "x"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert only(text).key == {"model_answer": "a, b; c"}


def test_excels_line_about_the_delimiter_is_obeyed() -> None:
    assert only("sep=;\nQuestion;Answer\nWhy, oh why?;So.\n").stem == "Why, oh why?"


def test_quotation_marks_escaped_by_backslashes_are_read() -> None:
    assert only('question,answer\n"Say \\"hi\\", then?","a, b"\n').stem == 'Say "hi", then?'


def test_a_backslash_before_a_closing_quotation_mark_is_text_where_others_double_them() -> None:
    questions = read('question,answer\n"Say ""hi""","C:\\"\n"Why, then?",x\n').questions
    assert [question.stem for question in questions] == ['Say "hi"', "Why, then?"]


def test_a_title_above_the_header_is_passed_over() -> None:
    assert only("My questions,,\n\nQuestion,Answer\nWhy?,So.\n").where == "line 4"


def test_a_quotation_mark_that_never_closes_refuses_the_file() -> None:
    with pytest.raises(FileUnreadable, match="Line 3: a quotation mark opens a cell and is never closed"):
        read('question,answer\nWhy?,So.\n"How?,Thus.\nWho?,They.\n')


# ---- Encodings ----


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("utf-16-le", codecs.BOM_UTF16_LE), ("utf-16-be", codecs.BOM_UTF16_BE),
     ("utf-32-le", codecs.BOM_UTF32_LE), ("utf-16-le", b""), ("utf-16-be", b"")],
)  # fmt: skip
def test_unicode_is_read_without_a_word(encoding: str, mark: bytes) -> None:
    parsed = read(mark + "Question,Answer\nWhat is naïve Bayes?,A classifier – probabilistic.\n".encode(encoding))
    assert (parsed.questions[0].stem, parsed.warnings) == ("What is naïve Bayes?", [])


def test_windows_1252_is_read_with_a_word() -> None:
    parsed = read("Question,Answer\nWhy?,So.\nIs it “naïve”?,No\n".encode("cp1252"))
    assert parsed.questions[1].stem == "Is it “naïve”?"
    assert parsed.warnings[0].startswith("Not UTF-8 (line 3), so read as Windows-1252 (cp1252).")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Question,Answer\nWhy\x81?,So.\n", "The text is neither UTF-8 nor cp1252 (byte 20)"),
        (b"\x00\x01\x02PNG rest of something", "This is not text: it holds zero bytes."),
        (codecs.BOM_UTF16_LE + b"a", "The text is neither UTF-8 nor utf-16-le (byte 1)"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        read(data)
    assert str(caught.value).startswith(reason)


# ---- Tables that hold no questions ----


@pytest.mark.parametrize(
    "text",
    ["item,key\ni1,D\ni2,C\n", "i1,i2,i3\nA,B,C\n", "Item 1,Item 2\n1,0\n", "slot,type,which,cat,mark\n1,random,,rand,1\n",
     "Why?,So.\n", "question" + ",x" * 600 + "\n"],
)  # fmt: skip
def test_a_table_without_questions_is_refused_with_what_was_looked_for(text: str) -> None:
    with pytest.raises(
        FileUnreadable, match=r"No column holds questions\. Looked for a first row with a column named Question"
    ):
        read(text)


def test_a_table_of_peoples_answers_gives_its_questions_once() -> None:
    rows = [
        ("1.1", "What is a stack?", "A pile."),
        ("1.1", "What is a stack?", "No idea."),
        ("1.2", "And a queue?", "A line."),
    ]
    text = "id,question,desired_answer,student_answer\n" + "".join(f"{i},{q},Right.,{a}\n" for i, q, a in rows)
    parsed = read(text)
    assert [(question.where, question.key) for question in parsed.questions] == [
        ("line 2", {"model_answer": "Right."}),
        ("line 4", {"model_answer": "Right."}),
    ]
    assert parsed.warnings[0].startswith("This table holds people's answers: its 3 rows ask 2 questions.")


def test_a_sheet_is_read_from_beginning_to_end() -> None:
    parsed = read((FILES / "networking.csv").read_bytes())
    found: list[Any] = [(question.where, question.number, question.difficulty) for question in parsed.questions]
    assert found == [("line 2", "1", "easy"), ("line 3", "2", "hard"), ("line 7", "4", "medium")]
    assert (parsed.questions[1].stem, reasons(parsed)) == (
        "How does TCP notice a lost segment?\\\nName both ways.",
        {"line 6": "There is no question text."},
    )
