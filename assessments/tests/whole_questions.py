"""Questions of every type with every optional part, for formats that have to give them back; and what makes two the same.

Two questions are the same where candidates see the same and every response earns the same: ids and spellings may differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import combinations, permutations, product
from typing import Any

from hypothesis import strategies as st

from assessments import question_types
from assessments.domain.markup import plain, render
from assessments.domain.question_checks import CheckedQuestion, check_question
from assessments.formats.base import ParsedQuestion

PLAIN_WORDS = [
    "TCP",
    "naïve",
    "سؤال",
    "日本",
    "e\u0301",
    "a_b",
    "x*y",
    "50%",
    "c:\\\\new",
    "it's",
    '"so"',
    "\u00a0",
    "a -- b",
    "1. b",
    "- a",
    "//x",
]
MEANT_AS_MARKUP = [
    "1 < 2",
    "R&D",
    "&amp;",
    "List<String>",
    "List</x>",
    "~50",
    "=1",
    "#tag",
    "{x}",
    "{{1}}",
    "a:b",
    "%50%",
    "-> b",
    "[html]",
    "[[1]]",
]
MEANT_AS_MORE = ["$5 or $6", "``", "![x", "::", "~~", "]("]
WORD = st.sampled_from([*PLAIN_WORDS, *MEANT_AS_MARKUP, *MEANT_AS_MORE])
MARKED = st.sampled_from(
    [
        *("**bold**", "*slanted*", "`a * b`", "`List<String>`", "$x_1 < \\frac{1}{2}$"),
        *("<sub>2</sub>", "[link](https://example.org/?a=1&b=2)", "<kbd>Esc</kbd>"),
    ]
)
LINE = st.lists(WORD | MARKED, min_size=1, max_size=4).map(" ".join)
BLOCK = st.sampled_from(
    [
        *(
            "```python\nif a < b:\n\n    print('{x}')\n```",
            "| a | b |\n|---|:--|\n| 1 | `2` |",
            "- one\n- two\n  - three",
        ),
        *("1. one\n2. two", "> said", "$$\\sum_i x_i$$", '<p dir="rtl">سؤال</p>', "#### Heading"),
    ]
)
TEXT = st.lists(LINE | BLOCK, min_size=1, max_size=3).map("\n\n".join).filter(lambda text: plain(text).strip() != "")
SHORT = LINE.filter(lambda text: plain(text).strip() != "")
TYPED = ["SYN", "ack", "index", "ß", "日本", "a b", "1", "x-y", "C++", "50%", "a=b", "{x}", "it's"]
PLAIN = st.lists(st.sampled_from(TYPED), min_size=1, max_size=2).map(" ".join)
CREDIT = st.sampled_from([0.25, 0.5, 0.75, 0.333333333333])
NUMBER = st.sampled_from(["0", "42", "-3.5", "0.001", "1000000", "2.718281828459045", "-7"])
TAG = st.sampled_from(["net", "sql joins", "größe", "C/C++", "a:b"])
BOOL = st.booleans()


def by_letter(texts: list[str]) -> list[dict[str, Any]]:
    return [{"id": "abcde"[place], "text": text} for place, text in enumerate(texts)]


def listed(draw: st.DrawFn, least: int, most: int = 4) -> list[str]:
    return draw(
        st.lists(SHORT, min_size=least, max_size=most, unique_by=lambda text: " ".join(plain(text).split()).casefold())
    )


def said(draw: st.DrawFn, ids: list[str]) -> dict[str, Any]:
    return {"feedback": {ids[0]: draw(SHORT)}} if draw(BOOL) else {}


def single_choice(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    options = by_letter(listed(draw, 2))
    credit = {"credit": {"b": draw(CREDIT)}} if draw(BOOL) else {}
    return {"options": options, **fixed(draw)}, {"option": "a", **credit, **said(draw, ["b"])}


def fixed(draw: st.DrawFn) -> dict[str, Any]:
    return {"fixed_order": True} if draw(BOOL) else {}


def multiple_choice(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    options = by_letter(listed(draw, 3))
    key: dict[str, Any] = {"options": ["a", "b"], **said(draw, ["c"])}
    match draw(st.sampled_from(["", "per_option", "all_or_nothing", "weighted"])):
        case "weighted":
            key |= {"scoring": "weighted", "weights": {"a": 0.75, "b": 0.25, "c": draw(st.sampled_from([-0.5, -1]))}}
        case scoring if scoring:
            key["scoring"] = scoring
    most = {"max_choices": 2} if draw(BOOL) else {}
    return {"options": options, **most, **fixed(draw)}, key


def true_false(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return {}, {"value": draw(BOOL), **said(draw, [draw(st.sampled_from(["true", "false"]))])}


def accepted_numbers(draw: st.DrawFn) -> list[dict[str, Any]]:
    first: dict[str, Any] = {"value": draw(NUMBER)}
    match draw(st.sampled_from(["", "near", "share", "range"])):
        case "near":
            first["tolerance"] = "0.5"
        case "share" if first["value"] != "0":
            first |= {"tolerance": "0.05", "relative": True}
        case "range":
            first = {"min": "-2", "max": "3.25"}
    more = [{"value": "99", "tolerance": "1", "credit": draw(CREDIT)}] if draw(BOOL) else []
    if "tolerance" not in first and "value" in first and draw(BOOL):  # being near to it earns a part
        more.append({"value": first["value"], "tolerance": draw(st.sampled_from(["0.5", "2"])), "credit": draw(CREDIT)})
    return [first, *more]


def numeric(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    units = draw(st.sampled_from([{}, {"units": {"ms": "1", "s": "1000"}}]))
    shown = {"units": ["ms", "s"]} if units else {}
    return shown, {"accepted": accepted_numbers(draw), **units}


def accepted_texts(draw: st.DrawFn) -> list[dict[str, Any]]:
    texts = draw(st.lists(PLAIN, min_size=1, max_size=3, unique_by=str.casefold))
    in_case = {"case_sensitive": True} if draw(BOOL) else {}
    found: list[dict[str, Any]] = [{"text": text, **in_case} for text in texts]
    if len(found) > 1 and draw(BOOL):
        found[1]["credit"] = draw(CREDIT)
    if draw(st.integers(0, 5)) == 0:
        found.append({"text": draw(st.sampled_from(["ind.*", "[ab]+"])), "match": "regex"})
    return found


def short_text(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    return {}, {"accepted": accepted_texts(draw)}


def long_text(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    words = {"suggested_words": 120} if draw(BOOL) else {}
    return words, {"model_answer": draw(TEXT)} if draw(BOOL) else {}


def matching(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    prompts = [{"id": str(place), "text": text} for place, text in enumerate(listed(draw, 2, 3), start=1)]
    key: dict[str, Any] = {"pairs": {one["id"]: draw(st.sampled_from("abc")) for one in prompts}}
    match draw(st.sampled_from(["", "all", "credit", "weights"])):
        case "all":
            key["scoring"] = "all_or_nothing"
        case "credit":
            key["credit"] = {"1": {next(one for one in "abc" if one != key["pairs"]["1"]): draw(CREDIT)}}
        case "weights":
            key["weights"] = {"2": 3}
    return {"prompts": prompts, "choices": by_letter(listed(draw, 3)), **fixed(draw)}, key


def ordering(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    items = by_letter(listed(draw, 3))
    scoring = draw(st.sampled_from([{}, {"scoring": "per_position"}, {"scoring": "all_or_nothing"}]))
    return {"items": items}, {"order": draw(st.permutations([one["id"] for one in items])), **scoring}


def cloze(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Numbers in gaps have no share as tolerance, and words of options no markup: neither has ever been seen."""
    options = by_letter(draw(st.lists(PLAIN, min_size=2, max_size=3, unique_by=str.casefold)))
    chosen: dict[str, Any] = {"option": "a", **({"credit": {"b": draw(CREDIT)}} if draw(BOOL) else {})}
    weight = draw(st.sampled_from([{}, {"weight": 2}]))
    keys: dict[str, Any] = {"x": {"accepted": accepted_texts(draw), **weight}, "y": chosen}
    gaps: list[dict[str, Any]] = [{"id": "x"}, {"id": "y", "kind": "choice", "options": options}]
    text = f"It {{{{x}}}} and *{{{{y}}}}* {draw(LINE)}".replace("{{1}}", "")
    if draw(BOOL):
        keys["z"], text = {"accepted": accepted_numbers(draw)}, f"{text}\n\nAlso {{{{z}}}}."
        gaps.append({"id": "z"})
    scoring = {"scoring": "all_or_nothing"} if draw(st.integers(0, 4)) == 0 else {}
    return {"text": text, "gaps": gaps, **fixed(draw)}, {"gaps": keys, **scoring}


