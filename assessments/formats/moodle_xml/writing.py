"""Questions → Moodle XML. Texts go as HTML, which every Moodle shows as it was seen here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from assessments.domain import markup
from assessments.formats.base import ParsedQuestion
from assessments.formats.omitting import CannotWrite, Omissions
from assessments.formats.shares import decimals, multiple_shares, percentage, wildcards_of

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NO_PLACE = ("difficulty", "source", "competence", "licence", "rubric")
GRADING = {"all_or_nothing": "-1", "per_position": "0", "adjacent_pairs": "1"}
IN_ANSWER = re.compile(r"([~=#}/\"\\])")
TAG_OR_TEXT = re.compile(r"<[^<>]*>|[^<]+")


def write_quiz(questions: Sequence[ParsedQuestion]) -> bytes:
    return _written(questions)[0].encode()


def omissions(questions: Sequence[ParsedQuestion]) -> list[str]:
    return _written(questions)[1].sentences()


def _written(questions: Sequence[ParsedQuestion]) -> tuple[str, Omissions]:
    left = Omissions()
    parts = []
    for question in questions:
        try:
            parts.append(_question(question, left))
        except CannotWrite as reason:
            left.leave_out(question, reason)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{"".join(parts)}</quiz>\n', left


def _question(question: ParsedQuestion, left: Omissions) -> str:
    kind, lines = WRITERS[question.type](question, left)
    stem = question.stem if question.type != "cloze" else _cloze_text(question, left)
    title = question.title.strip() or markup.plain(question.stem, 60)
    tags = "".join(f"<tag>{_text(tag)}</tag>" for tag in question.tags)
    left.add_fields(question, NO_PLACE)
    head = [
        f"<name>{_text(' '.join(title.split()))}</name>",
        f'<questiontext format="html">{_html(stem) if question.type != "cloze" else _text(stem)}</questiontext>',
        f'<generalfeedback format="html">{_html(question.explanation)}</generalfeedback>',
        f"<defaultgrade>{question.points}</defaultgrade>",
        "<penalty>0</penalty>",
        "<hidden>0</hidden>",
        *([f"<idnumber>{_plain(question.identity)}</idnumber>"] if question.identity.strip() else []),
        *lines,
        *([f"<tags>{tags}</tags>"] if tags else []),
    ]
    inside = "".join(f"    {line}\n" for line in head)
    return f"  <question type={quoteattr(kind)}>\n{inside}  </question>\n"


def _single(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    shares = {id_: Fraction(str(share)) for id_, share in key.get("credit", {}).items()} | {key["option"]: Fraction(1)}
    return "multichoice", ["<single>true</single>", _shuffled(content), *_options(content, key, shares)]


def _multiple(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    if content.get("max_choices"):
        left.add("how many options may be chosen")
    if key.get("scoring") == "all_or_nothing":
        shares = {id_: Fraction(1) for id_ in key["options"]}
        return "multichoiceset", [_shuffled(content), *_options(content, key, shares)]
    shares, is_exact = multiple_shares(content, key)
    if not is_exact:
        left.add(f"the scoring {key['scoring']}, which becomes right minus wrong")
    return "multichoice", ["<single>false</single>", _shuffled(content), *_options(content, key, shares)]


def _options(content: dict[str, Any], key: dict[str, Any], shares: dict[str, Fraction]) -> list[str]:
    return [
        _answer(shares.get(one["id"], Fraction(0)), _html(one["text"]), key.get("feedback", {}).get(one["id"], ""))
        for one in content["options"]
    ]


def _true_false(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    feedback = question.key.get("feedback", {})
    is_true = question.key["value"]
    return "truefalse", [
        _answer(Fraction((name == "true") == is_true), _text(name), feedback.get(name, ""))
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
            left.add("accepted answers that are regular expressions")
            continue
        earned.append(Fraction(str(one.get("credit", 1))))
        lines.append(_answer(earned[-1], _text(" ".join(written.split())), ""))
    if 1 not in earned:
        raise CannotWrite("none of the accepted answers that earn all points can be written")
    return "shortanswer", lines


def _numeric(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    if content.get("placeholder"):
        left.add("placeholder")
    lines = []
    for one in key["accepted"]:
        value, tolerance = _value_and_tolerance(one)
        share = Fraction(str(one.get("credit", 1)))
        lines.append(_answer(share, _text(value), "", f"<tolerance>{tolerance}</tolerance>"))
    factors = key.get("units", {})
    units = []
    for name, factor in factors.items():
        multiplier = 1 / Fraction(factor)
        written = decimals(multiplier) if _is_decimal(multiplier) else f"{float(multiplier):.15g}"
        units.append(f"<unit><multiplier>{written}</multiplier><unit_name>{_plain(name)}</unit_name></unit>")
    if units:
        lines.append(f"<units>{''.join(units)}</units>")
        lines.append(f"<unitgradingtype>{int(bool(key.get('unit_required')))}</unitgradingtype>")
        lines.append("<unitpenalty>1</unitpenalty>")
    shown = content.get("units", [])
    if shown and list(factors) != list(shown):
        left.add("which units are offered")
    lines.append(f"<showunits>{'1' if shown and factors else '0' if factors else '3'}</showunits>")
    return "numerical", lines


def _value_and_tolerance(one: dict[str, Any]) -> tuple[str, str]:
    """Moodle has no ranges: half way between the ends, as far as to either of them."""
    if "value" in one:
        tolerance = Fraction(one.get("tolerance", "0"))
        return one["value"], decimals(tolerance * (abs(Fraction(one["value"])) if one.get("relative") else 1))
    low, high = Fraction(one["min"]), Fraction(one["max"])
    return decimals((low + high) / 2), decimals((high - low) / 2)


def _is_decimal(number: Fraction) -> bool:
    bottom = number.denominator
    for prime in (2, 5):
        while bottom % prime == 0:
            bottom //= prime
    return bottom == 1


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
        f'<graderinfo format="html">{_html(question.key.get("model_answer", ""))}</graderinfo>',
    ]


def _matching(question: ParsedQuestion, left: Omissions) -> tuple[str, list[str]]:
    content, key = question.content, question.key
    if key.get("credit"):
        left.add("partial credit for other choices")
    if key.get("scoring") == "all_or_nothing":
        left.add("the scoring all_or_nothing")
    texts = {choice["id"]: choice["text"] for choice in content["choices"]}
    pairs = [(prompt["text"], texts[key["pairs"][prompt["id"]]]) for prompt in content["prompts"]]
    used = set(key["pairs"].values())
    pairs += [("", text) for id_, text in texts.items() if id_ not in used]
    has_markup = any(markup.render_inline(text) != escape(markup.plain(text)) for text in texts.values())
    return "ddmatch" if has_markup else "matching", [
        _shuffled(content),
        *(
            f'<subquestion format="html">{_html(prompt)}'
            + (
                f'<answer format="html">{_html(choice)}</answer>'
                if has_markup
                else f"<answer>{_text(markup.plain(choice))}</answer>"
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
        *(_answer(Fraction(1), _html(texts[id_]), "") for id_ in question.key["order"]),
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


# ---- Gaps ----


def _cloze_text(question: ParsedQuestion, left: Omissions) -> str:
    """The stem, then the text with its gaps as Moodle embeds them."""
    content, key = question.content, question.key
    if content.get("fixed_order"):
        left.add("the order of options, which is mixed up")
    text = _shown(content["text"])
    for gap in content["gaps"]:
        written = _gap(gap, key["gaps"][gap["id"]], left)
        text = text.replace("{{" + gap["id"] + "}}", written, 1)
    return f"{_shown(question.stem)}\n{text}"


def _gap(gap: dict[str, Any], key: dict[str, Any], left: Omissions) -> str:
    weight = key.get("weight", 1)
    if weight != int(weight):
        raise CannotWrite("Moodle's blanks have whole numbers as weights")
    if "option" in key:
        shares = key.get("credit", {}) | {key["option"]: 1}
        kind = "MULTICHOICE_S"
        parts = [_alternative(shares.get(one["id"], 0), markup.plain(one["text"])) for one in gap["options"]]
    else:
        kind, parts = _typed(key["accepted"], left)
    return f"{{{int(weight)}:{kind}:{'~'.join(parts)}}}"


def _typed(accepted: Sequence[dict[str, Any]], left: Omissions) -> tuple[str, list[str]]:
    numbers = [one for one in accepted if "text" not in one]
    texts = [one for one in accepted if "text" in one]
    if numbers and texts:
        raise CannotWrite("Moodle's blanks accept either numbers or words")
    if numbers:
        return "NUMERICAL", [_alternative(one.get("credit", 1), ":".join(_value_and_tolerance(one))) for one in numbers]
    in_case = all(one.get("case_sensitive") for one in texts)
    if any(one.get("case_sensitive") for one in texts) and not in_case:
        left.add("upper and lower case of single answers")
    written = [(one.get("credit", 1), wildcards_of(one)) for one in texts]
    if any(text is None for _, text in written):
        left.add("accepted answers that are regular expressions")
    kept = [(credit, " ".join(text.split())) for credit, text in written if text is not None]
    if not any(credit == 1 for credit, _ in kept):
        raise CannotWrite("none of the accepted answers that earn all points can be written")
    return "SHORTANSWER_C" if in_case else "SHORTANSWER", [_alternative(credit, text) for credit, text in kept]


def _alternative(credit: float, text: str) -> str:
    mark = "=" if credit == 1 else f"%{percentage(Fraction(str(credit)))}%"
    return mark + escape(IN_ANSWER.sub(r"\\\1", text))


# ---- Texts ----


def _shuffled(content: dict[str, Any]) -> str:
    return f"<shuffleanswers>{'false' if content.get('fixed_order') else 'true'}</shuffleanswers>"


def _answer(share: Fraction, text: str, feedback: str, more: str = "") -> str:
    said = f'<feedback format="html">{_html(feedback)}</feedback>'
    return f'<answer fraction="{percentage(share)}" format="html">{text}{said}{more}</answer>'


def _html(markdown: str) -> str:
    return _text(_shown(markdown)) if markdown.strip() else "<text></text>"


def _shown(markdown: str) -> str:
    """HTML with mathematics as Moodle finds it: ``$$`` stays, single dollars become ``\\(`` and ``\\)``."""
    parts = []
    code = 0
    for piece in TAG_OR_TEXT.findall(str(markup.render(markdown))):
        if piece.startswith("<"):
            code += piece.startswith(("<code", "<pre")) - piece.startswith(("</code", "</pre"))
            parts.append(piece)
        else:
            parts.append(piece if code else markup.MATHEMATICS.sub(_tex, piece))
    return "".join(parts)


def _tex(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("$$") else f"\\({match[0][1:-1]}\\)"


def _text(text: str) -> str:
    return f"<text>{_plain(text)}</text>"


def _plain(text: str) -> str:
    return escape(NOT_IN_XML.sub(" ", text))
