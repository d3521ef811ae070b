"""What a name or word of somebody else's file means: a column or field, a difficulty, a type.

Names are compared without case, accents, spaces and punctuation, in all languages of the interface. Within a meaning,
earlier names win: of ``Question Text`` and ``Question`` the second may well be a number.
"""

from __future__ import annotations

import unicodedata

from assessments.formats import translated


def normal_name(name: str) -> str:
    """``"Option A"``, ``"option_a"`` and ``"OptionA"`` are one name; so are ``"Réponse"`` and ``"reponse"``."""
    folded = unicodedata.normalize("NFKD", name).replace("#", " number").casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def normal_names(words: str) -> tuple[str, ...]:
    return tuple(map(normal_name, words.split()))


STEM, KEY, ANSWER, OPTIONS, DISTRACTORS = "stem", "key", "answer", "options", "distractors"
ID, TYPE, TITLE, POINTS, TOLERANCE, PERSON_ANSWER = "id", "type", "title", "points", "tolerance", "person_answer"
DIFFICULTY, EXPLANATION, SOURCE, COMPETENCE, LICENCE = "difficulty", "explanation", "source", "competence", "licence"
NAMES: dict[str, tuple[str, ...]] = {
    STEM: (
        "questiontext",
        "questionstem",
        "stem",
        "question",
        "questions",
        "interviewquestion",
        "questiondescription",
        "questionbody",
        "questioncontent",
        "questiontitle",
        "prompt",
        "problem",
        "problemstatement",
        "task",
        "query",
        "description",
        "q",
    ),
    KEY: (
        "correctanswer",
        "correctanswers",
        "correctoption",
        "correctoptions",
        "correctchoice",
        "correctresponse",
        "rightanswer",
        "answerkey",
        "correct",
        "correctindex",
        "answerindex",
        "key",
        "label",
    ),
    ANSWER: (
        "desiredanswer",
        "modelanswer",
        "referenceanswer",
        "expectedanswer",
        "idealanswer",
        "sampleanswer",
        "suggestedanswer",
        "exampleanswer",
        "goldanswer",
        "answer",
        "answers",
        "answertext",
        "solution",
        "response",
        "output",
        "completion",
        "a",
    ),
    OPTIONS: ("options", "choices", "alternatives", "possibleanswers", "answeroptions", "answerchoices"),
    DISTRACTORS: ("incorrectanswers", "wronganswers", "distractors"),
    ID: (
        "id",
        "questionid",
        "qid",
        "identifier",
        "questionnumber",
        "questionno",
        "number",
        "no",
        "nr",
        "sno",
        "srno",
        "slno",
        "serialnumber",
        "index",
        "",
    ),
    TYPE: ("questiontype", "qtype", "itemtype", "type", "questionformat"),
    TITLE: ("title", "name", "questionname", "heading"),
    POINTS: ("points", "marks", "mark", "maxpoints", "maxscore", "weight"),
    TOLERANCE: ("tolerance",),
    PERSON_ANSWER: (
        "studentanswer",
        "studentresponse",
        "studentanswers",
        "candidateanswer",
        "candidateresponse",
        "useranswer",
        "learneranswer",
    ),
    DIFFICULTY: ("difficulty", "difficultylevel", "level", "questiondifficulty", "hardness"),
    EXPLANATION: ("explanation", "rationale", "feedback", "generalfeedback", "solutionexplanation"),
    SOURCE: ("source",),
    COMPETENCE: ("competence", "competency", "skill"),
    LICENCE: ("licence", "license"),
}
TAG_NAMES = frozenset(
    (
        "tag",
        "tags",
        "category",
        "categories",
        "categoryid",
        "topic",
        "topics",
        "subject",
        "subjects",
        "jobrole",
        "role",
        "area",
        "domain",
        "field",
        "subcategory",
        "subtopic",
        "section",
        "chapter",
        "keywords",
        "technology",
        "language",
        "track",
    )
)
"""``questiontype`` becomes a tag too, in rows where it names no type: "Behavioral"."""
LIST_NAMES = frozenset(("tags", "keywords", "categories", "topics", "subjects"))
NAMES = {meaning: (*names, *normal_names(translated.NAMES.get(meaning, ""))) for meaning, names in NAMES.items()}
SEVERAL_ANSWERS = frozenset(normal_names(f"answers {translated.ANSWERS}"))
LIST_NAMES |= frozenset(normal_names(translated.LISTS_OF_TAGS))
TAG_NAMES |= LIST_NAMES | frozenset(normal_names(translated.TAGS))
MEANINGS = {name: meaning for meaning, names in NAMES.items() for name in names}
DIFFICULTIES = {
    "easy": (
        "easy",
        "veryeasy",
        "beginner",
        "basic",
        "simple",
        "low",
        "junior",
        "entry",
        "entrylevel",
        "novice",
        "foundational",
    ),
    "medium": (
        "medium",
        "intermediate",
        "moderate",
        "normal",
        "average",
        "mid",
        "midlevel",
        "mediumhard",
        "easymedium",
    ),
    "hard": ("hard", "veryhard", "difficult", "advanced", "expert", "high", "senior", "challenging", "complex"),
}
DIFFICULTY_OF = {
    word: difficulty
    for difficulty, words in DIFFICULTIES.items()
    for word in (*words, *normal_names(translated.DIFFICULTIES[difficulty]))
}
TYPES = {
    "single_choice": (
        "singlechoice",
        "mcq",
        "mc",
        "multichoice",
        "singleselect",
        "radio",
        "oneanswer",
        "singleanswer",
        "singlecorrect",
    ),
    "multiple_choice": (
        "multiplechoice",
        "multipleanswer",
        "multipleanswers",
        "multipleresponse",
        "multiselect",
        "ms",
        "msq",
        "checkbox",
        "checkboxes",
        "multiplecorrect",
        "multipleselect",
        "mcma",
    ),
    "true_false": ("truefalse", "tf", "boolean", "trueorfalse"),
    "numeric": ("numeric", "numerical", "number"),
    "short_text": ("shorttext", "shortanswer", "sa", "textentry", "oneword"),
    "long_text": (
        "longtext",
        "longanswer",
        "essay",
        "open",
        "openended",
        "openquestion",
        "freetext",
        "subjective",
        "descriptive",
        "writtenresponse",
        "wr",
        "paragraph",
    ),
}
TYPE_OF = {word: name for name, words in TYPES.items() for word in (*words, *normal_names(translated.TYPES[name]))}
UNSUPPORTED_TYPES = frozenset(
    (
        "matching",
        "match",
        "ordering",
        "order",
        "ranking",
        "draganddrop",
        "dragdrop",
        "hotspot",
        "cloze",
        "fillintheblank",
        "fillintheblanks",
        "fillinblank",
        "fillin",
        "fileupload",
        "drawing",
        "slider",
        "matrix",
        "likert",
        "calculated",
    )
)


def difficulty_of(words: str) -> str | None:
    """``None`` where the words name no difficulty."""
    return DIFFICULTY_OF.get(normal_name(words))
