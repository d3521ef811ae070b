"""Questions → Moodle's types and what they say of them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape

from assessments.domain import markup
from assessments.formats.base import ParsedQuestion
from assessments.formats.moodle_xml.writing.gaps import value_and_tolerance
from assessments.formats.moodle_xml.writing.texts import answer, html, plain, shuffled, text_element
from assessments.formats.omitting import NO_FULL_ANSWER, PATTERNS, CannotWrite, Omissions
from assessments.formats.shares import decimals, multiple_shares, pairs_of, wildcards_of

GRADING = {"all_or_nothing": "-1", "per_position": "0", "adjacent_pairs": "1"}


def _single(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    shares = {id_: Fraction(str(share)) for id_, share in key.get("credit", {}).items()} | {key["option"]: Fraction(1)}
    return "multichoice", ["<single>true</single>", shuffled(content), *_options(content, key, shares)]


def _multiple(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    if content.get("max_choices"):
        left.add("how many options may be chosen")
    if key.get("scoring") == "all_or_nothing":
        shares = {id_: Fraction(1) for id_ in key["options"]}
        return "multichoiceset", [shuffled(content), *_options(content, key, shares)]
    shares, is_exact = multiple_shares(content, key)
    if not is_exact:
        left.add(f"the scoring {key['scoring']}, which becomes right minus wrong")
    return "multichoice", ["<single>false</single>", shuffled(content), *_options(content, key, shares)]


def _options(content: dict[str, Any], key: dict[str, Any], shares: dict[str, Fraction]) -> list[str]:
    return [
        answer(shares.get(one["id"], Fraction(0)), html(one["text"]), key.get("feedback", {}).get(one["id"], ""))
        for one in content["options"]
    ]


def _true_false(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    feedback = question.key.get("feedback", {})
    is_true = question.key["value"]
    return "truefalse", [
        answer(Fraction((name == "true") == is_true), text_element(name), feedback.get(name, ""))
        for name in ("true", "false")
    ]


def _short(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    accepted = question.key["accepted"]
    if question.content.get("max_length"):
        left.add("longest answer")
    in_case = [bool(one.get("case_sensitive")) for one in accepted]
    if any(in_case) and not all(in_case):
        left.add("upper and lower case of single answers")
    lines = [f"<usecase>{int(all(in_case))}</usecase>"]
    earned = []
    for one in accepted:
        written = wildcards_of(one)
        if written is None:
            left.add(PATTERNS)
            continue
        earned.append(Fraction(str(one.get("credit", 1))))
        lines.append(answer(earned[-1], text_element(" ".join(written.split())), ""))
    if 1 not in earned:
        raise CannotWrite(NO_FULL_ANSWER)
    return "shortanswer", lines


def _numeric(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    if content.get("placeholder"):
        left.add("placeholder")
    lines = []
    for one in key["accepted"]:
        value, tolerance = value_and_tolerance(one)
        share = Fraction(str(one.get("credit", 1)))
        lines.append(answer(share, text_element(value), "", f"<tolerance>{tolerance}</tolerance>"))
    factors = key.get("units", {})
    units = []
    for name, factor in factors.items():
        written = decimals(1 / Fraction(factor))
        units.append(f"<unit><multiplier>{written}</multiplier><unit_name>{plain(name)}</unit_name></unit>")
    if units:
        lines.append(f"<units>{''.join(units)}</units>")
        lines.append(f"<unitgradingtype>{int(bool(key.get('unit_required')))}</unitgradingtype>")
        lines.append("<unitpenalty>1</unitpenalty>")
    shown = content.get("units", [])
    if shown and list(factors) != list(shown):
        left.add("which units are offered")
    lines.append(f"<showunits>{'1' if shown and factors else '0' if factors else '3'}</showunits>")
    return "numerical", lines


def _long(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content = question.content
    if content.get("max_length") or content.get("show_criteria"):
        left.add("longest text and whether criteria are shown")
    limit = content.get("suggested_words")
    return "essay", [
        "<responseformat>editor</responseformat>",
        "<responserequired>1</responserequired>",
        "<attachments>0</attachments>",
        "<attachmentsrequired>0</attachmentsrequired>",
        *([f"<maxwordlimit>{limit}</maxwordlimit>"] if limit else []),
        f'<graderinfo format="html">{html(question.key.get("model_answer", ""))}</graderinfo>',
    ]


def _matching(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    left.add_of_matching(key)
    pairs = pairs_of(content, key)
    has_markup = any(markup.render_inline(text, tex=True) != escape(markup.plain(text)) for _, text in pairs)
    return "ddmatch" if has_markup else "matching", [
        shuffled(content),
        *(
            f'<subquestion format="html">{html(prompt)}'
            + (
                f'<answer format="html">{html(choice)}</answer>'
                if has_markup
                else f"<answer>{text_element(markup.plain(choice))}</answer>"
            )
            + "</subquestion>"
            for prompt, choice in pairs
        ),
    ]


def _ordering(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    texts = {item["id"]: item["text"] for item in question.content["items"]}
    scoring = question.key.get("scoring", "adjacent_pairs")
    return "ordering", [
        "<layouttype>VERTICAL</layouttype>",
        "<selecttype>0</selecttype>",
        f"<gradingtype>{GRADING[scoring]}</gradingtype>",
        *(answer(Fraction(1), html(texts[id_]), "") for id_ in question.key["order"]),
    ]


def _cloze(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    return "cloze", []


WRITERS = {
    "single_choice": _single,
    "multiple_choice": _multiple,
    "true_false": _true_false,
    "short_text": _short,
    "numeric": _numeric,
    "long_text": _long,
    "matching": _matching,
    "ordering": _ordering,
    "cloze": _cloze,
}