MAKERS: dict[str, Callable[[st.DrawFn], tuple[dict[str, Any], dict[str, Any]]]] = {
    "single_choice": single_choice,
    "multiple_choice": multiple_choice,
    "true_false": true_false,
    "numeric": numeric,
    "short_text": short_text,
    "long_text": long_text,
    "matching": matching,
    "ordering": ordering,
    "cloze": cloze,
}


@st.composite
def whole_questions(draw: st.DrawFn) -> ParsedQuestion:
    type_ = draw(st.sampled_from(sorted(MAKERS)))
    content, key = MAKERS[type_](draw)
    stem = draw(TEXT)
    made = ParsedQuestion(
        where="",
        type=type_,
        stem=stem.replace("{{1}}", "") if type_ == "cloze" else stem,
        content=content,
        key=key,
        identity=draw(st.sampled_from(["q-1", "Q 17/b", "日本-3"])),
        title=draw(st.sampled_from(["A title", "R&D: 1 < 2", "日本 ~ {x}"])),
        points=draw(st.sampled_from([Decimal(1), Decimal(3), Decimal("2.50"), Decimal("0.10")])),
        difficulty=draw(st.sampled_from(["", "easy", "medium", "hard"])),
        tags=tuple(sorted(draw(st.sets(TAG, max_size=2)))),
        explanation=draw(TEXT) if draw(BOOL) else "",
        licence=draw(st.sampled_from(["", "CC BY 4.0"])),
    )
    return made if isinstance(check_question(made), CheckedQuestion) else draw(st.nothing())


