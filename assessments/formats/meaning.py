"""What a column or field of somebody else's file means, by its name; and what the words in it mean.

Names are compared without case, spaces and punctuation. Within a meaning, earlier names win: of ``Question Text`` and
``Question`` the second may well be a number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

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

MAX_COLUMNS = 500
"""A wider table is data of another kind."""
MEANINGS = {name: meaning for meaning, names in NAMES.items() for name in names}

OPTION_NAME = re.compile(
    r"(?:(option|choice|answer|alternative|possibleanswer|answeroption|answerchoice|ans|opt|op)|(?:distractor|wronganswer|"
    r"incorrectanswer|wrongoption|incorrectoption))?(?:([a-j])|(\d{1,2}))"
)

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
DIFFICULTY_OF = {word: difficulty for difficulty, words in DIFFICULTIES.items() for word in words}

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
TYPE_OF = {word: name for name, words in TYPES.items() for word in words}
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


def normal_name(name: str) -> str:
    """``"Option A"``, ``"option_a"`` and ``"OptionA"`` are one name."""
    folded = unicodedata.normalize("NFKC", name).replace("#", " number").casefold()
    return "".join(letter for letter in folded if letter.isalnum())


@dataclass(frozen=True)
class OptionColumn:
    column: int
    position: int
    """Among the options, from 0."""


@dataclass(frozen=True)
class Header:
    """What each column of a table is for. The numbers are columns, from 0."""

    names: tuple[str, ...]
    columns: dict[str, int]
    options: tuple[OptionColumn, ...]
    numbered_from: int | None
    """0 for choice0, choice1…; 1 for Answer 1, Answer 2…; ``None`` where options are lettered."""
    distractors: tuple[int, ...]
    tags: tuple[int, ...]
    unused: tuple[str, ...]

    @property
    def recognised(self) -> int:
        return len(self.columns) + len(self.options) + len(self.distractors) + len(self.tags)


def read_header(cells: Sequence[str]) -> Header | None:
    """``None`` where no column holds questions."""
    if len(cells) > MAX_COLUMNS:
        return None
    names = [normal_name(cell) for cell in cells]
    options, numbered_from, distractors = _option_columns(names)
    taken = {option.column for option in options} | set(distractors)
    columns: dict[str, int] = {}
    for meaning, synonyms in NAMES.items():
        ranked = [(synonyms.index(name), column) for column, name in enumerate(names) if MEANINGS.get(name) == meaning]
        free = [pair for pair in ranked if pair[1] not in taken]
        if free:
            columns[meaning] = min(free)[1]
    if STEM not in columns:
        return None
    if columns.get(ID) is not None and not names[columns[ID]] and columns[ID] != 0:
        del columns[ID]  # only a first column without a name is a count of rows
    tags = tuple(column for column, name in enumerate(names) if name in TAG_NAMES and column not in taken)
    used = taken | set(columns.values()) | set(tags)
    unused = tuple(cell.strip() for column, cell in enumerate(cells) if column not in used and cell.strip())
    return Header(tuple(cell.strip() for cell in cells), columns, options, numbered_from, distractors, tags, unused)


def _option_columns(names: Sequence[str]) -> tuple[tuple[OptionColumn, ...], int | None, tuple[int, ...]]:
    """The largest family of columns named alike (Option A, Option B…), and wrong answers named as such."""
    families: dict[tuple[str, bool], list[tuple[int, int]]] = {}
    for column, name in enumerate(names):
        if not (match := OPTION_NAME.fullmatch(name)):
            continue
        family, letter, digits = match.groups()
        if family is None and len(name) > 2:
            family = "distractor"
        elif family is None and digits:
            continue  # a column named "1" may be anything
        families.setdefault((family or "", bool(letter)), []).append(
            (ord(letter) - 97 if letter else int(digits), column)
        )
    wrong = tuple(column for (family, _), found in families.items() if family == "distractor" for _, column in found)
    right = [(len(found), lettered, found) for (family, lettered), found in families.items() if family != "distractor"]
    count, lettered, found = max(right, key=lambda item: item[0], default=(0, False, []))
    if count < 2 or min(found)[0] > 1:
        return (), None, wrong
    base = 0 if lettered else min(found)[0]
    return (
        tuple(OptionColumn(column, number - base) for number, column in sorted(found)),
        None if lettered else base,
        wrong,
    )


def difficulty_of(words: str) -> str | None:
    """``None`` where the words name no difficulty."""
    return DIFFICULTY_OF.get(normal_name(words))
