"""Questions as hypothesis makes them up: every type, every optional part, and the texts that break files."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from assessments.domain.markup import plain
from assessments.formats.base import ParsedBank, ParsedCriterion, ParsedLevel, ParsedQuestion, ParsedRubric

NASTY = st.sampled_from(
    ["no", "1:30", "2026-01-01", "~", "null", "1e5", "1.0e+16", "0x1F", "- a", "a: b", "#x", "'", '"', "=1+1", "@SUM(A1)", "'=x",
     "a\n  b", "\n lead", "trail \n", "tab\there", "\u0085", "\u2028", "\ufeff", "{[", "%", "`", "|", "a\r\nb", "...", "---"]
)  # fmt: skip
TEXT = st.one_of(NASTY, st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
WORDS = TEXT.filter(lambda text: text.strip() != "")
LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
POINTS = st.decimals(0, 999, places=2).map(lambda number: Decimal(f"{number.normalize():f}"))
JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=8,
)
OPTIONS = st.lists(WORDS, min_size=2, max_size=5, unique_by=lambda text: " ".join(plain(text).split())).map(
    lambda texts: [{"id": "abcde"[place], "text": text} for place, text in enumerate(texts)]
)


@st.composite
def rubrics(draw: st.DrawFn) -> ParsedRubric:
    levels = st.lists(POINTS, min_size=1, max_size=3, unique=True).map(
        lambda points: tuple(ParsedLevel(f"level {number}", number, "") for number in sorted(points))
    )
    criteria = st.lists(st.builds(ParsedCriterion, LINE, levels, TEXT), min_size=1, max_size=2).map(tuple)
    return ParsedRubric(draw(LINE), draw(criteria))


@st.composite
def contents(draw: st.DrawFn) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Type, content and key that fit each other."""
    type_ = draw(
        st.sampled_from(["single_choice", "multiple_choice", "true_false", "numeric", "short_text", "long_text"])
    )
    feedback = draw(st.one_of(st.just({}), st.fixed_dictionaries({"feedback": st.just({"a": "Why *not*?"})})))
    match type_:
        case "single_choice":
            return type_, {"options": draw(OPTIONS)}, {"option": draw(st.sampled_from("ab")), **feedback}
        case "multiple_choice":
            extra = draw(st.sampled_from([{}, {"scoring": "per_option"}]))
            return type_, {"options": draw(OPTIONS), "max_choices": 2}, {"options": ["a", "b"], **extra}
        case "true_false":
            return type_, {}, {"value": draw(st.booleans())}
        case "numeric":
            one = {"value": str(draw(st.integers(-99, 99))), **draw(st.sampled_from([{}, {"tolerance": "0.5"}]))}
            return type_, {}, {"accepted": [one, *draw(st.sampled_from([[], [{"min": "1", "max": "2"}]]))]}
        case "short_text":
            return type_, {}, {"accepted": [{"text": text} for text in draw(st.lists(WORDS, min_size=1, max_size=3))]}
        case _:
            return type_, {"suggested_words": 50}, {"model_answer": draw(WORDS)}


@st.composite
def questions(draw: st.DrawFn) -> ParsedQuestion:
    type_, content, key = draw(contents())
    return ParsedQuestion(
        where="",
        type=type_,
        stem=draw(WORDS),
        content=content,
        key=key,
        identity=draw(TEXT),
        title=draw(TEXT),
        points=draw(POINTS),
        difficulty=draw(st.sampled_from(["", "easy", "medium", "hard"])),
        tags=tuple(sorted(set(draw(st.lists(LINE, max_size=3))))),
        source=draw(TEXT),
        competence=draw(TEXT),
        explanation=draw(TEXT),
        licence=draw(TEXT),
        rubric=draw(st.none() | rubrics()),
    )


BANKS = st.builds(ParsedBank, TEXT, TEXT, TEXT)