# ---- The same ----

PROBES = [
    *("0", "42", "42.5", "43", "41.5", "-3.5", "-4", "-3.675", "99", "100", "98", "3.25", "-2", "0.0011", "1001"),
    *("42 s", "0.042 s", "SYN", "syn", "index", "INDEX", "ack", "Ack", "ind", "indices", "a b", "A B", "ab", "C++"),
    *("c++", "ß", "50%", "{x}", "it's", "a=b", "日本"),
]
"""What is typed into every question that asks for something typed."""


BLOCK_TAG = re.compile(r"\s*(</?(?:p|ul|ol|li|table|thead|tbody|tr|th|td|blockquote|h\d)\b[^>]*>)\s*")


LOOSE = re.compile(r"(<li>)<p>(.*?)</p>(?=</li>|<ul>|<ol>)")
EMPTY = re.compile(r"<p>\s*</p>")


def seen(markdown: str) -> str:
    """As candidates see it, without the blanks between tags and lines, which show nothing outside of code."""
    html = render(markdown)
    parts = re.split(r"(<pre>.*?</pre>)", html, flags=re.DOTALL)
    parts[::2] = [re.sub(r"\s+", " ", BLOCK_TAG.sub(r"\1", part)) for part in parts[::2]]
    return EMPTY.sub("", LOOSE.sub(r"\1\2", "".join(parts))).strip()


def near(share: Any) -> float | None:
    return None if share is None else round(float(share), 4)


