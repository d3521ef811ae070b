"""Questions of Moodle's types → the text and the draft of a question."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from assessments.formats import embedded, keyed
from assessments.formats.html_text import html_to_markdown, plain_to_markdown
from assessments.formats.keyed import CannotTake, Draft, Shared, share_of
from assessments.formats.moodle_xml.reading.item import FORMATS, Item, files_of, stem_of
from assessments.formats.pictures import Gallery
from assessments.formats.xml_text import child, children, words

ORDERING = {"-1": "all_or_nothing", "0": "per_position"}
NUMBERED_GAP = re.compile(r"\[\[(\d{1,3})\]\]")


def multiple_choice(item: Item) -> tuple[str, Draft]:
    options = [
        Shared(item.text(answer), share_of(answer.get("fraction", "0")), item.text(child(answer, "feedback")))
        for answer in item.answers
    ]
    stem = stem_of(item)
    is_fixed = not item.is_set("shuffleanswers", default=True)
    return stem, keyed.choice(options, is_single=item.is_set("single", default=True), fixed_order=is_fixed)


def all_or_nothing(item: Item) -> tuple[str, Draft]:
    """The plug-in type whose right options only count together."""
    options = [
        Shared(
            item.text(answer), Fraction(share_of(answer.get("fraction", "0")) > 0), item.text(child(answer, "feedback"))
        )
        for answer in item.answers
    ]
    draft = keyed.choice(options, is_single=False, fixed_order=not item.is_set("shuffleanswers", default=True))
    return stem_of(item), keyed.scored_by(draft, "all_or_nothing")


def true_false(item: Item) -> tuple[str, Draft]:
    shares = {words(child(answer, "text")).lower(): share_of(answer.get("fraction", "0")) for answer in item.answers}
    if set(shares) != {"true", "false"} or (shares["true"] > 0) == (shares["false"] > 0):
        raise CannotTake("A question of true or false needs the answers true and false, one of them right.")
    feedback = {words(child(one, "text")).lower(): item.text(child(one, "feedback")) for one in item.answers}
    given = {name: text for name, text in feedback.items() if text}
    return stem_of(item), Draft(
        "true_false", key={"value": shares["true"] > 0, **({"feedback": given} if given else {})}
    )


def short_text(item: Item) -> tuple[str, Draft]:
    answers = [
        (words(child(answer, "text")), share_of(answer.get("fraction", "0")), item.text(child(answer, "feedback")))
        for answer in item.answers
    ]
    return stem_of(item), keyed.short_text(answers, case_sensitive=item.is_set("usecase"))


def numeric(item: Item) -> tuple[str, Draft]:
    draft = Draft("numeric")
    accepted = []
    for answer in item.answers:
        value, share = words(child(answer, "text")), share_of(answer.get("fraction", "0"))
        if feedback := item.text(child(answer, "feedback")):
            draft.remarks.append(f"- {plain_to_markdown(value)}: {feedback}" if value != "*" else f"- {feedback}")
        if share > 0 and value != "*":
            accepted.append(keyed.accepted_number(value, words(child(answer, "tolerance")), share))
    if all(one.get("credit", 1) < 1 for one in accepted):
        raise CannotTake("No number earns the full points.")
    draft.key = {"accepted": accepted}
    add_units(item, draft)
    return stem_of(item), draft


def add_units(item: Item, draft: Draft) -> None:
    """Moodle says how many of a unit make one of the first; a key, how much one of it is."""
    factors = {}
    for unit in children(child(item.element, "units"), "unit"):
        name, multiplier = words(child(unit, "unit_name")), Fraction(keyed.decimal(words(child(unit, "multiplier"))))
        if name and multiplier > 0:
            factors[name] = factor_of(1 / multiplier, draft)
    if not factors:
        return
    draft.key["units"] = factors
    if item.raw("showunits") in ("1", "2"):
        draft.content["units"] = list(factors)
    if item.raw("unitgradingtype") in ("1", "2"):
        draft.key["unit_required"] = True
        if item.raw("unitpenalty") not in ("", "1", "1.0000000"):
            draft.notes.append("A missing unit earns nothing here; in Moodle it costs a part.")


def factor_of(factor: Fraction, draft: Draft) -> str:
    """As a decimal number, which one by three is not."""
    written = f"{float(factor):.15g}"
    if Fraction(written) != factor:
        draft.notes.append("The factor of a unit is rounded to 15 digits.")
    return written


def long_text(item: Item) -> tuple[str, Draft]:
    response_format = item.raw("responseformat")
    if response_format == "noinline" or item.raw("attachmentsrequired") not in ("", "0"):
        raise CannotTake("Candidates hand in files for this question, which is not possible here.")
    if response_format == "editorfilepicker" or item.raw("attachments") not in ("", "0"):
        item.notes.append("Files cannot be added to a text here.")
    draft = Draft("long_text")
    if model := item.text(child(item.element, "graderinfo")):
        draft.key = {"model_answer": model}
    limits = [item.raw("maxwordlimit"), item.raw("minwordlimit")]
    given = [int(limit) for limit in limits if limit.isascii() and limit.isdigit() and 0 < int(limit[:9]) < 100_000]
    if given:
        draft.content = {"suggested_words": given[0]}
    if len(given) > 1:
        item.notes.append("The least number of words is left out; the most is suggested.")
    if item.text(child(item.element, "responsetemplate")):
        item.notes.append("The template of the response is left out.")
    return stem_of(item), draft


def matching(item: Item) -> tuple[str, Draft]:
    pairs = []
    for pair in children(item.element, "subquestion"):
        answer = child(pair, "answer")
        own_format = answer.get("format") if answer is not None else None
        choice = item.text(answer) if own_format else plain_to_markdown(words(child(answer, "text")))
        pairs.append((item.text(pair), choice))
    is_fixed = not item.is_set("shuffleanswers", default=True)
    return stem_of(item), keyed.matching(pairs, fixed_order=is_fixed)


def ordering(item: Item) -> tuple[str, Draft]:
    texts = [item.text(answer) for answer in item.answers]
    if len(texts) < 2 or not all(texts):
        raise CannotTake("Ordering needs at least two items, each with a text.")
    if item.raw("selecttype") not in ("", "0"):
        item.notes.append("All items are put into order here; Moodle asks for some of them.")
    ids = [str(place) for place in range(1, len(texts) + 1)]
    key: dict[str, Any] = {"order": ids}
    scoring = ORDERING.get(item.raw("gradingtype"), "adjacent_pairs")
    if scoring != "adjacent_pairs":
        key["scoring"] = scoring
    items = [{"id": id_, "text": text} for id_, text in zip(ids, texts, strict=True)]
    return stem_of(item), Draft("ordering", {"items": items}, key)


def cloze(item: Item) -> tuple[str, Draft]:
    holder = child(item.element, "questiontext")
    holds = child(holder, "text")
    text = "".join(holds.itertext()) if holds is not None else ""
    marked, gaps, remarks = embedded.marked(text)
    if not gaps:
        raise CannotTake("There is no blank in the text of this cloze question.")
    text_format = FORMATS.get((holder.get("format") if holder is not None else "") or "html", "moodle")
    pictures = Gallery(files_of(holder).get)
    stem, draft = embedded.cloze(item.formatted(marked, text_format, pictures), gaps)
    draft.remarks += remarks
    return stem, draft


def numbered_gaps(item: Item) -> tuple[str, Draft]:
    """``[[1]]`` in the text is filled from the choices of the same group as choice 1."""
    choices = children(item.element, "selectoption", "dragbox")
    groups = [words(child(choice, "group")) or "1" for choice in choices]
    texts = [embedded.words("".join(words(child(choice, "text")))) for choice in choices]
    gaps: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def taken(match: re.Match[str]) -> str:
        number = int(match[1]) - 1
        if not 0 <= number < len(choices):
            raise CannotTake(f"The blank {match[0]} has no choice of this number.")
        alike = [place for place, group in enumerate(groups) if group == groups[number]]
        options = [embedded.Alternative(texts[place], Fraction(place == number)) for place in alike]
        gaps.append(embedded.gap_of("MC", options))
        return "{{" + str(len(gaps)) + "}}"

    text = NUMBERED_GAP.sub(taken, item.raw("questiontext", "text"))
    if not gaps:
        raise CannotTake("There is no blank such as [[1]] in the text.")
    holder = child(item.element, "questiontext")
    pictures = Gallery(files_of(holder).get)
    return embedded.cloze(html_to_markdown(text, pictures), gaps)


READERS: dict[str, Callable[[Item], tuple[str, Draft]]] = {
    "multichoice": multiple_choice,
    "multichoiceset": all_or_nothing,
    "truefalse": true_false,
    "shortanswer": short_text,
    "numerical": numeric,
    "essay": long_text,
    "matching": matching,
    "match": matching,
    "ddmatch": matching,
    "ordering": ordering,
    "cloze": cloze,
    "multianswer": cloze,
    "gapselect": numbered_gaps,
    "ddwtos": numbered_gaps,
}
UNSUPPORTED = {
    "description": "A description, which is text without a question.",
    **{
        name: f"Questions of Moodle's type {name} compute their numbers anew for each candidate, which is not possible here."
        for name in ("calculated", "calculatedmulti", "calculatedsimple")
    },
    "random": "A random question draws another one; here an assessment says which pool to draw from.",
}