def meaning(question: ParsedQuestion) -> dict[str, Any]:
    """Everything of a question that counts, in words that do not depend on how it was written."""
    checked = check_question(question)
    assert isinstance(checked, CheckedQuestion), checked
    content, key = checked.content, checked.key
    return {
        "type": question.type,
        "title": question.title,
        "identity": question.identity,
        "points": float(question.points),
        "tags": sorted(question.tags),
        "difficulty": question.difficulty,
        "licence": question.licence,
        "explanation": seen(question.explanation),
        "fixed_order": content.get("fixed_order", False),
        "units": content.get("units", []),
        "max_choices": content.get("max_choices"),
        "suggested_words": content.get("suggested_words"),
        "model_answer": seen(key.get("model_answer", "")),
        "feedback": feedback_of(content, key),
        "texts": texts_of(question, content),
        "earned": dict(earned(question.type, content, key)),
    }


def names_of(content: dict[str, Any], name: str) -> dict[str, str]:
    return {one["id"]: seen(one["text"]) for one in content.get(name, [])}


def feedback_of(content: dict[str, Any], key: dict[str, Any]) -> dict[str, str]:
    names = names_of(content, "options")
    return {names.get(id_, id_): seen(text) for id_, text in key.get("feedback", {}).items()}


def texts_of(question: ParsedQuestion, content: dict[str, Any]) -> Any:
    if question.type == "cloze":
        numbers = {gap["id"]: str(place) for place, gap in enumerate(content["gaps"], start=1)}
        text = re.sub(
            r"\{\{([xyz\d]+)\}\}", lambda match: "{{" + numbers.get(match[1], match[0]) + "}}", content["text"]
        )
        options = [sorted(plain(one["text"]) for one in gap.get("options", [])) for gap in content["gaps"]]
        return seen(f"{question.stem}\n\n{text}"), options
    shown = {name: list(names_of(content, name).values()) for name in ("options", "prompts", "choices", "items")}
    in_order = question.type in ("single_choice", "multiple_choice")
    return seen(question.stem), {
        name: texts if in_order or name == "prompts" else sorted(texts) for name, texts in shown.items()
    }


def earned(type_: str, content: dict[str, Any], key: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """What many responses earn, each by words."""
    if type_ == "cloze":
        yield from earned_in_gaps(content, key)
        return
    credit = question_types.get(type_).credit
    for words, value in RESPONSES[type_](content) if type_ in RESPONSES else ():
        yield words, near(credit(value, content, key))


def sets_of_options(content: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    names = names_of(content, "options")
    for size in range(content.get("max_choices", len(names)) + 1):
        for chosen in combinations(names, size):
            yield tuple(sorted(names[id_] for id_ in chosen)), list(chosen)


def pairings(content: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    prompts, choices = names_of(content, "prompts"), names_of(content, "choices")
    for given in product(choices, repeat=len(prompts)):
        words = tuple(zip(prompts.values(), (choices[id_] for id_ in given), strict=True))
        yield words, dict(zip(prompts, given, strict=True))


def orders(content: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    names = names_of(content, "items")
    for order in permutations(names):
        yield tuple(names[id_] for id_ in order), list(order)


def typed(content: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    return ((text, text) for text in PROBES)


RESPONSES: dict[str, Callable[[dict[str, Any]], Iterator[tuple[Any, Any]]]] = {
    "single_choice": lambda content: ((text, id_) for id_, text in names_of(content, "options").items()),
    "multiple_choice": sets_of_options,
    "true_false": lambda content: iter([("true", True), ("false", False)]),
    "numeric": typed,
    "short_text": typed,
    "matching": pairings,
    "ordering": orders,
}


def earned_in_gaps(content: dict[str, Any], key: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    credit = question_types.get("cloze").credit
    for place, gap in enumerate(content["gaps"], start=1):
        names = {plain(one["text"]): one["id"] for one in gap.get("options", [])}
        for text in names or PROBES:
            yield (place, text), near(credit({gap["id"]: names.get(text, text)}, content, key))
